import { describe, expect, it } from 'vitest';
import { checkUrl, isPublic, publicLookup } from '../../engine/notify/address.js';
import { httpSender } from '../../engine/notify/send.js';

const BAD = { code: 'MDR_NOTIFY_URL' };

describe('addresses that a policy may send to', () => {
  it.each([
    'https://events.pagerduty.com/v2/enqueue',
    'https://hooks.example.org:8443/x',
    'https://1.1.1.1/',
    'https://[2606:4700::1]/',
  ])('are on the internet: %s', (url) => {
    expect(checkUrl(url, []).exempt).toBe(false);
  });

  it.each([
    'http://events.pagerduty.com/',
    'ftp://example.org/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'not a url',
    '',
    'https://user:pw@example.org/',
    'https://localhost/',
    'https://metadata/',
    'https://db.internal/',
    'https://printer.local/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://10.1.2.3/',
    'https://172.16.0.1/',
    'https://192.168.1.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://100.64.0.1/',
    'https://0.0.0.0/',
    'https://224.0.0.1/',
    'https://[::1]/',
    'https://[::]/',
    'https://[fe80::1]/',
    'https://[fd00::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[64:ff9b::a00:1]/',
    'https://[2002:a00:1::]/',
    'https://[2001:db8::1]/',
  ])('are not: %s', (url) => {
    expect(() => checkUrl(url, [])).toThrow(expect.objectContaining(BAD));
  });

  it('are those too that the operator allows, by host and port exactly', () => {
    expect(checkUrl('http://127.0.0.1:9000/x', ['127.0.0.1:9000']).exempt).toBe(true);
    expect(() => checkUrl('http://127.0.0.1:9001/x', ['127.0.0.1:9000'])).toThrow(expect.objectContaining(BAD));
    expect(() => checkUrl('ftp://127.0.0.1:9000/x', ['127.0.0.1:9000'])).toThrow(expect.objectContaining(BAD));
  });

  it('never are those that a name leads to inside, at the moment of connecting', async () => {
    const found = await new Promise<Error | null>((resolve) => {
      publicLookup('localhost', { all: true }, (error) => resolve(error));
    });
    expect(found).toMatchObject(BAD);
  });

  it('an address that is none is not public', () => {
    for (const text of ['', 'example.org', '1.2.3', '::ffff:1.1.1.1']) expect(isPublic(text)).toBe(false);
  });

  it('are checked by whatever sends', async () => {
    await expect(httpSender([])('https://127.0.0.1:1/', '{}', {})).rejects.toMatchObject(BAD);
  });
});
