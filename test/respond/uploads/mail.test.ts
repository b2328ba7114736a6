import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { readMailApart } from '../../../engine/respond/uploads/mail/apart.js';
import { attachmentOf } from '../../../engine/respond/uploads/mail/attachment.js';
import { linksOf } from '../../../engine/respond/uploads/mail/links.js';
import { readMail } from '../../../engine/respond/uploads/mail/read.js';
import { hopsOf } from '../../../engine/respond/uploads/mail/received.js';
import { NOW } from '../../commands/world.js';
import { makeZip } from '../../ingest/makezip.js';
import { uploadWorld } from './world.js';

const program = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(64)]);
const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');
const PHISH = [
  'Return-Path: <bounce@bulk.evil.example>',
  'Received: from mx.acme.test (mx.acme.test [192.0.2.10]) by mail.acme.test with ESMTP id 2; Mon, 23 Nov 2026 08:00:05 +0000',
  'Received: from sender.evil.example (unknown [198.51.100.66])',
  '\tby mx.acme.test with ESMTP id 1; Mon, 23 Nov 2026 08:00:01 +0000',
  'Authentication-Results: mail.acme.test; spf=fail smtp.mailfrom=bulk.evil.example; dkim=none; dmarc=fail',
  'From: "boss@acme.test" <boss@evil.example>',
  'Reply-To: <pay@other.example>',
  'To: Jane <jane@acme.test>',
  'Subject: =?utf-8?B?SW52b2ljZSDigK5mZHAu?=',
  'Date: Mon, 23 Nov 2026 08:00:00 +0000',
  'Message-ID: <1@evil.example>',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<p>See <a href="https://login.evil.example/&#x61;?x=1&amp;y=2">https://login.bank.example/</a> <img src="https://track.evil.example/p.gif">',
  '--b',
  'Content-Type: application/pdf; name="invoice.pdf.exe"',
  'Content-Disposition: attachment; filename="invoice.pdf.exe"',
  'Content-Transfer-Encoding: base64',
  '',
  program.toString('base64'),
  '--b--',
  '',
].join('\r\n');

describe('a mail', () => {
  let w: Awaited<ReturnType<typeof uploadWorld>>;
  beforeAll(async () => {
    w = await uploadWorld();
    const common = {
      source: 'feed',
      sourceName: 'feed',
      confidence: 90,
      added: NOW,
      updated: NOW,
      expires: null,
      techniques: [],
    };
    await w.acme.indicators.insert({
      ...{
        _id: 'i1',
        type: 'domain',
        value: 'login.evil.example',
        exact: false,
        threat: { name: 'KitOne' },
        ...common,
      },
    } as never);
  });

  it('is told apart: who sent it by which way, where its links lead, what is attached, what is known', async () => {
    const { examined, text, log, observables, evidence } = await w.give('report.eml', PHISH);
    expect(examined).toMatchObject({ kind: 'mail', isBad: true, refused: null });
    expect(text).toContain('Checks failed: spf, dmarc');
    expect(text).toContain('Answers go elsewhere: pay@other.example');
    expect(text).toContain('Sent by another domain: bounce@bulk.evil.example');
    expect(text).toContain('Its name shows another address: boss@acme.test');
    expect(text).toContain(
      'A link shows https://login.bank.example/ and leads to https://login.evil.example/a?x=1&y=2',
    );
    expect(text).toContain(`SHA-256 ${sha256(program)}`);
    expect(text).toMatch(/Do not open invoice\.pdf\.exe: it can run or open what runs; it has two endings/);
    expect(text).toMatch(/Its way: sender\.evil\.example \[198\.51\.100\.66\] → mx\.acme\.test 2026-11-23 08:00 UTC/);
    expect(text).toMatch(/Known: login\.evil\.example is a known indicator of KitOne/);
    expect(observables.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['domain:login.evil.example', `hash:${sha256(program)}`]),
    );
    expect(log.find(({ kind }) => kind === 'pinned')).toMatchObject({ when: Date.parse('2026-11-23T08:00:05Z') });
    expect(evidence.examined!.lines.length).toBeLessThanOrEqual(40);
  });

  it('that was forwarded as an attachment is read too; what is nested beyond measure is refused', async () => {
    const wrap = (inner: string, i: number) =>
      [
        `From: h${i}@acme.test`,
        'Subject: FW',
        `Message-ID: <w${i}@acme.test>`,
        'Date: Mon, 23 Nov 2026 09:00:00 +0000',
        'MIME-Version: 1.0',
        `Content-Type: multipart/mixed; boundary=w${i}`,
        '',
        `--w${i}`,
        'Content-Type: message/rfc822',
        'Content-Disposition: attachment; filename="phish.eml"',
        '',
        inner,
        `--w${i}--`,
        '',
      ].join('\r\n');
    const { text, examined } = await w.give('forward.eml', wrap(PHISH, 0));
    expect(examined.isBad).toBe(true);
    expect(text).toContain('— In it, another mail:');
    expect(text).toContain('leads to https://login.evil.example/');
    let deep = PHISH;
    for (let i = 1; i < 12; i++) deep = wrap(deep, i);
    expect((await readMail(Buffer.from(deep))).inner[0]?.inner[0]?.inner[0]?.inner).toEqual([]);
    let parts = 'x';
    for (let i = 0; i < 60; i++)
      parts = `Content-Type: multipart/mixed; boundary=n${i}\r\n\r\n--n${i}\r\n${parts}\r\n--n${i}--\r\n`;
    const nested = `From: a@b.example\r\nMessage-ID: <n@b>\r\nDate: x\r\nMIME-Version: 1.0\r\n${parts}`;
    expect((await w.give('nested.eml', nested)).examined.refused).toBe('MDR_UPLOAD_BAD');
    const headers = `From: a@b.example\r\n${'X-A: b\r\n'.repeat(200_000)}\r\nx`;
    expect((await w.give('headers.eml', headers)).examined.refused).toBe('MDR_UPLOAD_BAD');
  });

  it('that would take hours to read is refused in its time, and keeps nobody else waiting', async () => {
    const slow = [
      'From: a@b.example\r\nMessage-ID: <s@b>\r\nDate: x\r\nMIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=s\r\n',
      '--s\r\nContent-Type: text/plain\r\n\r\nhello',
      `--s\r\nContent-Type: text/html\r\n\r\n${`<a ${'href='.repeat(4000)}`.repeat(10)}\r\n--s--\r\n`,
    ].join('\r\n');
    const data = Buffer.from(slow);
    expect(data.length).toBeGreaterThan(200_000);
    let [turns, last, longest] = [0, performance.now(), 0];
    const timer = setInterval(() => {
      turns += 1;
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 50);
    try {
      await expect(readMailApart(data, new AbortController().signal, 5000)).rejects.toMatchObject({
        code: 'MDR_UPLOAD_BAD',
        message: expect.stringContaining('longer'),
      });
    } finally {
      clearInterval(timer);
    }
    expect(turns).toBeGreaterThan(10);
    expect(longest).toBeLessThan(4000);
    const stopped = new AbortController();
    const reading = readMailApart(data, stopped.signal);
    stopped.abort(new Error('the engine stops'));
    await expect(reading).rejects.toThrow('the engine stops');
    expect((await readMailApart(Buffer.from(PHISH), new AbortController().signal)).subject).toContain('Invoice');
  }, 60_000);

  it('links are those that lead somewhere, each once, without what a browser would run', () => {
    const urls = (html: string, text = '') => linksOf(html, text).map(({ url }) => url);
    expect(urls('<a href=https://a.example/x>y</a><a href="https://a.example/x">')).toEqual(['https://a.example/x']);
    expect(
      urls('<form action="https://f.example/post"><a href="javascript:alert(1)"><a href="mailto:x@y.example">'),
    ).toEqual(['https://f.example/post']);
    expect(urls('<meta http-equiv=refresh content="0;url=https://m.example/go">')).toEqual(['https://m.example/go']);
    expect(urls('', 'go to https://t.example/a, or (http://t.example/b)')).toEqual([
      'https://t.example/a,',
      'http://t.example/b',
    ]);
    const many = Array.from({ length: 500 }, (_, i) => `<a href="https://x.example/${i}">`).join('');
    expect(urls(many)).toHaveLength(60);
    const start = performance.now();
    linksOf(`<a ${'href '.repeat(200_000)}`, '');
    linksOf('<a '.repeat(300_000), 'http://'.repeat(100_000));
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('attachments are what their bytes are; archives are listed, not unpacked', async () => {
    const of = async (name: string, data: Buffer) =>
      (await attachmentOf(name, 'application/octet-stream', data)).warnings;
    expect(await of('photo.jpg', program)).toEqual(['it is a Windows program under another ending']);
    expect(await of('letter.docm', Buffer.from('PK'))).toEqual(['it holds macros']);
    expect(await of('a\u202efdp.exe', program)).toEqual(['it can run or open what runs', 'its name is turned round']);
    expect(await of('x.zip', makeZip([{ name: 'a/run.js', content: 'x', encrypted: true }]))).toEqual([
      'it is locked with a password',
      'in it: a/run.js, which can run',
    ]);
    expect(await of('b.zip', makeZip([{ name: 'big.txt', content: Buffer.alloc(60_000_000) }]))).toEqual([
      'it grows beyond measure',
    ]);
    expect(await of('c.zip', Buffer.from('PK\u0003\u0004broken'))).toEqual(['its list of files is damaged']);
    expect(await of('page.html', Buffer.from('<html><script>eval(atob("x"))</script>'))).toEqual([
      'HTML with a script or a form',
    ]);
    expect(await of('plain.txt', Buffer.from('hello'))).toEqual([]);
  });

  it('a way of invented lines is read without faith', () => {
    expect(
      hopsOf(['nonsense', 'from [10.0.0.1] by b.example; no date', 'from a (b [999.1.1.1]) by c; Tue, 99 Foo']),
    ).toEqual([
      { from: 'a', ip: '', by: 'c', at: null },
      { from: '[10.0.0.1]', ip: '10.0.0.1', by: 'b.example', at: null },
      { from: '', ip: '', by: '', at: null },
    ]);
    expect(hopsOf(Array.from({ length: 500 }, () => 'from x by y'))).toHaveLength(30);
  });
});
