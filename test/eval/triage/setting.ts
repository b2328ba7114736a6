import { loadRules, ownRules, ruleCache } from '../../../engine/detect/index.js';
import { loadFormats } from '../../../engine/ingest/formats/index.js';
import type { Options } from '../../support/figures.js';
import { random as seeded } from '../../support/random.js';
import { sharedData } from '../../support/shared.js';
import { maker } from './maker.js';
import { company } from './people.js';

/** What recorded attacks are placed into: the folder of recordings, formats and rules, and a company that makes its ordinary days. */
export async function setting({ data, rules }: Options, seed: number) {
  const folder = data ?? sharedData('otrf');
  const folders = rules.length > 0 ? rules : [sharedData('sigmahq') ?? ''];
  if (!folder || folders.includes('')) throw new Error('the shared data is not here: name --data and --rules');
  const [formats, { matcher }] = await Promise.all([
    loadFormats(),
    loadRules([ownRules, ...folders], { cache: ruleCache() }),
  ]);
  const random = seeded(seed).next;
  const make = maker(company(random), random);
  return { folder, formats, matcher, random, make };
}
