import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { systemClock } from '../../engine/clock.js';
import { readConfig } from '../../engine/config.js';
import { createToken } from '../../engine/ingest/tokens.js';
import { projectRoot } from '../../engine/root.js';
import { openStore } from '../../engine/store/index.js';
import { demoEvents } from '../demo/scenario.js';
import { say } from './runtime.js';
import { addTenant, readTenantFile } from './tenant.js';
import { startAll } from './up.js';

/** How long the intrusion takes to replay, so that one can watch it arrive. */
const REPLAY_MS = 40_000;
const STEPS = 80;
const DEMO_USER = 'demo';

/** `mdr demo`: everything running, a demo tenant, and a simulated intrusion arriving in its channel. */
export default function demo(program: Command): void {
  program
    .command('demo')
    .description('run everything with a demo tenant and replay a simulated intrusion')
    .option('--quick', 'replay at once instead of over 40 seconds')
    .action(async (options: { quick?: boolean }) => {
      say('Starting the services and the three parts …');
      // The story is on the screen, not in the log: only what is wrong is shown, unless asked otherwise.
      const running = await startAll({ ...process.env, MDR_LOG: process.env.MDR_LOG || 'warn' });
      const config = readConfig();
      const store = await openStore(config.MONGODB_URI, config.MDR_DATABASE);
      let asked = false;
      running.ended.then(() => {
        asked = true;
      });
      try {
        const id = await seed(store);
        const alerts = await (await store.forTenant(id)).alerts.count();
        say('');
        say(`  Console:  ${running.facts.console}`);
        say('  Open it in a browser (the link works once; a new one is printed at each start).');
        say('  Try there: /mdr help · /mdr alerts · /mdr alert 1');
        say(`  In another terminal: npx mdr chat --as ${DEMO_USER} alerts`);
        say('  Ctrl-C stops everything; the data stays for the next start.');
        say('');
        if (alerts > 0) say(`The ${alerts} alerts of earlier runs are there; a new simulated intrusion follows.`);
        await replay(store, id, running.facts.engine!, options.quick ? 0 : REPLAY_MS, () => asked);
      } finally {
        await store.close();
      }
      process.exitCode = await running.ended;
    });
}

type Store = Awaited<ReturnType<typeof openStore>>;

async function seed(store: Store): Promise<string> {
  const file = await readTenantFile(join(projectRoot, 'bin/demo/tenant.yaml'));
  const id = file.id ?? 'demo';
  if (!(await store.tenants.exists({ _id: id }))) {
    await addTenant(store, id, file.name ?? id, file.profile, []);
    const identities = [`terminal:${DEMO_USER}`];
    await store.people.create({
      _id: DEMO_USER,
      name: 'Demo analyst',
      side: 'provider',
      identities,
      grants: [{ tenant: id, role: 'lead' }],
    });
    say(`Tenant "${id}" created.`);
  }
  return id;
}

async function replay(
  store: Store,
  tenant: string,
  engine: string,
  overMs: number,
  stopped: () => boolean,
): Promise<void> {
  const now = systemClock();
  const events = demoEvents({ start: now - 40 * 60_000, seed: 7 });
  const token = await createToken(store, { tenant, source: '*', simulated: true, expires: now + 3600_000 });
  say(`Replaying a simulated intrusion among ordinary activity (${events.length} events) …`);
  const size = Math.ceil(events.length / STEPS);
  let sent = 0;
  for (let from = 0; from < events.length && !stopped(); from += size) {
    const slice = events.slice(from, from + size);
    const kinds = new Map<string, typeof slice>();
    for (const event of slice) {
      const key = `${event.source}?format=${event.format}`;
      kinds.set(key, [...(kinds.get(key) ?? []), event]);
    }
    for (const [path, of] of kinds) {
      const text = of[0]!.line.startsWith('{') ? 'application/x-ndjson' : 'text/plain';
      const response = await fetch(`${engine}/v1/events/${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': text },
        body: of.map((event) => event.line).join('\n'),
      });
      if (!response.ok) throw new Error(`the door answered ${response.status}: ${await response.text()}`);
    }
    sent += slice.length;
    if (process.stderr.isTTY) process.stderr.write(`\r  ${sent} of ${events.length} events sent `);
    if (overMs > 0) await sleep(overMs / STEPS);
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
  if (!stopped()) say('The intrusion is replayed: its alerts are in the console.');
}
