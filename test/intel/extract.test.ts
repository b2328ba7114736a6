import { describe, expect, it } from 'vitest';
import { allowList } from '../../engine/detect/indicators/allow.js';
import { seeded } from '../../engine/hunt/stats.js';
import { extract } from '../../intel/extract/index.js';
import { hasBase58Sum, hasBech32Sum } from '../../intel/extract/kinds/crypto.js';
import { plain } from '../../intel/extract/plain.js';
import extraction from '../eval/extract.js';

const found = (text: string) => extract(text).found.map(({ type, value }) => `${type} ${value}`);
const left = (text: string) => extract(text).left.map(({ value, why }) => `${value}: ${why}`);

describe('defanging', () => {
  it.each([
    ['hxxp[:]//evil[.]top/a', 'url evil.top/a'],
    ['hXXps://a(dot)evil{.}net', 'url a.evil.net/'],
    ['h**p://evil.top/x', 'url evil.top/x'],
    ['hxxp:\\\\evil[.]top\\a\\b.php', 'url evil.top/a/b.php'],
    ['meow://evil[.]top/x', 'url evil.top/x'],
    ['1.2.3[.]4', 'ip 1.2.3.4'],
    ['45[.]2[.]3[.]4:8080', 'ip 45.2.3.4'],
    ['2a03[:]b0c0[:]3[:]d0::1', 'ip 2a03:b0c0:3:d0::1'],
    ['evil [.] top', 'domain evil.top'],
    ['evil[.top', 'domain evil.top'],
    ['evil\\.top', 'domain evil.top'],
    ['evil．top', 'domain evil.top'],
    ['e\u200bvil[.]to\u200bp', 'domain evil.top'],
    ['evil&#46;top', 'domain evil.top'],
    ['*[.]evil[.]top', 'domain evil.top'],
    ['boss[at]evil[.]top', 'email boss@evil.top'],
    ['boss@[.]evil[.]top', 'email boss@evil.top'],
    ['CVE\u20112024\u201112345', 'cve CVE-2024-12345'],
    ['HKEY_LOCAL_MACHINE\\Software\\Evil', 'registry HKLM\\Software\\Evil'],
    ['C:\\ProgramData\\My Tool\\run me.exe', 'path C:\\ProgramData\\My Tool\\run'],
  ])('of %s is undone', (text, value) => {
    expect(found(`C2: ${text}`)).toEqual([value]);
  });

  it('keeps each character with its place in the original', () => {
    const original = 'see hxxp[:]//ev\u200bil[.]top/a, 1[.]2[.]3[.]4 and &amp; &#46;';
    const { text, at } = plain(original);
    expect(at.length).toBe(text.length + 1);
    for (let i = 1; i < at.length; i++) expect(at[i]!).toBeGreaterThanOrEqual(at[i - 1]!);
    const [url] = extract(original).found;
    expect(original.slice(url!.from, url!.to)).toBe('hxxp[:]//ev\u200bil[.]top/a');
    expect(url!.defanged).toBe(true);
  });
});

describe('what is no indicator', () => {
  it('is left out, and says why', () => {
    expect(left('We run OpenSSL 3.0.13.1 here; C2 was 45.9.1[.]2.')).toEqual(['3.0.13.1: version']);
    expect(left('It drops payload.sh and README.md from evil[.]top')).toEqual(['payload.sh: file', 'readme.md: file']);
    expect(left('Uses System.Threading.Tasks.Task.Run( and evil[.]top')).toEqual([
      'system.threading.tasks.task.run: code',
    ]);
    expect(left('evil[.]top asks 8.8.8.8')).toEqual(['8.8.8.8: harmless']);
    expect(left('evil[.]top and 192.168.1.5')).toEqual(['192.168.1.5: reserved']);
    expect(left('commit 3f786850e387550fdab836ed7e6dc881de23001b of evil[.]top')).toEqual([
      '3f786850e387550fdab836ed7e6dc881de23001b: commit',
    ]);
    expect(left('GET http://<c2>/gate.php')).toEqual([]);
    expect(left('Report to soc@firm.com. evil[.]top')).toEqual(['soc@firm.com: reference']);
    expect(left('evil[.]top; the legitimate site shop[.]com was abused')).toEqual(['shop.com: harmless']);
  });

  it('is what a warning list holds, of names and addresses alike', () => {
    const allow = allowList(['evil.top', '45.9.1.0/24']);
    const { found: rest, left: out } = extract('C2: evil[.]top, 45[.]9[.]1[.]2, other[.]top', allow);
    expect(rest.map(({ value }) => value)).toEqual(['other.top']);
    expect(out.map(({ why }) => why)).toEqual(['harmless', 'harmless']);
  });
});

describe('whole documents', () => {
  it('give what people marked in them, and little else', { timeout: 120_000 }, async () => {
    const { figures } = await extraction.run({ data: null, rules: [], train: null, test: null }, () => {});
    for (const { name, value } of figures.filter(({ target }) => target !== null))
      expect(value, name).toBeGreaterThanOrEqual(0.97);
  });

  it('say each value once, where it stands first', () => {
    const { found: all } = extract('C2 evil[.]top, evil[.]top and hxxp://evil[.]top/ and evil.top');
    expect(all.filter(({ type }) => type === 'domain')).toHaveLength(1);
    expect(all[0]!.from).toBe(3);
  });
});

describe('hostile texts', () => {
  it('of any kind are read to their end, in time that grows with their length', { timeout: 120_000 }, () => {
    const pieces = [
      'hxxp[',
      '[.]',
      'a.',
      '.com',
      '((((',
      '\\\\',
      'C:\\a ',
      'rule x {',
      'title: ',
      '1.',
      ':',
      '::',
      '@',
      '%a%\\',
      ' dot ',
      '\u200b',
      '\ud800',
      'HKLM\\a ',
    ];
    const nasty = [
      '=',
      '-',
      '\n',
      'private ',
      'condition:\n\n\n',
      'title:\n',
      'a:\n',
      'aa.de ',
      '1.2.3.4 to ',
      'http://a.bc ,',
      '.',
      'a\td41d8cd98f00b204e9800998ecf8427a\t3\n',
    ];
    for (const piece of nasty)
      for (const before of ['', 'rule a', 'C:\\', 'HKLM\\', 'http://']) {
        const began = process.cpuUsage();
        extract(`${before}${piece.repeat(Math.ceil(100_000 / piece.length))}x`);
        expect(process.cpuUsage(began).user / 1e6, `${before}${piece}`).toBeLessThan(10);
      }
    for (const piece of [...pieces, 'a'.repeat(50), 'A1+/'.repeat(20), '0x', 'T1059 '])
      expect(extract(piece.repeat(Math.ceil(60_000 / piece.length))).found.length).toBeLessThanOrEqual(20_000);
    const random = seeded(7);
    for (let round = 0; round < 300; round++) {
      const text = Array.from({ length: 60 }, () => pieces[Math.floor(random() * pieces.length)]).join('');
      for (const { from, to } of extract(text).found) {
        expect(from).toBeLessThan(to);
        expect(to).toBeLessThanOrEqual(text.length);
      }
    }
  });

  it('leave addresses of money alone whose checksum is wrong', () => {
    expect(hasBase58Sum('1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa')).toBe(true);
    expect(hasBase58Sum('1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb')).toBe(false);
    expect(hasBech32Sum('bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4')).toBe(true);
    expect(hasBech32Sum('bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5')).toBe(false);
    expect(found('Pay to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb')).toEqual([]);
  });
});
