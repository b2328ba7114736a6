import { describe, expect, it } from 'vitest';
import { profileSchema } from '../../engine/store/tenants.js';
import { harmlessAs, withoutHarmless } from '../../engine/triage/harmless.js';
import { score } from '../../engine/triage/score.js';

const nobody = profileSchema.parse({});
const acme = profileSchema.parse({ networks: ['203.0.113.0/24', '2001:db8::/32'], domains: ['acme.example'] });
const rule = (id: string) => ({
  ...{ id, title: 'Known bad', level: 'high' as const, techniques: [], tactics: [], count: 1, first: 0, last: 0 },
  ...{ example: 'x', confidence: 90 },
});

describe('what is nobody’s fault', () => {
  it.each([
    ['ip', '8.8.8.8', /resolver/],
    ['ip', '2606:4700:4700:0:0:0:0:1111', /resolver/],
    ['ip', '104.17.2.3', /content network/],
    ['domain', 'DNS.google.', /resolver/],
    ['domain', 'au.download.windowsupdate.com', /updates/],
    ['domain', 'windowsupdate.com', /updates/],
    ['hash', 'D41D8CD98F00B204E9800998ECF8427E', /empty file/],
  ] as const)('%s %s is', (kind, value, words) => {
    expect(harmlessAs(kind, value, nobody)).toMatch(words);
  });

  it.each([
    ['ip', '45.67.89.10'],
    ['ip', '8.8.8.8.8'],
    ['ip', 'x'.repeat(10_000)],
    ['domain', 'notwindowsupdate.com'],
    ['domain', 'windowsupdate.com.evil.example'],
    ['domain', 'd1.cloudfront.net'],
    ['domain', '8.8.8.8'],
    ['domain', `${'a.'.repeat(10_000)}windowsupdate.com`],
    ['domain', '__proto__'],
    ['hash', 'constructor'],
    // Told only of indicators.
    ['ip', '10.1.2.3'],
  ] as const)('%s %s is not', (kind, value) => {
    expect(harmlessAs(kind, value, nobody)).toBeNull();
  });

  it('is what a tenant says is its own, for this tenant alone', () => {
    for (const [kind, value] of [
      ['ip', '203.0.113.9'],
      ['ip', '2001:db8::5'],
      ['domain', 'mail.ACME.example'],
    ] as const) {
      expect(harmlessAs(kind, value, acme)).toBe("this organisation's own");
      expect(harmlessAs(kind, value, nobody)).toBeNull();
    }
  });

  it('is not stopped by a profile that was written past its checks', () => {
    const odd = {
      ...nobody,
      networks: ['nonsense', '10.0.0.0/99', '203.0.113.0/24'],
      domains: ['', '.', '*.acme.example'],
    };
    expect(harmlessAs('ip', '203.0.113.9', odd)).toBe("this organisation's own");
    expect(harmlessAs('domain', 'www.acme.example', odd)).toBe("this organisation's own");
    expect(harmlessAs('domain', 'evil.example', odd)).toBeNull();
  });

  it('takes all points from an indicator of it, and says why; other rules and pages of such a site keep theirs', () => {
    const judge = (id: string, profile = nobody) =>
      score({ rules: [rule(id)], observables: [], entity: { kind: 'host', value: 'ws01' } }, { profile });
    const resolver = judge('indicator:ip:8.8.8.8');
    expect(resolver.score).toBe(0);
    expect(resolver.reasons[1]!.text).toMatch(/names a public DNS resolver.*nobody's fault/);
    expect(judge('indicator:ip:10.0.0.1').score).toBe(0);
    expect(judge('indicator:ip:203.0.113.9', acme).score).toBe(0);
    expect(judge('indicator:md5:d41d8cd98f00b204e9800998ecf8427e').score).toBe(0);
    expect(judge('indicator:ip:203.0.113.9').score).toBeGreaterThan(60);
    expect(judge('indicator:url:dns.google/evil').score).toBeGreaterThan(60);
    const plain = rule('8.8.8.8');
    expect(withoutHarmless(plain, nobody)).toBe(plain);
  });
});
