import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { projectRoot } from '../root.js';

const schema = z.object({
  notice: z.string(),
  source: z.string(),
  mitigations: z.record(z.string(), z.string()),
  techniques: z.record(z.string(), z.tuple([z.string(), z.array(z.string())])),
});

let read: z.infer<typeof schema> | undefined;
/** Names of ATT&CK Enterprise, with MITRE's notice; read when first asked for. */
export function attack(): z.infer<typeof schema> {
  read ??= schema.parse(JSON.parse(readFileSync(join(projectRoot, 'engine/investigate/attack.json'), 'utf8')));
  return read;
}

/** `T1003.001 LSASS Memory`; the id alone when ATT&CK has no such technique. */
export const techniqueName = (id: string): string => [id, attack().techniques[id]?.[0]].filter(Boolean).join(' ');
/** `M1027 Password Policies`. */
export const mitigationName = (id: string): string => [id, attack().mitigations[id]].filter(Boolean).join(' ');

/** ATT&CK mitigations of techniques, those that answer most of them first. @returns mitigation id and the techniques it answers */
export function mitigationsOf(techniques: readonly string[]): { id: string; techniques: string[] }[] {
  const answers = new Map<string, string[]>();
  for (const technique of techniques)
    for (const id of attack().techniques[technique]?.[1] ?? [])
      answers.set(id, [...(answers.get(id) ?? []), technique]);
  return [...answers]
    .map(([id, of]) => ({ id, techniques: of }))
    .sort((a, b) => b.techniques.length - a.techniques.length || (a.id < b.id ? -1 : 1));
}
