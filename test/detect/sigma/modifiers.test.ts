import { describe, expect, it } from 'vitest';
import type { Fields } from '../../../engine/event.js';
import { spending } from '../../support/spent.js';
import { matcherOf } from './helpers.js';

const utf16 = (text: string) => Buffer.from(text, 'utf16le');

/** Each case: what it is about, the detection item, events that match, events that do not. */
const CASES: [string, string, Fields[], Fields[]][] = [
  [
    'a plain value is compared whole and without case',
    'F: Whoami.EXE',
    [{ F: 'whoami.exe' }, { F: ['x', 'WHOAMI.exe'] }],
    [{ F: 'a whoami.exe' }, { F: 'whoami.exe ' }, {}],
  ],
  ['a list is any of its values', 'F: [a, b]', [{ F: 'A' }, { F: 'b' }], [{ F: 'ab' }, { F: '' }]],
  ['a number equals the same number as text', 'F: 4688', [{ F: 4688 }, { F: '4688' }], [{ F: 46 }, { F: '46880' }]],
  ['a boolean equals its text', 'F: true', [{ F: true }, { F: 'True' }], [{ F: false }, { F: 1 }]],
  ['null matches an absent or null field', 'F: null', [{}, { F: null }], [{ F: '' }, { F: 0 }]],
  ['the empty value matches only an empty text', "F: ''", [{ F: '' }], [{}, { F: null }, { F: ' ' }]],
  ['* is any run', 'F: a*c', [{ F: 'ac' }, { F: 'aXXc' }], [{ F: 'acx' }, { F: 'ab' }]],
  ['? is one character', 'F: a?c', [{ F: 'abc' }], [{ F: 'ac' }, { F: 'abbc' }]],
  ['a lone * needs a value', "F: '*'", [{ F: 'x' }, { F: '' }, { F: 0 }], [{}, { F: null }]],
  ['an escaped wildcard is literal', String.raw`F: 'a\*c'`, [{ F: 'a*c' }], [{ F: 'abc' }, { F: String.raw`a\*c` }]],
  [
    'an escaped backslash before a wildcard leaves the wildcard',
    String.raw`F: 'a\\*'`,
    [{ F: 'a\\b' }, { F: 'a\\' }],
    [{ F: 'a*' }, { F: 'ab' }],
  ],
  ['a backslash before anything else is itself', String.raw`F: 'C:\Temp'`, [{ F: 'c:\\temp' }], [{ F: 'c:temp' }]],
  [
    'several wildcards are tried at every place',
    'F: "*ab*abc"',
    [{ F: 'ababc' }, { F: 'xab abcabc' }],
    [{ F: 'abc' }, { F: 'ababcd' }],
  ],
  ['contains', 'F|contains: mimi', [{ F: 'xMIMIx' }], [{ F: 'mim' }, {}]],
  ['startswith', 'F|startswith: ab', [{ F: 'ABc' }], [{ F: 'cab' }]],
  ['endswith', 'F|endswith: ab', [{ F: 'cAB' }], [{ F: 'abc' }]],
  [
    'endswith a file name compares the last path component',
    String.raw`F|endswith: '\cmd.exe'`,
    [{ F: 'C:\\Windows\\CMD.exe' }, { F: '\\cmd.exe' }],
    [{ F: 'cmd.exe' }, { F: 'C:\\xcmd.exe' }, { F: 'c:\\cmd.exe\\x' }, { F: 'a/cmd.exe' }],
  ],
  [
    'endswith a path with several parts',
    String.raw`F|endswith: '\a\cmd.exe'`,
    [{ F: 'C:\\A\\cmd.exe' }],
    [{ F: 'C:\\b\\cmd.exe' }],
  ],
  ['contains|all needs all', 'F|contains|all: [a, b]', [{ F: 'xbxax' }], [{ F: 'a' }, { F: 'b' }]],
  ['cased keeps case', 'F|cased: Ab', [{ F: 'Ab' }], [{ F: 'ab' }]],
  ['contains|cased keeps case', 'F|contains|cased: Ab', [{ F: 'xAbx' }], [{ F: 'xabx' }]],
  ['re searches anywhere and minds case', "F|re: 'a[0-9]{2}b'", [{ F: 'xa12bx' }], [{ F: 'A12B' }, { F: 'a1b' }]],
  ['re|i ignores case', "F|re|i: 'a[0-9]+b'", [{ F: 'xA12Bx' }], [{ F: 'AB' }]],
  ['re|m anchors at lines', "F|re|m: '^b$'", [{ F: 'a\nb\nc' }], [{ F: 'ab' }]],
  ['re|s lets the dot take a line break', "F|re|s: 'a.b'", [{ F: 'a\nb' }], [{ F: 'ab' }]],
  ['re without s does not', "F|re: 'a.b'", [{ F: 'axb' }], [{ F: 'a\nb' }]],
  [
    'cidr for IPv4',
    'F|cidr: 10.0.0.0/8',
    [{ F: '10.1.2.3' }, { F: '::ffff:10.1.2.3' }],
    [{ F: '11.0.0.1' }, { F: 'x' }, {}, { F: 10 }],
  ],
  ['cidr for IPv6', "F|cidr: 'fe80::/10'", [{ F: 'fe80::1' }], [{ F: '2001:db8::1' }, { F: '10.0.0.1' }]],
  ['base64', 'F|base64|contains: foobar', [{ F: 'xxZm9vYmFyxx' }], [{ F: 'foobar' }]],
  [
    'base64offset at each alignment',
    'F|base64offset|contains: http://',
    ['http://', 'ahttp://', 'abhttp://'].map((t) => ({ F: Buffer.from(`${t}host/`).toString('base64') })),
    [{ F: Buffer.from('hxxp://host').toString('base64') }],
  ],
  [
    'wide|base64offset at each alignment',
    'F|wide|base64offset|contains: IEX',
    [0, 1, 2].map((n) => ({ F: Buffer.concat([Buffer.alloc(n, 65), utf16('IEX(1)')]).toString('base64') })),
    [{ F: Buffer.from('IEX(1)').toString('base64') }],
  ],
  [
    'utf16be|base64offset',
    'F|utf16be|base64offset|contains: IEX',
    [{ F: Buffer.from(utf16('IEX(1)')).swap16().toString('base64') }],
    [{ F: utf16('XXX').toString('base64') }],
  ],
  [
    'utf16 puts the byte order mark first',
    'F|utf16|base64|contains: ab',
    [{ F: Buffer.concat([Buffer.from([0xff, 0xfe]), utf16('ab')]).toString('base64') }],
    [{ F: utf16('ab').toString('base64').replace(/=+$/, '') }],
  ],
  [
    'windash takes every dash',
    "F|windash|contains: ' -enc '",
    ['-', '/', '–', '—', '―'].map((d) => ({ F: `p ${d}enc x` })),
    [{ F: 'p enc x' }, { F: 'p +enc x' }],
  ],
  ['windash leaves dashes inside words', "F|windash|contains: 'a-b'", [{ F: 'xa-bx' }], [{ F: 'xa/bx' }]],
  ['exists: true', 'F|exists: true', [{ F: '' }, { F: null }], [{}, { G: 1 }]],
  ['exists: false', 'F|exists: false', [{}], [{ F: '' }]],
  [
    'fieldref',
    'F|fieldref: G',
    [
      { F: 'a', G: 'A' },
      { F: 1, G: '1' },
    ],
    [{ F: 'a', G: 'b' }, { F: 'a' }, {}],
  ],
  ['fieldref|endswith', 'F|fieldref|endswith: G', [{ F: 'x\\a', G: 'a' }], [{ F: 'a', G: 'x\\a' }]],
  ['gt', 'F|gt: 5', [{ F: 6 }, { F: '5.5' }], [{ F: 5 }, { F: 'x' }, {}, { F: '' }]],
  ['gte', 'F|gte: 5', [{ F: 5 }], [{ F: 4.9 }]],
  ['lt', 'F|lt: 5', [{ F: -1 }], [{ F: 5 }, { F: null }]],
  ['lte', 'F|lte: 5', [{ F: '5' }], [{ F: 5.01 }]],
  ['neq', 'F|neq: a', [{ F: 'b' }, {}], [{ F: 'A' }]],
  [
    'hour',
    'F|hour: 3',
    [{ F: '2026-01-01T03:59:59Z' }, { F: Date.UTC(2026, 0, 1, 3) }, { F: Date.UTC(2026, 0, 1, 3) / 1000 }],
    [{ F: '2026-01-01T04:00:00Z' }, { F: 'x' }],
  ],
  ['hour|gte', 'F|hour|gte: 22', [{ F: '2026-01-01T22:00:00Z' }], [{ F: '2026-01-01T21:59:59Z' }]],
  [
    'minute, day, month, year',
    'F|minute: 7\nG|day: 31\nH|month: 12\nI|year: 2025',
    [{ F: '2025-12-31T00:07:00Z', G: '2025-12-31', H: '2025-12-31', I: '2025-12-31' }],
    [{ F: '2025-12-31T00:08:00Z', G: '2025-12-31', H: '2025-12-31', I: '2025-12-31' }],
  ],
  ['week is the ISO week', 'F|week: 53', [{ F: '2026-12-31' }, { F: '2027-01-03' }], [{ F: '2027-01-04' }]],
  [
    'dotted names walk into objects and arrays',
    'a.b.c: x',
    [{ a: { b: { c: 'X' } } }, { a: { b: [{ c: 'y' }, { c: 'x' }] } }, { 'a.b.c': 'x' }],
    [{ a: { b: 'x' } }, { a: null }],
  ],
  ['fields of a mapping are joined by and', 'F: a\nG: b', [{ F: 'a', G: 'b' }], [{ F: 'a' }, { G: 'b' }]],
  // Numbers against text, empty and null.
  ['a number in a rule is text as it is written', 'F: 1.50', [{ F: 1.5 }, { F: '1.5' }], [{ F: '1.50' }]],
  ['a text of digits equals the number', "F: '4688'", [{ F: 4688 }], [{ F: 46880 }]],
  ['contains on a number looks at its digits', 'F|contains: 68', [{ F: 4688 }], [{ F: 4866 }]],
  ['an empty value beside others', "F: ['', x]", [{ F: '' }, { F: 'x' }], [{}, { F: 'y' }]],
  ['null beside others', 'F: [null, x]', [{}, { F: null }, { F: 'x' }], [{ F: '' }, { F: 'y' }]],
  ['null is not the text', "F: 'null'", [{ F: 'null' }], [{ F: null }, {}]],
  [
    'a list in the event is any of its values',
    'F|startswith: b',
    [{ F: ['a', 'bc'] }],
    [{ F: ['a', 'cb'] }, { F: [] }],
  ],
  [
    'nested lists too',
    'a.b: x',
    [{ a: [{ b: ['y', 'x'] }] }, { a: [{ b: 'y' }, { b: 'x' }] }],
    [{ a: [] }, { a: ['x'] }],
  ],
  // Wildcards and escapes (specification, "Wildcards" and "Escaping").
  ['a single backslash', String.raw`F: '\'`, [{ F: '\\' }], [{ F: '' }, { F: '\\\\' }]],
  ['two backslashes written as four', String.raw`F: '\\\\host'`, [{ F: '\\\\host' }], [{ F: '\\host' }]],
  ['two backslashes stand for one', String.raw`F: 'a\\b'`, [{ F: 'a\\b' }], [{ F: 'a\\\\b' }]],
  ['an escaped question mark', String.raw`F: 'a\?c'`, [{ F: 'a?c' }], [{ F: 'abc' }]],
  ['contains with an escaped star', String.raw`F|contains: '\*'`, [{ F: 'a*b' }], [{ F: 'ab' }]],
  ['contains with a wildcard inside', "F|contains: 'a*c'", [{ F: 'xabbcx' }], [{ F: 'ca' }]],
  ['startswith with a wildcard inside', "F|startswith: 'a?c'", [{ F: 'abcd' }], [{ F: 'xabc' }, { F: 'acd' }]],
  ['endswith with a trailing backslash', String.raw`F|endswith: 'Temp\'`, [{ F: 'C:\\Temp\\' }], [{ F: 'C:\\Temp' }]],
  // Encodings.
  ['base64 is compared without case unless cased', 'F|base64: foo', [{ F: 'Zm9v' }], [{ F: 'Zm9vx' }, { F: 'foo' }]],
  ['base64 of a list', 'F|base64|contains: [foo, bar]', [{ F: 'YmFy' }, { F: 'xZm9vx' }], [{ F: 'bar' }]],
  [
    'utf16le is what wide is',
    'F|utf16le|base64offset|contains: IEX',
    [0, 1, 2].map((n) => ({ F: Buffer.concat([Buffer.alloc(n, 65), utf16('IEX(1)')]).toString('base64') })),
    [{ F: Buffer.from('IEX(1)').toString('base64') }],
  ],
  [
    'base64offset with all',
    'F|base64offset|contains|all: [curl, bash]',
    [{ F: Buffer.from('curl x | bash -').toString('base64') }],
    [{ F: Buffer.from('curl x | sh').toString('base64') }],
  ],
  [
    'windash with several options',
    "F|windash|contains: ' -a -b'",
    ['-a -b', '/a /b', '–a /b', '―a —b'].map((t) => ({ F: `x ${t}` })),
    [{ F: 'x +a -b' }],
  ],
  ['windash leaves a value without dashes alone', 'F|windash: abc', [{ F: 'abc' }], [{ F: '-abc' }]],
  ['windash turns a slash too', "F|windash|contains: ' /f'", [{ F: 'x -f' }, { F: 'x /f' }], [{ F: 'x f' }]],
  ['windash|contains|all', "F|windash|contains|all: [' -a', ' -b']", [{ F: 'x /b -a' }], [{ F: 'x /b' }]],
  // Networks.
  ['cidr of one address', 'F|cidr: 10.0.0.1/32', [{ F: '10.0.0.1' }], [{ F: '10.0.0.2' }]],
  ['cidr of everything', 'F|cidr: 0.0.0.0/0', [{ F: '1.2.3.4' }], [{ F: '::1' }, { F: 'host' }]],
  [
    'cidr of several networks',
    "F|cidr: [10.0.0.0/8, 'fc00::/7']",
    [{ F: '10.9.9.9' }, { F: 'fd12::1' }],
    [{ F: '192.168.0.1' }, { F: '2001:db8::1' }],
  ],
  [
    'cidr reads short and long forms of IPv6',
    "F|cidr: '2001:db8::/32'",
    [{ F: '2001:0db8:0000:0000:0000:0000:0000:0001' }, { F: '2001:DB8::1' }],
    [{ F: '2001:db9::1' }],
  ],
  ['cidr on a list of addresses', 'F|cidr: 10.0.0.0/8', [{ F: ['1.1.1.1', '10.1.1.1'] }], [{ F: ['1.1.1.1'] }]],
  // References between fields.
  ['fieldref keeps case when cased', 'F|fieldref|cased: G', [{ F: 'A', G: 'A' }], [{ F: 'A', G: 'a' }]],
  ['fieldref|startswith', 'F|fieldref|startswith: G', [{ F: 'abc', G: 'ab' }], [{ F: 'ab', G: 'abc' }]],
  ['fieldref|contains', 'F|fieldref|contains: G', [{ F: 'xaby', G: 'AB' }], [{ F: 'x', G: 'ab' }]],
  ['fieldref|neq', 'F|fieldref|neq: G', [{ F: 'a', G: 'b' }, { F: 'a' }], [{ F: 'a', G: 'A' }]],
  [
    'fieldref takes wildcards in the other field as they are',
    'F|fieldref: G',
    [{ F: '*', G: '*' }],
    [{ F: 'x', G: '*' }],
  ],
  ['fieldref to nested fields', 'a.b|fieldref: c.d', [{ a: { b: 'x' }, c: { d: 'X' } }], [{ a: { b: 'x' }, c: {} }]],
  // Comparisons.
  ['gt with fractions and signs', 'F|gt: -0.5', [{ F: 0 }, { F: '-0.4' }], [{ F: -0.5 }, { F: -1 }]],
  ['lt on a list is any of its values', 'F|lt: 5', [{ F: [9, 4] }], [{ F: [9, 5] }]],
  ['gte and lte bound a range', 'F|gte: 2\nF|lte: 4', [{ F: 2 }, { F: 4 }], [{ F: 1 }, { F: 5 }]],
  ['neq on a number', 'F|neq: 5', [{ F: 6 }, { F: '6' }], [{ F: 5 }, { F: '5' }]],
  ['neq on a list is none of them', 'F|neq: [a, b]', [{ F: 'c' }], [{ F: 'a' }, { F: 'B' }]],
  // Presence, case, all.
  ['exists looks at nested fields', 'a.b|exists: true', [{ a: { b: 0 } }], [{ a: {} }, { a: 1 }]],
  ['startswith|cased', 'F|startswith|cased: Ab', [{ F: 'Abc' }], [{ F: 'abc' }]],
  ['endswith|cased', 'F|endswith|cased: Ab', [{ F: 'xAb' }], [{ F: 'xab' }]],
  ['all with startswith and a wildcard', "F|startswith|all: ['a', 'a*b']", [{ F: 'axb' }], [{ F: 'ax' }]],
  ['re|all', "F|re|all: ['a.c', 'x$']", [{ F: 'abcx' }], [{ F: 'abc' }]],
  ['re of a list', "F|re: ['^a', '^b']", [{ F: 'ax' }, { F: 'bx' }], [{ F: 'xa' }]],
  ['re|i|m|s together', "F|re|i|m|s: '^b.c$'", [{ F: 'a\nB\nC\nd' }], [{ F: 'ab' }]],
  ['re on a number', "F|re: '^46..$'", [{ F: 4688 }], [{ F: 46 }]],
  // Times.
  [
    'time parts of a list are any of them',
    'F|hour: [3, 4]',
    [{ F: '2026-01-01T04:10:00Z' }],
    [{ F: '2026-01-01T05:10:00Z' }],
  ],
  ['minute|lt', 'F|minute|lt: 10', [{ F: '2026-01-01T04:09:59Z' }], [{ F: '2026-01-01T04:10:00Z' }]],
  [
    'hour with an offset is UTC',
    'F|hour: 3',
    [{ F: '2026-01-01T05:00:00+02:00' }],
    [{ F: '2026-01-01T03:00:00+02:00' }],
  ],
  ['day|gt', 'F|day|gt: 30', [{ F: '2026-01-31' }], [{ F: '2026-01-30' }, { F: null }]],
  ['month|lte', 'F|month|lte: 2', [{ F: '2026-02-28' }], [{ F: '2026-03-01' }]],
  ['year|neq', 'F|year|neq: 2026', [{ F: '2025-06-01' }], [{ F: '2026-06-01' }]],
  [
    'week 1 holds the first Thursday',
    'F|week: 1',
    [{ F: '2026-01-01' }, { F: '2025-12-29' }],
    [{ F: '2025-12-28' }, { F: '2026-01-05' }],
  ],
];

describe('Sigma modifiers', () => {
  it.each(CASES)('%s', (_title, item, hits, misses) => {
    const lines = item.split('\n').map((line) => `  ${line}`);
    const matches = matcherOf(`sel:\n${lines.join('\n')}\ncondition: sel`);
    for (const fields of hits) expect(matches(fields), `should match ${JSON.stringify(fields)}`).toBe(true);
    for (const fields of misses) expect(matches(fields), `should not match ${JSON.stringify(fields)}`).toBe(false);
    // The same under a negation, where no prefilter may help.
    const negated = matcherOf(`sel:\n${lines.join('\n')}\ncondition: not sel`);
    for (const fields of [...hits, ...misses]) expect(negated(fields)).toBe(!matches(fields));
  });

  it('keywords are looked for in every value of the event', () => {
    const matches = matcherOf("keywords:\n  - 'drop table'\n  - xmrig\ncondition: keywords");
    expect(matches({ message: 'a DROP TABLE x' })).toBe(true);
    expect(matches({ deep: { list: ['nothing', 'run XMRig'] } })).toBe(true);
    expect(matches({ message: 'drop', other: 'table' })).toBe(false);
  });

  it("'|all' on keywords needs each of them somewhere", () => {
    const matches = matcherOf("keywords:\n  '|all':\n    - alpha\n    - beta\ncondition: keywords");
    expect(matches({ a: 'alpha', b: 'beta' })).toBe(true);
    expect(matches({ a: 'alpha' })).toBe(false);
  });

  it.each([
    ["F|re: 'a(?=b)'", 'MDR_RULE_UNSUPPORTED', 'look-around'],
    [String.raw`F|re: '(a)\1'`, 'MDR_RULE_UNSUPPORTED', 'regular expression'],
    ["F|re: '('", 'MDR_RULE_UNSUPPORTED', 'regular expression'],
    ['F|soundslike: a', 'MDR_RULE_UNSUPPORTED', 'modifier "soundslike"'],
    ['F|expand: "%hosts%"', 'MDR_RULE_UNSUPPORTED', '%hosts%'],
    ['F|cidr: 10.0.0.0/33', 'MDR_RULE_SYNTAX', 'not a network'],
    ['F|gt: many', 'MDR_RULE_SYNTAX', 'number'],
    ['F|exists: perhaps', 'MDR_RULE_SYNTAX', 'true or false'],
    ['F: []', 'MDR_RULE_SYNTAX', 'empty list'],
    ['F: [{a: b}]', 'MDR_RULE_SYNTAX', 'not a scalar'],
  ])('%s is refused with a reason', (item, code, reason) => {
    expect(() => matcherOf(`sel:\n  ${item}\ncondition: sel`)).toThrowError(
      new RegExp(`${code}.*${reason.replace(/[%"|]/g, '.')}`),
    );
  });

  it('a catastrophic expression costs linear time', () => {
    const matches = matcherOf("sel:\n  F|re: '(a+)+$'\ncondition: sel");
    const spent = spending();
    expect(matches({ F: `${'a'.repeat(50_000)}!` })).toBe(false);
    expect(spent()).toBeLessThan(2000);
  });
});
