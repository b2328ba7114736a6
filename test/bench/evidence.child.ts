import { createHash, randomBytes } from 'node:crypto';
import { addEvidence } from '../../engine/breach/evidence/add.js';
import { itemOf } from '../../engine/breach/evidence/items.js';
import { verifyEvidence } from '../../engine/breach/evidence/read.js';
import { systemClock } from '../../engine/clock.js';
import { openStore } from '../../engine/store/index.js';

// A process that does nothing else, so that its memory is what evidence takes: `add <uri> <database> <bytes>` or `verify <uri> <database>`.
const [what = '', uri = '', database = '', size = '0'] = process.argv.slice(2);
const store = await openStore(uri, database);
const desk = {
  store: await store.forTenant('acme'),
  secret: 'a key for measuring, of 32 characters',
  clock: systemClock,
};
const by = { id: 'bench', name: 'bench' };
const PIECE = 64 * 1024;
const sum = createHash('sha256');
async function* bytes(): AsyncGenerator<Uint8Array> {
  const block = randomBytes(PIECE);
  for (let sent = 0; sent < Number(size); sent += PIECE) {
    const piece = Buffer.from(block);
    piece.writeBigUInt64LE(BigInt(sent));
    sum.update(piece);
    yield piece;
  }
}
const start = performance.now();
let isRight: boolean;
if (what === 'add') {
  const about = {
    alert: 1,
    name: 'disk.img',
    source: 'file',
    by,
    how: 'bench',
    why: 'bench',
    request: 'bench',
  } as const;
  const { item } = await addEvidence(desk, bytes(), about);
  isRight = item.size === Number(size) && item.sha256 === sum.digest('hex');
} else {
  const doing = { by, why: 'bench', where: '', request: 'verify' };
  isRight = (await verifyEvidence(desk, await itemOf(desk.store, 1), doing)).isWhole;
}
const seconds = (performance.now() - start) / 1000;
console.log(JSON.stringify({ isRight, seconds, most: process.resourceUsage().maxRSS / 1000 }));
await store.close();
