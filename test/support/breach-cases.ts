import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { duties } from '../../engine/breach/duties.js';
import { readFacts, readProfile } from '../../engine/breach/files.js';
import { theLaw } from '../../engine/breach/index.js';
import { projectRoot } from '../../engine/root.js';

const folder = join(projectRoot, 'test/breach/cases');

/** Facts, and what follows from them by hand (test/breach/cases/README.md). */
export interface DutyCase {
  file: string;
  duty: string;
  profile: object;
  facts: unknown;
  why: string;
  now?: string;
  proposed?: boolean;
  none?: true;
  state?: string;
  due?: string;
  target?: string;
  relief?: string | null;
  decides?: string[];
  exception?: string;
  late?: boolean;
  lapsed?: true;
}

export function dutyCases(): DutyCase[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .flatMap((file) => {
      const { profiles, cases } = parse(readFileSync(join(folder, file), 'utf8')) as {
        profiles: Record<string, object>;
        cases: (Omit<DutyCase, 'file' | 'profile'> & { profile: string })[];
      };
      return cases.map((each) => {
        const profile = profiles[each.profile];
        if (!profile) throw new Error(`${file}: there is no profile "${each.profile}"`);
        return { ...each, file, profile };
      });
    });
}

/** What differs from what was worked out by hand, in words; empty: nothing. */
export function faultsOfCase(expected: DutyCase): string[] {
  const profile = readProfile(stringify(expected.profile));
  const text = stringify({ facts: expected.facts });
  const now = Date.parse(expected.now ?? '') || lastTime(text) + 60_000;
  const found = duties(theLaw(), profile, readFacts(text, now, profile.zone), now, { proposed: expected.proposed });
  const duty = found.duties.find(({ id }) => id === expected.duty);
  if (expected.none) return duty ? [`is ${duty.state}, due ${duty.due && new Date(duty.due).toISOString()}`] : [];
  if (!duty) return ['is not there'];
  const faults: string[] = [];
  const seconds = (time: number | null) => (time === null ? null : Math.floor(time / 1000));
  const differs = (what: string, is: number | null, want: string | null | undefined) => {
    if (want !== undefined && seconds(is) !== seconds(want === null ? null : Date.parse(want)))
      faults.push(`${what} is ${is === null ? null : new Date(is).toISOString()}, by hand ${want}`);
  };
  differs('due', duty.due, expected.due);
  differs('target', duty.target, expected.target);
  differs('relief', duty.relief, expected.relief);
  if (duty.state !== expected.state) faults.push(`is ${duty.state}, by hand ${expected.state}`);
  if (expected.decides?.some((fact) => !duty.decides.includes(fact)))
    faults.push(`is decided by ${duty.decides}, by hand ${expected.decides}`);
  if (expected.exception && !duty.exceptions.some(({ id, holds }) => id === expected.exception && holds === true))
    faults.push(`exception ${expected.exception} does not hold`);
  if (expected.late !== undefined && duty.late !== expected.late) faults.push(`late is ${duty.late}`);
  if ((duty.lapsed !== null) !== (expected.lapsed ?? false)) faults.push(`lapsed is ${JSON.stringify(duty.lapsed)}`);
  if (!duty.counsel.startsWith('Check with counsel')) faults.push('does not say to check with counsel');
  return faults;
}

/** The last time that facts name. */
function lastTime(text: string): number {
  const times = [...text.matchAll(/\d{4}-\d\d-\d\d(?:T[\d:]+(?:Z|[+-]\d\d:\d\d))?/g)].map(([time]) => Date.parse(time));
  return Math.max(...times, 0) || Date.parse('2026-03-03T00:00Z');
}
