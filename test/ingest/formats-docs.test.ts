import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { projectRoot } from '../../engine/root.js';

const page = readFileSync(join(projectRoot, 'docs/log-sources.md'), 'utf8');
const { list } = await loadFormats();
const rows = new Map(
  [...page.matchAll(/^\| `(\w+)` +\| (.*?) +\| (.*?) +\|$/gm)].map(([, name, source, how]) => [
    name!,
    { source: source!, how: how! },
  ]),
);

it('the page of log sources tells of every format, and of no other', () => {
  expect([...rows.keys()].sort()).toEqual(list.map(({ name }) => name).sort());
});

it('the page names each product and service that a format gives', () => {
  const missing: string[] = [];
  for (const { name, samples } of list) {
    const told = rows.get(name)!;
    expect(told.how.length, `${name}: how to send it`).toBeGreaterThan(10);
    // Where one row speaks for many vendors it names categories instead.
    if (['antivirus', 'cef', 'leef', 'eventxml', 'windows', 'linux', 'journald', 'endpoint'].includes(name)) continue;
    for (const { logsource } of samples) {
      const { category } = logsource;
      const whole = /as `(\w+)`/.exec(told.source)?.[1];
      const text = `${told.source} ${whole ? rows.get(whole)!.source : ''}`;
      if (category !== undefined && !text.includes(`\`${category}\``) && !text.includes(`\`${logsource.product}\``))
        missing.push(`${name}: ${category}`);
    }
  }
  expect(missing).toEqual([]);
});
