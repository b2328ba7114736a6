import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../engine/hunt/models/types.js';
import { projectRoot } from '../../engine/root.js';
import { connection, pcapng } from '../support/capture.js';
import { sharedData } from '../support/shared.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mdr-hunt-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const mdr = (...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', join(projectRoot, 'bin/mdr.ts'), 'hunt', ...args], {
    cwd: projectRoot,
    encoding: 'utf8',
  });

/** Zeek's log of connections: one host calls one address every five minutes for four hours, others do other things. */
function connections(): string {
  const lines = Array.from({ length: 48 }, (_, i) => ({
    _path: 'conn',
    ts: 1772611200 + i * 300 + (i % 5),
    'id.orig_h': '10.20.4.17',
    'id.resp_h': '203.0.113.50',
    'id.resp_p': 443,
    proto: 'tcp',
    duration: 0.2,
    orig_bytes: 388,
    resp_bytes: 120,
  }));
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\nnot a log line {\n`;
}

describe('mdr hunt', () => {
  it('runs a model over files, and gives each finding once as NDJSON', () => {
    const file = join(folder, 'conn.log');
    writeFileSync(file, connections());
    const { stdout, stderr, status } = mdr('model', 'beacons', '--in', file);
    expect(status, stderr).toBe(0);
    const findings = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Finding);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      model: 'beacons',
      entity: { kind: 'host', name: '10.20.4.17' },
      tactic: 'command-and-control',
    });
    expect(findings[0]!.words).toContain('203.0.113.50 every 5 min');
    expect(findings[0]!.words).toContain('388 bytes each');
    expect(stderr).toMatch(/48 events in .* 1 findings/);
  });

  it('runs a model over a capture of packets', () => {
    const packets = Array.from({ length: 48 }, (_, i) =>
      connection(
        { ip: '10.20.4.17', port: 50_000 + i },
        { ip: '203.0.113.50', port: 443 },
        1772611200_000 + i * 300_000,
        [{ bytes: Buffer.alloc(388, 23) }],
      ),
    );
    const file = join(folder, 'calls.pcapng');
    writeFileSync(file, pcapng(packets.flat()));
    const { stdout, stderr } = mdr('model', 'beacons', '--in', file);
    expect(JSON.parse(stdout), stderr).toMatchObject({
      model: 'beacons',
      entity: { kind: 'host', name: '10.20.4.17' },
    });
    expect(stdout).toContain('203.0.113.50 every 5 min');
  });

  it('lists the models, and tells an unknown one and a floor that is none', () => {
    expect(mdr('models').stdout).toMatch(/^beacons\tBeacons\. Needs connections/m);
    const unknown = mdr('model', 'bacons', '--in', 'x');
    expect([unknown.status, unknown.stderr]).toEqual([1, expect.stringContaining('MDR_MODEL_UNKNOWN')]);
    expect(mdr('model', 'beacons', '--in', 'x', '--floor', 'much').stderr).toContain('MDR_COMMAND_USAGE');
  });

  const cloud = sharedData('cloudtrail/stratus.jsonl.gz');
  it.skipIf(!cloud)('reads a cloud log that is packed (skipped without the shared data)', () => {
    expect(mdr('model', 'cloud-principals', '--in', cloud!).stderr).toMatch(/1233 events in .* refused: none/);
  });
});
