import { parse } from 'tldts';
import { judgeValue } from '../../../engine/detect/indicators/value/index.js';
import type { Kind } from '../types.js';

const EMAIL =
  /(?<![\w.+@-])[a-z0-9](?:[\w.+-]{0,62}[a-z0-9_])?@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}[\p{L}]{2,24}(?![\w@])/giu;

const email: Kind = {
  name: 'email',
  *find({ text }) {
    for (const match of text.matchAll(EMAIL)) {
      const judged = judgeValue(match[0], 'email');
      const [from, to] = [match.index, match.index + match[0].length];
      const known = parse(match[0].slice(match[0].lastIndexOf('@') + 1)).isIcann;
      if ('refused' in judged || !known)
        yield { type: 'email', value: match[0].toLowerCase(), from, to, not: 'reserved' };
      else yield { type: 'email', value: judged.value, from, to };
    }
  },
};
export default email;
