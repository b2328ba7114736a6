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
      trigger_id: workspace.trigger(),
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
      trigger_id: workspace.trigger(),
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

type View = Record<string, unknown> & { id: string; blocks: Record<string, unknown>[] };

const interactive = (workspace: Workspace, user: string, payload: Record<string, unknown>): Envelope => ({
  type: 'interactive',
  payload: {
    user: { id: user, username: workspace.users.get(user)?.name ?? 'unknown', team_id: workspace.team.id },
    api_app_id: workspace.bot.app,
    team: { id: workspace.team.id, domain: 'double' },
    ...payload,
  },
});

/** A click in a dialog, or on the app's home. @throws Error when there is no such element */
export function viewClick(workspace: Workspace, view: View, actionId: string, user: string): Envelope {
  const elements = view.blocks.flatMap((block) => (block.type === 'actions' ? (block.elements as Element[]) : []));
  const element = elements.find((found) => found.action_id === actionId);
  if (!element)
    throw new Error(`no element ${actionId}; there are: ${elements.map((one) => one.action_id).join(', ')}`);
  return interactive(workspace, user, {
    type: 'block_actions',
    container: { type: 'view', view_id: view.id },
    view,
    trigger_id: workspace.trigger(),
    actions: [
      { type: element.type, action_id: actionId, block_id: 'b1', value: element.value, action_ts: workspace.nextTs() },
    ],
  });
}

/** A form that is sent. @param values by block id; refused as Slack refuses what is left out */
export function submission(workspace: Workspace, view: View, values: Record<string, string>, user: string): Envelope {
  const state = view.blocks
    .filter((block) => block.type === 'input')
    .map((block) => {
      const element = block.element as {
        action_id: string;
        type: string;
        options?: { value: string }[];
        initial_value?: string;
        initial_option?: { value: string };
      };
      const value = values[String(block.block_id)] ?? element.initial_value ?? element.initial_option?.value ?? null;
      if (value === null && !block.optional) throw new Error(`${block.block_id} has to be filled in`);
      if (value !== null && element.options && !element.options.some((option) => option.value === value))
        throw new Error(`${block.block_id} has no option ${value}`);
      const isText = element.type === 'plain_text_input';
      const filled = isText
        ? { value }
        : { selected_option: value === null ? null : { value, text: { type: 'plain_text', text: value } } };
      return [block.block_id, { [element.action_id]: { type: element.type, ...filled } }];
    });
  return interactive(workspace, user, {
    type: 'view_submission',
    trigger_id: workspace.trigger(),
    response_urls: [],
    view: { ...view, state: { values: Object.fromEntries(state) } },
  });
}

/** What somebody types into a select with search. */
export function suggestion(workspace: Workspace, view: View, blockId: string, value: string, user: string): Envelope {
  const block = view.blocks.find((found) => found.block_id === blockId);
  const element = block?.element as { type: string; action_id: string } | undefined;
  if (element?.type !== 'external_select') throw new Error(`${blockId} is no field with search`);
  return interactive(workspace, user, {
    type: 'block_suggestion',
    action_id: element.action_id,
    block_id: blockId,
    value,
    container: { type: 'view', view_id: view.id },
    view,
  });
}

/** A shortcut of the workspace, or of a message. */
export function shortcut(
  workspace: Workspace,
  base: string,
  callbackId: string,
  user: string,
  on: SlackMessage | null,
): Envelope {
  const common = { callback_id: callbackId, trigger_id: workspace.trigger(), action_ts: workspace.nextTs() };
  if (!on) return interactive(workspace, user, { type: 'shortcut', ...common });
  const { channel, ts, user: author, bot_id, text, thread_ts } = on;
  return interactive(workspace, user, {
    type: 'message_action',
    ...common,
    message_ts: ts,
    channel: { id: channel, name: workspace.channels.get(channel)?.name ?? 'privategroup' },
    message: {
      type: 'message',
      ts,
      user: author,
      text: escaped(text),
      ...(bot_id && { bot_id }),
      ...(thread_ts && { thread_ts }),
    },
    response_url: responseUrl(workspace, base, { user, channel }, null),
  });
}
