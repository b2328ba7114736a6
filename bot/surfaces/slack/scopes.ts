const HISTORY = ['channels:history', 'groups:history', 'im:history'] as const;

/** Every Web API method the bot calls, with the scopes it needs. The gateway can call no other. */
export const METHODS = {
  'auth.test': [],
  'chat.postMessage': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.history': HISTORY,
  'conversations.replies': HISTORY,
} as const satisfies Record<string, readonly string[]>;
export type Method = keyof typeof METHODS;

/** Every event the bot listens for, as it is named in the manifest, with the scopes it needs. */
export const EVENTS = {
  app_mention: ['app_mentions:read'],
  'message.im': ['im:history'],
} as const satisfies Record<string, readonly string[]>;

/** The slash command, with the scope it needs. */
export const SLASH_COMMAND = '/mdr';

/** Bot scopes that the manifest asks for, sorted: what the methods, the events and the slash command need, and nothing more. */
export const SCOPES: readonly string[] = [
  ...new Set<string>(['commands', ...Object.values(METHODS).flat(), ...Object.values(EVENTS).flat()]),
].sort();
