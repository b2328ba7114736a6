import type { Cites, Claim, Part } from '../../investigate/report/document.js';
import { spanText } from '../../investigate/words.js';
import { safe } from '../../safe.js';
import { list, minute, times } from '../../say.js';
import type { Alert } from '../../store/alerts.js';
import type { Case, CaseEntryKind, ClockKind } from '../../store/cases.js';
import { textOf } from '../case/changes/words.js';
import { clockState } from '../case/clocks.js';
import { isReached } from '../case/states.js';
import { taskTimes } from './case-side.js';
import { movesOf, rankOf } from './times.js';
import type { Review, Times } from './types.js';

/** What the parts of a report are made of. `cite`: the number of an entry of the case's log in the report, where it holds it. */
export interface Shown {
  record: Case;
  alerts: readonly Alert[];
  review: Review;
  now: number;
  cite(entry: number): number | undefined;
}

const MOST_CLAIMS = 40;
const MOST_ROWS = 60;
const TOLD: ReadonlySet<CaseEntryKind> = new Set([
  'opened',
  'state',
  'closed',
  'reopened',
  'severity',
  'pinned',
  'action',
]);
const MET: Readonly<Record<ClockKind, string>> = {
  acknowledge: 'acknowledged',
  contain: 'contained',
  resolve: 'resolved',
};
const TIMES: readonly [keyof Times, string][] = [
  ['detect', 'From the first event to the case'],
  ['acknowledge', 'Until somebody looked into it'],
  ['contain', 'Until it was contained'],
  ['eradicate', 'Until its cause was removed'],
  ['recover', 'Until everything worked again'],
  ['close', 'Until the case was closed'],
];

const words = (text: string, most = 600): string => safe(text, most, true);
const note = (text: string): Part => ({ kind: 'note', text });

function claimed(claims: readonly (Claim | null)[]): Part[] {
  const all = claims.filter((claim) => claim !== null);
  if (all.length === 0) return [];
  const more = all.length - MOST_CLAIMS;
  return [
    { kind: 'claims', claims: all.slice(0, MOST_CLAIMS) },
    ...(more > 0 ? [note(`${more} more stand in the timeline.`)] : []),
  ];
}

/** A sentence with its entries; null where the report holds none of them. */
function claim({ cite }: Shown, text: string, entries: readonly number[]): Claim | null {
  const cites = [...new Set(entries)].map(cite).filter((number) => number !== undefined);
  return cites.length > 0 ? { text: words(text), cites: cites as unknown as Cites } : null;
}

const tabled = (caption: string, columns: string[], rows: string[][]): Part[] =>
  rows.length === 0
    ? []
    : [
        {
          ...{ kind: 'table', proof: 'absence', caption, columns },
          rows: rows.slice(0, MOST_ROWS).map((cells) => ({ cells: cells.map((cell) => words(cell)), cites: [] })),
        },
        ...(rows.length > MOST_ROWS ? [note(`${rows.length - MOST_ROWS} more are left out.`)] : []),
      ];

/** What people put on the timeline and how the case went, in the order of when it happened. */
export function happenedParts(shown: Shown): Part[] {
  const { log } = shown.record;
  const entries = log
    .flatMap((entry, i) => (TOLD.has(entry.kind) ? [{ entry, number: i + 1, at: entry.when ?? entry.at }] : []))
    .sort((a, b) => a.at - b.at || a.number - b.number);
  return claimed(
    entries.map(({ entry, number, at }) =>
      claim(
        shown,
        `${minute(at)}: ${textOf(log, entry)}${entry.reason ? `, because ${entry.reason}` : ''}.`.replace(
          /([.!?…])\.$/,
          '$1',
        ),
        [number],
      ),
    ),
  );
}

/** What was touched, by what was seen. Harm that nobody wrote down is not guessed. */
export function impactParts(shown: Shown): Part[] {
  const { record, alerts } = shown;
  const { log, observables } = record;
  const brought = log.flatMap(({ kind }, i) => (kind === 'alert' || kind === 'observable' ? [i + 1] : []));
  const from = [1, ...brought].slice(0, 8);
  const of = (kind: string) => observables.filter((one) => one.kind === kind).map(({ value }) => value);
  const [hosts, users] = [of('host'), of('user')];
  const first = alerts.length > 0 ? Math.min(...alerts.map((alert) => alert.first)) : null;
  const last = alerts.length > 0 ? Math.max(...alerts.map((alert) => alert.last)) : null;
  return [
    ...claimed([
      claim(shown, `It was of ${record.severity} severity.`, [
        log.findLastIndex(({ kind }) => kind === 'severity') + 1 || 1,
      ]),
      first !== null && last !== null
        ? claim(shown, `${times(alerts.length, 'alert')}, with events from ${minute(first)} to ${minute(last)}.`, from)
        : null,
      hosts.length > 0 ? claim(shown, `${times(hosts.length, 'host')} seen in it: ${list(hosts, 10)}.`, from) : null,
      users.length > 0 ? claim(shown, `${times(users.length, 'account')} seen in it: ${list(users, 10)}.`, from) : null,
    ]),
    note('Harm beyond this stands on the record only where somebody wrote it down above.'),
  ];
}

/** Times of the contract that were kept, tasks that were done in time, and how long each part took. */
export function workedParts(shown: Shown): Part[] {
  const { record, review, now } = shown;
  const moves = movesOf(record);
  const clocks = record.clocks.map((clock) => {
    if (clockState(clock, now) !== 'met') return null;
    const move = moves.findLast(({ at, to }) => at === clock.met && isReached(clock.kind, to));
    const text = `It was ${MET[clock.kind]} within the time of the contract: ${spanText(clock.met! - clock.started)} of ${spanText(clock.due - clock.started)}.`;
    return move ? claim(shown, text, [move.entry]) : null;
  });
  const done = record.tasks.flatMap((task) => {
    const { ended } = taskTimes(record, task);
    return task.state === 'done' && ended && (task.due === null || ended.at <= task.due) ? [ended.entry] : [];
  });
  const { steps, playbook, times: took } = review;
  return [
    ...claimed([
      ...clocks,
      done.length > 0
        ? claim(shown, `${times(done.length, 'task')} done, none of them after its time.`, done.slice(0, 8))
        : null,
    ]),
    ...(playbook
      ? [note(`Of the steps of the playbook that are over, ${steps.done} of ${steps.over} were done.`)]
      : []),
    ...tabled(
      'How long it took',
      ['What', 'How long'],
      TIMES.flatMap(([key, name]) => (took[key] === null ? [] : [[name, spanText(took[key])]])),
    ),
  ];
}

/** What went otherwise than it was written or agreed. */
export function didNotParts({ review }: Shown): Part[] {
  const { findings } = review;
  if (findings.length === 0) return [note('Nothing went otherwise than it was written.')];
  return tabled(
    '',
    ['What', 'Why, as people said', 'By'],
    findings.map(({ text, why = '', from }) => [text, why, from.join(', ')]),
  );
}

/** What is still to be done, and what the review asked for: with owners and dates, or said to have none. */
export function actionsPart({ record }: Shown): Part[] {
  const moves = movesOf(record);
  const review = moves.findLast(({ rank }) => rank === rankOf('review'))?.at ?? Number.POSITIVE_INFINITY;
  const rows = record.tasks
    .filter((task) => task.state === 'open' || (task.state === 'done' && taskTimes(record, task).made >= review))
    .map(({ id, title, owner, due, state, lane }) => [
      ...[id, title, owner?.name ?? 'nobody yet', due === null ? 'no date yet' : minute(due), state],
      lane === 'customer' ? 'customer' : 'provider',
    ]);
  if (rows.length === 0) return [note('No task is open, and the review added none.')];
  return tabled('', ['Task', 'What', 'Owner', 'Until', 'State', 'Whose'], rows);
}
