import { setImmediate as pause } from 'node:timers/promises';
import { MdrError } from '../../errors.js';
import type { Log } from '../../log.js';
import type { Store, TenantStore } from '../../store/index.js';
import type { CatalogRule } from '../../store/rules.js';
import type { RuleProblem } from '../types.js';
import { catalogId, describe } from './describe.js';
import { digestOf, readRuleFiles } from './files.js';

/** Raise it when `describe` changes what it says: catalogues are then written again. */
const FORM = '1';
const SLICE_MS = 15;
/** Small pages: MongoDB answers the batches in between. */
const PAGE = 100;

/**
 * Write a pack's rules into the catalogue, unless the same are there. Reading is cut into slices, so that a worker goes on with its
 * batches meanwhile; several workers may do it at once.
 * @param pack `mdr`, `local`, or the name of a rule set; no files: it goes from the catalogue
 * @returns whether it was written
 */
export async function publish(
  rules: Store['rules'],
  pack: string,
  files: readonly { file: string; content: string }[],
  problems: readonly RuleProblem[] = [],
): Promise<boolean> {
  const digest = `${FORM}-${digestOf(files)}`.slice(0, 40);
  const [same, other] = await Promise.all([
    rules.findOne({ pack, digest }).select('_id').lean(),
    rules
      .findOne({ pack, digest: { $ne: digest } })
      .select('_id')
      .lean(),
  ]);
  if (files.length === 0 ? !other && !same : same && !other) return false;
  const rows = new Map<string, CatalogRule>();
  let slice = performance.now();
  for (const { file, content } of files) {
    for (const rule of describe(file, content, problems)) {
      const _id = catalogId(pack, rule.id);
      if (!rows.has(_id)) rows.set(_id, { _id, pack, digest, ...rule });
    }
    if (performance.now() - slice > SLICE_MS) {
      await pause();
      slice = performance.now();
    }
  }
  const all = [...rows.values()];
  for (let from = 0; from < all.length; from += PAGE)
    await rules.bulkWrite(
      all
        .slice(from, from + PAGE)
        .map((row) => ({ replaceOne: { filter: { _id: row._id }, replacement: row, upsert: true } })),
      { ordered: false },
    );
  await rules.deleteMany(files.length === 0 ? { pack } : { pack, digest: { $ne: digest } });
  return true;
}

/** Publish the folders that a worker runs. Never throws: people look rules up there, nothing is detected from it. */
export async function publishFolders(
  rules: Store['rules'],
  packs: Readonly<Record<string, readonly string[]>>,
  problems: readonly RuleProblem[],
  log: Log,
): Promise<void> {
  try {
    for (const [pack, folders] of Object.entries(packs)) {
      const files = [];
      for (const folder of folders) files.push(...(await readRuleFiles(folder)).files);
      await publish(rules, pack, files, problems);
    }
  } catch (error) {
    log.warn({ error: (error as Error).message }, 'the rule catalogue could not be written');
  }
}

/** What `/mdr rules` is asked for; every term must fit. */
export interface RuleQuery {
  /** Words of title, description, tags, log source and file. */
  words: string[];
  levels: string[];
  /** Levels of the tenant's own, by rule id: they count instead of the rule's. */
  ownLevels: ReadonlyMap<string, string>;
  tactics: string[];
  techniques: string[];
  /** Ids of rules to look among; null: all. */
  among: string[] | null;
  /** Ids of rules to leave out. */
  except: string[];
}

const MAX_WORD = 100;

export function queryOf(query: RuleQuery): Record<string, unknown> {
  const { words, levels, ownLevels, tactics, techniques, among, except } = query;
  const fitting = [...ownLevels].flatMap(([id, level]) => (levels.includes(level) ? [id] : []));
  const terms: Record<string, unknown>[] = [
    ...words.map((word) => ({ text: new RegExp(escaped(word.toLowerCase().slice(0, MAX_WORD))) })),
    ...(levels.length > 0
      ? [{ $or: [{ level: { $in: levels }, id: { $nin: [...ownLevels.keys()] } }, { id: { $in: fitting } }] }]
      : []),
    ...tactics.map((tactic) => ({ tactics: tactic })),
    // A technique stands for its sub-techniques too.
    ...techniques.map((technique) => ({ techniques: new RegExp(`^${escaped(technique)}(?:\\.|$)`) })),
    ...(among ? [{ id: { $in: among } }] : []),
    ...(except.length > 0 ? [{ id: { $nin: except } }] : []),
  ];
  return terms.length > 0 ? { $and: terms } : {};
}

/**
 * The one rule whose id is, or begins with, what was typed, or whose file or title is just that.
 * @throws MdrError MDR_RULE_UNKNOWN when there is none or several
 */
export async function ruleCalled(scope: Pick<TenantStore, 'rules'>, typed: string): Promise<CatalogRule> {
  const wanted = typed.trim().slice(0, 300);
  const exact = await scope.rules
    .findOne({ $or: [{ id: wanted }, { file: wanted }, { title: wanted }] })
    .lean<CatalogRule>();
  if (exact) return exact;
  if (wanted.length >= 4) {
    const begins = new RegExp(`^${escaped(wanted.toLowerCase())}`);
    const found = await scope.rules.find({ id: begins }).limit(3).lean<CatalogRule[]>();
    if (new Set(found.map(({ id }) => id)).size === 1) return found[0]!;
    if (found.length > 1)
      throw new MdrError(
        'MDR_RULE_UNKNOWN',
        `several rules have ids that begin with "${wanted.slice(0, 40)}".`,
        'Give more of the id.',
      );
  }
  throw new MdrError(
    'MDR_RULE_UNKNOWN',
    `there is no rule "${wanted.slice(0, 60)}".`,
    'Give its id, or the first 4 characters of it: /mdr rules <words> finds it.',
  );
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
