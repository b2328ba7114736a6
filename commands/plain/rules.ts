import { TACTICS } from '../../engine/detect/types.js';
import type { Said } from './said.js';

const ABOUT = [
  ...[
    'about',
    'for',
    'on',
    'against',
    'with',
    'detect',
    'detects',
    'detecting',
    'cover',
    'covers',
    'covering',
    'coverage',
    'catch',
  ],
  ...['catches', 'find', 'finds', 'see', 'called', 'named', 'mention', 'mentioning', 'involving'],
];
const NO_SUBJECT = new Set(
  'rule rules detection detections sigma here now loaded known exist exists attack attacks customer tenant coverage switched turned use using rule? look looks looking search cover covers detect detects detecting find finds'.split(
    ' ',
  ),
);
const MOST_WORDS = 3;

/** What was asked about rules as words of `/mdr rules`: `T1059`, `disabled`, `lateral-movement`, `lsass high`. */
export function rulesArgs(said: Said): readonly string[] {
  const text = ` ${said.words.join(' ')} `;
  const tactic = TACTICS.find((name) => text.includes(` ${name.replaceAll('-', ' ')} `) || text.includes(` ${name} `));
  const recognised = said.all('technique', 'level', 'file', 'domain');
  const state = stateOf(said);
  const subject =
    tactic || state || recognised.length
      ? []
      : said
          .after(...ABOUT)
          .filter((word) => !NO_SUBJECT.has(word))
          .slice(0, MOST_WORDS);
  return [...(tactic ? [tactic] : []), ...(state ? [state] : []), ...recognised.map(({ value }) => value), ...subject];
}

function stateOf(said: Said): string | null {
  if (said.says('disabled', 'off', 'deactivated', 'inactive')) return 'disabled';
  if (said.says('broken', 'failing', 'unusable') || said.matches(/ (?:not|cannot) (?:work|run|working|running) /))
    return 'broken';
  if (said.says('changed', 'modified', 'tuned', 'adjusted')) return 'changed';
  return said.says('enabled') ? 'enabled' : null;
}
