import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { z } from 'zod';
import { systemClock } from '../../engine/clock.js';
import { MdrError } from '../../engine/errors.js';
import { createToken } from '../../engine/ingest/tokens.js';
import type { Store } from '../../engine/store/index.js';
import { type BoundChannel, profileSchema, TENANT_ID } from '../../engine/store/tenants.js';
import { withRuntime } from './runtime.js';
import { tokenCommands } from './tokens.js';

const fileSchema = z.object({
  id: z.string().optional(),
  name: z.string().max(200).optional(),
  profile: profileSchema.optional(),
});

/** @throws MdrError MDR_CONFIG when the file is not a tenant's profile */
export async function readTenantFile(path: string): Promise<z.infer<typeof fileSchema>> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new MdrError('MDR_FILE_UNREADABLE', `cannot read "${path}".`, 'Give a YAML file with id, name and profile.', {
      cause,
    });
  });
  const parsed = fileSchema.safeParse(parse(text, { maxAliasCount: 20 }));
  if (parsed.success) return parsed.data;
  const first = parsed.error.issues[0];
  throw new MdrError(
    'MDR_CONFIG',
    `"${path}" is not a tenant file: ${first?.path.join('.')}: ${first?.message}.`,
    'See bin/demo/tenant.yaml for one.',
  );
}

/** @throws MdrError MDR_TENANT_EXISTS, MDR_CONFIG */
export async function addTenant(
  store: Store,
  id: string,
  name: string,
  profile: unknown,
  channels: BoundChannel[],
): Promise<void> {
  if (!TENANT_ID.test(id))
    throw new MdrError(
      'MDR_CONFIG',
      `"${id}" cannot be a tenant's id.`,
      'Use 1 to 32 of a-z, 0-9 and "-", as in "acme-uk".',
    );
  if (await store.tenants.exists({ _id: id }))
    throw new MdrError('MDR_TENANT_EXISTS', `There is a tenant "${id}" already.`, `See \`mdr tenant show ${id}\`.`);
  await store.tenants.create({
    _id: id,
    name,
    profile: profileSchema.parse(profile ?? {}),
    channels,
    created: systemClock(),
  });
}

function readChannel(text: string, lane: BoundChannel['lane']): BoundChannel {
  const [surface, channel] = text.split(':', 2);
  if (!surface || !channel)
    throw new MdrError('MDR_CONFIG', `"${text}" is not a channel.`, 'Write surface and channel id: slack:C0123456789.');
  return { surface, channel, lane };
}

export default function tenant(program: Command): void {
  const group = program.command('tenant').description('customers: each with its own profile, channels and tokens');

  group
    .command('add <id>')
    .description('add a tenant and print a token for its events')
    .option('--name <name>', 'name shown to people (default: the id)')
    .option('--file <yaml>', 'profile: what is known of the tenant')
    .option('--channel <surface:id...>', "the provider's channel for its alerts, e.g. slack:C0123456789", [])
    .option('--source <source>', 'source that the token is for', '*')
    .action(async (id: string, options: { name?: string; file?: string; channel: string[]; source: string }) => {
      await withRuntime(async ({ store }) => {
        const file = options.file ? await readTenantFile(options.file) : {};
        const channels = options.channel.map((channel) => readChannel(channel, 'provider'));
        await addTenant(store, id, options.name ?? file.name ?? id, file.profile, channels);
        const token = await createToken(store, { tenant: id, source: options.source });
        console.log(`tenant ${id} added`);
        console.log(`token  ${token}   (shown once; send it as "Authorization: Bearer …" to POST /v1/events/<source>)`);
      });
    });

  group
    .command('bind <id> <surface:channel>')
    .description("make a channel the tenant's own, e.g. slack:C0123456789; a channel belongs to one tenant")
    .option(
      '--lane <lane>',
      "provider: the provider's own people read it; customer: shared with the customer",
      'provider',
    )
    .action(async (id: string, text: string, { lane }: { lane: string }) => {
      if (lane !== 'provider' && lane !== 'customer')
        throw new MdrError('MDR_CONFIG', `"${lane}" is no lane.`, 'provider or customer.');
      await withRuntime(async ({ store }) => {
        await store.forTenant(id);
        const channel = readChannel(text, lane);
        const owner = await store.tenants
          .findOne({ channels: { $elemMatch: { surface: channel.surface, channel: channel.channel } } })
          .lean();
        if (owner && owner._id !== id)
          throw new MdrError(
            'MDR_FORBIDDEN',
            `${text} belongs to tenant "${owner._id}".`,
            'A channel shows one tenant only: take another channel.',
          );
        const bound = owner?.channels.find(
          (each) => each.surface === channel.surface && each.channel === channel.channel,
        );
        // What stands in an internal channel must not become the customer's by a slip of the hand.
        if (bound && bound.lane !== lane)
          throw new MdrError(
            'MDR_CONFIG',
            `${text} is bound to ${id} in the ${bound.lane}'s lane.`,
            `Take another channel, or first: mdr tenant unbind ${id} ${text}`,
          );
        if (!owner) await store.tenants.updateOne({ _id: id }, { $push: { channels: channel } });
        console.log(`${text} shows the ${lane === 'customer' ? 'published alerts' : 'alerts'} of ${id}`);
      });
    });

  group
    .command('unbind <id> <surface:channel>')
    .description('post nothing more into a channel; what stands there stays')
    .action(async (id: string, text: string) => {
      await withRuntime(async ({ store }) => {
        const { tenant } = await store.forTenant(id);
        const { surface, channel } = readChannel(text, 'provider');
        if (!tenant.channels.some((each) => each.surface === surface && each.channel === channel))
          throw new MdrError('MDR_CONFIG', `${text} is not bound to ${id}.`, `See \`mdr tenant show ${id}\`.`);
        await store.tenants.updateOne({ _id: id }, { $pull: { channels: { surface, channel } } });
        console.log(`${text} shows nothing more of ${id}`);
      });
    });

  tokenCommands(group);

  group
    .command('list')
    .description('list the tenants')
    .action(async () => {
      await withRuntime(async ({ store }) => {
        const tenants = await store.tenants.find().sort({ _id: 1 }).lean();
        for (const { _id, name, channels } of tenants)
          console.log([_id, name, channels.map((c) => `${c.surface}:${c.channel}`).join(' ')].join('\t'));
        if (tenants.length === 0) console.error('no tenants yet: `mdr tenant add <id>`');
      });
    });

  group
    .command('show <id>')
    .description('show a tenant as JSON')
    .action(async (id: string) => {
      await withRuntime(async ({ store }) => {
        const { tenant, alerts } = await store.forTenant(id);
        console.log(JSON.stringify({ ...tenant, alerts: await alerts.count() }, null, 2));
      });
    });
}
