import { withoutEnd } from '../line.js';
import type { Kind } from '../types.js';

// A blank belongs to a name without an end yet, when a backslash or an end such as `.exe` comes after the next words.
const BLANK = String.raw`(?<=\\[^\\\s."'<>|]{1,40}(?: [^\\\s."'<>|]{1,40}){0,3}) (?=[\p{Lu}\d(&-][\w().&-]*(?: [\p{Lu}\d(&-][\w().&-]*){0,2}(?:\\|\.[A-Za-z0-9]{2,4}(?![\w\\])))`;
const WINDOWS = new RegExp(
  String.raw`(?<![\w\\/])(?:[A-Za-z]:\\{1,2}|\\\\[\w.$-]+\\|%[\w()]{2,30}%\\{1,2}|\$env:\w+\\)(?:[^\s\\/"'<>|\x60,;:*?]|\\{1,2}|${BLANK})+`,
  'gu',
);
const UNIX =
  /(?<![\w.:/\\)\]}>~-])(?:~|\.)?\/(?:usr|bin|etc|tmp|var|opt|home|root|dev|proc|lib|lib64|sbin|srv|run|boot|mnt|Users|Library|Applications|System|private|data|sdcard|Volumes|\.[a-z])(?:\/[\w.+@%~-]+)+|(?<![\w.:/\\)\]}>])~\/[\w.+@%-]+(?:\/[\w.+@%-]+)*/g;

/** Interpreters and folders of any system. */
const SYSTEM =
  /^\/(?:usr\/(?:local\/)?)?s?bin(?:\/(?:sh|bash|dash|zsh|env|python[\d.]*|perl|ruby|node|curl|wget|cat|ls|rm|cp|mv|chmod|chown|grep|sed|awk|systemctl|crontab|sudo))?$|^\/dev\/(?:null|zero|random|urandom|stdin|stdout|stderr|tcp(?:\/.*)?)$/;

/** Paths of files. Folders end in their separator, and are taken too. */
const path: Kind = {
  name: 'path',
  *find({ text }) {
    for (const match of text.matchAll(WINDOWS)) {
      const raw = trim(match[0]);
      if (/^[a-z]:\\{1,2}(?:Program Files(?: \(x86\))?|Windows|Users)\\*$/i.test(raw)) continue;
      // A share is a place, not a file of its own.
      if (/^\\\\[^\\]+\\[^\\]*\\?$/.test(raw)) continue;
      if (raw.length < 6 || !/[\w)]/.test(raw.slice(3))) continue;
      yield { type: 'path', value: raw.replace(/(?<!^)\\\\/g, '\\'), from: match.index, to: match.index + raw.length };
    }
    for (const match of text.matchAll(UNIX)) {
      const raw = trim(match[0]);
      if (SYSTEM.test(raw)) continue;
      yield { type: 'path', value: raw, from: match.index, to: match.index + raw.length };
    }
  },
};
export default path;

function trim(raw: string): string {
  let text = withoutEnd(raw, '.…');
  if (text.split(')').length > text.split('(').length) text = withoutEnd(text, ')');
  return withoutEnd(text, ']}');
}
