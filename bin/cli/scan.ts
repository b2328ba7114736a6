import { once } from 'node:events';
import type { Command } from 'commander';
import { loadRules, ownRules, ruleCache } from '../../engine/detect/index.js';
import type { Matcher } from '../../engine/detect/types.js';
import { MdrError } from '../../engine/errors.js';
import { readBatches } from '../../engine/ingest/files.js';
import { type Formats, loadFormats } from '../../engine/ingest/formats/index.js';
import { say } from './runtime.js';
import { type ScanCorrelations, scanCorrelations } from './scan-correlations.js';
import { EXIT } from './types.js';

export interface ScanCounts {
  events: number;
  detections: number;
  refused: Map<string, number>;
}

export interface ScanParts {
  matcher: Matcher;
  /** Without them, no correlations run. */
  correlations?: ScanCorrelations;
  formats: Formats;
  format: string | null;
}

/**
 * Run rules over files, without any service.
 * @param emit called with a batch of NDJSON lines: `{rule: {id, title, level}, file, line, time}`
 * @throws MdrError MDR_FILE_UNREADABLE
 */
export async function scanFile(
  file: string,
  { matcher, correlations, formats, format }: ScanParts,
  counts: ScanCounts,
  emit: (lines: string[]) => Promise<void> | void,
): Promise<void> {
  const named = format ? formats.byName(format) : null;
  const recogniser = formats.recogniser();
  const received = Date.now();
  const refuse = (code: string) => counts.refused.set(code, (counts.refused.get(code) ?? 0) + 1);
  for await (const batch of readBatches(file)) {
    const found: string[] = [];
    const watch = correlations?.watch();
    for (const item of batch) {
      if ('refused' in item) {
        refuse(item.refused.code);
        continue;
      }
      try {
        const { format: by, parsed } = recogniser.read(item.line, named, received);
        counts.events++;
        const hits = [...matcher.match(parsed)];
        const record = { tenant: 'scan', source: file, format: by.name, line: item.line, parsed, simulated: false };
        if (hits.length > 0) watch?.observe(record, hits);
        for (const { id, title, level } of hits) {
          if (correlations?.silent.has(id)) continue;
          counts.detections++;
          const time = new Date(parsed.time).toISOString();
          found.push(`${JSON.stringify({ rule: { id, title, level }, file, line: item.number, time })}\n`);
        }
      } catch (error) {
        if (!(error instanceof MdrError)) throw error;
        refuse(error.code);
      }
    }
    await watch?.settle();
    if (found.length > 0) await emit(found);
  }
}

/** `mdr scan`: detections as NDJSON on stdout, a summary on stderr. */
export default function scan(program: Command): void {
  program
    .command('scan <files...>')
    .description(
      'run rules over log files (plain, .gz, .zip, .evtx) without any service; detections as NDJSON on stdout',
    )
    .option('--rules <path...>', 'Sigma files or folders (default: our own pack)')
    .option('--format <name>', 'log format (default: recognised record by record)')
    .option('--problems', 'list the rules that could not be compiled')
    .action(async (files: string[], options: { rules?: string[]; format?: string; problems?: boolean }) => {
      const started = performance.now();
      const [formats, { matcher, correlations, problems }] = await Promise.all([
        loadFormats(),
        loadRules(options.rules ?? [ownRules], { cache: ruleCache() }),
      ]);
      const loaded = performance.now();
      say(
        `${matcher.rules.length + correlations.all.length} rules loaded in ${seconds(loaded - started)}, ${problems.length} left out${problems.length && !options.problems ? ' (--problems lists them)' : ''}`,
      );
      if (options.problems) for (const p of problems) say(`  ${p.file}:${p.line} ${p.code} ${p.reason}`);
      if (matcher.rules.length === 0)
        throw new MdrError(
          'MDR_RULE_SYNTAX',
          'no rule could be loaded.',
          'Name a Sigma file or a folder of them with --rules.',
        );

      const counts: ScanCounts = { events: 0, detections: 0, refused: new Map() };
      const emit = async (lines: string[]) => {
        if (!process.stdout.write(lines.join(''))) await once(process.stdout, 'drain');
      };
      process.stdout.on('error', (error: NodeJS.ErrnoException) => {
        // The reader of a pipe may have seen enough (`| head`).
        if (error.code === 'EPIPE') process.exit(EXIT.ok);
        throw error;
      });
      const correlating = scanCorrelations(correlations);
      let unreadable = 0;
      for (const file of files) {
        try {
          const parts = { matcher, correlations: correlating, formats, format: options.format ?? null };
          await scanFile(file, parts, counts, emit);
        } catch (error) {
          if (!(error instanceof MdrError) || error.code !== 'MDR_FILE_UNREADABLE') throw error;
          unreadable++;
          say(error.toLine());
        }
      }
      const correlated = await correlating.finish();
      counts.detections += correlated.length;
      await emit(correlated);
      const took = performance.now() - loaded;
      const refused = [...counts.refused].map(([code, n]) => `${n} × ${code}`).join(', ') || 'none';
      const read = `${files.length - unreadable} of ${files.length} files`;
      say(
        `${read}, ${counts.events} events in ${seconds(took)} (${Math.round(counts.events / (took / 1000))}/s), ${counts.detections} detections, refused: ${refused}`,
      );
      if (unreadable > 0) process.exitCode = EXIT.failed;
    });
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
