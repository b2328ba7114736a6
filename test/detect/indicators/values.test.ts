import { describe, expect, it } from 'vitest';
import type { IndicatorType } from '../../../engine/detect/indicators/types.js';
import { judgeValue } from '../../../engine/detect/indicators/value/index.js';
import { refang } from '../../../engine/detect/indicators/value/refang.js';
import { normaliseUrl } from '../../../engine/detect/indicators/value/url.js';
import { spending } from '../../support/spent.js';

describe('a value is read into one spelling', () => {
  it.each<[string, IndicatorType, string]>([
    ['203.0.113.7', 'ip', '203.0.113.7'],
    ['203.0.113.7/32', 'ip', '203.0.113.7'],
    ['203.0.113.77/24', 'ip', '203.0.113.0/24'],
    ['203[.]0[.]113[.]7', 'ip', '203.0.113.7'],
    ['203.0.113.7:8080', 'ip', '203.0.113.7'],
    ['::ffff:203.0.113.7', 'ip', '203.0.113.7'],
    ['::ffff:203.0.113.0/120', 'ip', '203.0.113.0/24'],
    ['2001:DB8:0:0:0:0:0:1', 'ip', '2001:db8::1'],
    ['[2001:db8::1]', 'ip', '2001:db8::1'],
    ['2001:db8:abcd::/48', 'ip', '2001:db8:abcd::/48'],
    ['Evil.EXAMPLE.', 'domain', 'evil.example'],
    ['*.evil.example', 'domain', 'evil.example'],
    ['.evil.example', 'domain', 'evil.example'],
    ['evil(dot)example', 'domain', 'evil.example'],
    ['evil.example:8443', 'domain', 'evil.example'],
    ['bücher.example', 'domain', 'xn--bcher-kva.example'],
    ['_dmarc.evil.example', 'domain', '_dmarc.evil.example'],
    ['hxxps://Evil[.]example:443/A?b=1#c', 'url', 'evil.example/A?b=1'],
    ['http://user:pw@evil.example/a', 'url', 'evil.example/a'],
    ['evil.example/a%7Eb%2f', 'url', 'evil.example/a~b%2F'],
    ['http://[2001:db8::5]:8080/x', 'url', '[2001:db8::5]:8080/x'],
    ['https://raw.githubusercontent.com/x/y', 'url', 'raw.githubusercontent.com/x/y'],
    ['https://github.io/x', 'url', 'github.io/x'],
    ['5D41402ABC4B2A76B9719D911017C592', 'md5', '5d41402abc4b2a76b9719d911017c592'],
    ['aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d', 'sha1', 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d'],
    ['Mallory[at]evil.example', 'email', 'mallory@evil.example'],
  ])('%s', (raw, type, value) => {
    expect(judgeValue(raw, null)).toEqual({ type, value });
  });

  it('takes what its type says', () => {
    expect(judgeValue('5d41402abc4b2a76b9719d911017c592', 'imphash')).toMatchObject({ type: 'imphash' });
    expect(judgeValue('evil.example', 'url')).toEqual({ type: 'url', value: 'evil.example/' });
    expect(judgeValue('203.0.113.7', 'domain')).toEqual({ type: 'ip', value: '203.0.113.7' });
  });

  it('leaves what is not defanged alone', () => {
    for (const text of ['evil.example', 'http://a.example/x(1).html', '203.0.113.7']) expect(refang(text)).toBe(text);
    expect(refang('"hxxp[:]//evil[dot]example"')).toBe('http://evil.example');
    expect(refang('evil[.example')).toBe('evil[.example');
  });
});

describe('a value that can be no indicator is refused with its reason', () => {
  it.each([
    ['', 'not an indicator'],
    ['hello world', 'not an indicator'],
    ['com', 'single label'],
    ['*.com', 'single label'],
    ['localhost', 'single label'],
    ['co.uk', 'public suffix'],
    ['*.com.br', 'public suffix'],
    ['github.io', 'public suffix'],
    ['http://amazonaws.com/', 'public suffix'],
    ['printer.local', 'reserved name'],
    ['1.168.192.in-addr.arpa', 'reserved name'],
    ['0.0.0.0/0', 'range too wide'],
    ['::/0', 'range too wide'],
    ['::ffff:0.0.0.0/90', 'range too wide'],
    ['64.0.0.0/7', 'range too wide'],
    ['10.1.2.3', 'reserved address'],
    ['192.168.0.0/16', 'reserved address'],
    ['172.0.0.0/8', 'reserved address'],
    ['127.0.0.1', 'reserved address'],
    ['169.254.169.254', 'reserved address'],
    ['http://10.0.0.5/x', 'reserved address'],
    ['fe80::1', 'reserved address'],
    ['::1', 'reserved address'],
    ['ff02::1', 'reserved address'],
    ['1.2.3', 'not an indicator'],
    ['1.2.3.256', 'not an indicator'],
    ['01.2.3.4', 'not an indicator'],
    ['1.2.3.4/33', 'not an indicator'],
    ['d41d8cd98f00b204e9800998ecf8427e', 'known harmless hash'],
    ['e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'known harmless hash'],
    ['0'.repeat(64), 'known harmless hash'],
    [`${'a'.repeat(64)}.example`, 'not an indicator'],
    [`http://evil.example/${'a'.repeat(2100)}`, 'too long'],
    ['a..example', 'not an indicator'],
    ['-a.example', 'not an indicator'],
    ['evil.123', 'not an indicator'],
    ['@evil.example', 'not an indicator'],
    [`${'x'.repeat(65)}@evil.example`, 'not an indicator'],
  ])('%s', (raw, refused) => {
    expect(judgeValue(raw, null)).toEqual({ refused });
  });

  it('in linear time', () => {
    const spent = spending();
    for (const part of ['[', '[ ', '(dot', '.', '%', '%41', 'a@', 'http://', '\ud800'])
      for (const type of [null, 'url', 'domain', 'email', 'ip'] as const) judgeValue(part.repeat(2000), type);
    expect(spent()).toBeLessThan(1000);
  });
});

describe('a URL of a log and one of a feed meet', () => {
  it.each([
    ['http://evil.example/a', 'https://EVIL.example:443/a'],
    ['evil.example', 'http://evil.example/'],
    ['http://evil.example/%7ea', 'evil.example/~a'],
    ['http://evil.example/a b', 'http://evil.example/a%20b'],
    ['http://evil.example/ü', 'http://evil.example/%C3%BC'],
    ['http://evil.example?x=1', 'http://evil.example/?x=1'],
    ['http://evil.example/a#top', 'http://evil.example/a'],
  ])('%s and %s', (a, b) => {
    expect(normaliseUrl(a)?.text).toBe(normaliseUrl(b)?.text);
  });

  it.each([
    ['http://evil.example/a', 'http://evil.example/A'],
    ['http://evil.example/a%2Fb', 'http://evil.example/a/b'],
    ['http://evil.example:8080/', 'http://evil.example/'],
    ['http://evil.example/?x=1', 'http://evil.example/?x=2'],
  ])('but not %s and %s', (a, b) => {
    expect(normaliseUrl(a)!.text).not.toBe(normaliseUrl(b)!.text);
  });
});
