import type { Config } from '../../../engine/config.js';
import type { Installation } from '../../../engine/store/installations.js';
import { clientOptions, slackGateway } from './gateway.js';
import { Installs, tokenOf } from './installs.js';
import { silentLogger } from './logger.js';
import { SCOPES } from './scopes.js';

/** One thing that was checked: what was seen, and what to do about it when it is not right. */
export interface SlackFinding {
  ok: boolean;
  seen: string;
  todo?: string;
}

const TIMEOUT_MS = 5000;

/**
 * For `mdr doctor`: the bot's token and its scopes, those of the workspaces that installed the app, and the way in (Socket Mode, or
 * HTTP). Never throws.
 */
export async function checkSlack(config: Config, installed: readonly Installation[] = []): Promise<SlackFinding[]> {
  const own = config.SLACK_BOT_TOKEN ? await checkToken(config, OWN) : [];
  const theirs = config.SLACK_CLIENT_ID ? await checkInstalls(config, installed) : [];
  return [...own, ...theirs, await checkWayIn(config)];
}

async function checkInstalls(config: Config, installed: readonly Installation[]): Promise<SlackFinding[]> {
  try {
    Installs.isConfigured(config);
  } catch (error) {
    return [{ ok: false, seen: (error as Error).message, todo: 'see docs/slack.md, "Several workspaces"' }];
  }
  if (installed.length === 0)
    return [{ ok: true, seen: 'no workspace has installed the app', todo: 'open /slack/install in a browser' }];
  return (await Promise.all(installed.map((record) => checkInstall(config, record)))).flat();
}

async function checkInstall(config: Config, record: Installation): Promise<SlackFinding[]> {
  const name = `${record.name} (${record._id.slice('slack:'.length)})`;
  const todo = 'install the app there again, at /slack/install';
  try {
    const own = { ...config, SLACK_BOT_TOKEN: tokenOf(config, record) };
    return await checkToken(own, { name: `the token of ${name}`, todo });
  } catch {
    return [{ ok: false, seen: `the token of ${name} was kept with another MDR_SECRET_KEY`, todo }];
  }
}

const OWN = {
  name: 'SLACK_BOT_TOKEN',
  todo: 'copy the Bot User OAuth Token (xoxb-…) from "OAuth & Permissions" of the app',
};

async function checkToken(config: Config, { name, todo }: { name: string; todo: string }): Promise<SlackFinding[]> {
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
        seen: `${name} does not work: ${(error as Error).message}`,
        todo,
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
