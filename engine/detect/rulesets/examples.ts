import { MdrError } from '../../errors.js';
import type { Formats } from '../../ingest/formats/index.js';
import { createCorrelator } from '../correlate/correlator.js';
import { memoryState } from '../correlate/memory.js';
import { readExamples } from '../examples.js';
import type { RuleBase } from '../index.js';
import { readRuleFile } from '../sigma/document.js';
import { readYaml } from '../sigma/yaml.js';

const RECEIVED = Date.UTC(2026, 0, 1);

/** What became of one example. */
export interface ExampleResult {
  file: string;
  rule: string;
  kind: 'positive' | 'negative';
  /** From 1, within its kind. */
  number: number;
  passed: boolean;
  /** Why it did not pass; what else fired on a positive one. */
  text: string;
}

export interface ExampleReport {
  results: ExampleResult[];
  /** Rules without examples. */
  without: string[];
}

type File = { file: string; content: string };

/** Run the examples of rules (`mdr.examples`) through the formats and all rules of the base. */
export async function runExamples(files: readonly File[], base: RuleBase, formats: Formats): Promise<ExampleReport> {
  const report: ExampleReport = { results: [], without: [] };
  for (const { file, content } of files) {
    const { rules, correlations } = readRuleFile(file, content);
    // A correlation is what its file is about; the rules beside it are its parts.
    const subject = correlations.at(-1) ?? rules.at(-1);
    if (!subject) continue;
    let examples: ReturnType<typeof readExamples>;
    try {
      examples = readExamples(examplesOf(content));
    } catch (error) {
      if (!(error instanceof MdrError)) throw error;
      report.results.push({
        file,
        rule: subject.title,
        kind: 'positive',
        number: 0,
        passed: false,
        text: error.message,
      });
      continue;
    }
    if (examples.positive.length + examples.negative.length === 0) report.without.push(file);
    for (const kind of ['positive', 'negative'] as const)
      for (const [i, lines] of examples[kind].entries()) {
        const outcome = await fired(lines, base, formats);
        const hit = outcome.ids.has(subject.id);
        const result = { file, rule: subject.title, kind, number: i + 1 };
        if (outcome.fault) report.results.push({ ...result, passed: false, text: outcome.fault });
        else if (kind === 'positive')
          report.results.push({ ...result, passed: hit, text: hit ? '' : 'the rule does not fire' });
        else report.results.push({ ...result, passed: !hit, text: hit ? 'the rule fires' : '' });
      }
  }
  return report;
}

function examplesOf(content: string): unknown {
  if (!/^mdr:/m.test(content)) return undefined;
  for (const { value } of readYaml(content)) {
    const { mdr } = (value ?? {}) as { mdr?: { examples?: unknown } | null };
    if (mdr?.examples !== undefined) return mdr.examples;
  }
  return undefined;
}

/** Ids of the rules and correlations that fire on records, in order. */
async function fired(
  lines: readonly string[],
  { matcher, correlations }: RuleBase,
  formats: Formats,
): Promise<{ ids: Set<string>; fault: string }> {
  const recogniser = formats.recogniser();
  const correlator = createCorrelator(correlations, memoryState(), () => RECEIVED);
  const watch = correlator.watch('example');
  const ids = new Set<string>();
  for (const [n, line] of lines.entries()) {
    try {
      const { format, parsed } = recogniser.read(line, null, RECEIVED);
      const hits = [...matcher.match(parsed)];
      for (const { id } of hits) ids.add(id);
      const record = { tenant: 'example', source: 'example', format: format.name, line, parsed, simulated: true };
      // Equal lines of a sequence are as many events.
      watch.observe(record, hits, String(n));
    } catch (error) {
      if (!(error instanceof MdrError)) throw error;
      return { ids, fault: `record ${n + 1} cannot be read: ${error.message}` };
    }
  }
  const now = await watch.settle();
  for (const { rule } of now.found) ids.add(rule.id);
  for (let round = 0; round < 20; round++) {
    const later = await correlator.judge('example');
    for (const { rule } of later.found) ids.add(rule.id);
    await later.done();
    if (later.judged === 0) break;
  }
  return { ids, fault: '' };
}
