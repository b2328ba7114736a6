import { randomUUID } from 'node:crypto';
import { itemOf } from '../../engine/breach/evidence/items.js';
import type { Doing, EvidenceDesk } from '../../engine/breach/evidence/types.js';
import { readConfig } from '../../engine/config.js';
import type { EvidenceItem } from '../../engine/store/evidenceitems.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';
import { type Verb, verbsOf } from '../words/verbs.js';

export type { Verb } from '../words/verbs.js';

export const { wrong, mayUse } = verbsOf('evidence', {
  whose: "evidence is kept by the provider's people, in the provider's own channels.",
  instead: 'Ask there, or ask your provider for an export.',
});

export const deskOf = ({ tenant, clock }: Context): EvidenceDesk => ({
  ...{ store: tenant, clock, secret: readConfig().MDR_SECRET_KEY },
});

export const who = ({ person }: Context) => ({ id: person._id, name: person.name });
export const placeOf = ({ place }: Context): string => (place ? `${place.surface}:${place.channel}` : '');
export const requestOf = ({ request }: Context): string => request ?? randomUUID();
export const doingOf = (context: Context, why: string): Doing => ({
  ...{ by: who(context), why, where: placeOf(context), how: '/mdr evidence', request: requestOf(context) },
});

/** The item that the first word names, `EV3` or `3`. @throws MdrError MDR_COMMAND_USAGE, MDR_EVIDENCE_UNKNOWN */
export async function takeItem(
  verb: Verb,
  { tenant }: Context,
  args: readonly string[],
): Promise<{ item: EvidenceItem; rest: readonly string[] }> {
  const digits = /^#?(?:EV)?([1-9]\d{0,8})$/i.exec(args[0] ?? '')?.[1];
  if (!digits)
    throw wrong(
      verb,
      args[0] === undefined
        ? 'which evidence? It is called EV1, EV2 …'
        : `"${clip(args[0], 40)}" is no number of evidence.`,
    );
  return { item: await itemOf(tenant, Number(digits)), rest: args.slice(1) };
}

/** What is held for one case or alert. */
export type Whole = { kind: 'case' | 'alert'; number: number };

/** `case 4` or `alert 12`; in a thread of one, that one. @returns null when neither is said or known */
export function takeWhole(context: Context, args: readonly string[]): { of: Whole; rest: readonly string[] } | null {
  const kind = args[0]?.toLowerCase();
  const digits = /^#?([1-9]\d{0,8})$/.exec(args[1] ?? '')?.[1];
  if ((kind === 'case' || kind === 'alert') && digits)
    return { of: { kind, number: Number(digits) }, rest: args.slice(2) };
  if (context.case) return { of: { kind: 'case', number: context.case }, rest: args };
  if (context.alert !== null) return { of: { kind: 'alert', number: context.alert }, rest: args };
  return null;
}

/** The words of a reason. @throws MdrError MDR_COMMAND_USAGE when there are none */
export function reasonIn(verb: Verb, words: readonly string[]): string {
  const [first, ...rest] = words;
  const reason = (/^(because|reason)$/i.test(first ?? '') ? rest : words).join(' ').trim();
  if (reason === '') throw wrong(verb, 'why? A few words are enough; they stay in the custody record.');
  if (reason.length > 500) throw wrong(verb, 'say why in at most 500 characters.');
  return reason;
}
