import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readEvidence, verifyEvidence } from '../../../engine/breach/evidence/read.js';
import { sweepEvidence } from '../../../engine/breach/evidence/sweep.js';
import type { EvidenceItem } from '../../../engine/store/evidenceitems.js';
import { doing, evidenceWorld } from './world.js';

const { store, desk, uri, database } = await evidenceWorld();
const items = store.connection.collection<EvidenceItem>('evidence_items');
const frames = store.connection.collection<{ _id: string }>('vault');
const PIECES = 9;
const SIZE = PIECES * 512 * 1024;

/** Starts to bring bytes in, and is killed once it has said this line; or right after it began to wait. */
async function killedAt(line: string): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL('./kill.child.ts', import.meta.url)), uri, database, String(PIECES)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await new Promise<void>((resolve) => {
    let said = '';
    child.stdout.on('data', (data) => {
      said += data;
      if (`\n${said}`.includes(`\n${line}`)) child.kill('SIGKILL');
    });
    child.on('exit', () => resolve());
  });
}

it('killed at any moment, an upload is whole evidence or none', { timeout: 120_000 }, async () => {
  // At the first piece, in the middle, and around the end, where it becomes evidence.
  for (const line of ['0', '4', '7', '8', 'kept']) await killedAt(line);
  const now = Date.now();
  const later = { ...desk, clock: () => now + 60 * 60_000 };
  await sweepEvidence(later);
  const all = await items.find({}).toArray();
  expect(all.length).toBe(5);
  expect(new Set(all.map(({ state }) => state))).toEqual(new Set(['kept', 'abandoned']));
  const kept = all.filter(({ state }) => state === 'kept');
  for (const item of kept) {
    expect(item.size).toBe(SIZE);
    let size = 0;
    for await (const part of readEvidence(later, item, doing())) size += part.length;
    expect(size).toBe(SIZE);
    expect(await verifyEvidence(later, item, doing())).toMatchObject({ isWhole: true });
  }
  const expected = kept.reduce((sum, item) => sum + item.frames, 0);
  expect(await frames.countDocuments()).toBe(expected);
});
