import { IANAZone } from 'luxon';
import { z } from 'zod';
import { LEVELS, type Level } from '../detect/types.js';
import type { Tenant } from '../store/tenants.js';

const MAX_RULES = 30;
const MAX_NAMED = 20;
const MAX_STEPS = 10;

const level = z.enum(LEVELS as [Level, ...Level[]]);
const levels = z.array(level).max(LEVELS.length);
const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, 'is not a name: use 1 to 31 of a-z, 0-9 and "-", beginning with a letter');
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day: write it as "07:00"');
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** The clock goes by the policy's time zone; a span that ends at or before its beginning ends on the next day. */
const quiet = z.strictObject({
  from: timeOfDay,
  to: timeOfDay,
  /** Days on which it begins; every day when left out. */
  days: z.array(z.enum(DAYS)).min(1).max(7).optional(),
  /** Levels that are told at once all the same. */
  through: levels.default([]),
});

/** Times of day, or every so many hours counted from midnight. */
const digest = z.union(
  [
    z.array(timeOfDay).min(1).max(24),
    z.strictObject({
      every: z
        .number()
        .int()
        .refine((hours) => [1, 2, 3, 4, 6, 8, 12].includes(hours), 'hours: one of 1, 2, 3, 4, 6, 8, 12'),
    }),
  ],
  { error: 'are no digest times: write ["07:00", "15:00"], or every: one of 1, 2, 3, 4, 6, 8, 12 hours' },
);

const rule = z
  .strictObject({
    levels: levels.min(1).optional(),
    /** Instead of levels: this score and above. */
    score: z.number().int().min(0).max(100).optional(),
    send: z.enum(['at once', 'digest', 'never']),
    /** `provider` (every channel of the provider's lane), `console`, or `<surface>:<channel id>`. */
    to: z.array(z.string().min(1).max(200)).min(1).max(20).default(['provider']),
    /** Name of a chain. */
    escalate: name.optional(),
    quiet: z.array(quiet).max(5).default([]),
    digest: digest.optional(),
  })
  .refine((of) => (of.levels === undefined) !== (of.score === undefined), 'give either levels or a score')
  .refine((of) => of.send !== 'digest' || of.digest !== undefined, 'a digest needs its times: digest: ["07:00"]')
  .refine((of) => of.send === 'at once' || of.escalate === undefined, 'only what is sent at once can escalate')
  .refine((of) => of.send === 'at once' || of.quiet.length === 0, 'only what is sent at once needs quiet hours');

const step = z
  .strictObject({
    /** Minutes since the alert was sent without an acknowledgement. */
    after: z.number().int().min(0).max(1440),
    /** Ids of people who are called in the alert's thread; `oncall` is whoever is on call by then. */
    people: z.array(z.string().min(1).max(64)).max(10).default([]),
    /** Names of `ways`. */
    page: z.array(name).max(5).default([]),
  })
  .refine((of) => of.people.length + of.page.length > 0, 'a step names people or ways to page');

const chain = z
  .strictObject({
    steps: z.array(step).min(1).max(MAX_STEPS),
    /** The whole chain again, so many times, so many minutes apart. */
    repeat: z
      .strictObject({ times: z.number().int().min(1).max(10), every: z.number().int().min(1).max(2880) })
      .optional(),
  })
  .refine(
    ({ steps }) => steps.every((of, i) => i === 0 || of.after > steps[i - 1]!.after),
    'each step comes later than the one before it',
  )
  .refine(
    ({ steps, repeat }) => !repeat || repeat.every > (steps.at(-1)?.after ?? 0),
    'repeat.every has to be longer than the chain itself',
  );

const way = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('webhook'),
    url: z.string().max(2000),
    /** Name of the secret that signs what is sent. */
    secret: name,
  }),
  z.strictObject({
    kind: z.literal('pagerduty'),
    url: z.string().max(2000).default('https://events.pagerduty.com/v2/enqueue'),
    /** Name of the secret that holds the routing key. */
    secret: name,
  }),
]);

const named = <T extends z.ZodType>(of: T) =>
  z.record(name, of).refine((all) => Object.keys(all).length <= MAX_NAMED, `at most ${MAX_NAMED} of them`);

/** Who is told, where and when. The first rule that fits an alert decides. */
export const policySchema = z
  .strictObject({
    /** IANA time zone; the profile's when left out. */
    zone: z.string().max(60).refine(IANAZone.isValidZone, 'is not a time zone: as in Europe/Copenhagen').optional(),
    rules: z.array(rule).min(1).max(MAX_RULES),
    chains: named(chain).default({}),
    ways: named(way).default({}),
    /** An alert like an earlier one (same entity, same gravest rule) within so many hours is not posted anew. */
    repeats: z
      .strictObject({
        hours: z.number().int().min(1).max(168),
        /** As a reply in the earlier alert's thread, or in a digest. */
        into: z.enum(['thread', 'digest']).default('thread'),
        digest: digest.default(['08:00']),
        /** Graver ones are always posted. */
        upTo: level.default('high'),
      })
      .optional(),
    /** Most new threads in one channel within so many minutes; the rest is told in a digest when they are over. */
    storm: z
      .strictObject({
        posts: z.number().int().min(1).max(1000),
        minutes: z.number().int().min(1).max(120),
        /** Levels that are always posted. */
        through: levels.default(['critical']),
      })
      .optional(),
  })
  .superRefine((policy, context) => {
    const covered = new Set(policy.rules.flatMap((of) => of.levels ?? []));
    const missing = LEVELS.filter((of) => !covered.has(of));
    if (missing.length > 0)
      context.addIssue({
        code: 'custom',
        path: ['rules'],
        message: `nothing says where ${missing.join(', ')} goes; add a rule (send: never keeps it out of chat)`,
      });
    policy.rules.forEach((of, i) => {
      if (of.escalate !== undefined && !Object.hasOwn(policy.chains, of.escalate))
        context.addIssue({
          code: 'custom',
          path: ['rules', i, 'escalate'],
          message: `there is no chain "${of.escalate}"`,
        });
    });
    for (const [key, of] of Object.entries(policy.chains))
      of.steps.forEach((each, i) => {
        for (const used of each.page)
          if (!Object.hasOwn(policy.ways, used))
            context.addIssue({
              code: 'custom',
              path: ['chains', key, 'steps', i, 'page'],
              message: `there is no way "${used}"`,
            });
      });
  });

export type Policy = z.infer<typeof policySchema>;
export type PolicyRule = Policy['rules'][number];
export type Quiet = PolicyRule['quiet'][number];
export type Chain = Policy['chains'][string];
export type Way = Policy['ways'][string];
export { DAYS };
/** In a chain: whoever is on call at that moment. */
export const ON_CALL = 'oncall';

/** What holds until somebody says otherwise: every alert at once in the provider's channels, with a bound for storms. */
export const DEFAULT_POLICY: Policy = policySchema.parse({
  rules: [{ levels: [...LEVELS], send: 'at once' }],
  storm: { posts: 120, minutes: 10 },
});

/** The policy that holds for a tenant. */
export const policyOf = (tenant: Pick<Tenant, 'notify'>): Policy => tenant.notify?.policy ?? DEFAULT_POLICY;

/** The time zone that a tenant's policy goes by; UTC when its profile names none that exists. */
export function zoneOf(tenant: Pick<Tenant, 'notify' | 'profile'>): string {
  const zone = policyOf(tenant).zone ?? tenant.profile.timeZone;
  return IANAZone.isValidZone(zone) ? zone : 'UTC';
}
