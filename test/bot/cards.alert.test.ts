import { describe, expect, it } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import { alertCard, entryCard } from '../../commands/cards/alert.js';
import { type Action, type Card, plain } from '../../commands/cards/card.js';
import { type Alert, CLOSE_REASONS } from '../../engine/store/alerts.js';
import type { Tenant } from '../../engine/store/tenants.js';
import { profileSchema } from '../../engine/store/tenants.js';
import { alertRecord, NOW } from '../commands/world.js';

const tenant: Tenant = { _id: 'acme', name: 'Acme', profile: profileSchema.parse({}), channels: [], created: NOW };
const alert = (more: Partial<Alert> = {}): Alert => ({ ...alertRecord(12, more), tenant: 'acme' });
const actions = (card: Card): Action[] =>
  card.blocks.flatMap((block) => (block.kind === 'actions' ? block.actions : []));

describe("the thread's first message", () => {
  it('says what, why, where and what next', () => {
    const text = renderText(alertCard(alert(), tenant));
    for (const part of [
      'Alert 12 · High · Credentials read from LSASS',
      '70 of 100',
      'ws01',
      'Acme (acme)',
      '+50 a high rule fired',
      'LSASS memory read',
      'T1003.001',
      'nobody',
    ])
      expect(text).toContain(part);
    expect(text.split('\n').at(-1)).toContain('Next: acknowledge it');
  });

  it.each([
    ['new', ['ack', 'assign', 'form assign', 'close', 'form close', 'form note', 'case']],
    ['acknowledged', ['assign', 'form assign', 'close', 'form close', 'form note', 'case']],
    ['closed', ['reopen']],
  ] as const)('offers only what fits the state: %s', (state, expected) => {
    const said = actions(alertCard(alert({ state }), tenant)).map(({ command, record }) =>
      command === 'form' ? `form ${record.split(':')[0]}` : command,
    );
    expect(said).toEqual(expected);
  });

  it('carries a record and a tenant in every button, and every reason in the select', () => {
    for (const action of actions(alertCard(alert(), tenant)))
      expect(action).toMatchObject({ tenant: 'acme', record: expect.stringMatching(/^(\w+:)?12$/) });
    const close = actions(alertCard(alert(), tenant)).find(({ id }) => id === 'close');
    expect(close?.choices?.map(({ value }) => value)).toEqual(CLOSE_REASONS);
  });

  it('says that a simulation is one', () => {
    const card = alertCard(alert({ simulated: true }), tenant);
    expect(plain(card.title)).toMatch(/^Simulated/);
    expect(renderText(card)).toContain('Its events come from a simulation');
    expect(renderText(alertCard(alert(), tenant))).not.toContain('imulat');
  });

  it('stays small whatever the record holds', () => {
    const long = 'x'.repeat(50_000);
    const rules = Array.from({ length: 200 }, (_, i) => ({
      ...alert().rules[0]!,
      id: `r${i}`,
      title: long,
      techniques: [long],
    }));
    const reasons = Array.from({ length: 200 }, () => ({ points: 1, text: long }));
    const card = alertCard(alert({ title: long, entity: { kind: 'host', value: long }, rules, reasons }), tenant);
    expect(JSON.stringify(card).length).toBeLessThan(6000);
    expect(renderText(card)).toContain('and 197 more rules');
  });

  it('is the same for the same record', () => {
    expect(alertCard(alert({ _id: 'a' }), tenant)).toEqual(alertCard(alert({ _id: 'a' }), tenant));
  });
});

describe('a reply in the thread', () => {
  it.each(['opened', 'grew', 'acknowledged', 'assigned', 'closed', 'reopened', 'note'] as const)(
    'shows who did what: %s',
    (kind) => {
      const card = entryCard({ id: 'e', at: NOW, actor: 'ana', actorName: 'Ana', kind, text: 'the words' });
      const text = renderText(card);
      expect(text).toContain('the words');
      if (kind !== 'opened' && kind !== 'grew') expect(text).toContain('Ana');
      expect(card.blocks.at(-1)?.kind).toBe('note');
    },
  );
});
