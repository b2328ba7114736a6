import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allowList, readAllowLists } from '../../../engine/detect/indicators/allow.js';
import { type Item, readIndicators } from '../../../engine/detect/indicators/read/index.js';
import { valuesOfPattern } from '../../../engine/detect/indicators/read/pattern.js';
import { sharedData } from '../../support/shared.js';
import { spending } from '../../support/spent.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mdr-read-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(content: string | Buffer): Promise<Item[]> {
  const file = join(folder, 'feed');
  await writeFile(file, content);
  const items: Item[] = [];
  for await (const batch of readIndicators(file)) items.push(...batch);
  return items;
}
const values = (items: Item[]) => items.map((item) => ('refused' in item ? `! ${item.refused}` : item.value));

describe('a list is read', () => {
  it('with comments, hosts entries and blocker rules, plain or gzip', async () => {
    const text =
      '# head, of a list, url\r\n\r\nevil.example # why\n0.0.0.0 bad.example\n||ads.example^\n203.0.113.9,note\n';
    const wanted = ['evil.example', 'bad.example', 'ads.example', '203.0.113.9'];
    expect(values(await read(text))).toEqual(wanted);
    expect(values(await read(gzipSync(text)))).toEqual(wanted);
  });

  it('without a line that is too long', async () => {
    expect(values(await read(`a.example\n${'x'.repeat(200_000)}\nb.example`))).toEqual([
      'a.example',
      '! line unreadable',
      'b.example',
    ]);
  });
});

describe('CSV is read', () => {
  it('by its header, with what else it says', async () => {
    const items = await read(
      'first_seen,ioc_type,ioc_value,confidence,valid_until,malware,techniques\n' +
        '2026-01-01,ip:port,203.0.113.9:443,75,2027-01-31 10:00:00,"Evil, Inc","T1071.001;T1105"\n',
    );
    expect(items).toEqual([
      {
        value: '203.0.113.9:443',
        type: 'ip',
        confidence: 75,
        expires: Date.UTC(2027, 0, 31, 10),
        threat: 'Evil, Inc',
        techniques: ['T1071.001', 'T1105'],
      },
    ]);
  });

  it('when the header is a comment, and when a row has several values', async () => {
    expect(values(await read('# id,url,threat\n"1","http://evil.example/a,b","x"\n'))).toEqual([
      'http://evil.example/a,b',
    ]);
    expect(values(await read('md5;sha256;name\naa;bb;x.exe\n'))).toEqual(['aa', 'bb']);
  });
});

describe('a STIX pattern', () => {
  it.each<[string, string[] | null]>([
    ["[ipv4-addr:value = '203.0.113.9']", ['ip 203.0.113.9']],
    ["[ipv4-addr:value ISSUBSET '203.0.113.0/24']", ['ip 203.0.113.0/24']],
    [
      "[domain-name:value = 'a.example' OR url:value='http://b.example/\\'x']",
      ['domain a.example', "url http://b.example/'x"],
    ],
    ["[file:hashes.'SHA-256' = 'ab'] OR [file:hashes.MD5 = 'cd']", ['sha256 ab', 'md5 cd']],
    ["[email-addr:value IN ('a@b.example', 'c@d.example')]", ['email a@b.example', 'email c@d.example']],
    ["[file:name = 'a.exe' AND file:hashes.MD5 = 'cd']", null],
    ["[domain-name:value != 'a.example']", null],
    ["[domain-name:value LIKE 'a%']", null],
    ["[domain-name:value = 'a.example'] FOLLOWEDBY [url:value = 'b']", null],
    ["[domain-name:value = 'a.example'", null],
    ["[process:name = 'x']", null],
    ['', null],
  ])('%s', (pattern, wanted) => {
    expect(valuesOfPattern(pattern)?.map(({ type, value }) => `${type} ${value}`) ?? null).toEqual(wanted);
  });

  it('is read in linear time', () => {
    const spent = spending();
    for (const part of ["'", "'\\", '[', 'a:"', "a'", ' ', "[url:value='x'] OR "]) valuesOfPattern(part.repeat(10_000));
    expect(spent()).toBeLessThan(1000);
  });
});

it('a STIX bundle is read with its threats and techniques', async () => {
  const bundle = {
    type: 'bundle',
    id: 'bundle--1',
    objects: [
      {
        type: 'indicator',
        id: 'indicator--1',
        pattern_type: 'stix',
        pattern: "[domain-name:value='evil.example']",
        confidence: 85,
        valid_until: '2027-01-01T00:00:00Z',
      },
      { type: 'indicator', id: 'indicator--2', pattern_type: 'stix', pattern: "[url:value='x']", revoked: true },
      { type: 'indicator', id: 'indicator--3', pattern_type: 'yara', pattern: 'rule x {}' },
      { type: 'malware', id: 'malware--1', name: 'EvilBot' },
      {
        type: 'attack-pattern',
        id: 'attack-pattern--1',
        external_references: [{ source_name: 'mitre-attack', external_id: 'T1071' }],
      },
      {
        type: 'relationship',
        id: 'r--1',
        relationship_type: 'indicates',
        source_ref: 'indicator--1',
        target_ref: 'malware--1',
      },
      {
        type: 'relationship',
        id: 'r--2',
        relationship_type: 'indicates',
        source_ref: 'indicator--1',
        target_ref: 'attack-pattern--1',
      },
    ],
  };
  expect(await read(JSON.stringify(bundle, null, 2))).toEqual([
    {
      value: 'evil.example',
      type: 'domain',
      confidence: 85,
      expires: Date.UTC(2027, 0, 1),
      threat: 'EvilBot',
      techniques: ['T1071'],
    },
    { refused: 'not for detection' },
    { refused: 'pattern not simple' },
  ]);
});

it('MISP events are read, without what is context only', async () => {
  const event = {
    Event: {
      info: 'Campaign',
      Tag: [{ name: 'misp-galaxy:mitre-attack-pattern="Web - T1071.001"' }],
      Attribute: [
        { type: 'ip-dst|port', value: '203.0.113.9|443', to_ids: true },
        { type: 'domain', value: 'ok.example', to_ids: false },
        { type: 'comment', value: 'x', to_ids: true },
      ],
      Object: [
        { Attribute: [{ type: 'filename|md5', value: 'a.exe|0123456789abcdef0123456789abcdef', to_ids: true }] },
      ],
    },
  };
  const items = await read(JSON.stringify({ response: [event] }));
  expect(values(items)).toEqual([
    '203.0.113.9',
    '! not for detection',
    '! type not supported',
    '0123456789abcdef0123456789abcdef',
  ]);
  expect(items[0]).toMatchObject({ type: 'ip', threat: 'Campaign', techniques: ['T1071.001'] });
});

it('a file that cannot be read says so', async () => {
  await expect(read('{"objects": [')).rejects.toMatchObject({ code: 'MDR_FILE_UNREADABLE' });
});

describe('an allow-list', () => {
  const list = allowList([
    '8.8.8.0/24',
    '2001:4860::/32',
    'www.good.example',
    '.dyn.example',
    'ABCD',
    'https://good.example/page',
  ]);
  it.each([
    ['ip', '8.8.8.8', true],
    ['ip', '8.8.0.0/16', true],
    ['ip', '8.8.9.1', false],
    ['ip', '2001:4860::8', true],
    ['domain', 'www.good.example', true],
    ['domain', 'good.example', true],
    ['domain', 'x.www.good.example', false],
    ['domain', 'host.dyn.example', true],
    ['url', 'www.good.example/', true],
    ['url', 'www.good.example/malware', false],
    ['url', 'good.example/page', true],
    ['md5', 'abcd', true],
  ] as const)('%s %s: %s', (type, value, wanted) => {
    expect(list.holds({ type, value })).toBe(wanted);
  });

  it.skipIf(!sharedData('intel/warninglists'))(
    'is read from warning lists (skipped without the shared data)',
    async () => {
      const at = (name: string) => sharedData(`intel/warninglists/${name}.json`)!;
      const warned = await readAllowLists([at('public-dns-v4'), at('tranco10k'), at('cloudflare')]);
      expect(warned.holds({ type: 'ip', value: '1.0.0.1' })).toBe(true);
      expect(warned.holds({ type: 'ip', value: '103.21.244.9' })).toBe(true);
      expect(warned.holds({ type: 'domain', value: 'google.com' })).toBe(true);
      expect(warned.holds({ type: 'domain', value: 'evil.example' })).toBe(false);
    },
  );
});
