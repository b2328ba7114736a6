import { describe, expect, test } from 'vitest';
import { linkOrNull, uploadOrSay } from '../../../bot/surfaces/degrade.js';
import { FEATURES, type Surface } from '../../../bot/surfaces/types.js';
import { can, failure, SURFACES, starter } from './conformance.harness.js';
import { card } from './slack.harness.js';

describe.each(SURFACES)('%s', (_name, make) => {
  const start = starter(make);

  test('says what it can do: an optional method is there exactly when its feature is', async () => {
    const { surface } = await start();
    const optional = [
      'upload',
      'link',
      'whisper',
      'react',
      'person',
      'direct',
      'room',
    ] as const satisfies (keyof Surface)[];
    for (const feature of optional)
      expect([feature, surface[feature] !== undefined]).toEqual([feature, surface.supports.has(feature)]);
    for (const feature of surface.supports) expect(FEATURES).toContain(feature);
  });

  test('where it writes to one person alone, that is a channel of its own, the same each time', async () => {
    const { surface, person, channel } = await start();
    if (!surface.direct) return;
    const alone = await surface.direct(person.id);
    expect(alone).not.toBe(channel);
    expect(await surface.direct(person.id)).toBe(alone);
    const ref = await surface.post(alone, card('Was this you?'), 'q1', null);
    expect(await surface.find(alone, 'q1', null)).toEqual(ref);
    expect((await failure(surface.direct('800000000000000404'))).kind).toBe('gone');
  });

  test('a file is put into channel and thread, once for a key; where none are taken, the surface says so there', async () => {
    const kit = await start();
    const root = await kit.surface.post(kit.channel, card('root'), 'root', null);
    const data = Buffer.from('host,user\nWS-1,ana\n');
    const file = { name: '../\u202ereport "x".csv', type: 'text/csv', data };
    for (const thread of [null, root.message]) {
      const put = () => uploadOrSay(kit.surface, kit.channel, file, `file ${thread}`, thread, 'Next: /mdr report 17.');
      const ref = await put();
      const seen = await kit.see(ref);
      expect(seen?.invalid).toBeNull();
      expect(seen?.thread).toBe(can(kit, 'thread') ? thread : null);
      if (can(kit, 'upload')) {
        expect(seen?.file?.data.equals(data)).toBe(true);
        expect(seen?.file?.name).toMatch(/^[^/\\"\u202e]*report _x_\.csv$/);
      } else expect(seen?.text).toMatch(/19 bytes.*cannot show.*Next: \/mdr report 17\./);
      expect(await put()).toEqual(ref);
    }
    expect(await kit.count()).toBe(3);
    if (!can(kit, 'upload')) return;
    const huge = { ...file, data: Buffer.alloc(10 * 1024 * 1024 + 1) };
    for (const wrong of [huge, { ...file, data: Buffer.alloc(0) }])
      expect(await failure(kit.surface.upload!(kit.channel, wrong, 'k', null))).toMatchObject({ kind: 'refused' });
    expect(await failure(kit.surface.upload!(kit.noChannel, file, 'k', null))).toMatchObject({ kind: 'gone' });
  });

  test('a message has an address, or it is said that it has none', async () => {
    const kit = await start();
    const ref = await kit.surface.post(kit.channel, card('Alert 17'), 'k', null);
    const link = await linkOrNull(kit.surface, ref);
    if (!can(kit, 'link')) return expect(link).toBeNull();
    expect(link).toMatch(/^https?:\/\/\S+$/);
    expect(link).toContain(ref.message.replace('.', ''));
    expect(await failure(kit.surface.link!({ ...ref, channel: kit.noChannel }))).toMatchObject({ kind: 'gone' });
  });

  test('an emoji, a card for one person and a person’s name, where it says so', async () => {
    const kit = await start();
    const { surface, channel, person } = kit;
    const ref = await surface.post(channel, card('Alert 17'), 'k', null);
    if (can(kit, 'react')) {
      await surface.react!(ref, '👀');
      await surface.react!(ref, '👀');
      expect(await failure(surface.react!(kit.noMessage, '👀'))).toMatchObject({ kind: 'gone' });
    }
    if (can(kit, 'person')) {
      expect(await surface.person!(person.id)).toBe(person.name);
      expect(await surface.person!('800000000000000404')).toBeNull();
    }
    if (can(kit, 'whisper')) {
      await surface.whisper!(channel, person.id, card('for you alone'), null);
      expect(await kit.count()).toBe(1);
    }
  });
});
