import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { LEVELS, type RuleInfo } from '../../detect/types.js';
import { MdrError } from '../../errors.js';
import { readBatches } from '../../ingest/files.js';
import { minute, times } from '../../say.js';
import type { Observable } from '../../store/alerts.js';
import { observablesOf } from '../../triage/observables.js';
import type { ExamineParts, Finding, Sample } from './types.js';

/** Most records and characters of one file that are looked at: what is packed can hold far more. */
const MOST_RECORDS = 2_000_000;
const MOST_TEXT = 1024 * 1024 * 1024;
const MOST_RULES = 15;
const MOST_MOMENTS = 10;
const MOST_NAMES = 5;
const EVERY = 2000;
const MOST_HOSTS = 1000;
/** Hosts are counted in so many records: to say whose file it is, these are enough. */
const HOSTS_OF = 20_000;
const MOST_OBSERVABLES = 20;
const MEDIUM = LEVELS.indexOf('medium');

interface Fired {
  rule: Pick<RuleInfo, 'title' | 'level'>;
  count: number;
  first: number;
}

/**
 * The records of a log file through the formats, the rules and the indicators. Its bytes lie meanwhile in a file of ours that nobody else
 * may read, under a name of ours.
 * @param what `Windows event log`
 * @throws MdrError MDR_FILE_UNREADABLE, MDR_FORMAT_UNKNOWN when no format knows any of its records
 */
export async function examineEvents(what: string, sample: Sample, parts: ExamineParts): Promise<Finding> {
  const folder = await mkdtemp(join(tmpdir(), 'mdr-upload-'));
  const path = join(folder, randomUUID());
  try {
    await pipeline(await sample.open(), createWriteStream(path, { mode: 0o600, flags: 'wx' }), {
      signal: parts.signal,
    });
    const handle = await open(path);
    try {
      return await read(what, sample, path, handle, parts);
    } finally {
      await handle.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function read(
  what: string,
  { name }: Sample,
  path: string,
  handle: Awaited<ReturnType<typeof open>>,
  { formats, matcher, lookout, clock, signal }: ExamineParts,
): Promise<Finding> {
  const recogniser = formats.recogniser();
  const received = clock();
  const refused = new Map<string, number>();
  const known = new Map<string, number>();
  const fired = new Map<string, Fired>();
  const hosts = new Map<string, number>();
  const suspicious = new Map<string, Observable>();
  let [records, text, from, to, isCut] = [0, 0, Number.POSITIVE_INFINITY, 0, false];
  const count = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
  let broken: string | null = null;
  try {
    for await (const batch of readBatches(path, handle)) {
      for (const item of batch) {
        records += 1;
        if ('refused' in item) {
          count(refused, item.refused.code);
          continue;
        }
        text += item.line.length;
        if (records % EVERY === 0) {
          signal.throwIfAborted();
          // Others have work too.
          await new Promise((resolve) => setImmediate(resolve));
        }
        try {
          const { format, parsed } = recogniser.read(item.line, null, received);
          count(known, format.name);
          from = Math.min(from, parsed.time);
          to = Math.max(to, parsed.time);
          const host = records <= HOSTS_OF ? parsed.ecs()['host.name'] : undefined;
          if (host && (hosts.has(host) || hosts.size < MOST_HOSTS)) count(hosts, host);
          for (const rule of [...matcher.match(parsed), ...lookout.match(parsed)]) {
            const one = fired.get(rule.id) ?? { rule, count: 0, first: parsed.time };
            fired.set(rule.id, { rule, count: one.count + 1, first: Math.min(one.first, parsed.time) });
            if (LEVELS.indexOf(rule.level) < MEDIUM || suspicious.size >= MOST_OBSERVABLES) continue;
            for (const { kind, value } of observablesOf(parsed.ecs()))
              suspicious.set(`${kind}:${value}`, { kind, value });
          }
        } catch (error) {
          if (!(error instanceof MdrError)) throw error;
          count(refused, error.code);
        }
      }
      isCut = records >= MOST_RECORDS || text >= MOST_TEXT;
      if (isCut) break;
    }
  } catch (error) {
    // A path of ours is nobody's business. What was read before the fault stands.
    if (!(error instanceof MdrError) || signal.aborted) throw error;
    broken = error.message.replaceAll(path, name.slice(0, 100));
    if (known.size === 0) throw new MdrError(error.code, broken, 'Give it again, or unpacked.');
  }
  const events = [...known.values()].reduce((sum, n) => sum + n, 0);
  if (events === 0)
    throw new MdrError(
      'MDR_FORMAT_UNKNOWN',
      `no log format knows a record of ${name.slice(0, 100)} (${times(records, 'record')}).`,
      'See docs/log-formats.md for those that there are.',
    );
  const top = [...fired.values()].sort(
    (a, b) => LEVELS.indexOf(b.rule.level) - LEVELS.indexOf(a.rule.level) || b.count - a.count,
  );
  const most = (map: Map<string, number>) =>
    [...map]
      .sort((a, b) => b[1] - a[1])
      .slice(0, MOST_NAMES)
      .map(([key, n]) => `${n} × ${key}`)
      .join(', ');
  return {
    lines: [
      `${what}: ${times(events, 'event')} from ${minute(from)} to ${minute(to)} (${most(known)})`,
      ...(hosts.size > 0 ? [`Hosts: ${most(hosts)}`] : []),
      ...(top.length === 0 ? ['No rule and no indicator fired.'] : []),
      ...top
        .slice(0, MOST_RULES)
        .map(({ rule, count: n, first }) => `${rule.level}: ${rule.title} · ${n} × · first ${minute(first)}`),
      ...(top.length > MOST_RULES ? [`and ${top.length - MOST_RULES} more rules`] : []),
      ...(refused.size > 0 ? [`Not read: ${most(refused)}`] : []),
      ...(isCut ? [`Only the first ${times(records, 'record')} were looked at.`] : []),
      ...(broken ? [`Then it broke off: ${broken}`] : []),
    ],
    isBad: top.some(({ rule }) => LEVELS.indexOf(rule.level) >= MEDIUM),
    moments: top.slice(0, MOST_MOMENTS).map(({ rule, count: n, first }) => ({
      when: first,
      text: `${rule.title} (${rule.level}, ${n} × in ${name.slice(0, 100)})`,
    })),
    observables: [...suspicious.values()].slice(0, MOST_OBSERVABLES),
  };
}
