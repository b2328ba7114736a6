import type { Clock } from '../../clock.js';
import { MdrError } from '../../errors.js';
import type { Evidence, Examined } from '../../store/evidence.js';
import type { TenantStore } from '../../store/index.js';
import { change as changeAlert } from '../../triage/work.js';
import { US } from '../actions/save.js';
import { changeCase } from '../case/save.js';
import { MAX_TEXT } from '../case/text.js';
import { tellFile } from '../files/keep.js';
import type { Finding } from './types.js';

/** What was found, as it stands in the log of an alert or a case. */
export function textOf({ name }: Pick<Evidence, 'name'>, { lines, isBad, refused }: Examined): string {
  const verdict = isBad ? 'suspicious' : refused ? `not looked into (${refused})` : 'nothing suspicious found';
  const text = [`${name}: ${verdict}`, ...lines].join('\n');
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text;
}

/**
 * Say in the thread what was found, and put what happened on the case's timeline; each once, however often it is called.
 * @returns what has to be brought up to date
 */
export async function tellFinding(
  store: TenantStore,
  evidence: Evidence,
  examined: Examined,
  finding: Finding | null,
  clock: Clock,
): Promise<{ kind: 'alert' | 'case'; number: number }[]> {
  const told: { kind: 'alert' | 'case'; number: number }[] = [];
  const text = textOf(evidence, examined);
  const quietly = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      // A log that is full says nothing more; the record of the file has all of it.
      if (!(error instanceof MdrError) || error.code === 'MDR_CONFLICT') throw error;
    }
  };
  let number = evidence.case ?? null;
  if (evidence.alert !== null) {
    const alert = evidence.alert;
    await quietly(async () => {
      const outcome = await changeAlert(store, alert, US, clock, ({ log }) => {
        const done = log.find((entry) => entry.kind === 'examined' && entry.evidence === evidence._id);
        return done ? { done } : { kind: 'examined', text, more: { evidence: evidence._id } };
      });
      number = outcome.alert.case ?? null;
      told.push({ kind: 'alert', number: alert });
    });
  }
  if (number === null) return told;
  const given = number;
  await quietly(async () => {
    const head = await tellFile(store, given, evidence, { entry: 'examined', text, by: US, clock });
    told.push({ kind: 'case', number: head });
    const change = (request: string, what: Parameters<typeof changeCase>[3]) =>
      changeCase(store, head, { by: US, clock, request: `${request}:${evidence._id}` }, what);
    for (const [i, { when, text: said }] of (finding?.moments ?? []).entries())
      if (when > 0 && when <= clock()) await change(`moment${i}`, { kind: 'pin', when, lane: 'provider', text: said });
    for (const [i, observable] of (finding?.observables ?? []).entries())
      await change(`observable${i}`, { kind: 'observable', observable, reason: `in ${evidence.name}` });
  });
  return told;
}
