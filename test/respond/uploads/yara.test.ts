import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openYara } from '../../../engine/respond/uploads/yara/index.js';
import { uploadWorld } from './world.js';

const rule = (name: string, text: string) =>
  `rule ${name} : test { meta: description = "finds ${text}" strings: $a = "${text}" condition: $a }`;

describe('YARA rules of the operator', () => {
  let folder = '';
  let w: Awaited<ReturnType<typeof uploadWorld>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mdr-yara-'));
    await mkdir(join(folder, 'more'));
    await writeFile(join(folder, 'a.yar'), rule('Marker', 'EVIL-MARKER'));
    await writeFile(
      join(folder, 'more', 'b.yara'),
      `${rule('Other', 'other-thing')}\nprivate rule Hidden { condition: true }`,
    );
    await writeFile(join(folder, 'broken.yar'), 'rule broken { condition: }');
    await writeFile(join(folder, 'same.yar'), rule('Marker', 'same name'));
    await writeFile(join(folder, 'notes.txt'), rule('NotARule', 'EVIL-MARKER'));
    await symlink('/etc/passwd', join(folder, 'link.yar'));
    w = await uploadWorld();
    w.parts.yara = openYara([folder]);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are held against whatever is given, of a known kind or not, and against what is attached', async () => {
    const { examined, text, mine } = await w.give('blob.bin', Buffer.from('\0\x01EVIL-MARKER\0'));
    expect(examined).toMatchObject({ isBad: true, refused: 'MDR_UPLOAD_BAD' });
    expect(text).toMatch(/^YARA: Marker, finds EVIL-MARKER · blob\.bin/);
    expect(text).not.toMatch(/Hidden|NotARule/);
    expect(text).toMatch(/Not used for YARA: broken\.yar: .*syntax error/);
    expect(mine.at(-1)?.text).toContain('blob.bin: suspicious');
    const mail = [
      ...[
        'From: a@b.example',
        'Message-ID: <y@b.example>',
        'Date: Mon, 23 Nov 2026 08:00:00 +0000',
        'MIME-Version: 1.0',
      ],
      ...['Content-Type: multipart/mixed; boundary=b', '', '--b', 'Content-Type: text/plain', '', 'see', '--b'],
      ...['Content-Type: application/octet-stream; name=data.bin', 'Content-Transfer-Encoding: base64', ''],
      ...[Buffer.from('x other-thing x').toString('base64'), '--b--', ''],
    ].join('\r\n');
    expect((await w.give('with.eml', mail)).text).toMatch(/^YARA: Other, finds other-thing · data\.bin/);
    const clean = await w.give('clean.bin', Buffer.from([0, 1, 2]));
    expect(clean.examined.isBad).toBe(false);
    expect(clean.text).toContain('No YARA rule matched it.');
  });

  it('without folders there is no scan; a folder that is not there is said', async () => {
    expect(openYara([])).toBeNull();
    const { matches, failed } = await openYara([join(folder, 'gone')])!.scan([], new AbortController().signal);
    expect([matches, failed.length]).toEqual([[], 2]);
  });

  it('a scan that does not end is ended', async () => {
    const stop = new AbortController();
    const scan = openYara([folder])!.scan([{ name: 'x', data: Buffer.alloc(1000) }], stop.signal);
    setImmediate(() => stop.abort());
    await expect(scan).rejects.toThrow(/too long/);
  });
});
