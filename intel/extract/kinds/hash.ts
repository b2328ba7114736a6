import { judgeValue } from '../../../engine/detect/indicators/value/index.js';
import type { ExtractType, Kind } from '../types.js';

const HEX =
  /(?<![\w/+=-]|\w-)(?:0x)?([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})(?![\w+=]|-\w)|(?<==|\/file\/|\bsha(?:1|256)[-_])([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})(?![\w+=])/gi;
const TYPES: Record<number, ExtractType> = { 32: 'md5', 40: 'sha1', 64: 'sha256' };

const hash: Kind = {
  name: 'hash',
  *find({ text }) {
    for (const match of text.matchAll(HEX)) {
      const value = (match[1] ?? match[2])!;
      const to = match.index + match[0].length;
      const from = to - value.length;
      const type = TYPES[value.length]!;
      const judged = judgeValue(value, type as 'md5');
      // Digits alone are a number of something.
      if ('refused' in judged || /^\d+$/.test(value))
        yield { type, value: value.toLowerCase(), from, to, not: 'harmless' };
      else yield { type, value: judged.value, from, to };
    }
  },
};
export default hash;
