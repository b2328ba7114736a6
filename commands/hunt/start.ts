import { ruleCalled } from '../../engine/detect/rulesets/catalog.js';
import { MdrError } from '../../engine/errors.js';
import { readQuestion } from '../../engine/hunt/ask/index.js';
import { readPeriod, type Stretch, takePeriod, takeTime } from '../../engine/hunt/ask/time.js';
import { savedCalled, savedHunts } from '../../engine/hunt/saved/index.js';
import { openHuntOf } from '../../engine/hunt/search/records.js';
import { awaitRun, startRun, type WantedRun } from '../../engine/hunt/search/runs.js';
import { savedRun } from '../../engine/hunt/search/saved.js';
import { readValues } from '../../engine/hunt/search/values.js';
import type { HuntPlace } from '../../engine/store/dispatches.js';
import type { HuntRun } from '../../engine/store/huntruns.js';
import type { Card } from '../cards/card.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';
import { runCard } from './runs.js';

/** How long an answer waits; what takes longer comes by itself. */
const WAIT_MS = 1500;
const DAYS_BACK = { sigma: 'last 7d', sql: 'last 7d', indicator: 'last 30d' } as const;

const zoneOf = ({ tenant }: Context): string => tenant.tenant.profile.timeZone;
export const byOf = ({ person }: Context): HuntRun['by'] => ({ id: person._id, name: person.name });

/** Where what somebody asks for here may be posted later; null: nowhere. */
export const placeOf = ({ place, person }: Context): HuntPlace | null =>
  place && place.surface !== 'terminal'
    ? { surface: place.surface, channel: place.channel, ...(place.direct && { alone: person._id }) }
    : null;

/** What people run while they have a hunt open belongs to it. */
async function start(context: Context, wanted: Omit<WantedRun, 'hunt'>): Promise<Card> {
  const { tenant, queues, clock, person } = context;
  const hunt = (await openHuntOf(tenant, person._id))?.number ?? null;
  const run = await startRun(tenant, queues, { ...wanted, hunt }, clock);
  return runCard(context, await awaitRun(tenant, run, WAIT_MS, placeOf(context)));
}

/** Words, and the period at their end or the usual one. */
function within(context: Context, words: readonly string[], usual: string): { rest: string[]; period: Stretch } {
  const now = context.clock();
  const { rest, period } = takePeriod(words, zoneOf(context), now);
  return { rest, period: period ?? readPeriod(usual.split(' '), zoneOf(context), now) };
}

export async function sigma(context: Context, words: readonly string[]): Promise<Card> {
  const { rest, period } = within(context, words, DAYS_BACK.sigma);
  if (rest.length === 0) throw bad('which rule?', 'hunt sigma windows-lsass-memory-read last 7d');
  const { id, title, kind, techniques } = await ruleNamed(context, rest.join(' '));
  if (kind !== 'detection')
    throw bad(
      `“${clip(title, 80)}” is a ${kind}: it looks at no event by itself.`,
      'rules show <id> names the rules that it counts',
    );
  return start(context, {
    ...{ title, request: { kind: 'sigma', rule: id }, techniques, by: byOf(context) },
    ...{ from: period.from, until: period.until, period: period.text },
  });
}

/** A file may be named without its ending. */
async function ruleNamed({ tenant }: Context, typed: string) {
  try {
    return await ruleCalled(tenant, typed);
  } catch (error) {
    if (!(error instanceof MdrError) || /\.ya?ml$/.test(typed)) throw error;
    return ruleCalled(tenant, `${typed}.yml`).catch(() => Promise.reject(error));
  }
}

/** The statement is taken from the line as it was typed: its quotes are SQL's. */
export async function sql(context: Context, words: readonly string[]): Promise<Card> {
  const typed = /\bsql\s+([\s\S]+)$/i.exec(context.line ?? '')?.[1];
  const text = straight(typed ?? words.join(' '))
    .replace(/\s+(?:--|—|–)tenant(?:=|\s+)\S+\s*$/i, '')
    .trim();
  const before = /^([\s\S]*?)\b(?=(?:select|with|from|values)\b)/i.exec(text)?.[1] ?? '';
  const lead = before.trim().replace(/:$/, '').split(/\s+/).filter(Boolean);
  const now = context.clock();
  const taken =
    lead.length > 0
      ? takeTime(
          lead.map((word) => word.toLowerCase()),
          0,
          zoneOf(context),
          now,
        )
      : null;
  const isPeriod = taken !== null && taken.used === lead.length;
  const statement = (isPeriod ? text.slice(before.length) : text).trim().replace(/;\s*$/, '');
  if (statement === '')
    throw bad('which query?', 'hunt sql last 7d SELECT host_name, count(*) FROM process GROUP BY 1');
  const { from, until, text: period } = isPeriod ? taken : readPeriod(DAYS_BACK.sql.split(' '), zoneOf(context), now);
  return start(context, {
    ...{ title: clip(statement.replace(/\s+/g, ' '), 120), techniques: [], by: byOf(context), from, until, period },
    request: { kind: 'sql', sql: statement, params: {}, datasets: [] },
  });
}

/** Quotes as SQL has them, whatever a keyboard makes of them. */
const straight = (text: string): string => text.replace(/[‘’‚]/g, "'").replace(/[“”„]/g, '"');

export async function indicator(context: Context, words: readonly string[]): Promise<Card> {
  const { rest, period } = within(context, words, DAYS_BACK.indicator);
  const values = readValues(rest);
  return start(context, {
    title: `Has anybody met ${clip(values.map(({ value }) => value).join(', '), 120)}?`,
    ...{ request: { kind: 'indicator', values }, techniques: [], by: byOf(context) },
    ...{ from: period.from, until: period.until, period: period.text },
  });
}

export async function ask(context: Context, words: readonly string[]): Promise<Card> {
  const asked = readQuestion(words, { zone: zoneOf(context), now: context.clock() });
  return start(context, {
    ...{ title: clip(words.join(' '), 150), techniques: [], by: byOf(context) },
    ...{ from: asked.from, until: asked.until, period: asked.period },
    request: {
      ...{ kind: 'ask', sql: asked.sql, params: asked.params, datasets: asked.datasets },
      ...(asked.chart && { chart: asked.chart }),
    },
  });
}

const PARAMETER = /^([a-z][a-z_]{1,30})=([\s\S]*)$/i;

export async function runSaved(context: Context, words: readonly string[]): Promise<Card> {
  const [name = '', ...rest] = words;
  const hunt = savedCalled(await savedHunts(), name);
  const { said, others } = parametersIn(rest);
  const { hunt: _none, ...wanted } = savedRun(
    hunt,
    said,
    { words: others, zone: zoneOf(context), now: context.clock() },
    byOf(context),
  );
  return start(context, wanted);
}

/** `least=5` and what else was said. */
export function parametersIn(words: readonly string[]): { said: Record<string, string>; others: string[] } {
  const said: Record<string, string> = {};
  const others: string[] = [];
  for (const word of words) {
    const [, key, value] = PARAMETER.exec(word) ?? [];
    if (key === undefined) others.push(word);
    else said[key.toLowerCase()] = value!;
  }
  return { said, others };
}

const bad = (what: string, example: string): MdrError =>
  new MdrError('MDR_HUNT_BAD', what, `For example: /mdr ${example}.`);
