import { randomUUID } from 'node:crypto';
import type { Component, DiscordMessage, Ephemeral, Workspace } from './workspace.js';

/** Who does something, and where (a channel, a thread, or a direct conversation). */
export interface Who {
  user?: string;
  channel?: string;
}

export interface InteractionPayload extends Record<string, unknown> {
  id: string;
  token: string;
}

const ACKNOWLEDGE_MS = 3000;
const ANSWERS_MS = 15 * 60 * 1000;
const TYPES = { command: 2, component: 3, complete: 4, form: 5 } as const;

function interaction(
  workspace: Workspace,
  kind: keyof typeof TYPES,
  who: Required<Who>,
  data: unknown,
  rest: Record<string, unknown> = {},
): InteractionPayload {
  const channel = workspace.channels.get(who.channel);
  const user = { id: who.user, username: workspace.users.get(who.user)?.username ?? 'unknown' };
  const id = workspace.snowflake();
  const token = `interaction-${randomUUID()}`;
  const isDirect = channel?.type === 1;
  workspace.interactions.set(token, {
    id,
    token,
    user: who.user,
    channel: who.channel,
    acknowledgeBy: Date.now() + ACKNOWLEDGE_MS,
    expires: Date.now() + ANSWERS_MS,
    state: 'new',
    ephemeral: false,
    shown: null,
    acknowledged: () => {},
  });
  return {
    id,
    token,
    application_id: workspace.application,
    type: TYPES[kind],
    version: 1,
    channel_id: who.channel,
    channel: {
      id: who.channel,
      type: channel?.type ?? 0,
      name: channel?.name ?? 'unknown',
      ...(channel?.parent && { parent_id: channel.parent }),
    },
    ...(isDirect ? { user } : { guild_id: workspace.guild.id, member: { user, roles: [], permissions: '0' } }),
    data,
    ...rest,
  };
}

const options = (values: Record<string, string>, focused?: string) =>
  Object.entries(values).map(([name, value]) => ({ name, type: 3, value, ...(name === focused && { focused: true }) }));

/** `/mdr command:… arguments:…` as Discord sends it. */
export const slashCommand = (workspace: Workspace, values: Record<string, string>, who: Required<Who>) =>
  interaction(workspace, 'command', who, { id: '1', name: 'mdr', type: 1, options: options(values) });

/** The same while it is being typed. */
export const typing = (workspace: Workspace, values: Record<string, string>, focused: string, who: Required<Who>) =>
  interaction(workspace, 'complete', who, { id: '1', name: 'mdr', type: 1, options: options(values, focused) });

/** A click on a button of a message that is there, or a choice in one of its selects. @throws Error when there is no such element */
export function click(
  workspace: Workspace,
  on: DiscordMessage | Ephemeral,
  start: string,
  who: Required<Who>,
  choice: string | null,
): InteractionPayload {
  const elements = on.components.flatMap((row) => row.components ?? []);
  const element = elements.find(({ custom_id: id }: Component) => id?.startsWith(start));
  if (!element) {
    const there = elements.map((found) => found.custom_id).join(', ') || 'none';
    throw new Error(`no component ${start} on this message; there are: ${there}`);
  }
  if (element.options && !element.options.some(({ value }) => value === choice))
    throw new Error(`no option ${choice} in ${element.custom_id}`);
  const data = {
    custom_id: element.custom_id,
    component_type: element.type,
    ...(element.options && { values: [choice] }),
  };
  const message = { id: 'id' in on ? on.id : workspace.snowflake(), channel_id: on.channel, content: on.content };
  return interaction(workspace, 'component', { ...who, channel: on.channel }, data, { message });
}

/** A form filled in and sent. */
export function submit(workspace: Workspace, form: Record<string, unknown>, words: string, who: Required<Who>) {
  const [row] = form.components as { components: { custom_id: string }[] }[];
  const components = [{ type: 1, components: [{ type: 4, custom_id: row?.components[0]?.custom_id, value: words }] }];
  return interaction(workspace, 'form', who, { custom_id: form.custom_id, components });
}

/** A message that somebody wrote. @param id the same id makes it the same message again */
export function said(workspace: Workspace, content: string, who: Required<Who>, rest: Record<string, unknown> = {}) {
  const isDirect = workspace.channels.get(who.channel)?.type === 1;
  return {
    id: workspace.snowflake(),
    type: 0,
    channel_id: who.channel,
    ...(!isDirect && { guild_id: workspace.guild.id }),
    author: { id: who.user, username: workspace.users.get(who.user)?.username ?? 'unknown' },
    content,
    timestamp: new Date().toISOString(),
    mentions: content.includes(workspace.bot.id) ? [{ id: workspace.bot.id }] : [],
    ...rest,
  };
}
