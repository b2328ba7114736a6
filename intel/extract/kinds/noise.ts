import type { Kind } from '../types.js';

const NOISE =
  /\{?\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b\}?|(?<![\w:-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![\w:-])|(?<![\w+/])(?=[\w+/]*[+/A-Z])(?=[\w+/]*\d)[A-Za-z0-9+/]{72,}={0,2}/gi;

/** GUIDs, hardware addresses and encoded blobs: nothing is read into them. */
const noise: Kind = {
  name: 'noise',
  *find({ text }) {
    for (const match of text.matchAll(NOISE))
      if (!/^[0-9a-f]+$/i.test(match[0]) && !/^[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}$/.test(match[0]))
        yield { type: 'path', value: '', from: match.index, to: match.index + match[0].length, not: 'commit' };
  },
};
export default noise;
