import { beforeEach, describe, expect, it } from 'vitest';
import { plain } from '../../commands/cards/card.js';
import type { Context } from '../../commands/types.js';
import { type Alert, CLOSE_REASONS } from '../../engine/store/alerts.js';
import { commandWorld } from './commands.world.js';
import { alertRecord, detectionRecord, NOW } from './world.js';

const { tenant, ana, run, text, fault, add, stored, told } = await commandWorld();

describe('working on an alert', () => {
  it.each([
    ['ack 12', {}, { state: 'acknowledged' }],
    ['ack #12', {}, { state: 'acknowledged' }],
    ['assign 12', {}, { assignee: { id: 'ana', name: 'Ana Silva' } }],
    ['assign 12 me', {}, { assignee: { id: 'ana' } }],
    ['assign 12 bo', {}, { assignee: { id: 'bo' } }],
    ['assign 12 Bo Anders', {}, { assignee: { id: 'bo' } }],
    ['assign 12 @krag', {}, { assignee: { id: 'bodil' } }],
    ['assign 12 <@Ubodil|x>', {}, { assignee: { id: 'bodil' } }],
    ['close 12 benign backup job', {}, { state: 'closed', reason: 'benign' }],
    ['close 12 False-Positive', {}, { state: 'closed', reason: 'false_positive' }],
    ['close 12 false positive again', {}, { state: 'closed', reason: 'false_positive' }],
    ['reopen 12', { state: 'closed', reason: 'test' }, { state: 'new' }],
  ] as const)('%s changes the record and tells the outbox', async (line, before, after) => {
    await add(12, before as Partial<Alert>);
    const card = await run(line);
    expect(card.tone).toBe('ok');
    expect(await stored(12)).toMatchObject(after);
    expect((await stored(12)).log.at(-1)).toMatchObject({ actor: 'ana', actorName: 'Ana Silva' });
    expect(await told()).toEqual([12]);
  });

  it("takes the number from the alert's thread", async () => {
    await add(5);
    for (const line of ['ack', 'assign bo', 'note it was the backup', 'close test', 'reopen'])
      await run(line, { alert: 5 });
    expect((await stored(5)).log.map(({ kind }) => kind)).toEqual([
      'opened',
      'acknowledged',
      'assigned',
      'note',
      'closed',
      'reopened',
    ]);
    expect((await stored(5)).log[3]!.text).toBe('it was the backup');
  });

  it('says who did it already, and tells the outbox all the same', async () => {
    await add(12);
    await run('ack 12');
    expect(await text('ack 12')).toContain('You did this already');
    const bo = { ...ana, _id: 'bo', name: 'Bo Anders' };
    expect(await text('ack 12', { person: bo })).toContain('Ana Silva did this already');
    expect((await stored(12)).log).toHaveLength(2);
    expect(await told()).toEqual([12, 12, 12]);
  });

  it('suggests the reason or the person that was meant, and names who could be meant', async () => {
    await add(12);
    expect((await fault('close 12 bening')).message).toContain('Did you mean "benign"?');
    for (const reason of CLOSE_REASONS) expect((await fault('close 12 why')).message).toContain(reason);
    expect((await fault('assign 12 bod anders')).message).toContain('Did you mean "Bo Anders"?');
    expect((await fault('assign 12 b')).message).toContain('Bo Anders or Bodil Krag');
  });

  it.each(['vic', 'eve', 'nobody', '<@Ueve>', '$ne'])(
    'gives it to nobody who may not work on this tenant: %s',
    async (name) => {
      await add(12);
      expect(await fault(`assign 12 ${name}`)).toMatchObject({ code: 'MDR_COMMAND_USAGE' });
      expect((await stored(12)).assignee).toBeUndefined();
    },
  );
});

describe('alert', () => {
  it('shows everything about it, with an example event and what was done', async () => {
    await add(12, { simulated: true });
    await tenant.detections.insert(detectionRecord(12));
    await run('ack 12');
    const shown = await text('alert 12');
    for (const part of [
      'Simulated',
      '70 of 100',
      '+50 a high rule fired',
      '+20 ws01 is a crown jewel',
      'LSASS memory read',
      'T1003.001',
      'CORP\\jane',
      'process.command_line',
      '  | {"CommandLine":"rundll32',
      'Backup agents',
      'Ana Silva: Acknowledged',
    ])
      expect(shown).toContain(part);
  });

  it('shows an alert whose example event is no longer kept', async () => {
    await add(12);
    expect(await text('alert 12')).toContain('LSASS memory read');
  });

  it('stays small whatever the record holds', async () => {
    const long = 'x'.repeat(5000);
    const rule = alertRecord(12).rules[0]!;
    await add(12, {
      rules: Array.from({ length: 100 }, (_, i) => ({ ...rule, id: `${i}`, title: long })),
      observables: Array.from({ length: 300 }, () => ({ kind: 'file', value: long })),
      reasons: Array.from({ length: 100 }, () => ({ points: 1, text: long })),
      log: Array.from({ length: 300 }, (_, i) => ({
        id: `${i}`,
        at: NOW,
        actor: 'a',
        actorName: long,
        kind: 'note',
        text: long,
      })),
    });
    await tenant.detections.insert(detectionRecord(12, long));
    expect(JSON.stringify(await run('alert 12')).length).toBeLessThan(40_000);
  });
});

describe('alerts', () => {
  const numbers = async (line: string, more: Partial<Context> = {}) => {
    const table = (await run(line, more)).blocks.find((block) => block.kind === 'table');
    return table?.kind === 'table' ? table.rows.map(([number]) => Number(plain(number!))) : [];
  };
  beforeEach(async () => {
    await add(1, { score: 10, level: 'low' });
    await add(2, { score: 90, level: 'critical', assignee: { id: 'ana', name: 'Ana Silva' } });
    await add(3, {
      score: 50,
      level: 'medium',
      state: 'acknowledged',
      entity: { kind: 'ip', value: '10.0.0.5' },
      observables: [],
    });
    await add(4, {
      score: 99,
      level: 'high',
      state: 'closed',
      reason: 'benign',
      entity: { kind: 'host', value: 'a.*b' },
      observables: [{ kind: 'user', value: 'WS01' }],
    });
  });

  it.each([
    ['alerts', [2, 3, 1]],
    ['alerts all', [2, 3, 1, 4]],
    ['alerts closed', [4]],
    ['alerts acknowledged', [3]],
    ['alerts new critical', [2]],
    ['alerts medium+', [2, 3]],
    ['alerts low medium', [3, 1]],
    ['alerts mine', [2]],
    ['alerts WS01', [2, 1]],
    ['alerts all host ws01', [2, 1]],
    ['alerts all user ws01', [4]],
    ['alerts corp\\JANE', [2, 1]],
    ['alerts 10.0.0.5', [3]],
    ['alerts 10.0.0', []],
    ['alerts all a.*b', [4]],
    ['alerts all .*', []],
    ['alerts all host', []],
  ])('lists what was asked for, highest score first: %s', async (line, expected) => {
    expect(await numbers(line)).toEqual(expected);
  });

  it('says how many more there are', async () => {
    for (let number = 10; number < 30; number++) await add(number, { score: 20 });
    expect(await numbers('alerts')).toHaveLength(15);
    expect(await text('alerts')).toContain('8 more alerts not shown');
    expect(await text('alerts')).toContain('23 open alerts of Acme (acme)');
    expect((await numbers('alerts all')).includes(4)).toBe(false);
    expect(await text('alerts all')).toContain('9 more alerts not shown');
  });

  it('suggests the filter word that was meant when nothing fits', async () => {
    expect(await text('alerts colsed')).toContain('Did you mean "closed"?');
    expect(await text('alerts nothing-like-it')).not.toContain('Did you mean');
    expect(await fault('alerts a b c d e f')).toMatchObject({ code: 'MDR_COMMAND_USAGE' });
  });
});
