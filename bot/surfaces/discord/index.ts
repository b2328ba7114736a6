import type { GatewayDispatchPayload } from 'discord.js';
import type { Redis } from 'ioredis';
import type { Card } from '../../../commands/cards/card.js';
import type { Config } from '../../../engine/config.js';
import type { Log } from '../../../engine/log.js';
import type { Hear } from '../../heard.js';
import { checkedFile } from '../shared/files.js';
import { inHand } from '../shared/in-hand.js';
import { Once } from '../shared/once.js';
import { type Answer, DeliveryError, FEATURES, type Feature, type Surface } from '../types.js';
import { type Incoming, placeOf, readInteraction, readMessage } from './asks.js';
import { choicesFor, registerCommand } from './commands.js';
import { CODE, codeOf } from './errors.js';
import { type CommandInfo, formOf, wantsForm } from './form.js';
import { discordGateway, type Identity, markOf, type StoredMessage } from './gateway.js';
import { render } from './render.js';
import { acknowledge, respond, tell } from './replies.js';
import { listen, type Socket } from './socket.js';
import { inThread } from './threads.js';

export interface DiscordOptions {
  config: Config;
  answer: Answer;
  /** Takes what is said in threads, not to the bot. */
  hear?: Hear | undefined;
  /** For suggestions and forms. */
  commands: readonly CommandInfo[];
  redis: Redis;
  prefix: string;
  log: Log;
  /** Milliseconds to wait for an answer of the REST API. */
  timeout?: number;
}

/** All of it. */
const SUPPORTS = new Set<Feature>(FEATURES.filter((feature) => feature !== 'room'));
/** How far back `find` looks, in pages of 100 messages. */
const MOST_PAGES = 10;
const MOST_PLACES = 10_000;
/** For those who take no direct messages. */
const CLOSED: Card = {
  title: 'I could not answer you privately',
  tone: 'error',
  blocks: [{ kind: 'text', text: 'Type /mdr here instead, or allow direct messages from this server.' }],
};
const COMPLETE = 8;
const FORM = 9;

/** Discord as a surface. Its library is loaded when it starts, or with the first post. */
export function discordSurface(options: DiscordOptions): Surface {
  const { config, answer, hear, commands, redis, prefix, log, timeout } = options;
  const gateway = discordGateway(config, timeout);
  const once = new Once(redis, prefix, log, 'discord');
  const answers = inHand();
  const guilds = new Map<string, string>();
  let socket: Socket | undefined;
  let self: Promise<Identity> | undefined;
  const identity = () => {
    self ??= gateway.identity().catch((error) => {
      self = undefined;
      throw error;
    });
    return self;
  };

  /** Channels and threads keep their parents. */
  const places = new Map<string, ReturnType<typeof placeOf>>();
  async function placeAt(channel: string): Promise<ReturnType<typeof placeOf>> {
    const known = places.get(channel);
    if (known) return known;
    const place = placeOf(await gateway.channel(channel));
    if (places.size < MOST_PLACES) places.set(channel, place);
    return place;
  }

  async function handle(incoming: Incoming): Promise<void> {
    if (incoming.kind === 'complete') {
      const data = { choices: choicesFor(incoming.completion, commands) };
      return gateway.acknowledge(incoming.to, { type: COMPLETE, data });
    }
    if (incoming.kind === 'overheard') {
      const { id: message, user, channel, text } = incoming;
      await hear?.({ surface: 'discord', user, message, text, ...(await placeAt(channel)) });
      return;
    }
    if (incoming.kind === 'said') {
      await once.run(incoming.id, async () => {
        const { user, channel, direct, text } = incoming;
        const place = direct ? { channel, thread: null } : await placeAt(channel);
        const card = await answer({
          surface: 'discord',
          user,
          direct,
          text,
          tenant: null,
          request: incoming.id,
          ...place,
        });
        // Only an interaction can be answered for one person's eyes in a channel: who says something there is answered privately.
        await tell(gateway, user, card).catch(async (error: unknown) => {
          if (codeOf(error) !== CODE.cannotMessageUser) throw error;
          await gateway.post(channel, render(CLOSED), null);
        });
      });
      return;
    }
    const form = incoming.ask.tenant === null ? wantsForm(incoming.ask.text, commands) : null;
    if (form) return gateway.acknowledge(incoming.to, { type: FORM, data: formOf(form) });
    if (!(await acknowledge(gateway, incoming.to, log))) return;
    const card = await once.run(incoming.id, () => answer({ ...incoming.ask, request: incoming.id }));
    if (card) await respond(gateway, incoming.to, card);
  }

  async function take(event: GatewayDispatchPayload): Promise<void> {
    try {
      if (event.t !== 'INTERACTION_CREATE' && event.t !== 'MESSAGE_CREATE') return;
      const incoming =
        event.t === 'INTERACTION_CREATE' ? readInteraction(event.d) : readMessage(event.d, (await identity()).user);
      if (incoming) await handle(incoming);
      else log.debug({ event: event.t }, 'discord: nothing of ours');
    } catch (error) {
      const isLate = codeOf(error) === CODE.unknownInteraction;
      log[isLate ? 'info' : 'error'](
        { error: (error as Error).message, event: event.t },
        'discord: an answer was not given',
      );
    }
  }

  return {
    name: 'discord',
    supports: SUPPORTS,
    async post(channel, card, key, thread) {
      const message = render(card, markOf(key));
      return inThread(gateway, channel, thread, (place) => gateway.post(place, message, key));
    },
    async edit(ref, card) {
      await gateway.edit(ref.channel, ref.message, render(card));
    },
    async find(channel, key, thread) {
      const { user } = await identity();
      const mark = markOf(key);
      const place = thread ?? channel;
      let before: string | null = null;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const messages: StoredMessage[] = await gateway.page(place, before).catch((error: unknown) => {
          // No reply yet: the thread is begun by the first one.
          if (thread !== null && codeOf(error) === CODE.unknownChannel) return [];
          throw error;
        });
        const found = messages.find(
          ({ author, embeds }) => author?.id === user && embeds?.some(({ footer }) => footer?.text === mark),
        );
        if (found) return { channel: place, message: found.id };
        before = messages.at(-1)?.id ?? null;
        if (before === null) return null;
      }
      return null;
    },
    async upload(channel, file, key, thread) {
      const checked = checkedFile(file);
      const size = `${checked.data.length.toLocaleString('en-US')} bytes`;
      const card = { title: checked.name, tone: 'neutral' as const, blocks: [{ kind: 'note' as const, text: size }] };
      const message = render(card, markOf(key));
      return inThread(gateway, channel, thread, (place) => gateway.post(place, message, key, [checked]));
    },
    async link({ channel, message }) {
      let guild = guilds.get(channel);
      if (guild === undefined) {
        const found = await gateway.channel(channel);
        guild = ('guild_id' in found && found.guild_id) || '@me';
        if (guilds.size < 10_000) guilds.set(channel, guild);
      }
      return `https://discord.com/channels/${guild}/${channel}/${message}`;
    },
    direct: (user) => gateway.directChannel(user),
    whisper: (_channel, user, card) => tell(gateway, user, card),
    react: ({ channel, message }, emoji) => gateway.react(channel, message, emoji),
    person: (user) =>
      gateway.user(user).catch((error: unknown) => {
        if (error instanceof DeliveryError && error.kind === 'gone') return null;
        throw error;
      }),
    async start() {
      socket = await listen({ config, log, take: (event) => answers.add(take(event)) });
      // Without it people still have buttons, mentions and direct messages.
      await identity()
        .then(({ application }) => registerCommand(gateway, application, log))
        .catch((error: Error) => log.warn({ error: error.message }, 'discord: /mdr could not be registered'));
      log.info('discord: listening');
    },
    async stop() {
      const stopping = socket;
      socket = undefined;
      await stopping?.stop();
      await answers.done();
    },
  };
}
