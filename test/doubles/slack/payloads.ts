import { createHmac, randomUUID } from 'node:crypto';
import type { Envelope } from './sockets.js';
import type { Ephemeral, SlackMessage, Workspace } from './workspace.js';

/** Who does something, and where. */
export interface Who {
  user?: string;
  channel?: string;
}

const RESPONSE_URL_USES = 5;
const RESPONSE_URL_MS = 30 * 60 * 1000;

function responseUrl(workspace: Workspace, base: string, who: Required<Who>, message: string | null): string {
  const id = randomUUID();
  workspace.responseUrls.set(id, {
    ...who,
    message,
    uses: RESPONSE_URL_USES,
    expires: Date.now() + RESPONSE_URL_MS,
  });
  return `${base}/response/${id}`;
}

/** Slack escapes these three in everything it sends. */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** `/mdr <text>` as Slack sends it. */
export function slashCommand(workspace: Workspace, base: string, text: string, who: Required<Who>): Envelope {
  return {
    type: 'slash_commands',
    payload: {
      token: 'legacy',
      team_id: workspace.team.id,
      team_domain: 'double',
      channel_id: who.channel,
      channel_name: workspace.channels.get(who.channel)?.name ?? 'unknown',
      user_id: who.user,
      user_name: workspace.users.get(who.user)?.name ?? 'unknown',
      command: '/mdr',
      text: escaped(text),
      api_app_id: workspace.bot.app,
      is_enterprise_install: 'false',
      response_url: responseUrl(workspace, base, who, null),
      trigger_id: randomUUID(),
    },
  };
}

type Element = { action_id: string; type: string; value?: string; options?: { value: string; text: unknown }[] };

/** A click on a button of a message that is there, or a choice in one of its selects. @throws Error when there is no such element */
export function click(
  workspace: Workspace,
  base: string,
  on: SlackMessage | Ephemeral,
  actionId: string,
  who: Required<Who>,
  choice: string | null,
): Envelope {
  const elements = on.blocks.flatMap((block) => (block.type === 'actions' ? (block.elements as Element[]) : []));
  const element = elements.find((found) => found.action_id === actionId);
  if (!element) {
    const there = elements.map((found) => found.action_id).join(', ') || 'none';
    throw new Error(`no element ${actionId} on this message; there are: ${there}`);
  }
  const option = element.options?.find((found) => found.value.includes(JSON.stringify(choice)));
  if (element.options && !option) throw new Error(`no option ${choice} in ${actionId}`);
  const message = 'ts' in on ? on : null;
  return {
    type: 'interactive',
    payload: {
      type: 'block_actions',
      user: { id: who.user, username: workspace.users.get(who.user)?.name ?? 'unknown', team_id: workspace.team.id },
      api_app_id: workspace.bot.app,
      team: { id: workspace.team.id, domain: 'double' },
      container: {
        type: 'message',
        message_ts: message?.ts ?? workspace.nextTs(),
        channel_id: who.channel,
        is_ephemeral: message === null,
        ...(on.thread_ts && { thread_ts: on.thread_ts }),
      },
      channel: { id: who.channel, name: workspace.channels.get(who.channel)?.name ?? 'unknown' },
      ...(message && { message: { ts: message.ts, text: message.text, blocks: message.blocks } }),
      trigger_id: randomUUID(),
      response_url: responseUrl(workspace, base, who, message?.ts ?? null),
      actions: [
        {
          type: element.type,
          action_id: element.action_id,
          block_id: 'b1',
          action_ts: workspace.nextTs(),
          ...(option ? { selected_option: option } : { value: element.value }),
        },
      ],
    },
  };
}

/** An event of the Events API. @param id the same id makes it the same event again */
export function event(workspace: Workspace, inner: Record<string, unknown>, id = `Ev${randomUUID()}`): Envelope {
  return {
    type: 'events_api',
    payload: {
      token: 'legacy',
      team_id: workspace.team.id,
      api_app_id: workspace.bot.app,
      type: 'event_callback',
      event_id: id,
      event_time: Math.floor(Date.now() / 1000),
      authorizations: [{ team_id: workspace.team.id, user_id: workspace.bot.user, is_bot: true }],
      event: inner,
    },
  };
}

/** How an envelope looks when it is posted to an app over HTTP. */
export function httpBody(envelope: Envelope): { type: string; body: string } {
  if (envelope.type === 'events_api') return { type: 'application/json', body: JSON.stringify(envelope.payload) };
  const form =
    envelope.type === 'slash_commands'
      ? new URLSearchParams(envelope.payload as Record<string, string>)
      : new URLSearchParams({ payload: JSON.stringify(envelope.payload) });
  return { type: 'application/x-www-form-urlencoded', body: form.toString() };
}

/** Slack's request signature. @param at epoch seconds */
export function signature(secret: string, at: number, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex')}`;
}
