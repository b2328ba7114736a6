/** What we use of pdfmake 0.3, which comes without types. */
declare module 'pdfmake' {
  export interface Pdf {
    getBuffer(): Promise<Buffer>;
  }
  const pdfmake: {
    setFonts(fonts: Record<string, Record<'normal' | 'bold' | 'italics' | 'bolditalics', string>>): void;
    setUrlAccessPolicy(policy: (url: string) => boolean): void;
    setLocalAccessPolicy(policy: (path: string) => boolean): void;
    createPdf(definition: object): Pdf;
  };
  export default pdfmake;
}
