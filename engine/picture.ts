import { createRequire } from 'node:module';

/** Of our own font, which the package brings along: what is installed on a machine makes no difference. */
const FILES = {
  normal: '@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf',
  bold: '@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf',
} as const;

/** @returns path of a font file */
export const fontFile = (weight: keyof typeof FILES): string => createRequire(import.meta.url).resolve(FILES[weight]);

/** @param zoom pixels to a unit of the SVG @returns PNG; the package loads with the first picture */
export async function pngOf(svg: string, zoom = 1): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const fontFiles = [fontFile('normal'), fontFile('bold')];
  const font = { fontFiles, loadSystemFonts: false, defaultFontFamily: 'Inter' };
  return new Resvg(svg, { font, fitTo: { mode: 'zoom', value: zoom } }).render().asPng();
}
