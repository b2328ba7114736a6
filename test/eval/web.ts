import { ATTACK, judgeValue } from '../../engine/hunt/web/attack.js';
import { figure, type Measurement } from '../support/figures.js';
import { dataFolder, readLines } from './lines.js';

interface Value {
  payload: string;
  type: string;
  attack: boolean;
}

const web: Measurement = {
  name: 'web',
  summary: 'values of web requests: ordinary ones, SQL, script and command injection, traversal',
  async run({ data }, progress) {
    const values = readLines(dataFolder(data, 'web'), 'parameters.csv.gz')
      .slice(1)
      .flatMap((line): Value[] => {
        const [payload, , type, label] = cells(line);
        return payload === undefined || label === undefined ? [] : [{ payload, type: type!, attack: label === 'anom' }];
      });
    // Misses are only ever shown of the even lines; samples of both halves were read before the tokens were written.
    const seen = values.filter((_, i) => i % 2 === 0);
    const held = values.filter((_, i) => i % 2 === 1);
    for (const { payload, type, attack } of seen) {
      const { score, tokens } = judgeValue(payload);
      if (score >= ATTACK !== attack) progress(`${type} ${score.toFixed(2)} [${tokens}] ${payload.slice(0, 120)}`);
    }
    const began = process.cpuUsage();
    for (const { payload } of values) judgeValue(payload);
    const seconds = process.cpuUsage(began).user / 1e6;
    const [shown, other] = [judge(seen), judge(held)];
    return {
      name: 'web',
      method: `${values.length} values; misses among the even lines are shown, those among the odd ones never were; before the tokens were written, about 200 values of either half had been read. Nothing is trained.`,
      figures: [
        figure('held-out half: precision', other.precision, '', '>= 0.99'),
        figure('held-out half: recall', other.recall, '', '>= 0.97'),
        ...['sqli', 'xss', 'path-traversal', 'cmdi'].map((type) =>
          figure(`held-out half: recall, ${type}`, judge(held.filter((each) => each.type === type)).recall, ''),
        ),
        figure('other half: precision', shown.precision, ''),
        figure('other half: recall', shown.recall, ''),
        figure('speed', values.length / seconds, 'values/s'),
      ],
    };
  },
};
export default web;

function judge(values: readonly Value[]): { precision: number; recall: number } {
  const flagged = values.filter(({ payload }) => judgeValue(payload).score >= ATTACK);
  const right = flagged.filter(({ attack }) => attack).length;
  return {
    precision: right / Math.max(1, flagged.length),
    recall: right / values.filter(({ attack }) => attack).length,
  };
}

/** Cells in double quotes, which are doubled within. */
const cells = (line: string): string[] =>
  [...line.matchAll(/"((?:[^"]|"")*)"(?:,|$)/g)].map((match) => match[1]!.replaceAll('""', '"'));
