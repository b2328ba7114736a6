import type { TenantStore } from '../store/index.js';
import type { Person } from '../store/people.js';
import type { Override, Rota } from '../store/rotas.js';
import { type Slot, slotsIn } from './calendar.js';
import { planAt, planChanges } from './plan.js';

/** How far ahead "next" looks, in ms. */
const AHEAD_MS = 35 * 24 * 3600_000;

/** Who has the duty at one moment. */
export interface Duty {
  /** Id of the person; null when the calendar names somebody who is not known here. */
  person: string | null;
  name: string;
  why: 'override' | 'rota';
  /** Whether it comes from the rota of every tenant. */
  shared: boolean;
}

export interface OnCall {
  now: Duty | null;
  /** The next change of hands within five weeks, and who has it then. */
  next: { at: number; duty: Duty | null } | null;
  /** Whether there is anything that says who is on call. */
  exists: boolean;
  rotas: Rota[];
}

/** The rota that holds for a tenant: its own, then the one that all share. */
export async function rotasFor(store: TenantStore): Promise<Rota[]> {
  const [own, shared] = await Promise.all([store.rotas.findOne({ _id: store.id }), store.providerRotas.findOne({})]);
  return [own, shared].filter((rota) => rota !== null);
}

/**
 * Who is on call for a tenant now and next. What somebody took over comes before the rota, the tenant's own before the shared one.
 * @param people everybody with a role for the tenant
 * @param now epoch ms
 */
export function onCall(rotas: readonly Rota[], people: readonly Person[], now: number): OnCall {
  const readable = rotas.map((rota) => ({ rota, slots: slotsOf(rota, now) }));
  const at = (moment: number) => dutyAt(readable, people, moment);
  const present = at(now);
  const moments = readable.flatMap(({ rota, slots }) => [
    ...rota.overrides.flatMap(({ from, until }) => [from, until]),
    ...(rota.plan ? planChanges(rota.plan, now, now + AHEAD_MS) : []),
    ...slots.flatMap(({ from, until }) => [from, until]),
  ]);
  const changes = [...new Set(moments)]
    .filter((moment) => moment > now && moment <= now + AHEAD_MS)
    .sort((a, b) => a - b);
  const change = changes.find((moment) => {
    const duty = at(moment);
    return duty?.person !== present?.person || duty?.name !== present?.name;
  });
  return {
    now: present,
    next: change === undefined ? null : { at: change, duty: at(change) },
    exists: rotas.some(
      ({ plan, calendar, overrides }) => plan || calendar !== null || overrides.some(({ until }) => until > now),
    ),
    rotas: [...rotas],
  };
}

function slotsOf({ calendar, zone }: Rota, now: number): Slot[] {
  return calendar === null ? [] : slotsIn(calendar, zone, now - 1, now + AHEAD_MS);
}

function dutyAt(
  rotas: readonly { rota: Rota; slots: Slot[] }[],
  people: readonly Person[],
  moment: number,
): Duty | null {
  for (const { rota, slots } of rotas) {
    const shared = rota.tenant === '*';
    const override = overrideAt(rota.overrides, moment);
    if (override) return { person: override.person.id, name: override.person.name, why: 'override', shared };
    const planned = rota.plan ? planAt(rota.plan, moment) : null;
    if (planned !== null)
      return { person: planned, name: people.find(({ _id }) => _id === planned)?.name ?? planned, why: 'rota', shared };
    // Of duties that overlap, the one that began last.
    const slot = slots.findLast(({ from, until }) => from <= moment && moment < until);
    if (slot) {
      const person = personNamed(slot.names, people);
      return { person: person?._id ?? null, name: person?.name ?? slot.names[0] ?? 'somebody', why: 'rota', shared };
    }
  }
  return null;
}

/** The latest word counts. */
const overrideAt = (overrides: readonly Override[], moment: number): Override | undefined =>
  overrides.findLast(({ from, until }) => from <= moment && moment < until);

/** `On call: Ana Silva`, `Ana Silva - SOC primary`, `ana`: a part of the title that is a person's name or id; or an attendee. */
function personNamed(names: readonly string[], people: readonly Person[]): Person | undefined {
  const said = names
    .flatMap((name) => [name, ...name.split(/\s*(?:[:|()/,]|\s[-–—]\s)\s*/)])
    .map((part) => part.trim().toLowerCase());
  return said
    .filter(Boolean)
    .map((part) => people.find((person) => person._id === part || person.name.toLowerCase() === part))
    .find((person) => person !== undefined);
}
