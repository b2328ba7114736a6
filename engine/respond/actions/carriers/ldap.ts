import { AndFilter, Attribute, Change, Client, EqualityFilter, ResultCodeError } from 'ldapts';
import { MdrError } from '../../../errors.js';
import type { Effect } from '../../../store/actions.js';
import type { LdapConnector } from '../connectors.js';
import type { Carrier, Checked, Job, Work } from '../types.js';

const TIMEOUT_MS = 20_000;
const STEP_MS = 8_000;
/** The bit of userAccountControl that disables an account (ACCOUNTDISABLE). */
const DISABLED = 2;
const LOOPBACK = /^ldap:\/\/(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::\d+)?$/;

type Entry = { dn: string } & Record<string, string[] | string>;
const failed = (message: string, hint: string, cause?: unknown): MdrError =>
  new MdrError('MDR_ACTION_FAILED', message, hint, { cause });

/** Connect, work, and leave in any case. What the directory refuses becomes an error of ours. */
async function withDirectory<T>(job: Job, work: (client: Client, config: LdapConnector) => Promise<T>): Promise<T> {
  const config = job.store.tenant.connectors?.ldap;
  if (!config)
    throw new MdrError('MDR_ACTION_BAD', 'the tenant has no directory.', 'The operator sets one: mdr actions connect.');
  if (config.url.startsWith('ldap:') && !config.startTls && !LOOPBACK.test(config.url))
    throw new MdrError(
      'MDR_ACTION_BAD',
      'the directory would get the password in clear text.',
      'Use ldaps: or startTls.',
    );
  const password = await job.secrets.read(job.store, config.secret);
  const tls = config.ca ? { ca: config.ca } : undefined;
  const client = new Client({
    ...{ url: config.url, timeout: STEP_MS, connectTimeout: STEP_MS, strictDN: false },
    ...(config.url.startsWith('ldaps:') && tls && { tlsOptions: tls }),
  });
  const leave = () => void client.unbind().catch(() => {});
  job.signal.addEventListener('abort', leave, { once: true });
  try {
    if (config.startTls) await client.startTLS(tls ?? {});
    await client.bind(config.bindDn, password);
    job.signal.throwIfAborted();
    return await work(client, config);
  } catch (error) {
    if (error instanceof MdrError) throw error;
    const what =
      error instanceof ResultCodeError ? `${error.constructor.name}: ${error.message}` : (error as Error).message;
    throw failed(
      `the directory: ${what.slice(0, 200)}.`,
      'See whether it answers, and what the account of mdr may do there.',
      error,
    );
  } finally {
    job.signal.removeEventListener('abort', leave);
    await client.unbind().catch(() => {});
  }
}

const first = (entry: Entry, name: string): string | undefined => {
  const value = entry[name];
  return Array.isArray(value) ? value[0] : value;
};
const all = (entry: Entry, name: string): string[] => [entry[name] ?? []].flat();
const same = (a: string, b: string) =>
  a.toLowerCase().replace(/\s*,\s*/g, ',') === b.toLowerCase().replace(/\s*,\s*/g, ',');

/** The one entry with this value. Values go into the filter as values, whatever they hold. @throws MdrError when there is none, or several */
async function find(
  client: Client,
  base: string,
  kinds: [string, string],
  value: string,
  attributes: string[],
): Promise<Entry> {
  const [attribute, objectClass] = kinds;
  const filter = new AndFilter({
    filters: [
      new EqualityFilter({ attribute: 'objectClass', value: objectClass }),
      new EqualityFilter({ attribute, value }),
    ],
  });
  const { searchEntries } = await client.search(base, { scope: 'sub', filter, attributes, sizeLimit: 2, timeLimit: 5 });
  const called = value.slice(0, 80);
  if (searchEntries.length === 0)
    throw new MdrError(
      'MDR_ACTION_BAD',
      `the directory knows nobody called "${called}".`,
      'Give the name as it stands there.',
    );
  if (searchEntries.length > 1)
    throw new MdrError(
      'MDR_ACTION_BAD',
      `several entries are called "${called}".`,
      'Do it by hand: it is not clear which.',
    );
  return searchEntries[0] as unknown as Entry;
}

function attributesOf({ kind, lock }: LdapConnector): string[] {
  return kind === 'ad' ? ['userAccountControl', 'pwdLastSet'] : [lock.attribute, 'pwdReset'];
}

async function userOf(client: Client, config: LdapConnector, name: string): Promise<Entry> {
  const attribute = config.userAttribute ?? (config.kind === 'ad' ? 'sAMAccountName' : 'uid');
  // `CORP\jane`, as logs have it, is jane here.
  const plain = config.kind === 'ad' ? name.replace(/^[^\\]*\\/, '') : name;
  const entry = await find(
    client,
    config.base,
    [attribute, config.kind === 'ad' ? 'user' : 'person'],
    plain,
    attributesOf(config),
  );
  if (same(entry.dn, config.bindDn))
    throw new MdrError('MDR_ACTION_BAD', 'that is the account by which mdr works there.', 'Do it by hand.');
  return entry;
}

const change = (operation: 'add' | 'delete' | 'replace', type: string, values: string[]) =>
  new Change({ operation, modification: new Attribute({ type, values }) });

/** Whether an account is disabled, and the change that makes it so or not. */
const account = {
  isDisabled(entry: Entry, { kind, lock }: LdapConnector): boolean {
    if (kind === 'ad') return (Number(first(entry, 'userAccountControl') ?? 0) & DISABLED) !== 0;
    // Any other value is a lock by wrong passwords, which ends by itself.
    return first(entry, lock.attribute) === lock.value;
  },
  /** The old value goes and the new one comes in one request: of somebody else's change in between, the directory says no. */
  changes(entry: Entry, { kind, lock }: LdapConnector, disabled: boolean): Change[] {
    const now = all(entry, kind === 'ad' ? 'userAccountControl' : lock.attribute);
    if (kind === 'ad') {
      const flags = Number(now[0] ?? 512);
      const wanted = String(disabled ? flags | DISABLED : flags & ~DISABLED);
      return [change('delete', 'userAccountControl', now), change('add', 'userAccountControl', [wanted])];
    }
    if (disabled) return [change('replace', lock.attribute, [lock.value])];
    return now.length > 0 ? [change('delete', lock.attribute, [])] : [];
  },
};

/** Look at somebody, whatever happens: what cannot be seen is not known. */
async function seen(job: Job, holds: (client: Client, config: LdapConnector) => Promise<boolean>): Promise<Effect> {
  try {
    return (await withDirectory(job, holds)) ? 'holds' : 'absent';
  } catch {
    return 'unknown';
  }
}

function switching(disabled: boolean): Work {
  const set = (to: boolean) => (job: Job) =>
    withDirectory(job, async (client, config) => {
      const entry = await userOf(client, config, job.record.args.user!);
      if (account.isDisabled(entry, config) === to) return;
      job.signal.throwIfAborted();
      await client.modify(entry.dn, account.changes(entry, config, to));
    });
  return {
    ...{ timeoutMs: TIMEOUT_MS, isRepeatable: true },
    check: (job) =>
      withDirectory(job, async (client, config): Promise<Checked> => {
        const entry = await userOf(client, config, job.record.args.user!);
        const already = account.isDisabled(entry, config) === disabled;
        const is = disabled ? 'disabled' : 'enabled';
        return { says: `${entry.dn} is ${is}${already ? ' already' : ''}`, memory: { dn: entry.dn }, already };
      }),
    run: async (job) => {
      await set(disabled)(job);
      return {};
    },
    verify: (job) =>
      seen(
        job,
        async (client, config) =>
          account.isDisabled(await userOf(client, config, job.record.args.user!), config) === disabled,
      ),
    undo: set(!disabled),
  };
}

const password: Work = {
  ...{ timeoutMs: TIMEOUT_MS, isRepeatable: true, undo: null },
  check: (job) =>
    withDirectory(job, async (client, config) => {
      const entry = await userOf(client, config, job.record.args.user!);
      return {
        says: `${entry.dn} sets a new password at the next sign-in`,
        memory: { dn: entry.dn },
        already: isForced(entry, config),
      };
    }),
  run: (job) =>
    withDirectory(job, async (client, config) => {
      const { dn } = await userOf(client, config, job.record.args.user!);
      job.signal.throwIfAborted();
      await client.modify(
        dn,
        config.kind === 'ad' ? change('replace', 'pwdLastSet', ['0']) : change('replace', 'pwdReset', ['TRUE']),
      );
      return {};
    }),
  verify: (job) =>
    seen(job, async (client, config) => isForced(await userOf(client, config, job.record.args.user!), config)),
};

const isForced = (entry: Entry, { kind }: LdapConnector): boolean =>
  kind === 'ad' ? first(entry, 'pwdLastSet') === '0' : first(entry, 'pwdReset') === 'TRUE';

/** A group and somebody in it. Groups of AD and of OpenLDAP (groupOfNames) hold names of entries. */
async function membership(client: Client, config: LdapConnector, { user, group }: Job['record']['args']) {
  const { dn } = await userOf(client, config, user!);
  const kind = config.kind === 'ad' ? 'group' : 'groupOfNames';
  const base = config.groupBase ?? config.base;
  const found = await find(client, base, ['cn', kind], group!.replace(/^[^\\]*\\/, ''), ['member']);
  const member = all(found, 'member').find((one) => same(one, dn));
  return { dn, group: found.dn, member };
}

function joining(isIn: boolean): Work {
  const set = (to: boolean) => (job: Job) =>
    withDirectory(job, async (client, config) => {
      const { dn, group, member } = await membership(client, config, job.record.args);
      if ((member !== undefined) === to) return;
      job.signal.throwIfAborted();
      await client.modify(group, to ? change('add', 'member', [dn]) : change('delete', 'member', [member!]));
    });
  return {
    ...{ timeoutMs: TIMEOUT_MS, isRepeatable: true },
    check: (job) =>
      withDirectory(job, async (client, config) => {
        const { dn, group, member } = await membership(client, config, job.record.args);
        const says = `${dn} ${isIn ? 'comes into' : 'leaves'} ${group}`;
        return { says, memory: { dn, group }, already: (member !== undefined) === isIn };
      }),
    run: async (job) => {
      await set(isIn)(job);
      return {};
    },
    verify: (job) =>
      seen(
        job,
        async (client, config) => ((await membership(client, config, job.record.args)).member !== undefined) === isIn,
      ),
    undo: set(!isIn),
  };
}

/** Accounts and groups of a directory: Active Directory, OpenLDAP. Always read back. */
const ldap: Carrier = {
  name: 'ldap',
  title: 'Directory (Active Directory, OpenLDAP)',
  isFor: ({ tenant }) => tenant.connectors?.ldap !== undefined,
  works: {
    'disable-user': switching(true),
    'enable-user': switching(false),
    'force-password-change': password,
    'remove-from-group': joining(false),
    'add-to-group': joining(true),
  },
};
export default ldap;
