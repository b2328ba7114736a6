/** What a report can be had as. */
export const FORMATS = ['pdf', 'html', 'markdown', 'stix'] as const;
export type Format = (typeof FORMATS)[number];
