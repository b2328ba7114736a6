import type { Alert, AlertRule, Observable, ScoreReason } from '../store/alerts.js';
import { DATA_CLASSES, type DataClass, type Profile } from '../store/tenants.js';
import { accountName, hostName } from './links.js';
import type { Weights } from './weights.js';

/** By what an alert names hosts, accounts and systems. */
type Named = Pick<Alert, 'entity' | 'observables'>;

/** Every spelling by which a profile may call what is in an alert. Hosts by their first label, accounts without their domain. */
export function namesIn({ entity, observables }: Named): Set<string> {
  const names = new Set<string>();
  for (const observable of [entity, ...observables]) for (const name of spellings(observable)) names.add(name);
  return names;
}

function spellings({ kind, value }: Observable): string[] {
  const whole = value.toLowerCase();
  if (kind === 'user') return [whole, accountName(value)];
  // A host may be called by its address too.
  return kind === 'host' || kind === 'domain' ? [whole, hostName(value)] : [whole];
}

const isNamed = (name: string, names: ReadonlySet<string>): boolean => {
  const whole = name.toLowerCase();
  return names.has(whole) || (whole !== '' && (names.has(hostName(name)) || names.has(accountName(name))));
};

/** Each class of data that systems with these names hold, with the first such system. */
export function dataOn(
  names: ReadonlySet<string>,
  { crownJewels, assets = [] }: Pick<Profile, 'crownJewels' | 'assets'>,
): Map<DataClass, string> {
  const held = new Map<DataClass, string>();
  for (const { name, data = [] } of [...crownJewels, ...assets]) {
    if (data.length === 0 || !isNamed(name, names)) continue;
    for (const each of data) if (!held.has(each)) held.set(each, name);
  }
  return held;
}

/** Crown jewels, and systems that hold data. */
export function assetReasons(names: ReadonlySet<string>, profile: Profile, weights: Weights): ScoreReason[] {
  const reasons: ScoreReason[] = [];
  const jewel = profile.crownJewels.find(({ name }) => isNamed(name, names));
  if (jewel)
    reasons.push({
      points: weights.crownJewel,
      text: `${jewel.name} is a crown jewel${jewel.why ? ` (${jewel.why})` : ''}`,
    });
  const held = dataOn(names, profile);
  if (held.size === 0) return reasons;
  const classes = DATA_CLASSES.filter((each) => held.has(each));
  const sum = classes.reduce((total, each) => total + weights.data[each], 0);
  const systems = [...new Set(held.values())].sort();
  const points = Math.min(weights.data.most, sum);
  const verb = systems.length === 1 ? 'holds' : 'hold';
  return points === 0
    ? reasons
    : [...reasons, { points, text: `${systems.slice(0, 3).join(', ')} ${verb} ${classes.join(', ')} data` }];
}

/** Accounts that may do much, and groups of them. Once, whoever it is; the profile's words come first. */
export function identityReasons(
  { entity, observables }: Named,
  profile: Profile,
  { privileged: { points, named: namedPoints, accounts, groups } }: Weights,
): ScoreReason[] {
  // In one order, whatever was seen first.
  const users = [entity, ...observables]
    .filter(({ kind }) => kind === 'user')
    .map(({ value }) => ({ name: accountName(value), bare: value.toLowerCase() }))
    .filter(({ name }) => name !== '')
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const has = (list: readonly string[]) =>
    users.find(({ name, bare }) => list.includes(name) || list.includes(bare))?.name;
  const named = new Set(users.flatMap(({ name, bare }) => [name, bare]));
  const own = profile.privileged?.find(({ name }) => named.has(name.toLowerCase()) || named.has(accountName(name)));
  const account = own?.name ?? has(accounts);
  const group = account === undefined ? has(groups) : undefined;
  const why = own?.why ? ` (${own.why})` : '';
  return [
    ...(account === undefined ? [] : [{ points, text: `the privileged account ${account} is involved${why}` }]),
    ...(group === undefined ? [] : [{ points: namedPoints, text: `the privileged group ${group} is named` }]),
  ].filter((reason) => reason.points > 0);
}

/** How sure the source of the surest indicator is. @param rules those that say something here */
export function indicatorReasons(rules: readonly AlertRule[], { indicator }: Weights): ScoreReason[] {
  const sure = Math.max(0, ...rules.map(({ confidence = 0 }) => confidence));
  const points = Math.round((indicator.most * Math.max(0, Math.min(100, sure) - 50)) / 50);
  return points === 0 ? [] : [{ points, text: `a known bad value is in it, with confidence ${sure} of 100` }];
}

/** Whether a score may depend on an observable. */
export function matters(observable: Observable, profile: Profile, weights: Weights): boolean {
  const alone = { entity: observable, observables: [] };
  return (
    assetReasons(namesIn(alone), profile, weights).length > 0 || identityReasons(alone, profile, weights).length > 0
  );
}
