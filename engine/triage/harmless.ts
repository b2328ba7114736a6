import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { projectRoot } from '../root.js';
import type { AlertRule } from '../store/alerts.js';
import type { Profile } from '../store/tenants.js';

const values = z.array(z.string().min(1).max(253)).max(2000).default([]);
const schema = z.array(
  z.strictObject({
    /** What one of them is, as a sentence goes on: `is …`. */
    is: z.string().min(1).max(200),
    /** False: told only of indicators. Of what every machine talks to all day, nobody wants to be told. */
    told: z.boolean().default(true),
    addresses: values,
    names: values,
    hashes: values,
  }),
);
const FILE = join(projectRoot, 'engine/triage/enrich/harmless.yaml');

/** Values that are nobody's fault. */
interface List {
  is: string;
  told: boolean;
  addresses: BlockList;
  /** Names alone, and those under which every name counts. */
  names: ReadonlySet<string>;
  under: ReadonlySet<string>;
  hashes: ReadonlySet<string>;
}
type Kind = 'ip' | 'domain' | 'hash';

/** @throws Error for an address or range that is none */
function listOf({ is, told, addresses, names, hashes }: z.infer<typeof schema>[number]): List {
  const block = new BlockList();
  for (const text of addresses) {
    const [address = '', prefix] = text.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) block.addAddress(address, family);
    else block.addSubnet(address, Number(prefix), family);
  }
  const lower = names.map((name) => name.toLowerCase());
  return {
    ...{ is, told, addresses: block },
    names: new Set(lower.filter((name) => !name.startsWith('.'))),
    under: new Set(lower.filter((name) => name.startsWith('.')).map((name) => name.slice(1))),
    hashes: new Set(hashes.map((hash) => hash.toLowerCase())),
  };
}

let lists: readonly List[] | undefined;
const ownLists = new WeakMap<Profile, List>();

const ours = (): readonly List[] => {
  lists ??= schema.parse(parse(readFileSync(FILE, 'utf8'), { maxAliasCount: 0 })).map(listOf);
  return lists;
};

/** What a tenant says is its own. */
function ownOf(profile: Profile): List {
  const known = ownLists.get(profile);
  if (known) return known;
  const { networks = [], domains = [] } = profile;
  // Checked where profiles are read; whoever has written one past that must not stop triage.
  const addresses = networks.filter((text) => /^[\da-f.:]+(\/\d{1,3})?$/i.test(text) && isRange(text));
  const names = domains.map((name) => `.${name.replace(/^\*?\./, '').replace(/\.$/, '')}`);
  const made = listOf({ is: "this organisation's own", told: true, addresses, names, hashes: [] });
  ownLists.set(profile, made);
  return made;
}

function isRange(text: string): boolean {
  const [address = '', prefix = '0'] = text.split('/');
  const family = isIP(address);
  return family !== 0 && Number(prefix) <= (family === 6 ? 128 : 32);
}

/**
 * Why a value is nobody's fault: `a public DNS resolver`. Lists of ours, and what the tenant's profile says is its own.
 * @param among also lists that are told only of indicators
 * @returns null when it is on no list
 */
export function harmlessAs(kind: Kind, value: string, profile: Profile, among: 'told' | 'all' = 'told'): string | null {
  const text = value.trim().toLowerCase().replace(/\.$/, '');
  const holds = holder(kind, text);
  if (!holds) return null;
  for (const list of [ownOf(profile), ...ours()]) if ((among === 'all' || list.told) && holds(list)) return list.is;
  return null;
}

function holder(kind: Kind, text: string): ((list: List) => boolean) | null {
  if (kind === 'hash') return ({ hashes }) => hashes.has(text);
  if (kind === 'ip') {
    const family = isIP(text);
    return family === 0 ? null : ({ addresses }) => addresses.check(text, family === 6 ? 'ipv6' : 'ipv4');
  }
  if (text.length > 253) return null;
  const labels = text.split('.');
  const above = labels.map((_, i) => labels.slice(i).join('.'));
  return ({ names, under }) => names.has(text) || above.some((name) => under.has(name));
}

const INDICATOR = /^indicator:(ip|domain|md5|sha1|sha256):(.+)$/s;

/** The same rule, saying nothing, when it is an indicator of something that is nobody's fault. */
export function withoutHarmless(rule: AlertRule, profile: Profile): AlertRule {
  const [, type, value] = INDICATOR.exec(rule.id) ?? [];
  if (type === undefined || value === undefined) return rule;
  const kind = type === 'ip' || type === 'domain' ? type : 'hash';
  const is = harmlessAs(kind, value, profile, 'all');
  return is === null ? rule : { ...rule, rarity: 0, common: `names ${is}, and that is nobody's fault` };
}
