import type { APIChannel } from 'discord.js';
import type { Config } from '../../../engine/config.js';
import { DEFINITION, isSame } from './commands.js';
import { discordGateway, type Gateway } from './gateway.js';

/** One thing that was checked: what was seen, and what to do about it when it is not right. */
export interface DiscordFinding {
  ok: boolean;
  seen: string;
  todo?: string;
}

const TIMEOUT_MS = 5000;
/** Flags of an application that is allowed the intent: in general, or below 100 servers. */
const MESSAGE_CONTENT = (1 << 18) | (1 << 19);
/** Kinds of channel in which a message can begin a thread: text and announcements. */
const KINDS = new Set([0, 5]);

/**
 * For `mdr doctor`: the bot's token and application, its command, and each channel that is bound to a tenant. Never throws.
 * @param channels ids, as in the tenants' bindings
 */
export async function checkDiscord(config: Config, channels: readonly string[]): Promise<DiscordFinding[]> {
  const gateway = discordGateway(config, TIMEOUT_MS);
  try {
    const self = await gateway.identity();
    return [
      { ok: true, seen: `signed in as ${self.name} (${self.user}), application ${self.application}` },
      await checkCommand(gateway, self.application),
      ...(config.DISCORD_READ_REPLIES ? [await checkIntent(gateway)] : []),
      ...(await Promise.all(channels.map((channel) => checkChannel(gateway, channel)))),
    ];
  } catch (error) {
    return [
      {
        ok: false,
        seen: `DISCORD_TOKEN does not work: ${(error as Error).message}`,
        todo: 'copy the token from the page "Bot" of the application (docs/discord.md)',
      },
    ];
  }
}

async function checkCommand(gateway: Gateway, application: string): Promise<DiscordFinding> {
  try {
    const there = await gateway.commands(application);
    return there.some((each) => isSame(DEFINITION, each))
      ? { ok: true, seen: '/mdr is registered' }
      : { ok: true, seen: '/mdr is not registered as it is now', todo: 'start the bot: it registers it' };
  } catch (error) {
    return {
      ok: false,
      seen: `the commands of application ${application} cannot be read: ${(error as Error).message}`,
      todo: 'correct DISCORD_APPLICATION_ID, or leave it out',
    };
  }
}

async function checkIntent(gateway: Gateway): Promise<DiscordFinding> {
  return (await gateway.flags()) & MESSAGE_CONTENT
    ? { ok: true, seen: 'what customers write under published alerts can be read' }
    : {
        ok: false,
        seen: 'DISCORD_READ_REPLIES is set, but the application may not read messages: Discord refuses the connection',
        todo: 'allow the Message Content Intent on the page "Bot" of the application, or take the setting away',
      };
}

async function checkChannel(gateway: Gateway, id: string): Promise<DiscordFinding> {
  try {
    const channel: APIChannel = await gateway.channel(id);
    await gateway.page(id, null);
    return KINDS.has(channel.type)
      ? { ok: true, seen: `channel ${id} (${channel.name ?? 'no name'}) can be seen` }
      : {
          ok: false,
          seen: `channel ${id} is no text channel`,
          todo: 'bind a text channel: alerts need messages with threads',
        };
  } catch (error) {
    return {
      ok: false,
      seen: `channel ${id} cannot be reached: ${(error as Error).message}`,
      todo: 'invite the bot to the server with the permissions of docs/discord.md, or bind another channel',
    };
  }
}
