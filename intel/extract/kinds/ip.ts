import { judgeValue } from '../../../engine/detect/indicators/value/index.js';
import type { Kind, Span } from '../types.js';

const V4 =
  /(?:(?<![\w.]|\d-|[\\/]v?)|(?<=[A-Z_]{4}\/))(?:\d{1,3}\.){3}\d{1,3}(?:\/(?:3[0-2]|[12]?\d)(?![\d/]|\.\d))?(?![\w]|\.\d|-\d)/g;
const V6 =
  /(?<![\w:.])(?:[0-9a-f]{1,4}:){1,7}(?::(?:[0-9a-f]{1,4})?|[0-9a-f]{1,4})(?::[0-9a-f]{1,4}){0,6}(?:\/\d{1,3})?(?![\w:])|(?<![\w:.])::(?:[0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4}(?:\/\d{1,3})?(?![\w:])/gi;

const ip: Kind = {
  name: 'ip',
  *find({ text }) {
    for (const match of text.matchAll(V4)) yield spanOf(match[0], match.index);
    for (const match of text.matchAll(V6)) {
      // 12:34:56, and names of namespaces such as std::dec, are no addresses.
      if (!/::/.test(match[0]) && match[0].split(':').length < 8) continue;
      if (!/\d/.test(match[0]) && match[0].length < 8) continue;
      yield spanOf(match[0], match.index);
    }
  },
};
export default ip;

function spanOf(raw: string, from: number): Span {
  const judged = judgeValue(raw, 'ip');
  const to = from + raw.length;
  if (!('refused' in judged)) return { type: 'ip', value: judged.value, from, to };
  return { type: 'ip', value: raw, from, to, not: judged.refused === 'not an indicator' ? 'version' : 'reserved' };
}
