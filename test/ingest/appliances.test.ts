import { describe, expect, it } from 'vitest';
import { timeByPattern } from '../../engine/ingest/formats/appliances/pattern.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { spending } from '../support/spent.js';

const recogniser = (await loadFormats()).recogniser();
const RECEIVED = Date.UTC(2026, 2, 5);
const read = (line: string) => recogniser.read(line, null, RECEIVED);
const fieldsOf = (line: string) => read(line).parsed.fields;
const cef = (extension: string) => fieldsOf(`CEF:0|Acme|Box|1|7|thing|3|${extension}`);
const leef = (attributes: string, header = '1.0|Acme|Box|1|7') => fieldsOf(`LEEF:${header}|${attributes}`);

describe('the format cef', () => {
  it.each([
    ['msg=two words act=allow', { msg: 'two words', act: 'allow' }],
    ['msg=a\\=b act=x', { msg: 'a=b', act: 'x' }],
    ['msg=line one\\nline two\\r act=x', { msg: 'line one\nline two\r', act: 'x' }],
    ['filePath=C:\\\\Users\\\\new\\\\r.exe act=x', { filePath: 'C:\\Users\\new\\r.exe' }],
    ['filePath=C:\\Users\\new\\r.exe act=x', { filePath: 'C:\\Users\\new\\r.exe' }],
    ['request=http://x.test/?a=1&b=2 act=x', { request: 'http://x.test/?a=1&b=2', act: 'x' }],
    ['request="http://x.test/a b" act=x', { request: 'http://x.test/a b' }],
    ['msg="a" and "b" act=x', { msg: '"a" and "b"' }],
    ['filePath=C:\\\\temp fname=m.exe', { Filename: 'C:\\temp\\m.exe' }],
    ['filePath=/srv/www/ fname=x.php', { Filename: '/srv/www/x.php' }],
    ['request=evil.test/a.exe requestMethod=GET', { 'cs-host': 'evil.test', 'c-uri-extension': 'exe' }],
    ['msg=  act=x', { msg: '', act: 'x' }],
    ['cs1=lan out cs1Label=Rule Name cn1=7 cn1Label=Hits', { 'Rule Name': 'lan out', Hits: '7', cs1: 'lan out' }],
    ['cs1=x cs1Label=act act=allow', { act: 'allow' }],
    ['act=first act=second', { act: 'first' }],
    ['ad.key[0]=v other-key=w', { 'ad.key[0]': 'v', 'other-key': 'w' }],
  ])('reads %s', (extension, expected) => {
    expect(cef(extension)).toMatchObject(expected);
  });

  it('reads escapes in its header, and an empty extension', () => {
    expect(fieldsOf('CEF:1|A\\|B|C\\\\D|1|id|a = b|9|')).toMatchObject({
      deviceVendor: 'A|B',
      deviceProduct: 'C\\D',
      name: 'a = b',
    });
    expect(() => read('CEF:0|A|B|1|id|name')).toThrow(expect.objectContaining({ code: 'MDR_LINE_TIME' }));
  });

  it.each([
    ['<134>Mar  4 08:00:00 fw-1 ', 'fw-1'],
    ['<134>Mar  4 08:00:00 fw-1 app[7]: ', 'fw-1'],
    ['<134>1 2026-03-04T08:00:00Z fw-1 app - - - ', 'fw-1'],
    ['<134>1 2026-03-04T08:00:00Z fw-1 app - - [x y="CEF:0|z"] ', 'fw-1'],
    ['2026-03-04T08:00:00Z fw-1 app: ', 'fw-1'],
  ])('is read behind the header %s', (header, host) => {
    const { format, parsed } = read(`${header}CEF:0|Acme|Box|1|7|thing|3|act=x`);
    expect(format.name).toBe('cef');
    expect(parsed.fields.hostname).toBe(host);
    expect(new Date(parsed.time).toISOString()).toBe('2026-03-04T08:00:00.000Z');
  });

  it.each([
    ['rt=1772611200000', '2026-03-04T08:00:00.000Z'],
    ['rt=Mar 04 2026 08:00:00.250', '2026-03-04T08:00:00.250Z'],
    ['rt=Mar 04 2026 08:00:00 GMT+01:00 start=1772611200000', '2026-03-04T07:00:00.000Z'],
    ['rt=Mar 04 08:00:00', '2026-03-04T08:00:00.000Z'],
    ['rt=nonsense end=1772611200000', '2026-03-04T08:00:00.000Z'],
    ['act=x', new Date(RECEIVED).toISOString()],
  ])('takes its time from %s', (extension, time) => {
    const { parsed } = read(`CEF:0|Acme|Box|1|7|thing|3|${extension}`);
    expect(new Date(parsed.time).toISOString()).toBe(time);
  });

  it('refuses a time that cannot be read, when there is no other', () => {
    expect(() => read('CEF:0|Acme|Box|1|7|thing|3|rt=yesterday')).toThrow(
      expect.objectContaining({ code: 'MDR_LINE_TIME' }),
    );
  });

  it.each([
    ['100,000 keys', Array.from({ length: 100_000 }, (_, i) => `k${i}=v`).join(' ')],
    ['a megabyte of =', `a=${'='.repeat(1_000_000)}`],
    ['a megabyte of x=', `a=${'x='.repeat(500_000)}`],
    ['a megabyte of backslashes', `a=${'\\'.repeat(1_000_000)}=b`],
    ['a megabyte of escaped =', `a=${'\\='.repeat(500_000)}`],
    ['a megabyte without blanks before each =', `a=${'y'.repeat(100).concat('=').repeat(10_000)}`],
    ['keys of prototypes', '__proto__=x constructor=y cs1=z cs1Label=__proto__ toString=w'],
  ])('is not slowed down by %s', (_case, extension) => {
    const spent = spending();
    let refused = '';
    try {
      cef(extension);
    } catch (error) {
      refused = (error as { code: string }).code;
    }
    expect(spent()).toBeLessThan(2000);
    if (extension.startsWith('k0=')) expect(refused).toBe('MDR_LINE_TOO_DEEP');
    else expect(refused).toBe('');
    expect(Object.prototype).not.toHaveProperty('x');
  });
});

describe('the format leef', () => {
  it.each([
    ['1.0|A|B|1|7', 'src=10.0.0.1\tusrName=two words\tmsg=a=b', { src: '10.0.0.1', usrName: 'two words', msg: 'a=b' }],
    ['2.0|A|B|1|7', '^|src=10.0.0.1^msg=C:\\new', { src: '10.0.0.1', msg: 'C:\\new' }],
    ['2.0|A|B|1|7', 'x09|src=10.0.0.1\tmsg=m', { src: '10.0.0.1', msg: 'm' }],
    ['2.0|A|B|1|7', '0x2603|src=10.0.0.1☃msg=m', { src: '10.0.0.1', msg: 'm' }],
    ['2.0|A|B|1|7', '\\||src=10.0.0.1|msg=m', { src: '10.0.0.1', msg: 'm' }],
    ['2.0|A|B|1|7', '|src=10.0.0.1\tmsg=m', { src: '10.0.0.1', msg: 'm' }],
    ['2.0|A|B|1|7', 'src=10.0.0.1\tmsg=m', { src: '10.0.0.1', msg: 'm' }],
    ['2.0|A|B|1|7', '=|src=10.0.0.1\tmsg=m', { msg: 'm' }],
    ['1.0|A|B|1|7', 'src=10.0.0.1^msg=m', { src: '10.0.0.1', msg: 'm' }],
  ])('reads %s|%s', (header, attributes, expected) => {
    expect(leef(attributes, header)).toMatchObject(expected);
  });

  it('is not slowed down by many keys, and refuses them', () => {
    const spent = spending();
    expect(() => leef(Array.from({ length: 100_000 }, (_, i) => `k${i}=v`).join('\t'))).toThrow(
      expect.objectContaining({ code: 'MDR_LINE_TOO_DEEP' }),
    );
    leef('\t'.repeat(1_000_000));
    leef(`a=${'x'.repeat(1_000_000)}`);
    expect(spent()).toBeLessThan(2000);
  });

  it.each([
    ['04/03/2026 08:00:00', 'dd/MM/yyyy HH:mm:ss', '2026-03-04T08:00:00.000Z'],
    ['4.3.26 8:05', 'd.M.yy H:mm', '2026-03-04T08:05:00.000Z'],
    ['20260304080000123', 'yyyyMMddHHmmssSSS', '2026-03-04T08:00:00.123Z'],
    ['Mar 04 2026 09:00:00 PM +0100', 'MMM dd yyyy hh:mm:ss a Z', '2026-03-04T20:00:00.000Z'],
    ['2026-03-04T08:00:00', "yyyy-MM-dd'T'HH:mm:ss", '2026-03-04T08:00:00.000Z'],
    ['Wed 04 March 2026 08:00:00', 'EEE dd MMMM yyyy HH:mm:ss', '2026-03-04T08:00:00.000Z'],
    ['04/13/2026 08:00:00', 'dd/MM/yyyy HH:mm:ss', null],
    ['04/03/2026', 'dd/MM/yyyy HH:mm:ss', null],
    ['04/03/2026 08:00:00 more', 'dd/MM/yyyy HH:mm:ss', null],
    ['1'.repeat(60), 'dMdMdMdMdMdMdMdMdMdMdMdMdMdMdMdMdMdMdMdMyyyy!', null],
    ['x', 'w-G', null],
  ])('reads the time %s by %s', (value, pattern, expected) => {
    const time = timeByPattern(value, pattern);
    expect(Number.isNaN(time) ? null : new Date(time).toISOString()).toBe(expected);
  });
});
