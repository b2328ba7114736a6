import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chosenPart, suffixKind } from '../../../engine/hunt/dga/name.js';
import { dgaMargin, packDga, shippedDga, unpackDga } from '../../../engine/hunt/dga/weights.js';
import { isWord } from '../../../engine/hunt/dga/wordset.js';
import { machineNames } from '../../../engine/hunt/train/names.js';
import { projectRoot } from '../../../engine/root.js';

const parts = shippedDga();
const margin = (name: string) => dgaMargin(parts, name);

describe('names made by machine', () => {
  it('looks at the part that somebody chose', () => {
    expect(['www.b1tv.co.uk', 'x7k2.ddns.net', 'example.com.', 'localhost'].map(chosenPart)).toEqual([
      'b1tv',
      'x7k2',
      'example',
      '',
    ]);
    expect([suffixKind('a.com'), suffixKind('a.b.ddns.net'), suffixKind('a.top')]).toEqual([0, 7, 6]);
  });

  it('tells them from ordinary names', () => {
    for (const name of [
      'wikipedia.org',
      'www.theguardian.com',
      'stadtwerke-leipzig.de',
      'redhouse.co.uk',
      'easyjet.com',
    ])
      expect(margin(name), name).toBeLessThan(0);
    for (const name of ['xkqzjvwplmdrt.com', '1g374o7e5krqshglwjsszk01.org', 'fd0ee78d1dbf4957b04cc6eb65feb97d.tk'])
      expect(margin(name), name).toBeGreaterThan(2);
  });

  it('knows those of a seed it was not trained with', () => {
    const names = machineNames('letters and digits, long', 200, 99_999);
    expect(names.filter((name) => margin(name) > 2).length).toBeGreaterThan(195);
  });

  it('is small, and is the same after being packed again', () => {
    expect(statSync(join(projectRoot, 'engine/hunt/dga/weights.bin.gz')).size).toBeLessThan(300_000);
    const again = unpackDga(packDga(parts));
    expect(dgaMargin(again, 'xkqzjvwplmdrt.com')).toBe(margin('xkqzjvwplmdrt.com'));
    expect(isWord(parts.words, 'xhousex', 1, 6)).toBe(true);
  });

  it('stands names of any shape', () => {
    for (const name of ['', '.', '..', 'ü.example', `${'a'.repeat(300)}.com`, '\u0000.com', 'xn--80ak6aa92e.com'])
      expect(Number.isFinite(margin(name)), name).toBe(true);
  });
});
