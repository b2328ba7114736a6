import { isIP } from 'node:net';
import { MdrError } from '../../../errors.js';
import type { Checked, Job, Seen, Work } from '../types.js';
import { targetOf } from './hosts.js';
import { type Ran, type Session, withHost } from './session.js';

const TIMEOUT_MS = 45_000;
const STEP = { most: 64 * 1024, timeoutMs: 15_000 };
const TABLE = 'mdr_isolation';
const NO_NFT = 41;

/** First from where the host sees us, then our table as it is there; nothing when there is none. */
const LOOK = `
command -v nft >/dev/null || exit ${NO_NFT}
printf '%s\\n' "$SSH_CONNECTION"
tables=$($SUDO nft list tables inet) || exit 1
case "$tables" in *"table inet ${TABLE}"*) $SUDO nft list table inet ${TABLE};; esac`;
/** Everything in one transaction: the host is isolated, or as it was. */
const APPLY = `
command -v nft >/dev/null || exit ${NO_NFT}
printf '%s\\n' "$1" | $SUDO nft -f -`;

/**
 * The rules that isolate a host: before all others, so that those stay as they are and what they allow makes no difference; without
 * memory of connections, so that those which are open end too.
 * @param us our address as the host sees it, and the port that we reach it by
 */
export function rulesetOf(us: { address: string; port: number }, reach: readonly string[]): string {
  const family = (address: string) => (address.includes(':') ? 'ip6' : 'ip');
  const everything = [us.address, ...reach];
  const chain = (hook: 'input' | 'output' | 'forward', rules: readonly string[]) => [
    `  chain ${hook} {`,
    `    type filter hook ${hook} priority -300; policy drop;`,
    ...rules.map((rule) => `    ${rule} accept`),
    '  }',
  ];
  // Without its neighbours an IPv6 address cannot be reached at all; such packets come from the next link only (RFC 4861).
  const neighbours = everything.some((address) => family(address) === 'ip6')
    ? ['ip6 hoplimit 255 icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert }']
    : [];
  const own = family(us.address);
  return [
    // So that it may be there, or not.
    `add table inet ${TABLE}`,
    `delete table inet ${TABLE}`,
    `table inet ${TABLE} {`,
    ...chain('input', [
      'iifname "lo"',
      `${own} saddr ${us.address} tcp dport ${us.port}`,
      ...reach.map((address) => `${family(address)} saddr ${address}`),
      ...neighbours,
    ]),
    ...chain('output', [
      'oifname "lo"',
      `${own} daddr ${us.address} tcp sport ${us.port}`,
      ...reach.map((address) => `${family(address)} daddr ${address}`),
      ...neighbours,
    ]),
    ...chain('forward', []),
    '}',
  ].join('\n');
}

const REMOVE = [`add table inet ${TABLE}`, `delete table inet ${TABLE}`].join('\n');

/** Whether a listing says that nothing passes but what the ruleset lets through. */
export function isIsolated(listing: string, ruleset: string): boolean {
  const accepts = (text: string) => text.match(/\baccept\b/g)?.length ?? 0;
  const isDropping = (hook: string) =>
    new RegExp(`type filter hook ${hook} priority [^;\\n]{1,30}; policy drop;`).test(listing);
  return (
    ['input', 'output', 'forward'].every(isDropping) &&
    accepts(listing) <= accepts(ruleset) &&
    // Of a table that sleeps, and of rules that go elsewhere, nothing is known.
    !/\b(?:dormant|jump|goto|queue)\b/.test(listing)
  );
}

function checked({ target }: Session, { code, stderr, stdout }: Ran): string {
  if (code === 0) return stdout.toString('utf8');
  if (code === NO_NFT)
    throw new MdrError(
      'MDR_ACTION_BAD',
      `${target.name} has no nft.`,
      'Install nftables there, or isolate it at its switch.',
    );
  throw new MdrError(
    'MDR_ACTION_FAILED',
    `${target.name} refused: ${stderr.trim().slice(0, 200) || 'it does not say why'}.`,
    'The account of mdr needs to run nft as root there.',
  );
}

/** How it is there, and the rules that would isolate it as seen from here. */
async function look(session: Session): Promise<{ isIn: boolean; isThere: boolean; ruleset: string; us: string }> {
  const [seen = '', ...listing] = checked(session, await session.run(LOOK, [], STEP)).split('\n');
  const [from = '', , , port = ''] = seen.split(' ');
  const address = from.replace(/^::ffff:(?=\d+\.)/, '');
  if (isIP(address) === 0 || !/^\d{1,5}$/.test(port))
    throw new MdrError(
      'MDR_ACTION_FAILED',
      `${session.target.name} does not say from where it is reached.`,
      'Isolate it by hand: it could not be let back in.',
    );
  const ruleset = rulesetOf({ address, port: Number(port) }, session.target.config.reach);
  const text = listing.join('\n');
  return { ruleset, us: address, isIn: isIsolated(text, ruleset), isThere: text.trim() !== '' };
}

const apply = async (session: Session, ruleset: string): Promise<void> =>
  void checked(session, await session.run(APPLY, [ruleset], STEP));

const setting = (isolated: boolean) => (job: Job) =>
  withHost(job, async (session) => {
    const { ruleset, isIn, isThere } = await look(session);
    if (isolated ? isIn : !isThere) return;
    job.signal.throwIfAborted();
    await apply(session, isolated ? ruleset : REMOVE);
  });

/** Isolation of a Linux host by a table of its own in nftables; nothing else there is touched. */
export function isolating(isolated: boolean): Work {
  return {
    ...{ timeoutMs: TIMEOUT_MS, isRepeatable: true },
    async guard({ store, record }) {
      targetOf(store, record.args.host!);
    },
    check: (job) =>
      withHost(job, async (session): Promise<Checked> => {
        const { isIn, isThere, us } = await look(session);
        const { name, address, config } = session.target;
        const also = config.reach.length > 0 ? ` and ${config.reach.join(', ')}` : '';
        const already = isolated ? isIn : !isThere;
        const says = isolated
          ? `${name} (${address}) exchanges packets with ${us} over SSH${also}, and with nobody else`
          : `${name} (${address}) is let back into the network`;
        return { says: `${says}${already ? '; it is so already' : ''}`, memory: { name, address }, already };
      }),
    run: async (job) => {
      await setting(isolated)(job);
      return {};
    },
    async verify(job): Promise<Seen> {
      try {
        const { isIn, isThere } = await withHost(job, look);
        return (isolated ? isIn : !isThere) ? 'holds' : 'absent';
      } catch {
        return 'unknown';
      }
    },
    undo: setting(!isolated),
  };
}
