import { LEVELS, TACTICS } from '../../detect/types.js';
import { pngOf } from '../../picture.js';
import type { Investigation, Step } from '../types.js';
import { moment, spanText } from '../words.js';
import { bounded } from './bounds.js';
import { drawn } from './glyphs.js';
import { encode } from './html.js';

/** More are not drawn: they stand in the table. The gravest are, in the order of time. */
export const MOST_DRAWN = 24;
const MOST_LANES = 5;
const LANE = { width: 236, gap: 16, head: 44 };
const BOX = { width: 216, height: 76 };
const ROW = 104;
const LEFT = 96;
const TOP = 44;
const FONT = 'font-family="Inter, \'Segoe UI\', Roboto, sans-serif"';
const INK = '#1b1f24';
const DIM = '#59636e';

/** One colour a tactic, from blue for what comes early to red for what comes last; each is dark enough for white words. */
const COLOURS = [
  ...['#4a6fa5', '#3f6f8f', '#2b6cb0', '#2c7a7b', '#2f855a', '#6b7a1e', '#8a6d1a'],
  ...['#a05a14', '#7b5ea7', '#b7472a', '#97266d', '#6b46c1', '#c53030', '#8b1e1e'],
];
const NO_TACTIC = '#6b7280';

/**
 * The chain as a picture: a lane for each host, time from top to bottom, arrows from each step to the next.
 * @returns SVG, or null when there is no step to draw
 */
export function chainSvg(given: Investigation): string | null {
  const of = bounded(given);
  const steps = pick(of.chain);
  if (steps.length === 0) return null;
  const lanes = lanesOf(steps);
  const width = LEFT + lanes.length * LANE.width + (lanes.length - 1) * LANE.gap + 16;
  const tactics = TACTICS.filter((tactic) => steps.some(({ step }) => step.tactics[0] === tactic));
  const perLine = Math.max(1, Math.floor((width - 24) / 172));
  const bottom = TOP + LANE.head + steps.length * ROW;
  const left = of.chain.length - steps.length;
  const notes = [
    ...(steps.some(({ step }) => step.rule === null) ? ['Dashed: found around it, no rule fired.'] : []),
    ...(left > 0 ? [`${left} less grave steps are in the table only.`] : []),
  ];
  const keys = bottom + Math.ceil(tactics.length / perLine) * 22;
  const height = keys + notes.length * 22 + 20;
  const x = (host: string) => LEFT + laneOf(lanes, host) * (LANE.width + LANE.gap) + (LANE.width - BOX.width) / 2;
  const y = (row: number) => TOP + LANE.head + row * ROW + (ROW - BOX.height) / 2;
  const parts = [
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    label(12, 26, `Attack chain of alert ${of.alert}, times in UTC`, 16, INK, true),
    ...lanes.flatMap((lane, i) => laneParts(lane, i, bottom)),
    ...steps.slice(1).map(({ step }, i) => arrow(x(steps[i]!.step.host), y(i), x(step.host), y(i + 1))),
    ...steps.flatMap(({ step, number }, row) => boxParts(step, number, x(step.host), y(row), lanes)),
    ...timeParts(
      steps.map(({ step }) => step),
      y,
    ),
    ...tactics.map((tactic, i) => key(tactic, 12 + (i % perLine) * 172, bottom + 26 + Math.floor(i / perLine) * 22)),
    ...notes.map((note, i) => label(12, keys + 26 + i * 22, note, 12, DIM)),
  ];
  const marker = `<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="${DIM}"/></marker></defs>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="The attack chain, host by host">\n${marker}\n${parts.join('\n')}\n</svg>`;
}

/** The same as PNG; null when there is nothing to draw. */
export async function chainPng(of: Investigation): Promise<Uint8Array | null> {
  const svg = chainSvg(of);
  return svg === null ? null : pngOf(svg, 2);
}

interface Drawn {
  step: Step;
  /** As in the table. */
  number: number;
}

function pick(chain: readonly Step[]): Drawn[] {
  const all = chain.map((step, i) => ({ step, number: i + 1 }));
  if (all.length <= MOST_DRAWN) return all;
  const rank = ({ step }: Drawn) => LEVELS.indexOf(step.level);
  return all
    .sort((a, b) => rank(b) - rank(a) || a.number - b.number)
    .slice(0, MOST_DRAWN)
    .sort((a, b) => a.number - b.number);
}

/** Hosts by their first step; null stands for all that have no lane of their own. */
function lanesOf(steps: readonly Drawn[]): (string | null)[] {
  const hosts = [...new Set(steps.map(({ step }) => step.host))];
  return hosts.length <= MOST_LANES ? hosts : [...hosts.slice(0, MOST_LANES - 1), null];
}

const laneOf = (lanes: readonly (string | null)[], host: string): number => {
  const at = lanes.indexOf(host);
  return at >= 0 ? at : lanes.length - 1;
};

function laneParts(lane: string | null, i: number, bottom: number): string[] {
  const x = LEFT + i * (LANE.width + LANE.gap);
  const name = lane === null ? 'other hosts' : lane === '' ? 'no host named' : lane;
  return [
    `<rect x="${x}" y="${TOP}" width="${LANE.width}" height="${bottom - TOP}" rx="8" fill="#f4f6f8"/>`,
    label(x + LANE.width / 2, TOP + 27, drawn(name, 400), 13, INK, true, LANE.width - 24, 'middle'),
  ];
}

function boxParts(step: Step, number: number, x: number, y: number, lanes: readonly (string | null)[]): string[] {
  const colour = colourOf(step.tactics[0]);
  const [first, second] = twoLines(`${number}. ${drawn(step.title, 220)}`, BOX.width - 26);
  const isNamed = lanes.includes(step.host);
  const small = [
    ...(isNamed ? [] : [step.host || 'no host named']),
    ...(step.level === 'critical' ? ['critical'] : []),
    ...step.techniques.slice(0, 1),
    ...(step.actor.user ? [step.actor.user] : []),
    ...(step.count > 1 ? [`× ${step.count.toLocaleString('en-US')}`] : []),
  ];
  const dash = step.rule === null ? ' stroke-dasharray="4 3"' : '';
  return [
    `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="6" fill="#ffffff" stroke="${colour}" stroke-width="1.2"${dash}/>`,
    `<path d="M${x + 6} ${y}a6 6 0 0 0 -6 6v${BOX.height - 12}a6 6 0 0 0 6 6z" fill="${colour}"/>`,
    label(x + 14, y + 22, first, 12, INK, true, BOX.width - 24),
    ...(second ? [label(x + 14, y + 38, second, 12, INK, true, BOX.width - 24)] : []),
    label(x + 14, y + 60, drawn(small.join(' · '), 200), 11, DIM, false, BOX.width - 24),
  ];
}

/** From the foot of one box to the head of the next; between lanes with a bend half-way. */
function arrow(fromX: number, fromY: number, toX: number, toY: number): string {
  const a = fromX + BOX.width / 2;
  const b = toX + BOX.width / 2;
  const foot = fromY + BOX.height;
  const middle = foot + (toY - foot) / 2 - 2;
  const path = a === b ? `M${a} ${foot}V${toY - 1}` : `M${a} ${foot}V${middle}H${b}V${toY - 1}`;
  return `<path d="${path}" fill="none" stroke="${DIM}" stroke-width="1.4" marker-end="url(#tip)"/>`;
}

/** The time of each step at its left; the day where it changes; and how long it took from the one before. */
function timeParts(steps: readonly Step[], y: (row: number) => number): string[] {
  let day = '';
  return steps.flatMap((step, row) => {
    const [date = '', time = ''] = moment(step.first).split(' ');
    const isNew = date !== day;
    day = date;
    const before = row > 0 ? step.first - steps[row - 1]!.first : 0;
    return [
      ...(isNew ? [label(12, y(row) + 20, date, 12, INK, true)] : []),
      label(12, y(row) + 40, time, 12, INK),
      ...(before >= 1000 ? [label(12, y(row) + 58, `+ ${spanText(before)}`, 11, DIM)] : []),
    ];
  });
}

function key(tactic: string, x: number, y: number): string {
  return `<rect x="${x}" y="${y - 10}" width="12" height="12" rx="2" fill="${colourOf(tactic)}"/>${label(x + 18, y, tactic, 12, DIM)}`;
}

const colourOf = (tactic: string | undefined): string => COLOURS[TACTICS.indexOf(tactic ?? '')] ?? NO_TACTIC;

/** @param room pixels; what is wider ends in an ellipsis */
function label(
  x: number,
  y: number,
  text: string,
  size: number,
  colour: string,
  isBold = false,
  room = Number.POSITIVE_INFINITY,
  anchor: 'start' | 'middle' = 'start',
): string {
  const shown = fitted(text, room, size);
  return `<text x="${x}" y="${y}" ${FONT} font-size="${size}"${isBold ? ' font-weight="600"' : ''} fill="${colour}"${anchor === 'middle' ? ' text-anchor="middle"' : ''}>${encode(shown)}</text>`;
}

/** Width in ems, near enough for our font; rather too wide than too narrow. */
function ems(text: string): number {
  let sum = 0;
  for (const sign of text) sum += /[il.,:;|!'\s]/.test(sign) ? 0.31 : /[A-Zmw@%&×…—]/.test(sign) ? 0.76 : 0.57;
  return sum;
}

function fitted(text: string, room: number, size: number): string {
  if (ems(text) * size <= room) return text;
  const signs = [...text];
  while (signs.length > 0 && ems(`${signs.join('')}…`) * size > room) signs.pop();
  return `${signs.join('').trimEnd()}…`;
}

function twoLines(text: string, room: number): [string, string] {
  const words = text.split(' ');
  // The number never stands alone.
  let first = words.splice(0, 2).join(' ');
  while (words.length > 0 && ems(`${first} ${words[0]}`) * 12 <= room) first += ` ${words.shift()}`;
  return [first, words.join(' ')];
}
