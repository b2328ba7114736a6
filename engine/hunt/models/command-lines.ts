import { round } from '../../say.js';
import { findingOf } from '../finding.js';
import { entropy } from '../stats.js';
import { keyOf, note, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import type { Model } from './types.js';

interface Odd {
  time: number;
  host: string;
  user: string;
  command: string;
  z: number;
  why: string;
  id: string;
  hidden: number;
}
/** Running mean and variance of each number of a program's command lines. */
interface Program {
  last: number;
  first: number;
  count: number;
  mean: number[];
  square: number[];
  hosts: string[];
  odd: Odd[];
}
type State = { programs: Table<Program> };

const DAY = 86_400_000;
const LEARN = 7;
const FEWEST = 30;
const MAX = 10_000;
const SPEAKS = 0.7;
/** Numbers of a command line, what they are called, and deviations that never count as less. */
const NUMBERS = [
  ['length', 0.35],
  ['special characters', 0.05],
  ['entropy', 0.3],
  ['longest word', 0.4],
] as const;

const model: Model<State> = {
  name: 'command-lines',
  title: 'Command lines unlike any of the same program',
  summary: 'A program is started with a far longer, denser or more encoded command line than ever before.',
  needs: { data: 'process starts with command lines', fields: ['process.command_line', 'process.name'] },
  baseline: { words: `All command lines of the same program: at least ${FEWEST} over ${LEARN} days.`, days: LEARN },
  speaks: SPEAKS,
  techniques: ['T1059', 'T1027.010'],
  tactic: 'execution',
  start: () => ({ programs: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const command = ecs['process.command_line']?.slice(0, 8192);
      const path = (ecs['process.name'] ?? ecs['process.executable'])?.toLowerCase();
      if (!command || !path) continue;
      const program = path.slice(Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) + 1);
      const row = rowOf(
        state.programs,
        keyOf(program),
        (): Program => ({
          last: 0,
          first: time,
          count: 0,
          mean: [0, 0, 0, 0],
          square: [0, 0, 0, 0],
          hosts: [],
          odd: [],
        }),
      );
      row.last = Math.max(row.last, time);
      note(row.hosts, ecs['host.name'] ?? '', 20);
      const numbers = measure(command);
      const zs = numbers.map(
        (value, i) =>
          (value - row.mean[i]!) / Math.max(Math.sqrt(row.square[i]! / Math.max(1, row.count - 1)), NUMBERS[i]![1]),
      );
      const most = Math.max(...zs);
      const settled = row.count >= FEWEST && time - row.first > LEARN * DAY;
      if (settled && most > 3)
        remember(
          row.odd,
          {
            time,
            host: ecs['host.name'] ?? '',
            user: ecs['user.name'] ?? '',
            command: command.slice(0, 300),
            z: most,
            why: NUMBERS[zs.indexOf(most)]![0],
            id,
            hidden: hidden(command),
          },
          10,
        );
      row.count++;
      for (const [i, value] of numbers.entries()) {
        // What was odd is learned from slowly: ten of them must not make the eleventh usual.
        const held = settled && most > 3 ? row.mean[i]! + Math.sign(value - row.mean[i]!) * NUMBERS[i]![1] : value;
        const away = held - row.mean[i]!;
        row.mean[i]! += away / row.count;
        row.square[i]! += away * (held - row.mean[i]!);
      }
    }
    prune(state.programs, MAX);
    return state;
  },

  judge(state, now, known) {
    return Object.entries(state.programs.rows).flatMap(([key, row]) =>
      row.odd
        .filter(({ time }) => time > now - DAY)
        .flatMap((odd) => {
          const [program = ''] = partsOf(key);
          const score = 0.65 * (1 - Math.exp(-(odd.z - 3) / 4)) + odd.hidden;
          if (score < (known?.floor ?? SPEAKS)) return [];
          return findingOf(model, `${program}:${odd.host}:${odd.id}`, {
            entity: { kind: 'host', name: odd.host || program },
            related: [program, odd.user].filter(Boolean),
            from: odd.time,
            to: odd.time,
            score,
            words: `${program} ran with a command line unlike its ${row.count} others (${odd.why} ${round(odd.z)} deviations above)${odd.hidden > 0.15 ? ', with encoded parts' : ''}: ${odd.command.slice(0, 200)}`,
            evidence: [odd.id],
            numbers: { z: odd.z, hidden: odd.hidden, others: row.count },
          });
        }),
    );
  },
};
export default model;

/** Logarithms of lengths, so that twice as long is the same step anywhere. */
function measure(command: string): number[] {
  let special = 0;
  let word = 0;
  let longest = 0;
  for (let i = 0; i < command.length; i++) {
    const c = command.charCodeAt(i);
    const plain = (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122);
    if (!plain && c !== 32) special++;
    word = c === 32 ? 0 : word + 1;
    if (word > longest) longest = word;
  }
  return [Math.log1p(command.length), special / command.length, entropy(command.slice(0, 1000)), Math.log1p(longest)];
}

/** Encoded or joined-together text: 0 to 0.35. */
const hidden = (command: string): number =>
  (/[A-Za-z0-9+/]{80,}={0,2}/.test(command) ? 0.2 : 0) +
  (/(?:^|\s)[-/]e(?:nc?|ncodedcommand)?\s|frombase64string|\^.\^|`.`|\$\(|(?:\[char\]|chr\()\d/i.test(command)
    ? 0.15
    : 0);
