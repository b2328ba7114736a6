import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { TACTICS } from '../detect/types.js';
import { projectRoot } from '../root.js';
import { isSomebody } from '../triage/links.js';
import { mitigationName, mitigationsOf } from './attack.js';
import type { Gathered } from './gather.js';
import type { Measure, Step } from './types.js';
import { listText } from './words.js';

const WHEN = ['now', 'today', 'later'] as const;
const MOST_LONG = 6;
const schema = z.record(z.string(), z.partialRecord(z.enum(WHEN), z.string().max(400)));

let read: z.infer<typeof schema> | undefined;
/** `measures.yaml`, by tactic; read when first asked for. */
export function measures(): z.infer<typeof schema> {
  read ??= schema.parse(parse(readFileSync(join(projectRoot, 'engine/investigate/measures.yaml'), 'utf8')));
  return read;
}

/** What to do, immediate to long-term: by the tactics that were seen, then the ATT&CK mitigations that answer most of the techniques. */
export function mitigationOf(chain: readonly Step[], { addresses }: Pick<Gathered, 'addresses'>): Measure[] {
  const hosts = [...new Set(chain.map(({ host }) => host).filter(Boolean))];
  const accounts = [...new Set(chain.map(({ actor }) => actor.user).filter(isSomebody))];
  const names: Record<string, string> = {
    '{hosts}': listText(hosts),
    '{accounts}': listText(accounts),
    '{addresses}': listText([...addresses].sort()),
  };
  const seen = new Set(chain.flatMap(({ tactics }) => tactics));
  const inOrder = [...TACTICS, ...Object.keys(measures()).filter((tactic) => !TACTICS.includes(tactic))].filter(
    (tactic) => seen.has(tactic),
  );
  const out: Measure[] = [];
  for (const when of WHEN)
    for (const tactic of inOrder) {
      const text = measures()[tactic]?.[when];
      if (text === undefined) continue;
      const filled = text.replace(/\{[a-z]+\}/g, (name) => names[name] ?? '');
      const isEmpty = [...text.matchAll(/\{[a-z]+\}/g)].some(([name]) => !names[name]);
      if (isEmpty || out.some((measure) => measure.text === filled)) continue;
      const techniques = [
        ...new Set(chain.filter(({ tactics }) => tactics.includes(tactic)).flatMap((step) => step.techniques)),
      ].sort();
      out.push({ when, text: filled, techniques, mitigations: [] });
    }
  const techniques = [...new Set(chain.flatMap((step) => step.techniques))].sort();
  for (const { id, techniques: of } of mitigationsOf(techniques).slice(0, MOST_LONG))
    out.push({
      when: 'later',
      text: `${mitigationName(id)} (ATT&CK) answers ${listText(of, 8)}.`,
      techniques: of,
      mitigations: [id],
    });
  return out;
}
