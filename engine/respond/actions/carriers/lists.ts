import { MdrError } from '../../../errors.js';
import type { BlockListName } from '../../../store/blocks.js';
import { harmlessAs } from '../../../triage/harmless.js';
import { refusedAs } from '../args.js';
import { addBlock, isBlocked, MAX_ENTRIES, removeBlock, rowsOf } from '../blocks.js';
import { changeAction, US } from '../save.js';
import type { Carrier, Job, Work } from '../types.js';

const TIMEOUT_MS = 15_000;
type Kind = 'ip' | 'domain' | 'url';

/** Of documentation (RFC 5737, 3849, 2606): nobody's, and what demonstrations use. */
const DOCUMENTATION = /^(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$|^2001:db8:|(?:^|\.)example(?:\.(?:com|net|org))?$/;

/** Hosts of a URL, and bits of a network, that decide whether it is somebody's own. */
const hostOf = (url: string): string =>
  url
    .replace(/[/?].*$/s, '')
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '');

/** Why this value should not be blocked; null: no reason. */
export function warning(kind: Kind, value: string, profile: Job['store']['tenant']['profile']): string | null {
  const refused = refusedAs(kind, value);
  if (refused && !DOCUMENTATION.test(kind === 'url' ? hostOf(value) : value))
    return `it is not what an attacker has alone: ${refused}`;
  if (kind === 'ip' && value.includes('/') && Number(value.split('/')[1]) < (value.includes(':') ? 48 : 20))
    return 'the range is wide';
  const host = kind === 'url' ? hostOf(value) : value.split('/')[0]!;
  const is = harmlessAs(/^[\d.]+$|:/.test(host) ? 'ip' : 'domain', host, profile, 'all');
  if (is) return `it is ${is}`;
  if (kind !== 'ip') {
    const below = (profile.domains ?? []).find((own) => own.toLowerCase().endsWith(`.${host}`));
    if (below) return `${below} of this organisation is below it`;
  }
  if (kind === 'ip' && value.includes('/')) {
    const held = (profile.networks ?? []).find((own) => holds(value, own.split('/')[0]!));
    if (held) return `${held} of this organisation is in it`;
  }
  return null;
}

/** Whether an IPv4 range holds an address. */
function holds(range: string, address: string): boolean {
  const [net = '', bits = '32'] = range.split('/');
  if (net.includes(':') || address.includes(':')) return false;
  const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(net) / size) === Math.floor(number(address) / size);
}

function block(list: BlockListName, kind: Kind): Work {
  const blocked = ({ record }: Job) => record.args[kind]!;
  return {
    timeoutMs: TIMEOUT_MS,
    isRepeatable: true,
    async guard(job) {
      const { store, record } = job;
      const value = blocked(job);
      const warned = warning(kind, value, store.tenant.profile);
      if (warned && !record.forced)
        throw new MdrError(
          'MDR_ACTION_BAD',
          `${value.slice(0, 200)} is not blocked: ${warned}.`,
          'To do it all the same, add force and a reason; two people must approve that.',
        );
      if ((await rowsOf(store, list, job.clock())).length >= MAX_ENTRIES)
        throw new MdrError('MDR_ACTION_BAD', `the list has ${MAX_ENTRIES} entries.`, 'Take old ones back first.');
    },
    async check(job) {
      const value = blocked(job);
      const warned = warning(kind, value, job.store.tenant.profile);
      const says = `${value.slice(0, 200)} goes on the list of ${list === 'rpz' ? 'the response policy zone' : `${list}s`}`;
      return { says: warned ? `${says}, although ${warned}` : says, memory: {}, already: false };
    },
    async run(job) {
      await addBlock(job.store, list, blocked(job), job.record, job.clock());
      return {};
    },
    verify: async (job) =>
      (await isBlocked(job.store, list, blocked(job), job.record.number, job.clock())) ? 'holds' : 'absent',
    async undo(job) {
      await removeBlock(job.store, list, blocked(job), job.record.number, job.clock());
    },
  };
}

/** Takes a value off a list, whichever actions put it there; those are then over. */
function unblock(list: BlockListName, kind: Kind): Work {
  const entriesOf = async ({ store, record, clock }: Job) =>
    (await rowsOf(store, list, clock())).filter(({ value }) => value === record.args[kind]);
  return {
    timeoutMs: TIMEOUT_MS,
    isRepeatable: true,
    async check(job) {
      const entries = await entriesOf(job);
      const value = job.record.args[kind]!.slice(0, 200);
      if (entries.length === 0) return { says: `${value} is on no list`, memory: {}, already: true };
      return {
        says: `${value} comes off the list`,
        memory: { actions: entries.map(({ action }) => action) },
        already: false,
      };
    },
    async run(job) {
      const { store, record, clock } = job;
      for (const { action } of await entriesOf(job)) {
        await removeBlock(store, list, record.args[kind]!, action, clock());
        const cause = { by: US, now: clock(), request: `unblocked:${record.number}` };
        await changeAction(store, action, cause, ({ state }) =>
          state === 'done'
            ? {
                set: { state: 'undone', effect: 'absent', expires: null },
                text: `taken back by action ${record.number}`,
              }
            : null,
        );
      }
      return {};
    },
    verify: async (job) => ((await entriesOf(job)).length === 0 ? 'holds' : 'absent'),
    undo: null,
  };
}

/** Lists that firewalls, proxies and resolvers fetch from the engine (`/lists/…`). */
const lists: Carrier = {
  name: 'lists',
  title: 'Block lists that firewalls, proxies and resolvers fetch',
  isFor: () => true,
  works: {
    'block-ip': block('ip', 'ip'),
    'block-domain': block('domain', 'domain'),
    'block-url': block('url', 'url'),
    'dns-rpz-block': block('rpz', 'domain'),
    'unblock-ip': unblock('ip', 'ip'),
    'unblock-domain': unblock('domain', 'domain'),
    'unblock-url': unblock('url', 'url'),
    'dns-rpz-unblock': unblock('rpz', 'domain'),
  },
};
export default lists;
