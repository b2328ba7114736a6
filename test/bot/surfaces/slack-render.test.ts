import { expect, test } from 'vitest';
import { readAction } from '../../../bot/surfaces/slack/actions.js';
import { render } from '../../../bot/surfaces/slack/render.js';
import type { Action, Block, Card, Inline } from '../../../commands/cards/card.js';
import { checkBlocks } from '../../doubles/slack/blocks.js';

const HOSTILE = [
  '<!channel>',
  '<!here|here>',
  '<@U0ANA>',
  '<#C0ALERTS>',
  '<http://evil.example|your bank>',
  '[click](http://evil.example)',
  '](http://evil.example)',
  '*bold* _it_ ~st~ `code` ```block```',
  '@everyone @here @channel',
  ':rotating_light:',
  'http://evil.example/x evil.example',
  '&lt;!channel&gt;',
  'name\u202efdp.exe',
  'a\u0000b\u200bc',
];

function everywhere(text: string): Card {
  const inline: Inline = [text, { bold: text }, { code: text }, { time: 1764003665000 }, { link: text, href: text }];
  const action = (id: string, rest: Partial<Action> = {}): Action => ({
    id,
    label: text,
    command: 'ack',
    tenant: 'acme',
    record: '17',
    ...rest,
  });
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
      { kind: 'actions', actions: [action('a'), action('b', { choices: [{ value: 'benign', label: text }] })] },
    ],
  };
}

/** Every place in which Slack would look for markup, and every text it would not. */
function texts(value: unknown, found = { markup: [] as string[], plain: [] as string[], links: [] as string[] }) {
  if (Array.isArray(value)) for (const item of value) texts(item, found);
  else if (typeof value === 'object' && value !== null) {
    const raw = value as Record<string, unknown>;
    if (raw.type === 'mrkdwn') found.markup.push(String(raw.text));
    else if (typeof raw.text === 'string') found.plain.push(raw.text);
    if (raw.type === 'link') found.links.push(String(raw.url));
    if (['user', 'channel', 'usergroup', 'broadcast', 'emoji'].includes(String(raw.type)))
      found.markup.push(`mention of kind ${raw.type}`);
    for (const item of Object.values(raw)) texts(item, found);
  }
  return found;
}

test.each(HOSTILE)('%j never becomes a mention, a link or formatting, wherever it stands', (text) => {
  const { blocks, text: fallback } = render(everywhere(text));
  expect(checkBlocks(blocks)).toBeNull();
  const found = texts(blocks);
  // The only markup is the date of the note, which we write ourselves.
  for (const markup of found.markup) expect(markup).toMatch(/^<!date\^\d+\^[{}\w ]+\|[\dT:.Z-]+>$/);
  expect(found.links).toEqual([]);
  expect(fallback).not.toMatch(/[<>]/);
  expect(fallback).not.toMatch(/&(?!amp;|lt;|gt;)/);
  expect(JSON.stringify(blocks)).not.toMatch(/[\u202e\u200b]|\\u0000/);
});

test('a value is readable as it was: nothing of ordinary text is lost', () => {
  const words = 'powershell -enc "SQBFAFgA" && echo <done>';
  expect(texts(render({ title: 'x', tone: 'ok', blocks: [{ kind: 'code', text: words }] }).blocks).plain).toContain(
    words,
  );
});

test('a link of ours is a link; anything else with an address is only text', () => {
  const link = (href: string): Card => ({
    title: 'x',
    tone: 'ok',
    blocks: [{ kind: 'text', text: [{ link: 'open', href }] }],
  });
  expect(texts(render(link('http://127.0.0.1:8788/a/17')).blocks).links).toEqual(['http://127.0.0.1:8788/a/17']);
  for (const href of ['javascript:alert(1)', 'file:///etc/passwd', 'http://a b', '//x', ''])
    expect(texts(render(link(href)).blocks).links).toEqual([]);
});

test('a time is shown in the time zone of the reader, with UTC to fall back on', () => {
  const card: Card = { title: 'x', tone: 'ok', blocks: [{ kind: 'text', text: [{ time: 1764003665123 }] }] };
  expect(render(card).blocks[1]).toMatchObject({
    elements: [{ elements: [{ type: 'date', timestamp: 1764003665, fallback: '2025-11-24T17:01:05.123Z' }] }],
  });
});

test.each([Number.NaN, Infinity, -1, 1e300])('an impossible time (%d) breaks nothing', (time) => {
  const blocks: Block[] = [
    { kind: 'text', text: [{ time }] },
    { kind: 'note', text: [{ time }] },
    { kind: 'table', columns: ['t'], rows: [[[{ time }]]] },
  ];
  expect(checkBlocks(render({ title: [{ time }], tone: 'ok', blocks }).blocks)).toBeNull();
});

test('a string of 1 MB fits everywhere, with a count of what is missing', () => {
  const rendered = render(everywhere('A'.repeat(1_000_000)));
  expect(checkBlocks(rendered.blocks)).toBeNull();
  expect(rendered.text.length).toBeLessThan(3000);
  expect(JSON.stringify(rendered.blocks)).toMatch(/… \(\d+ more characters\)/);
});

test('buttons stay, however long the values before them', () => {
  const long: Block = { kind: 'code', text: '"\\'.repeat(5000) };
  const card = everywhere('x');
  const { blocks } = render({ ...card, blocks: [long, long, long, long, long, ...card.blocks] });
  expect(checkBlocks(blocks)).toBeNull();
  expect(blocks.filter((block) => block.type === 'actions')).toHaveLength(1);
  expect(JSON.stringify(blocks.at(-1))).toMatch(/and \d+ more parts of this message/);
});

test('200 rows: as many as Slack has room for, and how many more there are', () => {
  const rows = Array.from({ length: 200 }, (_, at) => [`row ${at}`, 'host.example', 'y'.repeat(200)]);
  const { blocks } = render({ title: 'x', tone: 'ok', blocks: [{ kind: 'table', columns: ['a', 'b', 'c'], rows }] });
  expect(checkBlocks(blocks)).toBeNull();
  const shown = JSON.stringify(blocks).match(/row \d+/g)?.length ?? 0;
  expect(shown).toBeGreaterThan(20);
  expect(JSON.stringify(blocks)).toContain(`and ${200 - shown} more rows`);
});

test('200 blocks, 200 fields, 200 items, 200 buttons and 200 choices fit, or are said to be left out', () => {
  const many = <T>(make: (at: number) => T) => Array.from({ length: 200 }, (_, at) => make(at));
  const action = (at: number): Action => ({
    id: `a${at}`,
    label: `l${at}`,
    command: 'ack',
    tenant: 'acme',
    record: '1',
  });
  for (const blocks of [
    many((): Block => ({ kind: 'text', text: 'words' })),
    [{ kind: 'fields', fields: many((at) => ({ name: `n${at}`, value: 'v' })) }],
    [{ kind: 'list', items: many((at) => `item ${at}`) }],
    [{ kind: 'actions', actions: many(action) }],
    [{ kind: 'actions', actions: [{ ...action(0), choices: many((at) => ({ value: `v${at}`, label: `c${at}` })) }] }],
    many((at): Block => ({ kind: 'actions', actions: [action(at)] })),
  ] satisfies Block[][]) {
    const rendered = render({ title: 'x', tone: 'ok', blocks }).blocks;
    expect(checkBlocks(rendered)).toBeNull();
    expect(JSON.stringify(rendered)).toMatch(/and \d+ more /);
  }
});

test('an empty card is still a message that Slack takes', () => {
  for (const blocks of [
    [],
    [{ kind: 'text', text: '' }],
    [{ kind: 'list', items: [] }],
    [{ kind: 'table', columns: [], rows: [] }],
    [{ kind: 'fields', fields: [] }],
    [{ kind: 'note', text: '' }],
    [{ kind: 'code', text: '' }],
    [{ kind: 'actions', actions: [] }],
  ] satisfies Block[][]) {
    const rendered = render({ title: '', tone: 'neutral', blocks });
    expect(checkBlocks(rendered.blocks)).toBeNull();
    expect(rendered.text).not.toBe('');
  }
});

test('a button carries command, record and tenant, and nothing else', () => {
  const { blocks } = render(everywhere('x'));
  const actions = blocks.find((block) => block.type === 'actions');
  expect(actions?.elements[0]).toMatchObject({ action_id: 'mdr:ack:a', value: '{"tenant":"acme","record":"17"}' });
  expect(actions?.elements[1]).toMatchObject({
    action_id: 'mdr:ack:b',
    options: [{ value: '{"tenant":"acme","record":"17","choice":"benign"}' }],
  });
});

test('a click reads back as the command line it stands for; a forged one as nothing', () => {
  expect(readAction('mdr:close:c', '{"tenant":"acme","record":"17","choice":"benign"}')).toEqual({
    text: 'close 17 benign',
    tenant: 'acme',
  });
  for (const [id, value] of [
    ['other:close:c', '{"tenant":"acme","record":"17"}'],
    ['mdr:close:c', '{"tenant":"acme","record":"17 --tenant globex"}'],
    ['mdr:close:c', '{"tenant":"acme","record":"17","role":"admin"}'],
    ['mdr:close:c', '{"tenant":"","record":"17"}'],
    ['mdr:close:c', 'not json'],
    ['mdr:close -x:c', '{"tenant":"acme","record":"17"}'],
  ] as const)
    expect(readAction(id, value)).toBeNull();
});
