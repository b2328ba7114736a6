import { z } from 'zod';
import { graphProblems } from './graph.js';
import type { CacaoPlaybook } from './types.js';

/**
 * The rules of CACAO Security Playbooks 2.0 (OASIS committee specification 01: sections 3 to 5, 7, 8 and 10) for what we write and read,
 * written from its text. Types of steps, commands and agents that we do not write are taken as the specification's base types.
 */
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
const idOf = (type: string) => z.string().regex(new RegExp(`^${type}--${UUID}$`, 'i'));
const anyId = idOf('[a-z][a-z0-9-]+[a-z0-9]');
const STEP_TYPES = [
  'start',
  'end',
  'action',
  'playbook-action',
  'parallel',
  'if-condition',
  'while-condition',
  'switch-condition',
] as const;
const stepId = idOf(`(?:${STEP_TYPES.join('|')})`);
/** RFC 3339 in UTC; created and modified to the millisecond. */
const stamp = z
  .string()
  .regex(/^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?Z$/);
const exact = stamp.regex(/\.\d{3}Z$/);
const whole = z.int().min(0);
const VARIABLE = /^__[a-zA-Z][a-zA-Z0-9_-]{0,199}__$/;
const variables = z.record(
  z.string().regex(VARIABLE),
  z.strictObject({
    type: z.string(),
    description: z.string().optional(),
    value: z.union([z.string(), z.null(), z.looseObject({})]).optional(),
    constant: z.boolean().optional(),
    external: z.boolean().optional(),
  }),
);
const names = z.array(z.string().regex(VARIABLE)).min(1);
const reference = z
  .strictObject({
    name: z.string(),
    description: z.string().optional(),
    source: z.string().optional(),
    url: z.string().optional(),
    external_id: z.string().optional(),
    reference_id: z.string().optional(),
  })
  .refine((each) => Object.keys(each).length > 1, 'a reference says more than its name');
const extensions = z.record(
  idOf('extension-definition'),
  z.record(z.string().regex(/^[a-z0-9_]{3,250}$/), z.unknown()),
);

const base = {
  name: z.string().optional(),
  description: z.string().optional(),
  external_references: z.array(reference).min(1).optional(),
  delay: whole.optional(),
  timeout: whole.optional(),
  step_variables: variables.optional(),
  owner: idOf('identity').optional(),
  on_completion: stepId.optional(),
  on_success: stepId.optional(),
  on_failure: stepId.optional(),
  step_extensions: extensions.optional(),
};
const command = z
  .looseObject({
    type: z.string(),
    description: z.string().optional(),
    version: z.string().optional(),
    playbook_activity: z.string().optional(),
    command: z.string().optional(),
    command_b64: z.base64().optional(),
  })
  .refine(
    (each) => each.type !== 'manual' || each.command !== undefined || each.command_b64 !== undefined,
    'a manual command has command or command_b64',
  );
const step = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('start'),
    ...base,
    on_success: z.undefined().optional(),
    on_failure: z.undefined().optional(),
  }),
  z.strictObject({
    type: z.literal('end'),
    ...base,
    on_completion: z.undefined().optional(),
    on_success: z.undefined().optional(),
    on_failure: z.undefined().optional(),
  }),
  z.strictObject({
    type: z.literal('action'),
    ...base,
    commands: z.array(command).min(1),
    agent: anyId,
    targets: z.array(anyId).min(1).optional(),
    in_args: names.optional(),
    out_args: names.optional(),
  }),
  z.strictObject({
    type: z.literal('playbook-action'),
    ...base,
    playbook_id: idOf('playbook'),
    playbook_version: stamp.optional(),
    in_args: names.optional(),
    out_args: names.optional(),
  }),
  z.strictObject({ type: z.literal('parallel'), ...base, next_steps: z.array(stepId).min(2) }),
  z.strictObject({
    type: z.literal('if-condition'),
    ...base,
    condition: z.string().min(1),
    on_true: stepId,
    on_false: stepId.optional(),
  }),
  z.strictObject({ type: z.literal('while-condition'), ...base, condition: z.string().min(1), on_true: stepId }),
  z.strictObject({
    type: z.literal('switch-condition'),
    ...base,
    switch: z.string().min(1),
    cases: z.record(z.string().regex(/^[a-zA-Z0-9_-]{1,250}$/), stepId),
  }),
]);

const score = z.int().min(0).max(100).optional();
const agent = z.looseObject({
  type: z.string(),
  name: z.string().min(1),
  description: z.string().optional(),
  agent_target_extensions: extensions.optional(),
});
const playbook = z.strictObject({
  type: z.literal('playbook'),
  spec_version: z.literal('cacao-2.0'),
  id: idOf('playbook'),
  name: z.string(),
  description: z.string().optional(),
  playbook_types: z.array(z.string()).optional(),
  playbook_activities: z.array(z.string()).min(1).optional(),
  playbook_processing_summary: z
    .strictObject(
      Object.fromEntries(
        [
          'manual_playbook',
          'external_playbooks',
          'parallel_processing',
          'if_logic',
          'while_logic',
          'switch_logic',
          'temporal_logic',
          'data_markings',
          'digital_signatures',
          'countersigned_signatures',
          'extensions',
        ].map((name) => [name, z.boolean().optional()]),
      ),
    )
    .optional(),
  created_by: idOf('identity'),
  created: exact,
  modified: exact,
  revoked: z.boolean().optional(),
  valid_from: stamp.optional(),
  valid_until: stamp.optional(),
  derived_from: z.array(idOf('playbook')).min(1).optional(),
  related_to: z.array(anyId).min(1).optional(),
  priority: score,
  severity: score,
  impact: score,
  industry_sectors: z.array(z.string()).min(1).optional(),
  labels: z.array(z.string()).min(1).optional(),
  external_references: z.array(reference).min(1).optional(),
  markings: z.array(anyId).min(1).optional(),
  playbook_variables: variables.optional(),
  workflow_start: idOf('start'),
  workflow_exception: stepId.optional(),
  workflow: z
    .record(stepId, step)
    .refine((steps) => Object.keys(steps).length <= 2000, 'there are more than 2000 steps'),
  playbook_extensions: extensions.optional(),
  authentication_info_definitions: z.record(anyId, z.looseObject({})).optional(),
  agent_definitions: z.record(anyId, agent).optional(),
  target_definitions: z.record(anyId, agent).optional(),
  extension_definitions: z
    .record(
      idOf('extension-definition'),
      z.strictObject({
        type: z.literal('extension-definition'),
        name: z.string(),
        description: z.string().optional(),
        created_by: idOf('identity'),
        schema: z.string(),
        version: z.string(),
        external_references: z.array(reference).optional(),
      }),
    )
    .optional(),
  data_marking_definitions: z.record(anyId, z.looseObject({})).optional(),
  signatures: z.array(z.looseObject({})).min(1).optional(),
});

const MOST = 50;
/** What of the specification a value breaks, each in a sentence; none: it is a valid CACAO 2.0 playbook. */
export function checkCacao(value: unknown): string[] {
  const parsed = playbook.safeParse(value);
  if (!parsed.success)
    return parsed.error.issues
      .slice(0, MOST)
      .map(({ path, message }) => `${path.map(String).join('.') || 'it'}: ${message}`);
  return graphProblems(parsed.data as CacaoPlaybook).slice(0, MOST);
}
