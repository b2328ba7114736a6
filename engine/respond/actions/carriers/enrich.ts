import { judgeValue } from '../../../detect/indicators/value/index.js';
import { refang } from '../../../detect/indicators/value/refang.js';
import { MdrError } from '../../../errors.js';
import type { Observable } from '../../../store/alerts.js';
import { harmlessAs } from '../../../triage/harmless.js';
import { caseOf, headOf } from '../../case/join.js';
import { changeCase } from '../../case/save.js';
import { hostOfUrl, knownBad, type Value } from '../../known.js';
import type { Carrier, Job, Seen, Work } from '../types.js';

const TIMEOUT_MS = 20_000;

/** What somebody's value is. @throws MdrError MDR_ACTION_BAD */
function readValue({ record }: Pick<Job, 'record'>): Value {
  const said = record.args.observable!;
  const judged = judgeValue(said, null);
  if ('value' in judged) {
    const { type, value } = judged;
    if (type === 'url') return { kind: 'url', value: refang(said).trim() };
    if (type === 'email') return { kind: 'user', value };
    return { kind: type === 'ip' || type === 'domain' ? type : 'hash', value };
  }
  throw new MdrError(
    'MDR_ACTION_BAD',
    `"${said.slice(0, 80)}" is nothing that something can be known of: ${judged.refused}.`,
    'Give an address, a domain, a URL, a hash or an e-mail address.',
  );
}

const observableOf = ({ kind, value }: Value): Observable | null => {
  const one = kind === 'url' ? hostOfUrl(value) : { kind, value };
  return one ? { kind: one.kind as Observable['kind'], value: one.value } : null;
};

const caseRequest = ({ store, record }: Job): string => `enriched:${store.id}:${record.number}`;

/** What our own records know of a value; nobody outside is asked. Of a case it becomes an observable. */
const enriching: Work = {
  ...{ timeoutMs: TIMEOUT_MS, isRepeatable: true, undo: null },
  async guard(job) {
    readValue(job);
  },
  async check(job) {
    const { kind, value } = readValue(job);
    return { says: `it is looked up what is known of ${kind} ${value}`, memory: { kind, value }, already: false };
  },
  async run(job) {
    const value = readValue(job);
    const { store, record, clock } = job;
    const host = value.kind === 'url' ? hostOfUrl(value.value) : null;
    const known = await knownBad(store, [value, ...(host ? [host] : [])], clock());
    const one = observableOf(value);
    const is = one ? harmlessAs(one.kind as never, one.value, store.tenant.profile, 'all') : null;
    const verdict = known.length > 0 ? 'bad' : is ? 'good' : 'unknown';
    const summary =
      known.length > 0
        ? known.map((each) => `${each.value} ${each.text} (${each.source})`).join('; ')
        : is
          ? `${one!.value} is ${is}`
          : `nothing is known of ${value.value}`;
    if (record.case !== null && one) {
      const asking = { by: record.by, clock, request: caseRequest(job) };
      await changeCase(store, await headOf(store, record.case), asking, {
        ...{ kind: 'observable', observable: one, reason: summary },
      });
    }
    return { verdict, summary };
  },
  async verify(job): Promise<Seen> {
    const one = observableOf(readValue(job));
    if (job.record.case === null || !one) return 'unknown';
    const { observables } = await caseOf(job.store, await headOf(job.store, job.record.case));
    const isThere = observables.some(({ kind, value }) => kind === one.kind && value === one.value);
    return isThere ? 'holds' : 'absent';
  },
};

const enrich: Carrier = {
  name: 'records',
  title: 'What our own records know',
  isFor: () => true,
  works: { 'enrich-observable': enriching },
};
export default enrich;
