import { parseArgs } from 'node:util';

/** One measured number; `target` as text (`>= 0.5`), null when the number is only reported. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  target: string | null;
  ok: boolean;
}

export interface Report {
  name: string;
  /** How it was measured, in a sentence or two. */
  method: string;
  figures: Figure[];
}

export interface Options {
  /** Folder or file to measure on; null: the shared data. */
  data: string | null;
  /** Rule folders; empty: the shared rules. */
  rules: string[];
  /** Files to learn from and to judge on, where a measurement takes them; null: the shared data, split. */
  train: string | null;
  test: string | null;
}

/** A measurement: one file. */
export interface Measurement {
  name: string;
  summary: string;
  run(options: Options, progress: (text: string) => void): Promise<Report>;
}

/** A figure against a target such as `>= 0.5` or `<= 600`. */
export function figure(name: string, value: number, unit: string, target: string | null = null): Figure {
  const [, relation, limit] = /^(>=|<=|=) ?([\d.]+)$/.exec(target ?? '') ?? [];
  if (target !== null && limit === undefined) throw new Error(`"${target}" is no target`);
  const bound = Number(limit);
  const ok =
    target === null ||
    (relation === '>=' ? value >= bound : relation === '<=' ? value <= bound : Math.abs(value - bound) < 1e-9);
  return { name, value, unit, target, ok };
}

/** The rest of `npm run bench -- <name> [--data <path>] [--rules <dir>] [--json]`; sets exit code 1 when a target is missed. */
export async function measure(kind: string, all: readonly Measurement[], argv: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      data: { type: 'string' },
      rules: { type: 'string', multiple: true },
      train: { type: 'string' },
      test: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const measurement = all.find((each) => each.name === positionals[0]);
  if (!measurement) {
    console.error(`usage: npm run ${kind} -- <name> [--data <path>] [--rules <dir>] [--json]`);
    for (const each of all) console.error(`  ${each.name.padEnd(10)} ${each.summary}`);
    process.exitCode = positionals[0] === undefined ? 0 : 2;
    return;
  }
  const { data = null, rules = [], train = null, test = null } = values;
  const report = await measurement.run({ data, rules, train, test }, (text) => console.error(text));
  if (values.json) console.log(JSON.stringify(report));
  else print(report);
  if (report.figures.some((each) => !each.ok)) process.exitCode = 1;
}

function print({ name, method, figures }: Report): void {
  console.log(`\n${name}\n${method}\n`);
  const rows = figures.map(({ name: label, value, unit, target, ok }) => [
    label,
    `${Number.isInteger(value) ? value.toLocaleString('en') : value.toPrecision(4)} ${unit}`.trim(),
    target === null ? '' : `target ${target}`,
    target === null ? '' : ok ? 'ok' : 'MISSED',
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const row of rows)
    console.log(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}
