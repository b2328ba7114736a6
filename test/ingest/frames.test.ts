import { describe, expect, it } from 'vitest';
import { SyslogFrames } from '../../engine/ingest/doors/frames.js';
import type { RefusedLine } from '../../engine/ingest/records.js';

function frames(content: string | Buffer, step: number) {
  const lines: string[] = [];
  const refused: RefusedLine[] = [];
  const splitter = new SyslogFrames({ line: (text) => lines.push(text), refuse: (line) => refused.push(line) });
  const bytes = Buffer.from(content);
  for (let at = 0; at < bytes.length; at += step) splitter.push(bytes.subarray(at, at + step));
  splitter.end();
  return { lines, refused };
}
const counted = (message: string) => `${Buffer.byteLength(message)} ${message}`;

describe.each([1, 2, 3, 7, 100_000])('syslog frames over TCP, %i bytes at a time', (step) => {
  it('are told by lines or by counted octets, also mixed on one connection', () => {
    const stream = `<34>one\n${counted('<34>two\nof three\r\nlines')}${counted('<34>vier ü')}<34>five\r\n\n${counted('<1>six\n')}`;
    expect(frames(stream, step).lines).toEqual([
      '<34>one',
      '<34>two of three lines',
      '<34>vier ü',
      '<34>five',
      '<1>six',
    ]);
  });

  it('may begin with digits that are no length', () => {
    const { lines } = frames('2026-08-01 plain\n0123 zero\n123456789 many\n7\n', step);
    expect(lines).toEqual(['2026-08-01 plain', '0123 zero', '123456789 many', '7']);
  });

  it('are refused alone when not UTF-8', () => {
    const { lines, refused } = frames(Buffer.from('<34>a\n8 <34>\xff\xfe\xfd\xfc<34>b\n', 'latin1'), step);
    expect(lines).toEqual(['<34>a', '<34>b']);
    expect(refused).toMatchObject([{ code: 'MDR_LINE_UTF8', bytes: 8 }]);
  });

  it('give what there is when the connection ends inside one', () => {
    expect(frames('100 <34>cut', step).lines).toEqual(['<34>cut']);
    expect(frames('<34>cut', step).lines).toEqual(['<34>cut']);
  });
});

describe('a counted frame over 1 MiB', () => {
  it('is refused, its bytes skipped, and the next one read', () => {
    const { lines, refused } = frames(`2000000 ${'x'.repeat(2_000_000)}${counted('<34>next')}`, 4096);
    expect(lines).toEqual(['<34>next']);
    expect(refused).toMatchObject([{ code: 'MDR_LINE_TOO_LONG', bytes: 2_000_000 }]);
  });
});
