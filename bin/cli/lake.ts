import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { systemClock } from '../../engine/clock.js';
import { MdrError } from '../../engine/errors.js';
import { keepFor, placeHold } from '../../engine/lake/holds.js';
import { COLUMNS, DATASETS, openLake, type QueryOptions, type TenantLake } from '../../engine/lake/index.js';
import { lakeFolder } from '../../engine/lake/places.js';
import { activeHolds } from '../../engine/lake/retain.js';
import { say, withRuntime } from './runtime.js';

const wrong = (text: string, hint: string) => new MdrError('MDR_CONFIG', text, hint);

/** Epoch ms of `2026-03-04`, `2026-03-04T08:00Z`, `24h` or `7d` (ago). @throws MdrError MDR_CONFIG */
export function timeOf(text: string, now: number): number {
  const span = /^(\d{1,5})([hd])$/.exec(text);
  const time = span ? now - Number(span[1]) * (span[2] === 'd' ? 24 : 1) * 3600_000 : Date.parse(text);
  if (span || (!Number.isNaN(time) && /^\d{4}-\d\d-\d\d/.test(text))) return time;
  throw wrong(`"${text}" is no time.`, 'Give a span (24h, 7d) or a date: 2026-03-04, 2026-03-04T08:00Z.');
}

/** A whole number from 1 up. @throws MdrError MDR_CONFIG */
export function countOf(text: string, what: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw wrong(`${what} "${text}" is no number.`, 'Give a whole number from 1 up.');
}

interface Flags {
  from?: string;
  until?: string;
  rows: string;
  timeout: string;
}

const optionsOf = ({ from, until, rows, timeout }: Flags): QueryOptions => ({
  ...(from !== undefined && { from: timeOf(from, systemClock()) }),
  ...(until !== undefined && { until: timeOf(until, systemClock()) }),
  maxRows: countOf(rows, '--rows'),
  timeoutMs: countOf(timeout, '--timeout') * 1000,
});

/** `mdr lake`: look into the event store, and say how long it keeps what. */
export default function lake(program: Command): void {
  const group = program
    .command('lake')
    .description('the event store: query it, see what it holds, keep and hold events');
  const withLake = (tenant: string, work: (lake: TenantLake) => Promise<void>) =>
    withRuntime(async ({ config, store }) => {
      await store.forTenant(tenant);
      const opened = openLake(lakeFolder(config));
      try {
        await work(opened.forTenant(tenant));
      } finally {
        opened.close();
      }
    });

  group
    .command('query <tenant> <sql>')
    .description('run one SELECT over the events of a tenant; rows as NDJSON on stdout, times as ISO 8601')
    .option('--from <time>', 'only events from then on: 24h, 7d, 2026-03-04')
    .option('--until <time>', 'only events before then')
    .option('--rows <n>', 'most rows', '1000')
    .option('--timeout <seconds>', 'longest time', '60')
    .action((tenant: string, sql: string, flags: Flags) =>
      withLake(tenant, async (opened) => {
        const { columns, rows, truncated, ms } = await opened.query(sql, [], optionsOf(flags));
        const times = columns.filter(({ type }) => /^(TIMESTAMP|DATE)/.test(type)).map(({ name }) => name);
        for (const row of rows) {
          for (const name of times) if (typeof row[name] === 'number') row[name] = new Date(row[name]).toISOString();
          console.log(JSON.stringify(row));
        }
        say(
          `${tenant}: ${rows.length} rows${truncated ? ', more were left out (--rows)' : ''} in ${Math.round(ms)} ms`,
        );
      }),
    );

  group
    .command('status <tenant>')
    .description('what the lake holds of a tenant, as JSON')
    .action((tenant: string) =>
      withRuntime(async ({ config, store }) => {
        const scope = await store.forTenant(tenant);
        const opened = openLake(lakeFolder(config));
        const status = await opened.forTenant(tenant).status();
        opened.close();
        const { lakeDays = null } = scope.tenant;
        console.log(
          JSON.stringify({ tenant, keptDays: lakeDays, holds: activeHolds(scope.tenant), ...status }, null, 2),
        );
      }),
    );

  group
    .command('columns')
    .description('the views and the columns that queries know')
    .action(() => {
      console.log(`views: events (everything), ${DATASETS.join(', ')}`);
      for (const { name, type, ecs } of COLUMNS) console.log([name, type, ecs ?? ''].join('\t').trimEnd());
    });

  group
    .command('keep <tenant> <days>')
    .description('how many days events stay, or "always"; whole days go, counted from when they happened or came in')
    .action((tenant: string, days: string) =>
      withRuntime(async ({ store }) => {
        await keepFor(store, tenant, days === 'always' ? null : countOf(days, 'days'));
        say(days === 'always' ? `events of ${tenant} stay` : `events of ${tenant} stay ${days} days`);
      }),
    );

  group
    .command('hold <tenant>')
    .description(
      'legal hold: events of this time are not deleted, whatever "keep" says, until two people release it in chat',
    )
    .requiredOption('--why <reason>', 'case, court or authority')
    .option('--from <time>', 'only events from then on')
    .option('--until <time>', 'only events before then')
    .action((tenant: string, { why, from, until }: { why: string; from?: string; until?: string }) =>
      withRuntime(async ({ store }) => {
        const now = systemClock();
        const time = { from: from ? timeOf(from, now) : null, until: until ? timeOf(until, now) : null };
        const scope = await store.forTenant(tenant);
        const hold = await placeHold(scope, { why, by: userInfo().username, ...time }, systemClock);
        say(`hold ${hold.id} on ${tenant} is placed`);
      }),
    );
}
