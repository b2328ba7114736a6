import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { addEvidence } from '../../../engine/breach/evidence/add.js';
import { systemClock } from '../../../engine/clock.js';
import { openStore } from '../../../engine/store/index.js';
import { about, SECRET } from './world.child.js';

// Brings bytes in until it is killed: `<uri> <database> <frames>`. Says how far it is, a line for each piece.
const [uri = '', database = '', pieces = '0'] = process.argv.slice(2);
const store = await openStore(uri, database);
async function* bytes(): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < Number(pieces); i++) {
    yield Buffer.alloc(512 * 1024, i);
    process.stdout.write(`${i}\n`);
    await sleep(1);
  }
}
const desk = { store: await store.forTenant('acme'), secret: SECRET, clock: systemClock };
const { item } = await addEvidence(desk, bytes(), about(randomUUID()));
process.stdout.write(`kept ${item.number}\n`);
await store.close();
