import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Command } from 'commander';
import { MdrError } from '../../engine/errors.js';
import { seenOf } from '../../engine/hunt/input.js';
import { loadModels, modelCalled } from '../../engine/hunt/models/index.js';
import type { Finding, Model, Seen } from '../../engine/hunt/models/types.js';
import { readBatches } from '../../engine/ingest/files.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { say } from './runtime.js';
import { EXIT } from './types.js';

const DAY = 86_400_000;

export interface HuntCounts {
  events: number;
  findings: number;
  refused: Map<string, number>;
}

/**
 * Run one model over files: it judges whenever a day of the events is over, and at the end.
 * @param emit called with new findings, each once
 * @throws MdrError MDR_FILE_UNREADABLE
 */
export async function huntFiles(
  model: Model,
  files: readonly string[],
  options: { format: string | null; floor?: number },
  emit: (findings: Finding[]) => Promise<void> | void,
): Promise<HuntCounts> {
  const formats = await loadFormats();
  const named = options.format ? formats.byName(options.format) : null;
  const counts: HuntCounts = { events: 0, findings: 0, refused: new Map() };
  const refuse = (code: string) => counts.refused.set(code, (counts.refused.get(code) ?? 0) + 1);
  const said = new Set<string>();
  let state = model.start();
  let now = 0;
  const judge = async () => {
    const fresh = model.judge(state, now, { floor: options.floor }).filter(({ key }) => !said.has(key));
    for (const { key } of fresh) said.add(key);
    counts.findings += fresh.length;
    if (fresh.length > 0) await emit(fresh);
  };
  for (const file of files) {
    const recogniser = formats.recogniser();
    const received = Date.now();
    for await (const batch of readBatches(file)) {
      const events: Seen[] = [];
      for (const item of batch) {
        if ('refused' in item) {
          refuse(item.refused.code);
          continue;
        }
        try {
          const { parsed } = recogniser.read(item.line, named, received);
          events.push(seenOf(parsed, createHash('sha256').update(item.line).digest('hex').slice(0, 32)));
        } catch (error) {
          if (!(error instanceof MdrError)) throw error;
          refuse(error.code);
        }
      }
      counts.events += events.length;
      const latest = events.reduce((last, { time }) => Math.max(last, time), now);
      state = model.fold(state, events);
      const over = now > 0 && Math.floor(latest / DAY) > Math.floor(now / DAY);
      now = latest;
      if (over) await judge();
    }
  }
  await judge();
  return counts;
}

/** `mdr hunt`: hunting models over files, without any service. */
export default function hunt(program: Command): void {
  const group = program.command('hunt').description('hunting models: statistics and learning over many events');
  group
    .command('models')
    .description('the models, what each needs, and what it compares with')
    .action(async () => {
      for (const { name, title, needs, baseline } of await loadModels())
        console.log(`${name}\t${title}. Needs ${needs.data}. ${baseline.words}`);
    });
  group
    .command('model <name>')
    .description('run one model over log files (plain, .gz, .zip, .evtx); findings as NDJSON on stdout')
    .requiredOption('--in <files...>', 'log files, in the order of time')
    .option('--format <name>', 'log format (default: recognised record by record)')
    .option('--floor <score>', "score from 0 to 1 from which it speaks (default: the model's own)")
    .action(async (name: string, options: { in: string[]; format?: string; floor?: string }) => {
      const model = await modelCalled(name);
      const floor = options.floor === undefined ? undefined : Number(options.floor);
      if (floor !== undefined && !(floor >= 0 && floor <= 1))
        throw new MdrError(
          'MDR_COMMAND_USAGE',
          `"${options.floor}" is no score.`,
          'Give --floor a number from 0 to 1.',
        );
      const started = performance.now();
      const emit = async (findings: Finding[]) => {
        const text = findings.map((finding) => `${JSON.stringify(finding)}\n`).join('');
        if (!process.stdout.write(text)) await once(process.stdout, 'drain');
      };
      process.stdout.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EPIPE') process.exit(EXIT.ok);
        throw error;
      });
      const counts = await huntFiles(model, options.in, { format: options.format ?? null, floor }, emit);
      const refused = [...counts.refused].map(([code, n]) => `${n} × ${code}`).join(', ') || 'none';
      const took = ((performance.now() - started) / 1000).toFixed(2);
      say(`${model.title}: ${counts.events} events in ${took} s, ${counts.findings} findings, refused: ${refused}`);
    });
}
