import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileRules } from '../../../engine/detect/index.js';
import { readPlaceholders } from '../../../engine/detect/placeholders.js';
import { ANY_SOURCE, ruleText } from './helpers.js';

const placeholders = { dcs: ['dc01', 'dc02'], zone: ['corp', 'lab'], deep: ['%dcs%'], wild: ['srv*'] };
function matches(item: string, F: string): boolean {
  const { matcher, problems } = compileRules([{ file: 'r.yml', content: ruleText(`s:\n  ${item}\ncondition: s`) }], {
    placeholders,
  });
  if (problems[0]) throw new Error(`${problems[0].code} ${problems[0].reason}`);
  return matcher.match({ time: 0, logsource: ANY_SOURCE, fields: { F }, ecs: () => ({ '@timestamp': '' }) }).length > 0;
}

describe('expand', () => {
  it.each<[string, string[], string[]]>([
    ["F|expand: '%dcs%'", ['dc01', 'DC02'], ['dc03', '%dcs%', 'xdc01']],
    ["F|expand: 'host-%dcs%.local'", ['host-dc01.local'], ['dc01', 'host-.local']],
    ["F|expand: '%dcs%.%zone%'", ['dc01.corp', 'dc02.lab', 'dc01.lab'], ['dc01.', 'dc01', 'corp.dc01']],
    ["F|contains|expand: '%dcs%'", ['xdc01x'], ['dc1']],
    ["F|expand|endswith: '%dcs%'", ['x-dc02'], ['dc02-x']],
    ["F|expand: ['%dcs%', other]", ['other', 'dc01'], ['none']],
    ["F|expand: '%deep%'", ['%dcs%'], ['dc01']],
    ["F|expand: '%wild%'", ['srv17'], ['dc01']],
    ["F|expand: '100%'", ['100%'], ['100']],
    ["F: '%dcs%'", ['%dcs%'], ['dc01']],
  ])('%s', (item, hits, misses) => {
    for (const text of hits) expect(matches(item, text), text).toBe(true);
    for (const text of misses) expect(matches(item, text), text).toBe(false);
  });

  it.each(['%nothing%', '%constructor%'])('%s without values leaves the rule out, and says so', (text) => {
    expect(() => matches(`F|expand: '${text}'`, 'x')).toThrow(`MDR_RULE_UNSUPPORTED placeholder ${text} has no values`);
  });
});

describe('the file of placeholders', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mdr-placeholders-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const read = async (text: string) => {
    await writeFile(join(folder, 'p.yml'), text);
    return readPlaceholders(join(folder, 'p.yml'));
  };

  it('is a mapping of names to a value or a list', async () => {
    expect(await read('dcs: [dc01, 2]\nzone: corp\n')).toEqual({ dcs: ['dc01', '2'], zone: ['corp'] });
    expect(await read('')).toEqual({});
    expect(await readPlaceholders(null)).toEqual({});
  });

  it.each(['dcs: {a: b}', '[a, b]', 'a: [', 'a b: c'])('%j is refused with what is wrong', async (text) => {
    await expect(read(text)).rejects.toMatchObject({ code: 'MDR_CONFIG' });
    await expect(readPlaceholders(join(folder, 'none.yml'))).rejects.toMatchObject({ code: 'MDR_CONFIG' });
  });
});
