const HISTORY = ['channels:history', 'groups:history', 'im:history'] as const;

/** Every Web API method the bot calls, with the scopes it needs. The gateway can call no other. */
export const METHODS = {
  'auth.test': [],
  'chat.postMessage': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'chat.update': ['chat:write'],
  'chat.getPermalink': [],
  // Rooms of cases are private channels that the bot opens itself.
  'conversations.archive': ['groups:write'],
  'conversations.create': ['groups:write'],
  'conversations.history': HISTORY,
  'conversations.info': ['channels:read', 'groups:read'],
  'conversations.invite': ['groups:write'],
  'conversations.kick': ['groups:write'],
  'conversations.list': ['groups:read'],
  'conversations.open': ['im:write'],
  'conversations.replies': HISTORY,
  'conversations.setTopic': ['groups:write'],
  'pins.add': ['pins:write'],
  'reactions.get': ['reactions:read'],
  'users.info': ['users:read'],
  'views.open': [],
  'views.publish': [],
  'views.update': [],
  'files.completeUploadExternal': ['files:write'],
  'files.getUploadURLExternal': ['files:write'],
  'reactions.add': ['reactions:write'],
} as const satisfies Record<string, readonly string[]>;
export type Method = keyof typeof METHODS;

/** Every event the bot listens for, as it is named in the manifest, with the scopes it needs. */
export const EVENTS = {
  app_home_opened: [],
  app_mention: ['app_mentions:read'],
  app_uninstalled: [],
  // Files given into an alert's thread come as messages.
  'message.channels': ['channels:history', 'files:read'],
  'message.groups': ['groups:history', 'files:read'],
  'message.im': ['im:history'],
  reaction_added: ['reactions:read'],
  reaction_removed: ['reactions:read'],
  tokens_revoked: [],
} as const satisfies Record<string, readonly string[]>;

/** Shortcuts, as they are named in the manifest. */
export const SHORTCUTS = { mdr_menu: 'global', mdr_raise: 'message' } as const;

/** The slash command, with the scope it needs. */
export const SLASH_COMMAND = '/mdr';

/** Bot scopes that the manifest asks for, sorted: what the methods, the events and the slash command need, and nothing more. */
export const SCOPES: readonly string[] = [
  ...new Set<string>(['commands', ...Object.values(METHODS).flat(), ...Object.values(EVENTS).flat()]),
].sort();
