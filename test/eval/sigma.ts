import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadRules } from '../../engine/detect/index.js';
import { MdrError } from '../../engine/errors.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { figure, type Measurement } from '../support/figures.js';
import { sharedData } from '../support/shared.js';

interface Case {
  rule: string;
  title?: string;
  match_count?: number | null;
}

/** A folder of `<rule id>.jsonl` cases: which match their rule, and as often as `manifest.json` says where it does. */
const sigma: Measurement = {
  name: 'sigma',
  summary: 'a folder of <rule id>.jsonl cases: which match their rule, all rules loaded',
  async run({ data, rules }, progress) {
    const folder = data ?? sharedData('sigmahq/regression');
    const folders = rules.length > 0 ? rules : [sharedData('sigmahq') ?? ''];
    if (!folder || folders.includes('')) throw new Error('the shared data is not here: name --data and --rules');
    const [formats, { matcher, problems }] = await Promise.all([loadFormats(), loadRules(folders)]);
    const counts = new Map<string, number | null>();
    const manifest = await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => '[]');
    for (const each of JSON.parse(manifest) as Case[]) counts.set(each.rule, each.match_count ?? null);

    const files = (await readdir(folder)).filter((file) => file.endsWith('.jsonl')).sort();
    let matched = 0;
    let counted = 0;
    let withCount = 0;
    let over = 0;
    let refused = 0;
    for (const file of files) {
      const id = file.slice(0, -'.jsonl'.length);
      const recogniser = formats.recogniser();
      let hits = 0;
      for (const line of (await readFile(join(folder, file), 'utf8'))
        .split('\n')
        .filter((text) => text.trim() !== '')) {
        try {
          const { parsed } = recogniser.read(line, null, Date.now());
          hits += matcher.match(parsed).filter((rule) => rule.id === id).length;
        } catch (error) {
          if (!(error instanceof MdrError)) throw error;
          refused++;
          progress(`${id}: ${error.toLine()}`);
        }
      }
      const expected = counts.get(id) ?? null;
      if (hits > 0) matched++;
      else
        progress(`${id}: its rule does not match${problems.some((p) => p.file.includes(id)) ? ' (not compiled)' : ''}`);
      if (expected !== null) {
        withCount++;
        if (hits >= expected) counted++;
        if (hits > expected) over++;
        if (hits !== expected) progress(`${id}: ${hits} matches, the manifest counts ${expected}`);
      }
    }
    for (const problem of problems)
      progress(`left out: ${problem.file}:${problem.line} ${problem.code} ${problem.reason}`);
    const total = matcher.rules.length + problems.length;
    return {
      name: 'sigma',
      method: `${files.length} cases, each run through its log format and all ${matcher.rules.length} rules; a case passes when the rule it is named after matches.`,
      figures: [
        figure('cases whose rule matches', matched, `of ${files.length}`, `>= ${files.length}`),
        figure('cases with at least the expected count', counted, `of ${withCount}`, `>= ${withCount}`),
        figure('cases with more matches than the manifest counts', over, `of ${withCount}`),
        figure('events refused', refused, '', '<= 0'),
        figure('rules left out', problems.length, `of ${total}`, `<= ${Math.floor(total / 100)}`),
      ],
    };
  },
};
export default sigma;
