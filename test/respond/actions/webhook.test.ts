import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readConnectors } from '../../../engine/respond/actions/connectors.js';
import { propose } from '../../../engine/respond/actions/requests.js';
import { actionOf } from '../../../engine/respond/actions/save.js';
import { workOn } from '../../../engine/respond/actions/work.js';
import { conforms } from './conformance.js';
import { httpWorlds } from './http.world.js';
import { by, world } from './world.js';

const { store, queues, carriers, serve, carrier } = await httpWorlds();

describe('tickets and pages', () => {
  for (const [action, args, kind] of [
    ['open-ticket', { title: 'Reset', text: 'by noon' }, 'ticket'],
    ['page', { rota: 'night', text: 'ransom note' }, 'page'],
  ] as [string, Record<string, string>, 'ticket' | 'page'][])
    conforms(action, async () => {
      const receiver = await serve(() => ({ status: 202 }));
      const w = await world(store, queues, carriers);
      const connectors = readConnectors({ [kind]: { url: `${receiver.url}/hook` } });
      await store.tenants.updateOne({ _id: w.acme.id }, { $set: { connectors } });
      w.parts.store = w.acme = await store.forTenant(w.acme.id);
      w.parts.allowed = w.working.allowed = [new URL(receiver.url).host];
      w.work = (number) => workOn(w.working, w.acme.id, number);
      return {
        w,
        carrier: carrier('webhook'),
        action,
        args,
        state: async () => receiver.asks.length,
        isVisible: false,
      };
    });

  it('are sent once, signed; lost answers are said, and not sent again', async () => {
    const receiver = await serve(() => ({ status: 201, json: { ticket: 'INC-17' } }));
    const w = await world(store, queues, carriers);
    const ticket = { url: `${receiver.url}/hook`, secret: 'hook' };
    await store.tenants.updateOne({ _id: w.acme.id }, { $set: { connectors: readConnectors({ ticket }) } });
    w.parts.store = w.acme = await store.forTenant(w.acme.id);
    await w.parts.secrets.keep(w.acme, 'hook', 'hook key', () => w.now);
    const asking = { action: 'open-ticket', args: { title: 'Reset', text: 'two\nlines' }, reason: '', case: null };
    const { number } = (await propose(w.parts, by(w.people.ana), 'x', asking)).record;
    const working = { ...w.working, allowed: [new URL(receiver.url).host] };
    await workOn(working, w.acme.id, number);
    await workOn(working, w.acme.id, number);
    expect(await actionOf(w.acme, number)).toMatchObject({ state: 'done', gives: { ticket: 'INC-17' } });
    expect(receiver.asks).toHaveLength(1);
    const { headers, body } = receiver.asks[0]!;
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', 'hook key').update(signed).digest('base64')}`);
    // Not allowed: nothing is sent.
    const other = (await propose(w.parts, by(w.people.ana), 'y', asking)).record;
    await workOn({ ...working, allowed: [] }, w.acme.id, other.number);
    expect(await actionOf(w.acme, other.number)).toMatchObject({ state: 'failed', effect: 'absent' });
    expect(receiver.asks).toHaveLength(1);
  });
});
