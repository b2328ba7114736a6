import { expect, it } from 'vitest';
import bruteForce from '../../../engine/hunt/models/brute-force.js';
import type { Seen } from '../../../engine/hunt/models/types.js';
import { seen } from '../../support/month.js';

const START = Date.UTC(2026, 4, 4, 1);
const tries = (user: string, source: string, failures: number, opened = false): Seen[] =>
  Array.from({ length: failures + (opened ? 1 : 0) }, (_, i) =>
    seen(`${user}${i}`, START + i * 30_000, {
      'event.category': 'authentication',
      'event.outcome': i < failures ? 'failure' : 'success',
      'user.name': user,
      'source.ip': source,
    }),
  );
const judged = (events: Seen[]) => bruteForce.judge(bruteForce.fold(bruteForce.start(), events), START + 3_600_000);

it('says once what one source does to several accounts', () => {
  const found = judged([
    ...tries('guest', '10.0.0.9', 60),
    ...tries('admin', '10.0.0.9', 40),
    ...tries('scan', '10.0.0.9', 30),
  ]);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ entity: { kind: 'source', name: '10.0.0.9' }, related: ['guest', 'admin', 'scan'] });
  expect(found[0]!.words).toMatch(/^60 failed sign-ins of guest .*from there also 40 of admin, 30 of scan\.$/);
  // The same key while more of it comes to light, so that it is said once.
  expect(judged(tries('guest', '10.0.0.9', 60))[0]!.key).toBe(found[0]!.key);
});

it('says by itself where it got in, and what comes from elsewhere', () => {
  const found = judged([
    ...tries('guest', '10.0.0.9', 60),
    ...tries('admin', '10.0.0.9', 40, true),
    ...tries('root', '10.0.0.8', 30),
  ]);
  expect(found.map(({ entity, numbers }) => [entity.name, numbers.opened]).sort()).toEqual([
    ['admin', 1],
    ['guest', 0],
    ['root', 0],
  ]);
});
