import { isExternal } from '../address.js';
import type { Clock } from '../clock.js';
import type { Ecs } from '../event.js';
import type { TenantLake } from '../lake/index.js';
import type { Log } from '../log.js';
import type { Alert } from '../store/alerts.js';
import type { Detection } from '../store/detections.js';
import type { TenantStore } from '../store/index.js';
import { accountName, hostName, isSomebody, known } from '../triage/links.js';

/** An event in the columns that an investigation reads. */
export interface Found {
  id: string;
  time: number;
  dataset: string;
  code: string;
  action: string;
  host: string;
  user: string;
  target: string;
  sourceIp: string;
  destinationIp: string;
  destinationPort: number | null;
  domain: string;
  process: string;
  entity: string;
  parent: string;
  parentEntity: string;
  commandLine: string;
  file: string;
  hash: string;
  logonType: string;
  bytes: number | null;
}

/** What an investigation may cost. */
export interface Budget {
  /** Questions to the lake. */
  queries: number;
  ms: number;
  /** Rows of one question. */
  rows: number;
}
export const BUDGET: Budget = { queries: 12, ms: 9000, rows: 2000 };

/** Everything that the chain, the story and the rest are built from. */
export interface Gathered {
  detections: Detection[];
  /** Events of detections and those found around them, by id. */
  events: Map<string, Found>;
  /** Sign-ins of the attack's accounts to hosts, in the attack. */
  logons: Found[];
  /** Where the attack's accounts signed in during the month before, and with all rights. */
  reach: { host: string; user: string; count: number; admin: boolean; id: string; time: number }[];
  hosts: Set<string>;
  accounts: Set<string>;
  addresses: Set<string>;
  queries: number;
  ms: number;
  cut: string[];
}

const MAX_DETECTIONS = 3000;
const AROUND_MS = 30 * 60_000;
const MONTH_MS = 30 * 24 * 3_600_000;
const MAX_TREE = 4;
const MAX_NAMES = 60;

const COLUMNS = `id, epoch_ms(time) AS time, dataset, event_code AS code, event_action AS action, host_name AS host, user_name AS "user",
  user_target_name AS target, source_ip AS "sourceIp", destination_ip AS "destinationIp", destination_port AS "destinationPort",
  coalesce(dns_question_name, destination_domain) AS domain, process_executable AS process, process_entity_id AS entity,
  process_parent_executable AS parent, process_parent_entity_id AS "parentEntity", process_command_line AS "commandLine",
  file_path AS file, process_hash_sha256 AS hash, winlog_logon_type AS "logonType", source_bytes AS bytes`;

/** Gather what is known of alerts, from their detections and from the lake around them, within a budget. */
export async function gather(
  store: TenantStore,
  lake: TenantLake | null,
  alerts: readonly Alert[],
  { clock, log, budget = BUDGET }: { clock: Clock; log?: Log; budget?: Budget },
): Promise<Gathered> {
  const began = clock();
  const numbers = alerts.map(({ number }) => number);
  const detections = await store.detections.find(
    { alert: { $in: numbers } },
    { sort: { 'event.time': 1 }, limit: MAX_DETECTIONS },
  );
  const all: Gathered = {
    ...{ detections, events: new Map(), logons: [], reach: [], queries: 0, ms: 0, cut: [] },
    ...{ hosts: new Set(), accounts: new Set(), addresses: new Set() },
  };
  if (detections.length === MAX_DETECTIONS)
    all.cut.push(`only the first ${MAX_DETECTIONS.toLocaleString('en-US')} detections were read`);
  for (const { event } of detections) all.events.set(event.id, foundOf(event.id, event.time, event.ecs));
  name(all, [...all.events.values()]);
  if (lake && detections.length > 0) await around(lake, all, { clock, budget, began, ...(log && { log }) });
  all.ms = clock() - began;
  return all;
}

async function around(
  lake: TenantLake,
  all: Gathered,
  { clock, log, budget, began }: { clock: Clock; log?: Log; budget: Budget; began: number },
): Promise<void> {
  const times = [...all.events.values()].map(({ time }) => time);
  const window = { from: Math.min(...times) - AROUND_MS, until: Math.max(...times) + AROUND_MS };
  const ask = async <T = Found>(
    what: string,
    sql: string,
    params: Record<string, unknown>,
    span = window,
  ): Promise<T[]> => {
    const left = budget.ms - (clock() - began);
    if (all.queries >= budget.queries || left <= 0) {
      all.cut.push(`${what} was not asked for: the budget was spent`);
      return [];
    }
    all.queries++;
    try {
      const { rows, truncated } = await lake.query(sql, params as never, {
        ...span,
        timeoutMs: left,
        maxRows: budget.rows,
      });
      if (truncated) all.cut.push(`of ${what}, the first ${budget.rows.toLocaleString('en-US')} were read`);
      return rows.map((row) => ({ ...row, time: Number(row.time) })) as T[];
    } catch (error) {
      log?.warn({ error: String(error), what }, 'investigation: a question to the lake failed');
      all.cut.push(`${what} could not be read`);
      return [];
    }
  };
  const keep = (rows: readonly Found[]): Found[] => {
    const clean = rows.map(cleaned);
    for (const row of clean) if (!all.events.has(row.id)) all.events.set(row.id, row);
    return clean;
  };

  // The processes above and below those that rules saw.
  const seen = new Set<string>();
  let wanted = new Set(
    [...all.events.values()].flatMap(({ entity, parentEntity }) => [entity, parentEntity]).filter(Boolean),
  );
  for (let depth = 0; depth < MAX_TREE && wanted.size > 0; depth++) {
    const ids = [...wanted].slice(0, 400);
    for (const id of ids) seen.add(id);
    const rows = keep(
      await ask(
        'the process tree',
        `SELECT ${COLUMNS} FROM process WHERE process_entity_id = ANY($ids) OR process_parent_entity_id = ANY($ids) ORDER BY time LIMIT ${budget.rows}`,
        { ids },
      ),
    );
    wanted = new Set(rows.flatMap(({ entity }) => [entity]).filter((id) => id && !seen.has(id)));
  }
  const processes = [...seen].slice(0, 400);
  if (processes.length > 0)
    keep(
      await ask(
        'connections and files of these processes',
        `SELECT ${COLUMNS} FROM events WHERE process_entity_id = ANY($ids) AND dataset IN ('network', 'dns', 'file', 'registry') ORDER BY time LIMIT ${budget.rows}`,
        { ids: processes },
      ),
    );
  const users = [...all.accounts].slice(0, MAX_NAMES);
  if (users.length > 0) {
    all.logons = keep(
      await ask(
        'sign-ins of these accounts',
        `SELECT ${COLUMNS} FROM authentication WHERE lower(user_name) = ANY($users) AND event_outcome = 'success' ORDER BY time LIMIT ${budget.rows}`,
        { users },
      ),
    );
    const first = Math.min(...times);
    const reach = await ask<Gathered['reach'][number] & { admins: number }>(
      'where these accounts signed in before',
      `SELECT lower(host_name) AS host, lower(user_name) AS "user", count(*)::INTEGER AS count,
        count(*) FILTER (WHERE event_code = '4672')::INTEGER AS admins, arg_max(id, time) AS id, epoch_ms(max(time)) AS time
       FROM authentication WHERE lower(user_name) = ANY($users) AND event_outcome IS DISTINCT FROM 'failure'
       GROUP BY ALL ORDER BY count DESC LIMIT 200`,
      { users },
      { from: first - MONTH_MS, until: window.until },
    );
    for (const { host, user, count, admins, id, time } of reach) {
      if (!host || !id) continue;
      const logon = { host: hostName(host), user: accountName(user), id, time };
      all.reach.push({ ...logon, count, admin: admins > 0 });
      if (!all.events.has(id))
        all.events.set(id, {
          ...foundOf(id, time, { '@timestamp': '' }),
          ...logon,
          dataset: 'authentication',
          action: 'signed in',
        });
    }
  }
  name(all, all.logons);
}

/** Note the hosts, accounts and addresses of the attack. */
function name(all: Gathered, events: readonly Found[]): void {
  for (const event of events) {
    if (event.host) all.hosts.add(event.host);
    for (const account of [event.user]) if (isSomebody(account)) all.accounts.add(account);
    for (const ip of [event.sourceIp, event.destinationIp]) if (isExternal(ip)) all.addresses.add(ip);
  }
}

const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value).slice(0, 2000));

/** A row of the lake, with names as they are compared. */
function cleaned(row: Found): Found {
  const out = Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key, typeof value === 'number' ? value : text(value)]),
  ) as unknown as Found;
  return {
    ...out,
    ...{ host: hostName(out.host), user: accountName(out.user), target: accountName(out.target) },
    ...{ destinationPort: row.destinationPort ?? null, bytes: row.bytes ?? null },
  };
}

/** An event as its detection keeps it. */
export function foundOf(id: string, time: number, ecs: Ecs): Found {
  return {
    ...{ id, time, dataset: 'detection', code: text(ecs['event.code']), action: text(ecs['event.action']) },
    ...{
      host: hostName(ecs['host.name']),
      user: accountName(ecs['user.name']),
      target: accountName(ecs['user.target.name']),
    },
    ...{ sourceIp: known(ecs['source.ip']), destinationIp: known(ecs['destination.ip']) },
    destinationPort: ecs['destination.port'] ?? null,
    domain: known(ecs['dns.question.name'] ?? ecs['destination.domain']),
    ...{ process: text(ecs['process.executable']), entity: text(ecs['process.entity_id']) },
    ...{ parent: text(ecs['process.parent.executable']), parentEntity: text(ecs['process.parent.entity_id']) },
    ...{
      commandLine: text(ecs['process.command_line']),
      file: text(ecs['file.path']),
      hash: known(ecs['process.hash.sha256']),
    },
    ...{ logonType: text(ecs['winlog.logon.type']), bytes: ecs['source.bytes'] ?? null },
  };
}
