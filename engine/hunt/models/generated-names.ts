import { list, percent, round, times } from '../../say.js';
import { chosenPart } from '../dga/name.js';
import { COUNTS, dgaMargin, shippedDga } from '../dga/weights.js';
import { keyOf, note, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import { type Finding, MAX_EVIDENCE, MAX_RELATED, type Model } from './types.js';

interface Asked {
  name: string;
  margin: number;
  missing: boolean;
  time: number;
}
interface Source {
  last: number;
  /** Names that look made by machine, newest last. */
  asked: Asked[];
  evidence: string[];
}
interface State {
  sources: Table<Source>;
  /** Names by how many sources ask for them: what several ask for is the tenant's own affair. */
  names: Table<{ last: number; by: string[] }>;
}

const DAY = 86_400_000;
const MAX_SOURCES = 20_000;
const MAX_NAMES = 200;
const COMMON = 3;
/** A source speaks by this many names, of which most do not exist, or by this sum. */
const FEWEST = 8;
const SPEAKS = 0.5;

const model: Model<State> = {
  name: 'generated-names',
  title: 'Names made by machine',
  summary:
    'A host that asks for many names which a program made up, most of which do not exist: malware looking for its master.',
  needs: { data: 'DNS queries', fields: ['dns.question.name', 'source.ip'] },
  baseline: {
    words: 'Names as people make them, learned beforehand; names that several hosts ask for do not count.',
    days: 0,
  },
  speaks: SPEAKS,
  techniques: ['T1568.002'],
  tactic: 'command-and-control',
  start: () => ({ sources: table(), names: table() }),

  fold(state, events) {
    const parts = shippedDga();
    for (const { id, time, ecs } of events) {
      const domain = ecs['dns.question.name']?.toLowerCase().slice(0, 253);
      const source = ecs['source.ip'] ?? ecs['host.name'];
      if (!domain || !source || domain.endsWith('.arpa') || chosenPart(domain) === '') continue;
      const margin = dgaMargin(parts, domain);
      if (margin < COUNTS) continue;
      const name = rowOf(state.names, keyOf(domain), () => ({ last: 0, by: [] as string[] }));
      name.last = Math.max(name.last, time);
      note(name.by, source.slice(0, 64), COMMON);
      const row = rowOf(state.sources, keyOf(source), (): Source => ({ last: 0, asked: [], evidence: [] }));
      row.last = Math.max(row.last, time);
      if (row.asked.some((each) => each.name === domain)) continue;
      const code = ecs['dns.response_code'];
      remember(row.asked, { name: domain, margin, missing: code === 'NXDOMAIN' || code === '3', time }, MAX_NAMES);
      remember(row.evidence, id, MAX_EVIDENCE);
    }
    prune(state.sources, MAX_SOURCES);
    prune(state.names, 4 * MAX_SOURCES);
    return state;
  },

  judge(state, now, known) {
    const findings: Finding[] = [];
    for (const [key, row] of Object.entries(state.sources.rows)) {
      if (row.last < now - DAY) continue;
      const asked = row.asked.filter(
        ({ name, time }) => time >= row.last - DAY && (state.names.rows[keyOf(name)]?.by.length ?? 0) < COMMON,
      );
      if (asked.length < FEWEST) continue;
      const missing = asked.filter((each) => each.missing).length;
      // A name that exists counts half: content networks make names by machine too, but theirs are there.
      const sum = asked.reduce((total, each) => total + Math.min(5, each.margin) * (each.missing ? 1 : 0.5), 0);
      const score = 1 - Math.exp(-sum / 50);
      if (score < (known?.floor ?? SPEAKS)) continue;
      const [source = ''] = partsOf(key);
      const surest = [...asked].sort((a, b) => b.margin - a.margin).map(({ name }) => name);
      findings.push({
        model: model.name,
        key: `${model.name}:${source}:${new Date(row.last).toISOString().slice(0, 10)}`,
        entity: { kind: 'source', name: source },
        related: surest.slice(0, MAX_RELATED),
        from: Math.min(...asked.map(({ time }) => time)),
        to: row.last,
        score,
        words: `${source} asked for ${times(asked.length, 'name')} that look made by machine, ${missing} (${percent(missing / asked.length)}) of which do not exist: ${list(surest, 3)}. Log odds sum ${round(sum)}; no three hosts ask for the same.`,
        techniques: model.techniques,
        tactic: model.tactic,
        evidence: [...row.evidence],
        numbers: { names: asked.length, missing, sum },
      });
    }
    return findings;
  },
};
export default model;
