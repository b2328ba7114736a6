/** What an argument holds. `list`: several of them in one. */
export type ArgumentKind =
  | 'ip'
  | 'domain'
  | 'url'
  | 'host'
  | 'user'
  | 'group'
  | 'mail'
  | 'text'
  | 'number'
  | 'duration'
  | 'observable';

export interface ActionArgument {
  kind: ArgumentKind;
  about: string;
  optional?: true;
}

export interface ActionSpec {
  title: string;
  /** What else it does to the people who work there. Shown to whoever approves. */
  effect: string;
  /** It can stop somebody's work or hand something back to an intruder: a second person approves it. */
  isDangerous: boolean;
  args: Readonly<Record<string, ActionArgument>>;
  /** The action that takes it back; its arguments are those of the same name. Null: it cannot be taken back. */
  undo: string | null;
  /** What the action answers, by name: later steps can use it as `<step>.<name>`. */
  gives?: Readonly<Record<string, string>>;
}

const expires: ActionArgument = {
  kind: 'duration',
  about: 'for how long; without it until it is taken back',
  optional: true,
};
const reason: ActionArgument = { kind: 'text', about: 'why, for the log of the system that does it', optional: true };
const host = { kind: 'host', about: 'the host, as the endpoint agent names it' } as const;
const mailbox: ActionArgument = { kind: 'mail', about: 'whose mailbox; some systems need it', optional: true };
const user = { kind: 'user', about: 'the account' } as const;

const listed = (title: string, kind: 'ip' | 'domain' | 'url', effect: string, undo: string): ActionSpec => ({
  title,
  effect,
  isDangerous: true,
  args: { [kind]: { kind, about: `the ${kind} to block` }, expires, reason },
  undo,
});
const unlisted = (title: string, kind: 'ip' | 'domain' | 'url'): ActionSpec => ({
  title,
  effect: 'Traffic to it is allowed again.',
  isDangerous: true,
  args: { [kind]: { kind, about: `the ${kind} to allow again` }, reason },
  undo: null,
});

/** Every action that a playbook may name. Dangerous ones run only when somebody else than who asked for them has approved. */
export const ACTIONS: Readonly<Record<string, ActionSpec>> = {
  'block-ip': listed(
    'Block an IP address',
    'ip',
    'Everybody behind the firewall loses it; a shared address (CDN, cloud, VPN exit) takes other sites with it.',
    'unblock-ip',
  ),
  'unblock-ip': unlisted('Allow an IP address again', 'ip'),
  'block-domain': listed(
    'Block a domain',
    'domain',
    'The domain and everything below it stop working for everybody; mail from it may stop too.',
    'unblock-domain',
  ),
  'unblock-domain': unlisted('Allow a domain again', 'domain'),
  'block-url': listed(
    'Block a URL',
    'url',
    'Only this address stops working, and only where the proxy sees inside TLS.',
    'unblock-url',
  ),
  'unblock-url': unlisted('Allow a URL again', 'url'),
  'dns-rpz-block': listed(
    'Answer a name with a sinkhole (DNS response policy zone)',
    'domain',
    'Hosts that use our resolvers reach the sinkhole; those with a resolver of their own do not.',
    'dns-rpz-unblock',
  ),
  'dns-rpz-unblock': unlisted('Take a name out of the response policy zone', 'domain'),
  'disable-user': {
    title: 'Disable an account',
    effect:
      'The person cannot work; services that run under the account stop. Sessions that are open may live on: revoke them too.',
    isDangerous: true,
    args: { user, reason },
    undo: 'enable-user',
  },
  'enable-user': {
    title: 'Enable an account',
    effect: 'Whoever knows its password can sign in again.',
    isDangerous: true,
    args: { user, reason },
    undo: 'disable-user',
  },
  'force-password-change': {
    title: 'Force a new password at the next sign-in',
    effect:
      'Whoever signs in first sets it, an intruder who knows the old one included. Only when the person sits before it, sessions are revoked and factors checked.',
    isDangerous: true,
    args: { user },
    undo: null,
  },
  'remove-from-group': {
    title: 'Take an account out of a group',
    effect: 'The rights of the group are gone at the next sign-in; tickets and tokens keep them until they expire.',
    isDangerous: true,
    args: { user, group: { kind: 'group', about: 'the group' }, reason },
    undo: 'add-to-group',
  },
  'add-to-group': {
    title: 'Put an account back into a group',
    effect: 'The account has the rights of the group again.',
    isDangerous: true,
    args: { user, group: { kind: 'group', about: 'the group' }, reason },
    undo: 'remove-from-group',
  },
  'isolate-host': {
    title: 'Isolate a host from the network',
    effect:
      'Only the endpoint agent still reaches it. Users lose it, servers stop serving, and who controls it notices.',
    isDangerous: true,
    args: { host, reason },
    undo: 'release-host',
  },
  'release-host': {
    title: 'Let a host back into the network',
    effect: 'What is still on it can reach the network again.',
    isDangerous: true,
    args: { host, reason },
    undo: 'isolate-host',
  },
  'kill-process': {
    title: 'End a process',
    effect: 'What it held in memory is gone, keys and unsaved work included.',
    isDangerous: true,
    args: { host, process: { kind: 'text', about: 'its name, its path, or 4711:883726:name as a dry run shows it' } },
    undo: null,
  },
  'collect-triage-package': {
    title: 'Collect a triage package from a host',
    effect: 'Some minutes of disk and network load; file access times may change.',
    isDangerous: false,
    args: { host, parts: { kind: 'text', about: 'what to take: processes, network, logs …', optional: true } },
    undo: null,
    gives: { evidence: 'id of the evidence', sha256: 'its SHA-256' },
  },
  'revoke-sessions': {
    title: 'Revoke all sessions and refresh tokens of an account',
    effect: 'The person signs in again everywhere. Access tokens live on until they expire, mostly an hour.',
    isDangerous: false,
    args: { user },
    undo: null,
  },
  'quarantine-message': {
    title: 'Move a message out of all mailboxes',
    effect: 'Readers lose it; whoever forwarded or copied it keeps their copy.',
    isDangerous: true,
    args: { message: { kind: 'mail', about: 'its Message-ID' }, mailbox, reason },
    undo: 'restore-message',
    gives: { found: 'in how many mailboxes it was' },
  },
  'restore-message': {
    title: 'Put a message back into the mailboxes',
    effect: 'Readers can open it again.',
    isDangerous: true,
    args: { message: { kind: 'mail', about: 'its Message-ID' }, mailbox, reason },
    undo: 'quarantine-message',
  },
  'open-ticket': {
    title: 'Open a ticket with the customer',
    effect: 'Everybody who reads that queue learns of it.',
    isDangerous: false,
    args: {
      title: { kind: 'text', about: 'one line' },
      text: { kind: 'text', about: 'what to do and until when' },
      queue: { kind: 'text', about: 'which queue', optional: true },
    },
    undo: null,
    gives: { ticket: 'its number' },
  },
  page: {
    title: 'Page whoever is on call',
    effect: 'Somebody is woken.',
    isDangerous: false,
    args: { rota: { kind: 'text', about: 'the rota' }, text: { kind: 'text', about: 'what it is about' } },
    undo: null,
  },
  'send-mail': {
    title: 'Send a mail',
    effect: 'It cannot be called back. Not to mailboxes that an intruder may read.',
    isDangerous: false,
    args: {
      to: { kind: 'mail', about: 'to whom' },
      subject: { kind: 'text', about: 'subject' },
      text: { kind: 'text', about: 'text' },
    },
    undo: null,
  },
  'enrich-observable': {
    title: 'Find out what is known of an observable',
    effect: 'None, as long as the value is not given to services outside.',
    isDangerous: false,
    args: { observable: { kind: 'observable', about: 'the value' } },
    undo: null,
    gives: { verdict: '`bad`, `good` or `unknown`', summary: 'in a sentence' },
  },
};

export const isAction = (id: string): boolean => Object.hasOwn(ACTIONS, id);
