import { expect, test } from 'vitest';
import { safe } from '../../../bot/cards/safe.js';

test('what hides or reorders text becomes visible', () => {
  expect(safe('invoice\u202efdp.exe', 100)).toBe('invoice[U+202E]fdp.exe');
  expect(safe('a\u0000b\u001bc\u007fd\u200be\u{e0041}', 100)).toBe('a␀b␛c␡d[U+200B]e[U+E0041]');
  expect(safe('\ud800x\udc00', 100)).toBe('�x�');
});

test('ordinary text of any language, tabs and line breaks stay', () => {
  const text = 'Zürich 東京 עברית 🚨\tcol\nnext';
  expect(safe(text, 200)).toBe(text);
  expect(safe('a\r\nb', 10)).toBe('a\nb');
});

test('on one line, line breaks are shown instead of made', () => {
  expect(safe('a\r\nb\tc', 20, true)).toBe('a ⏎ b c');
});

test('long text says exactly how much is missing and never exceeds its limit', () => {
  const text = 'x'.repeat(1_000_000);
  const shown = safe(text, 300);
  const [, kept, missing] = /^(x*)… \((\d+) more characters\)$/.exec(shown) ?? [];
  expect(shown.length).toBeLessThanOrEqual(300);
  expect((kept?.length ?? 0) + Number(missing)).toBe(1_000_000);
});

test('marks that are longer than what they stand for stay within the limit too', () => {
  const shown = safe('\u202e'.repeat(1000), 300);
  expect(shown.length).toBeLessThanOrEqual(300);
  const kept = shown.match(/\[U\+202E\]/g)?.length ?? 0;
  expect(shown).toMatch(new RegExp(`… \\(${1000 - kept} more characters\\)$`));
});

test('a character outside the basic plane is never cut in half', () => {
  for (let most = 1; most < 40; most += 1) {
    const shown = safe('🚨'.repeat(50), most);
    expect(shown.length).toBeLessThanOrEqual(most);
    expect(shown).toBe(Buffer.from(shown, 'utf8').toString('utf8'));
  }
});
