import { DEFAULT_POLICY } from '../../engine/notify/policy.js';
import { versionsOf } from '../../engine/notify/save.js';
import { type Block, type Card, plain } from '../cards/card.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';
import { policyLines } from './words.js';

const SHOWN = 8;
const MAX_SENTENCES = 10;

/** `notify history`: who changed the policy, when, and which sentences of it came and went; the latest first. */
export async function history(context: Context): Promise<Card> {
  const { tenant } = context.tenant;
  const names = new Map((await context.people()).map(({ _id, name }) => [_id, name]));
  const versions = versionsOf(tenant).map((version) => ({
    ...version,
    lines: policyLines({ policy: version.policy ?? DEFAULT_POLICY, tenant, names }).map(plain),
  }));
  const start = policyLines({ policy: DEFAULT_POLICY, tenant, names }).map(plain);
  const blocks = versions.flatMap(({ by, changed, lines }, i): Block[][] => {
    const before = i > 0 ? versions[i - 1]!.lines : start;
    const sentences = [
      ...before.filter((line) => !lines.includes(line)).map((line) => `− ${line}`),
      ...lines.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
    ];
    return [
      [
        { kind: 'text', text: [{ bold: clip(by, 80) }, ', ', { time: changed }] },
        { kind: 'list', items: sentences.length ? sentences.slice(0, MAX_SENTENCES) : ['the same again'] },
      ],
    ];
  });
  return {
    title: `Changes of who is told of alerts of ${tenant.name} (${tenant._id})`,
    tone: 'neutral',
    blocks: [
      ...(blocks.length === 0 ? [{ kind: 'text' as const, text: 'None so far.' }] : []),
      ...blocks.reverse().slice(0, SHOWN).flat(),
      {
        kind: 'note',
        text: ['Next: ', { code: '/mdr notify undo' }, ' goes back to the version before the latest change.'],
      },
    ],
  };
}
