import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Redis } from 'ioredis';
import type { Clock } from '../../clock.js';
import { MdrError } from '../../errors.js';
import type { Store } from '../../store/index.js';
import { RULESET_NAME, type Ruleset, type RulesetEntry, type RulesetVersion } from '../../store/rulesets.js';
import { isDuplicate } from '../../store/scoped.js';
import { compileRules } from '../index.js';
import { publish } from './catalog.js';
import { digestOf, MAX_TOTAL_BYTES, type RuleFiles } from './files.js';

const zip = promisify(gzip);
const unzip = promisify(gunzip);
/** A part with its record stays well below MongoDB's 16 MiB. */
const PART_BYTES = 8 * 1024 * 1024;
const MAX_PROBLEMS = 200;
const MAX_VERSIONS = 20;
const MAX_SETS = 50;
const MAX_LOG = 200;
const ATTEMPTS = 8;

type Sets = Pick<Store, 'rulesets' | 'rulesetVersions' | 'rulesetParts' | 'rules'>;
type File = { file: string; content: string };

/** The Redis key that tells workers to look again. */
export const rulesetsKey = (prefix: string): string => `${prefix}:rulesets`;

/**
 * Keep rules as a new version of a set; it runs only once it is activated. The same content as the latest version is that version.
 * @throws MdrError MDR_RULESET_BAD when the name is malformed or no rule in it runs
 */
export async function importVersion(
  sets: Sets,
  name: string,
  read: RuleFiles,
  { source, commit, actor }: { source: string; commit: string | null; actor: string },
  clock: Clock,
): Promise<{ version: RulesetVersion; isNew: boolean }> {
  if (!RULESET_NAME.test(name) || name === 'mdr' || name === 'local')
    throw new MdrError(
      'MDR_RULESET_BAD',
      `"${name.slice(0, 60)}" cannot be the name of a rule set.`,
      'Use 1 to 40 of a-z, 0-9 and "-"; mdr and local are taken.',
    );
  if (!(await sets.rulesets.exists({ _id: name })) && (await sets.rulesets.countDocuments()) >= MAX_SETS)
    throw new MdrError('MDR_RULESET_BAD', `there are ${MAX_SETS} rule sets already.`, 'Import into one of them.');
  const digest = digestOf(read.files);
  const [latest] = await sets.rulesetVersions
    .find({ set: name })
    .sort({ version: -1 })
    .limit(1)
    .lean<RulesetVersion[]>();
  if (latest?.digest === digest) return { version: latest, isNew: false };

  const { matcher, correlations, problems } = compileRules(read.files);
  const rules = matcher.rules.length + correlations.all.length;
  const all = [...read.problems, ...problems];
  if (rules === 0)
    throw new MdrError(
      'MDR_RULESET_BAD',
      `no rule of ${source} runs: ${all[0] ? `${all[0].file}:${all[0].line} ${all[0].reason}` : 'it holds none'}.`,
      'See `mdr rules check`.',
    );
  const now = clock();
  const version = await nextVersion(sets, name);
  const packed = await zip(JSON.stringify(read.files));
  const parts = Math.ceil(packed.length / PART_BYTES);
  for (let n = 0; n < parts; n++)
    await sets.rulesetParts.create({
      _id: `${name}@${version}#${n}`,
      set: name,
      version,
      data: packed.subarray(n * PART_BYTES, (n + 1) * PART_BYTES),
    });
  // Written last: a version that is there is whole.
  const record: RulesetVersion = {
    _id: `${name}@${version}`,
    set: name,
    version,
    source: source.slice(0, 500),
    commit,
    created: now,
    actor,
    digest,
    files: read.files.length,
    rules,
    problems: all.slice(0, MAX_PROBLEMS),
    problemCount: all.length,
    parts,
  };
  await sets.rulesetVersions.create(record);
  await log(sets, name, { at: now, actor, kind: 'imported', version, text: `from ${source.slice(0, 300)}` });
  await prune(sets, name);
  return { version: record, isNew: true };
}

/** @throws MdrError MDR_RULESET_UNKNOWN */
export async function versionOf(sets: Sets, name: string, version?: number): Promise<RulesetVersion> {
  const filter = version === undefined ? { set: name } : { set: name, version };
  const [found] = await sets.rulesetVersions.find(filter).sort({ version: -1 }).limit(1).lean<RulesetVersion[]>();
  if (found) return found;
  throw new MdrError(
    'MDR_RULESET_UNKNOWN',
    `there is no rule set ${name.slice(0, 60)}${version === undefined ? '' : `, version ${version}`}.`,
    'See `mdr rules versions`.',
  );
}

/** A version's files, whole or not at all. @throws MdrError MDR_RULESET_UNKNOWN, MDR_RULESET_BAD when it is damaged */
export async function filesOf(sets: Sets, name: string, version: number): Promise<File[]> {
  const record = await versionOf(sets, name, version);
  const damaged = (cause?: unknown) =>
    new MdrError(
      'MDR_RULESET_BAD',
      `version ${version} of the rule set ${name} is damaged in the store.`,
      'Import it again, or roll back to another version.',
      { cause },
    );
  const parts: Buffer[] = [];
  for (let n = 0; n < record.parts; n++) {
    const part = await sets.rulesetParts.findOne({ _id: `${name}@${version}#${n}` }).lean();
    if (!part) throw damaged();
    const { data } = part as unknown as { data: Buffer | { buffer: Uint8Array } };
    parts.push(Buffer.isBuffer(data) ? data : Buffer.from(data.buffer));
  }
  let files: File[];
  try {
    const text = await unzip(Buffer.concat(parts), { maxOutputLength: MAX_TOTAL_BYTES * 2 });
    files = JSON.parse(text.toString('utf8')) as File[];
  } catch (cause) {
    throw damaged(cause);
  }
  if (digestOf(files) !== record.digest) throw damaged();
  return files;
}

/** The files of all active versions, named `<set>@<version>/…`. @throws MdrError MDR_RULESET_BAD */
export async function activeFiles(sets: Sets, versions?: Readonly<Record<string, number>>): Promise<File[]> {
  const files: File[] = [];
  for (const [name, version] of Object.entries(versions ?? (await activeVersions(sets))))
    for (const { file, content } of await filesOf(sets, name, version))
      files.push({ file: `${name}@${version}/${file}`, content });
  return files;
}

/** Active versions by the name of their set. */
export async function activeVersions(sets: Sets): Promise<Record<string, number>> {
  const active = await sets.rulesets
    .find({ active: { $ne: null } })
    .sort({ _id: 1 })
    .lean<Ruleset[]>();
  return Object.fromEntries(active.map(({ _id, active: version }) => [_id, version!]));
}

/**
 * Let a version run, on all workers, for every tenant, from within seconds on. It is read and compiled once before, so that a version
 * that cannot run is not let loose.
 * @param version null: none; the set does not run any more
 * @throws MdrError MDR_RULESET_UNKNOWN, MDR_RULESET_BAD, MDR_CONFLICT
 */
export async function activate(
  { sets, redis, prefix, clock }: { sets: Sets; redis: Redis; prefix: string; clock: Clock },
  name: string,
  version: number | null,
  actor: string,
  kind: RulesetEntry['kind'] = version === null ? 'deactivated' : 'activated',
): Promise<Ruleset> {
  const files = version === null ? [] : await filesOf(sets, name, version);
  const { matcher, correlations, problems } = compileRules(files);
  if (version !== null && matcher.rules.length + correlations.all.length === 0)
    throw new MdrError('MDR_RULESET_BAD', `no rule of ${name} version ${version} runs.`, 'See `mdr rules check`.');
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const set = await setOf(sets, name);
    if (set.active === version) {
      await publish(sets.rules, name, files, problems);
      return set;
    }
    const entry: RulesetEntry = { at: clock(), actor, kind, version, text: `was ${set.active ?? 'not active'}` };
    const written = await sets.rulesets.findOneAndUpdate(
      { _id: name, revision: set.revision },
      {
        $set: { active: version, previous: set.active },
        $push: { log: { $each: [entry], $slice: -MAX_LOG } },
        $inc: { revision: 1 },
      },
      { returnDocument: 'after' },
    );
    if (!written) continue;
    await redis.incr(rulesetsKey(prefix));
    await publish(sets.rules, name, files, problems);
    return written.toObject();
  }
  throw new MdrError('MDR_CONFLICT', `the rule set ${name} was changed by others meanwhile.`, 'Try again in a moment.');
}

/** Back to a version that ran before. @param version default: the one that was active before this one */
export async function rollback(
  parts: { sets: Sets; redis: Redis; prefix: string; clock: Clock },
  name: string,
  version: number | undefined,
  actor: string,
): Promise<Ruleset> {
  const set = await setOf(parts.sets, name);
  const target = version ?? set.previous;
  if (target === null || target === undefined)
    throw new MdrError(
      'MDR_RULESET_UNKNOWN',
      `no version of ${name} was active before.`,
      `Name one: mdr rules rollback ${name} <version>.`,
    );
  return activate(parts, name, target, actor, 'rolled back');
}

/** @throws MdrError MDR_RULESET_UNKNOWN */
export async function setOf(sets: Sets, name: string): Promise<Ruleset> {
  const set = await sets.rulesets.findById(name).lean<Ruleset>();
  if (set) return set;
  throw new MdrError(
    'MDR_RULESET_UNKNOWN',
    `there is no rule set "${name.slice(0, 60)}".`,
    'See `mdr rules versions`.',
  );
}

async function nextVersion(sets: Sets, name: string): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const raised = await sets.rulesets.findOneAndUpdate(
      { _id: name },
      { $inc: { latest: 1, revision: 1 } },
      { returnDocument: 'after' },
    );
    if (raised) return raised.latest;
    try {
      await sets.rulesets.create({ _id: name, active: null, previous: null, latest: 1, log: [], revision: 1 });
      return 1;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  }
  throw new MdrError('MDR_CONFLICT', `the rule set ${name} was changed by others meanwhile.`, 'Try again in a moment.');
}

async function log(sets: Sets, name: string, entry: RulesetEntry): Promise<void> {
  await sets.rulesets.updateOne(
    { _id: name },
    { $push: { log: { $each: [entry], $slice: -MAX_LOG } }, $inc: { revision: 1 } },
  );
}

/** Old versions go, but never one that runs or that a roll-back goes to. */
async function prune(sets: Sets, name: string): Promise<void> {
  const set = await setOf(sets, name);
  const versions = await sets.rulesetVersions.find({ set: name }).sort({ version: -1 }).select('version').lean();
  const old = versions
    .slice(MAX_VERSIONS)
    .map(({ version }) => version)
    .filter((version) => version !== set.active && version !== set.previous);
  if (old.length === 0) return;
  await sets.rulesetVersions.deleteMany({ set: name, version: { $in: old } });
  await sets.rulesetParts.deleteMany({ set: name, version: { $in: old } });
}
