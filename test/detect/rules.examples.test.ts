import { describe, expect, it } from 'vitest';
import { createCorrelator } from '../../engine/detect/correlate/correlator.js';
import { memoryState } from '../../engine/detect/correlate/memory.js';
import { readExamples } from '../../engine/detect/examples.js';
import { loadRules, ownRules } from '../../engine/detect/index.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { packFiles, readsOf } from './pack.js';

const RECEIVED = Date.UTC(2026, 10, 24, 12);
const files = packFiles();

/** Rules that rightly fire on the examples of others: the general one beside the special one. */
const COMPANIONS: Record<string, readonly string[]> = {
  'antivirus-malware-found.yml': [
    'antivirus-password-tool-found.yml',
    'antivirus-web-shell-found.yml',
    'linux-clamav-found-malware.yml',
    'windows-defender-could-not-clean.yml',
  ],
  'windows-wmi-provider-starts-shell.yml': ['windows-powershell-hidden-encoded.yml'],
};

describe('the rule pack at work', async () => {
  const [{ matcher, correlations, problems }, formats] = await Promise.all([loadRules([ownRules]), loadFormats()]);
  const recogniser = formats.recogniser();
  const read = (line: string) => recogniser.read(line, null, RECEIVED);

  /** Ids of the rules that make a detection of these records, through the real formats, matcher and windows. */
  async function firing(lines: readonly string[]): Promise<Set<string>> {
    const correlator = createCorrelator(correlations, memoryState(), () => RECEIVED);
    const watch = correlator.watch('acme');
    const fired = new Set<string>();
    for (const line of lines) {
      const { format, parsed } = read(line);
      const hits = [...matcher.match(parsed)];
      for (const { id } of hits) if (!correlator.silent.has(id)) fired.add(id);
      const seen = { tenant: 'acme', source: 'test', format: format.name, line, parsed, simulated: false };
      watch.observe(seen, hits);
    }
    const { found } = await watch.settle();
    const judged = await correlator.judge('acme');
    for (const { rule } of [...found, ...judged.found]) fired.add(rule.id);
    return fired;
  }

  it('compiles whole', () => {
    expect(problems).toEqual([]);
    const compiled = [...matcher.rules, ...correlations.all.map(({ info }) => info)].map(({ id }) => id);
    const written = files.flatMap(({ rule, bases }) => [rule.id, ...bases.map(({ id }) => id)]);
    expect(compiled.sort()).toEqual(written.sort());
  });

  it('makes no detections of what only feeds a correlation', () => {
    const fed = files.flatMap(({ bases }) => bases.map(({ id }) => id));
    expect([...correlations.silent].sort()).toEqual(fed.sort());
  });

  describe.each(files.map(({ file, rule }) => [file, rule] as const))('%s', (_, rule) => {
    const { positive, negative } = readExamples(rule.mdr.examples);
    it.each(positive.map((lines, i) => [i + 1, lines] as const))('fires on its example %i', async (_n, lines) => {
      expect(await firing(lines)).toContain(rule.id);
    });
    it.each(negative.map((lines, i) => [i + 1, lines] as const))('is silent on its near miss %i', async (_n, lines) => {
      expect(await firing(lines)).not.toContain(rule.id);
    });
  });

  it('fires nothing else on the example of a rule, but for the general rule beside the special one', async () => {
    const byId = new Map(files.map(({ file, rule }) => [rule.id, file]));
    const surprises: string[] = [];
    for (const { file, rule } of files) {
      if (rule.correlation) continue;
      for (const lines of readExamples(rule.mdr.examples).positive)
        for (const id of await firing(lines)) {
          const other = byId.get(id)!;
          if (other !== file && !COMPANIONS[other]?.includes(file)) surprises.push(`${file}: ${other}`);
        }
    }
    expect(surprises).toEqual([]);
  });

  it('has near misses that are of the kind of log that the rule is about', () => {
    const strangers = files.filter((each) => {
      const kinds = readExamples(each.rule.mdr.examples).negative.flatMap((lines) =>
        lines.slice(0, 3).map((line) => read(line).parsed.logsource),
      );
      return !readsOf(each).some(({ product, category, service }) =>
        kinds.some(
          (kind) =>
            (product === undefined || kind.product === product) &&
            (category === undefined || kind.categories.includes(category)) &&
            (service === undefined || kind.service === service),
        ),
      );
    });
    expect(strangers.map(({ file }) => file)).toEqual([]);
  });
});
