import type { Config } from '../../../engine/config.js';
import { clientOptions, slackGateway } from './gateway.js';
import { silentLogger } from './logger.js';
import { SCOPES } from './scopes.js';

/** One thing that was checked: what was seen, and what to do about it when it is not right. */
export interface SlackFinding {
  ok: boolean;
  seen: string;
  todo?: string;
}

const TIMEOUT_MS = 5000;

/** For `mdr doctor`: the bot's token and its scopes, and the way in (Socket Mode, or HTTP). Never throws. */
export async function checkSlack(config: Config): Promise<SlackFinding[]> {
  return [...(await checkToken(config)), await checkWayIn(config)];
}

async function checkToken(config: Config): Promise<SlackFinding[]> {
  try {
    const self = await slackGateway(config, silentLogger, TIMEOUT_MS).identity();
    const missing = SCOPES.filter((scope) => !self.scopes.includes(scope));
    return [
      { ok: true, seen: `signed in to ${self.teamName} (${self.team}) as ${self.user}` },
      missing.length === 0
        ? { ok: true, seen: `all ${SCOPES.length} scopes granted` }
        : {
            ok: false,
            seen: `scopes missing: ${missing.join(', ')}`,
            todo: 'paste manifest.yaml into the app again and reinstall it to the workspace',
          },
    ];
  } catch (error) {
    return [
      {
        ok: false,
        seen: `SLACK_BOT_TOKEN does not work: ${(error as Error).message}`,
        todo: 'copy the Bot User OAuth Token (xoxb-…) from "OAuth & Permissions" of the app',
      },
    ];
  }
}

async function checkWayIn(config: Config): Promise<SlackFinding> {
  if (!config.SLACK_APP_TOKEN) {
    return config.SLACK_SIGNING_SECRET
      ? {
          ok: true,
          seen: `HTTP on ${config.SLACK_HOST}:${config.SLACK_PORT}, path /slack/events`,
          todo: 'the three request URLs in the app must lead there over https, and Socket Mode must be off',
        }
      : {
          ok: false,
          seen: 'neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set',
          todo: 'for Socket Mode make an app-level token (xapp-…) with connections:write and set SLACK_APP_TOKEN',
        };
  }
  try {
    const { webApi } = await import('@slack/bolt');
    const options = { ...clientOptions(config, TIMEOUT_MS), logger: silentLogger };
    await new webApi.WebClient(config.SLACK_APP_TOKEN, options).apps.connections.open({});
    return { ok: true, seen: 'Socket Mode can connect' };
  } catch (error) {
    return {
      ok: false,
      seen: `Socket Mode cannot connect: ${(error as Error).message}`,
      todo: 'check SLACK_APP_TOKEN (xapp-…, scope connections:write) and that Socket Mode is on in the app',
    };
  }
}
