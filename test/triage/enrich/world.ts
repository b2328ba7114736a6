import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { loadFormats } from '../../../engine/ingest/formats/index.js';
import { writeParquet } from '../../../engine/lake/bulk.js';
import { type Lake, openLake } from '../../../engine/lake/index.js';
import type { LakeEvent } from '../../../engine/lake/pack.js';
import type { Store, TenantStore } from '../../../engine/store/index.js';
import { type Profile, profileSchema } from '../../../engine/store/tenants.js';
import type { EnrichContext } from '../../../engine/triage/enrich/types.js';
import { T0 } from '../../support/detections.js';
import { testStore } from '../../support/services.js';

export const DAY_MS = 86_400_000;
const recogniser = (await loadFormats()).recogniser();

/** A store and a lake with the tenants `acme` and `other`. */
export async function world(profile: Partial<Profile> = {}): Promise<{
  store: Store;
  lake: Lake;
  write(tenant: string, lines: [time: number, line: Record<string, unknown>][]): Promise<void>;
  context(tenant?: string, more?: Partial<EnrichContext>): Promise<EnrichContext>;
}> {
  const { store } = await testStore();
  for (const id of ['acme', 'other'])
    await store.tenants.create({
      ...{ _id: id, name: id, channels: [], created: T0 },
      profile: profileSchema.parse(id === 'acme' ? profile : {}),
    });
  const root = await mkdtemp(join(tmpdir(), 'mdr-enrich-'));
  const lake = openLake(root);
  afterAll(async () => {
    lake.close();
    await rm(root, { recursive: true, force: true });
  });
  let written = 0;
  return {
    store,
    lake,
    async write(tenant, lines) {
      const events = lines.map(([time, record]): LakeEvent => {
        const line = JSON.stringify(record);
        const { format, parsed } = recogniser.read(line, null, time);
        return { id: `e${written++}`, source: 's', format: format.name, simulated: false, parsed, original: line };
      });
      await writeParquet(root, tenant, events, { clock: () => T0 });
    },
    async context(tenant = 'acme', more = {}) {
      const scope: TenantStore = await store.forTenant(tenant);
      return { store: scope, lake: lake.forTenant(tenant), now: T0, first: T0, alerts: [], ...more };
    },
  };
}

/** A successful sign-in, as Windows tells it. */
export const signIn = (time: number, user: string, host: string): [number, Record<string, unknown>] => [
  time,
  {
    ...{ Channel: 'Security', EventID: 4624, '@timestamp': new Date(time).toISOString(), Hostname: host },
    ...{ TargetUserName: user, TargetDomainName: 'CORP', LogonType: '3', IpAddress: '10.0.0.9' },
  },
];

/** A connection, as Sysmon tells it. */
export const connection = (time: number, host: string, ip: string): [number, Record<string, unknown>] => [
  time,
  {
    ...{ Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: 3, '@timestamp': new Date(time).toISOString() },
    ...{ UtcTime: new Date(time).toISOString(), Hostname: host, Image: 'C:\\x\\Bad.exe', User: 'CORP\\eva' },
    ...{ SourceIp: '10.0.0.5', SourcePort: 50_000, DestinationIp: ip, DestinationPort: 443 },
  },
];
