import type { HuntFields } from '../../engine/hunt/models/types.js';
import { seeded } from '../../engine/hunt/stats.js';
import { idOf } from '../../engine/ids.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import type { LakeEvent } from '../../engine/lake/pack.js';

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** An event as a line of generic JSON under ECS names. */
export const ecsLine = (time: number, ecs: HuntFields): string =>
  JSON.stringify({ '@timestamp': new Date(Math.round(time)).toISOString(), ...ecs });

export const signInLine = (
  time: number,
  user: string,
  ip: string,
  outcome: 'success' | 'failure',
  more: HuntFields = {},
) =>
  ecsLine(time, {
    'event.category': 'authentication',
    'event.outcome': outcome,
    'user.name': user,
    'source.ip': ip,
    'host.name': `pc-${user}`,
    ...more,
  });

/** A small office's sign-ins and calls to the Internet over some days, a few mistyped passwords among them. @param start a midnight */
export function officeLines(start: number, days: number, people = 12): string[] {
  const random = seeded(5);
  const lines: string[] = [];
  for (let day = 0; day < days; day++)
    for (let i = 0; i < people; i++) {
      const begins = start + day * DAY + 8 * HOUR + random() * HOUR;
      const ip = `10.1.0.${10 + i}`;
      if (random() < 0.2) lines.push(signInLine(begins - 20_000, `user${i}`, ip, 'failure'));
      lines.push(signInLine(begins, `user${i}`, ip, 'success'));
      for (let n = 0; n < 15; n++)
        lines.push(
          ecsLine(begins + random() * 8 * HOUR, {
            'source.ip': ip,
            'destination.domain': `site${Math.floor(random() * 9)}.example`,
            'source.bytes': 300 + Math.floor(random() * 900),
          }),
        );
    }
  return lines;
}

/** 60 passwords tried on one account, the last one right. */
export const bruteForceLines = (time: number, user: string, ip = '198.51.100.7'): string[] =>
  Array.from({ length: 61 }, (_, i) => signInLine(time + i * 2000, user, ip, i === 60 ? 'success' : 'failure'));

/** A host that calls one address every five minutes for three hours. */
export function beaconLines(time: number, ip: string): string[] {
  const random = seeded(9);
  return Array.from({ length: 36 }, (_, i) =>
    ecsLine(time + i * 300_000 + random() * 30_000, {
      'source.ip': ip,
      'destination.ip': '198.51.100.66',
      'source.bytes': 412,
    }),
  );
}

const formats = await loadFormats();

/** Lines as the lake takes them. */
export function lakeEvents(lines: readonly string[], tenant = 'acme', simulated = false): LakeEvent[] {
  const recogniser = formats.recogniser();
  return lines.map((line) => {
    const { format, parsed } = recogniser.read(line, null, 0);
    return { id: idOf(tenant, 'test', line), source: 'test', format: format.name, simulated, parsed, original: line };
  });
}
