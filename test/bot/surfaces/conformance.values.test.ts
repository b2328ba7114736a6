import { describe, expect, test } from 'vitest';
import type { Block, Card, Inline } from '../../../commands/cards/card.js';
import { action, SURFACES, starter } from './conformance.harness.js';
import { card } from './slack.harness.js';

/** A value wherever a card can hold one. */
function everywhere(text: string): Card {
  const inline: Inline = [text, { bold: text }, { code: text }];
  return {
    title: text,
    tone: 'high',
    blocks: [
      { kind: 'text', text: inline },
      { kind: 'fields', fields: [{ name: text, value: inline }] },
      { kind: 'list', items: [inline, text] },
      { kind: 'table', columns: [text, 'b'], rows: [[text, inline]] },
      { kind: 'code', text },
      { kind: 'note', text: inline },
      { kind: 'actions', actions: [action({ label: text })] },
    ],
  };
}

const HOSTILE = [
  '<!channel> <!here|here>',
  '<@U0ANA> <@800000000000000001> <@&1> <#C0ALERTS> <#700000000000000001>',
  '@everyone @here @channel',
  '<http://evil.example|your bank>',
  '[click](http://evil.example)',
  '](http://evil.example) [x',
  'http://evil.example/x https://evil.example discord://x',
  '*bold* _it_ __un__ ~~st~~ ||spoiler||',
  'a `code` b',
  '```\nblock\n``` after `',
  ':rotating_light: <:name:123> </close:1> <t:0:R> <id:customize>',
  'x\n# big\n> quoted\n1. one\n-# small',
  '\\<@800000000000000001\\> \\[x](http://evil.example)',
  '&lt;!channel&gt; <script>alert(1)</script>',
  'name\u202efdp.exe a\u200bb \u2066x\u2069',
  'a\u0000b\u001b[31mc\u0007',
];

describe.each(SURFACES)('%s', (_name, make) => {
  const start = starter(make);

  test('values never act: no mention, link, formatting, control or invisible character', async () => {
    const kit = await start();
    for (const [index, text] of HOSTILE.entries()) {
      const ref = await kit.surface.post(kit.channel, everywhere(text), `hostile ${index}`, null);
      const seen = await kit.see(ref);
      expect([text, seen?.acting, seen?.invalid]).toEqual([text, [], null]);
    }
  });

  test('ordinary text is readable as it was', async () => {
    const kit = await start();
    const words = 'powershell -enc "SQBFAFgA" && echo <done> | 50% of C:\\Temp\\a_b*c';
    const ref = await kit.surface.post(kit.channel, card('x', [{ kind: 'text', text: words }]), 'k', null);
    expect((await kit.see(ref))?.text).toContain(words);
  });

  test('values of 1 MB, and cards with hundreds of parts, are taken, with a count of what is left out', async () => {
    const kit = await start();
    const bounded = kit.surface.name === 'slack' || kit.surface.name === 'discord';
    const many = <T>(most: (at: number) => T) => Array.from({ length: 200 }, (_, at) => most(at));
    const blocks: Block[][] = [
      everywhere('*A'.repeat(500_000)).blocks,
      many((at) => ({ kind: 'text', text: `part ${at} ${'words '.repeat(100)}` })),
      [{ kind: 'fields', fields: many((at) => ({ name: `n${at}`, value: 'v_'.repeat(50) })) }],
      [{ kind: 'list', items: many((at) => `item ${at} ${'-'.repeat(80)}`) }],
      [{ kind: 'table', columns: ['a', 'b'], rows: many((at) => [`row ${at}`, '`'.repeat(70)]) }],
      [{ kind: 'actions', actions: many((at) => action({ id: `a${at}` })) }],
      [{ kind: 'actions', actions: [action({ choices: many((at) => ({ value: `v${at}`, label: `c${at}` })) })] }],
    ];
    for (const [index, each] of blocks.entries()) {
      const ref = await kit.surface.post(kit.channel, card('long', each), `long ${index}`, null);
      const seen = await kit.see(ref);
      expect([index, seen?.invalid]).toEqual([index, null]);
      if (bounded) expect(seen?.text).toMatch(/\d+ more /);
    }
    const empty = await kit.surface.post(
      kit.channel,
      card('', [
        { kind: 'text', text: ' ' },
        { kind: 'list', items: [''] },
      ]),
      'empty',
      null,
    );
    expect((await kit.see(empty))?.invalid).toBeNull();
  });
});
