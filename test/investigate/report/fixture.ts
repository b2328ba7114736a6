import type { EventRef, Investigation, Step } from '../../../engine/investigate/types.js';

export const AT = Date.UTC(2026, 10, 24, 8, 0, 0);
const MINUTE = 60_000;

/** What attackers write into logs to get at whoever reads the report. */
export const HOSTILE = {
  script: '<script>alert(1)</script><img src=x onerror=alert(2)>',
  link: '[click](https://evil.example/a) ![x](http://evil.example/b.png) <https://evil.example/c> www.evil.example',
  mention: '@everyone <@U0123> <!channel> bob@evil.example',
  table: 'a|b\n|---|---|\n# heading\n```\nfence',
  bidi: 'invoice\u202egpj.exe\u0000\u0007\u200b',
  long: `C:\\${'a'.repeat(3000)}`,
  foreign: '恶意软件 👾 вредонос',
  style: "</style></svg></code></table>\"' onload='x",
};

const step = (minute: number, title: string, more: Partial<Step>): Step => ({
  first: AT + minute * MINUTE,
  last: AT + minute * MINUTE,
  title,
  level: 'high',
  tactics: [],
  techniques: [],
  rule: 'r1',
  actor: { user: 'CORP\\jane', process: 'C:\\Windows\\System32\\cmd.exe', commandLine: '' },
  host: 'ws-14',
  target: null,
  count: 1,
  events: [`e${minute}`],
  ...more,
});

/** An investigation written by hand: a phished workstation, stolen credentials, a backup server. */
export function investigation(more: Partial<Investigation> = {}): Investigation {
  const chain = [
    step(0, 'Office program starts a script host', {
      tactics: ['initial-access'],
      techniques: ['T1566.001'],
      actor: { user: 'CORP\\jane', process: 'WINWORD.EXE', commandLine: 'wscript.exe //B C:\\Users\\jane\\invoice.js' },
    }),
    step(2, 'PowerShell with an encoded command', {
      tactics: ['execution', 'defense-evasion'],
      techniques: ['T1059.001', 'T1027'],
      count: 14,
      last: AT + 9 * MINUTE,
      events: ['e2', 'e3', 'e9'],
      actor: { user: 'CORP\\jane', process: 'powershell.exe', commandLine: 'powershell -enc SQBFAFgA' },
    }),
    step(4, 'Known bad address 203.0.113.9 (feed of command and control servers)', {
      tactics: ['command-and-control'],
      techniques: ['T1071.001'],
      rule: 'indicator:ip:203.0.113.9',
      target: { kind: 'ip', value: '203.0.113.9' },
    }),
    step(31, 'Memory of LSASS read', {
      level: 'critical',
      tactics: ['credential-access'],
      techniques: ['T1003.001'],
      events: ['e31'],
    }),
    step(200, 'Logon of a service account over the network', {
      rule: null,
      level: 'informational',
      host: 'backup-01',
      tactics: ['lateral-movement'],
      techniques: ['T1021.002'],
      actor: { user: 'CORP\\svc-backup', process: '', commandLine: '' },
      target: { kind: 'host', value: 'backup-01' },
    }),
    step(204, 'Shadow copies deleted', {
      level: 'critical',
      host: 'backup-01',
      tactics: ['impact'],
      techniques: ['T1490'],
      actor: { user: 'CORP\\svc-backup', process: 'vssadmin.exe', commandLine: 'vssadmin delete shadows /all /quiet' },
    }),
  ];
  const events: Record<string, EventRef> = {};
  for (const { events: ids, host, actor, title } of chain)
    for (const id of ids)
      events[id] = {
        ...{ id, time: AT + Number(id.slice(1)) * MINUTE, host, user: actor.user, dataset: 'process' },
        text: actor.commandLine || title,
      };
  return {
    tenant: 'acme',
    alert: 12,
    alerts: [12, 15],
    version: 1,
    made: AT + 300 * MINUTE,
    title: 'Credentials read from LSASS on ws-14, backups deleted on backup-01',
    level: 'critical',
    score: 96,
    reasons: [
      { points: 60, text: 'a critical rule fired: Shadow copies deleted' },
      { points: 25, text: 'backup-01 is a crown jewel' },
      { points: 11, text: 'five tactics in one chain' },
      { points: 5, text: 'PROVIDER-ONLY reason', internal: true },
    ],
    chain,
    gaps: [{ before: 4, ms: 169 * MINUTE, text: 'no event of ws-14 between the credential theft and the logon' }],
    who: [
      { text: 'CORP\\jane acted on ws-14, then CORP\\svc-backup on backup-01.', events: ['e0', 'e204'] },
      { text: 'Their way out was 203.0.113.9.', events: ['e4'] },
    ],
    what: [
      {
        text: 'Credentials were read from memory, and the shadow copies of backup-01 were deleted.',
        events: ['e31', 'e204'],
      },
    ],
    when: [{ text: 'From 08:00 to 11:24 UTC on 24 November 2026.', events: ['e0', 'e204'] }],
    how: [{ text: 'A document started a script, which loaded PowerShell.', events: ['e0', 'e2'] }],
    blast: {
      touched: [
        { entity: { kind: 'host', value: 'ws-14' }, why: 'where it began', events: ['e0'], crownJewel: false },
        {
          entity: { kind: 'host', value: 'backup-01' },
          why: 'logged on as svc-backup from ws-14',
          events: ['e200'],
          crownJewel: true,
        },
      ],
      reachable: [
        {
          entity: { kind: 'host', value: 'file-02' },
          why: 'svc-backup logs on there daily',
          events: ['e200'],
          crownJewel: false,
        },
      ],
      untouched: [
        {
          entity: { kind: 'host', value: 'dc-01' },
          why: 'no event of these accounts there',
          events: [],
          crownJewel: true,
        },
      ],
    },
    impact: [
      { text: 'Without shadow copies, encrypted files of backup-01 could not be restored from it.', events: ['e204'] },
    ],
    mitigation: [
      { when: 'now', text: 'Isolate ws-14 and backup-01.', techniques: ['T1490'], mitigations: [] },
      {
        when: 'today',
        text: 'Reset the passwords of jane and svc-backup.',
        techniques: ['T1003.001'],
        mitigations: ['M1027'],
      },
      {
        when: 'later',
        text: 'Block Office programs from starting script hosts.',
        techniques: ['T1566.001'],
        mitigations: ['M1040'],
      },
    ],
    observables: [
      { kind: 'ip', value: '203.0.113.9', events: ['e4'] },
      { kind: 'ip', value: '198.51.100.3', events: ['e4'] },
      { kind: 'host', value: 'ws-14', events: ['e0'] },
      { kind: 'user', value: 'CORP\\jane', events: ['e0', 'e2'] },
      { kind: 'domain', value: 'example.com', events: ['e4'] },
      { kind: 'hash', value: '44D88612FEA8A8F36DE82E1278ABB02F', events: ['e2'] },
      { kind: 'file', value: 'C:\\Users\\jane\\invoice.js', events: ['e0'] },
      { kind: 'process', value: 'C:\\Windows\\System32\\vssadmin.exe', events: ['e204'] },
    ],
    events,
    spent: { queries: 31, ms: 4200, cut: ['network events of backup-01 after 10:00 were not read'] },
    simulated: false,
    ...more,
  };
}

/** The same with something hostile wherever a log's words can stand. */
export function hostile(): Investigation {
  const of = investigation();
  const bad = Object.values(HOSTILE);
  const any = (i: number) => bad[i % bad.length]!;
  return {
    ...of,
    title: `${HOSTILE.script} ${HOSTILE.mention} ${HOSTILE.bidi}`,
    reasons: bad.map((text) => ({ points: 1, text })),
    chain: of.chain.map((one, i) => ({
      ...one,
      title: any(i),
      host: any(i + 1),
      actor: { user: any(i + 2), process: any(i + 3), commandLine: any(i + 4) },
      target: { kind: 'file', value: any(i + 5) },
    })),
    gaps: [{ ...of.gaps[0]!, text: HOSTILE.table }],
    who: bad.map((text) => ({ text, events: ['e0'] })),
    impact: bad.map((text) => ({ text: `saw ${text}`, events: ['e0'] })),
    blast: {
      ...of.blast,
      touched: bad.map((value) => ({ entity: { kind: 'host', value }, why: value, events: ['e0'], crownJewel: false })),
    },
    mitigation: bad.map((text) => ({ when: 'now', text, techniques: ['T1490', '<b>'], mitigations: ['M1', text] })),
    observables: bad.flatMap((value) => [
      { kind: 'file' as const, value, events: ['e0'] },
      { kind: 'domain' as const, value, events: ['e0'] },
      { kind: 'user' as const, value, events: ['e0'] },
    ]),
    events: Object.fromEntries(
      Object.entries(of.events).map(([id, one], i) => [
        id,
        { ...one, host: any(i), user: any(i + 1), text: any(i + 2) },
      ]),
    ),
    spent: { ...of.spent, cut: bad },
  };
}

/** What 100,000 detections may give: more of everything than anybody reads. */
export function huge(): Investigation {
  const of = investigation();
  const ids = Array.from({ length: 20_000 }, (_, i) => `event-${i}`);
  const events = Object.fromEntries(
    ids.map((id, i) => [
      id,
      {
        id,
        time: AT + i * 1000,
        host: `ws-${i % 400}`,
        user: `CORP\\u${i % 900}`,
        dataset: 'process',
        text: `cmd.exe /c step ${i} ${'x'.repeat(400)}`,
      },
    ]),
  );
  const some = (i: number) => ids.slice(i * 5, i * 5 + 40);
  const chain = Array.from({ length: 3000 }, (_, i) =>
    step(i, `Step of rule ${i % 70}`, {
      host: `ws-${i % 400}`,
      count: 100_000,
      level: i % 50 ? 'low' : 'high',
      events: some(i),
    }),
  );
  const reach = Array.from({ length: 5000 }, (_, i) => ({
    ...{
      entity: { kind: 'host' as const, value: `ws-${i}` },
      why: 'touched',
      events: some(i % 3000),
      crownJewel: i === 4999,
    },
  }));
  return {
    ...of,
    chain,
    gaps: Array.from({ length: 500 }, (_, i) => ({ before: i + 1, ms: 1000, text: 'nothing' })),
    who: Array.from({ length: 300 }, (_, i) => ({ text: `sentence ${i}`, events: some(i) })),
    what: [],
    when: [],
    how: [],
    impact: [],
    blast: { touched: reach, reachable: reach, untouched: reach },
    observables: Array.from({ length: 50_000 }, (_, i) => ({
      kind: 'user' as const,
      value: `CORP\\u${i}`,
      events: some(i % 3000),
    })),
    events,
  };
}
