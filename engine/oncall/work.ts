import type { Clock } from '../clock.js';
import { codeOf, MdrError } from '../errors.js';
import type { Override, Rota } from '../store/rotas.js';
import type { Scoped } from '../store/scoped.js';
import { slotsIn } from './calendar.js';
import type { ReadCalendar } from './fetch.js';
import { readPlan } from './plan.js';

const ATTEMPTS = 8;
const MAX_OVERRIDES = 50;
const REFRESH_MS = 15 * 60_000;

/** What a rota is read from. */
export type Source = { text: string; name: string } | { url: string; text: string };

/**
 * Make a text the rota: YAML of our own, or a calendar. What people took over stays.
 * @param rotas of one tenant, or the shared ones
 * @throws MdrError MDR_ROTA, MDR_CONFLICT
 */
export async function setRota(rotas: Scoped<Rota>, source: Source, zone: string, clock: Clock): Promise<Rota> {
  const isCalendar = 'url' in source || /^\s*BEGIN:VCALENDAR/i.test(source.text);
  const now = clock();
  const content = isCalendar ? { plan: null, calendar: source.text } : { plan: readPlan(source.text), calendar: null };
  if (isCalendar) slotsIn(source.text, zone, now, now + REFRESH_MS);
  const where =
    'url' in source ? { url: source.url, source: shownAddress(source.url) } : { url: null, source: source.name };
  return change(rotas, (rota) => ({ ...rota, ...content, ...where, zone, read: now, tried: now, error: '' }));
}

/** An address without what may be its secret. */
const shownAddress = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'an address');

/** From now on nobody is on call by a rota. What people took over is forgotten too. */
export const clearRota = (rotas: Scoped<Rota>): Promise<number> => rotas.deleteMany({});

/** Let somebody have the duty for a while, whatever the rota says. @throws MdrError MDR_CONFLICT */
export function takeOver(rotas: Scoped<Rota>, override: Override): Promise<Rota> {
  return change(rotas, (rota) => ({
    ...rota,
    overrides: [...rota.overrides, override].slice(-MAX_OVERRIDES),
  }));
}

/** End now what somebody has taken over. @returns how many that were */
export async function giveBack(rotas: Scoped<Rota>, person: string, now: number): Promise<number> {
  let ended = 0;
  if (!(await rotas.findOne({}))) return 0;
  await change(rotas, (rota) => {
    const isOver = ({ person: { id }, until }: Override) => id === person && until > now;
    ended = rota.overrides.filter(isOver).length;
    return {
      ...rota,
      overrides: rota.overrides.flatMap((each) =>
        !isOver(each) ? [each] : each.from < now ? [{ ...each, until: now }] : [],
      ),
    };
  });
  return ended;
}

async function change(rotas: Scoped<Rota>, wish: (rota: Rota) => Rota): Promise<Rota> {
  const { tenant } = rotas;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = await rotas.findOne({ _id: tenant });
    const empty: Rota = {
      _id: tenant,
      tenant,
      source: '',
      plan: null,
      calendar: null,
      zone: 'UTC',
      url: null,
      read: 0,
      tried: 0,
      error: '',
      overrides: [],
      revision: 0,
    };
    const { _id, tenant: _, ...after } = wish(before ?? empty);
    const next = { ...after, revision: after.revision + 1 };
    const isDone = before
      ? await rotas.update({ _id, revision: before.revision }, { $set: next })
      : await rotas.insert({ _id, ...next });
    if (isDone) return { _id, tenant, ...next };
  }
  throw new MdrError(
    'MDR_CONFLICT',
    'the rota was changed by others at the same moment, several times over.',
    'Try again.',
  );
}

/**
 * Read a calendar again when its time has come. One that cannot be read stays as it was, and says so.
 * @returns whether it was tried
 */
export async function refresh(rotas: Scoped<Rota>, read: ReadCalendar, clock: Clock): Promise<boolean> {
  const now = clock();
  const rota = await rotas.findOne({ url: { $ne: null }, tried: { $lte: now - REFRESH_MS } });
  if (!rota?.url) return false;
  // Of several engines, one reads.
  if (!(await rotas.update({ _id: rota._id, url: rota.url, tried: rota.tried }, { $set: { tried: now } })))
    return false;
  let result: Partial<Rota>;
  try {
    const calendar = await read(rota.url);
    slotsIn(calendar, rota.zone, now, now + REFRESH_MS);
    result = { calendar, read: now, error: '' };
  } catch (error) {
    result = { error: codeOf(error) === 'MDR_INTERNAL' ? 'the calendar could not be read' : (error as Error).message };
  }
  await rotas.update({ _id: rota._id, url: rota.url }, { $set: result, $inc: { revision: 1 } });
  return true;
}
