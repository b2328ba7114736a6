import type { Command } from 'commander';
import { systemClock } from '../../engine/clock.js';
import { readAllowLists } from '../../engine/detect/indicators/allow.js';
import { announce, type ImportCounts, importIndicators, SOURCE_NAME } from '../../engine/detect/indicators/import.js';
import { INDICATOR_TYPES } from '../../engine/detect/indicators/types.js';
import { judgeValue } from '../../engine/detect/indicators/value/index.js';
import { MdrError } from '../../engine/errors.js';
import type { Store } from '../../engine/store/index.js';
import { PROVIDER } from '../../engine/store/indicators.js';
import { say, withRuntime } from './runtime.js';

const DAY_MS = 86_400_000;
const MAX_LIMIT = 10_000;

const bad = (text: string, hint: string) => new MdrError('MDR_INDICATOR_BAD', text, hint);

/** Epoch ms of `90d`, `12h`, `2026-12-31` or `never` (null). @throws MdrError MDR_INDICATOR_BAD */
export function expiryOf(text: string, now: number): number | null {
  if (text === 'never') return null;
  const span = /^(\d{1,5})([dh])$/.exec(text);
  const until = span ? now + Number(span[1]) * (span[2] === 'd' ? DAY_MS : DAY_MS / 24) : Date.parse(text);
  if (Number.isNaN(until) || until <= now || (!span && !/^\d{4}-\d\d-\d\d/.test(text)))
    throw bad(`--expires ${text} is no time to come.`, 'Give a span (90d, 12h), a date (2027-01-31) or "never".');
  return until;
}

/** Whole number of a percentage. @throws MdrError MDR_INDICATOR_BAD */
export function confidenceOf(text: string): number {
  const confidence = Number(text);
  if (/^\d{1,3}$/.test(text) && confidence <= 100) return confidence;
  throw bad(`--confidence ${text} is no confidence.`, 'Give a whole number from 0 to 100.');
}

const ownerOf = async (store: Store, tenant: string | undefined): Promise<string> =>
  tenant === undefined ? PROVIDER : (await store.forTenant(tenant)).id;

/** Indicators: what feeds and people know to be bad. */
export default function indicators(program: Command): void {
  const group = program.command('indicators').description('values known to be bad, looked for in every event');

  group
    .command('import <files...>')
    .description('take in lists, CSV, STIX 2.1 bundles or MISP events (plain or .gz); the same file again does no harm')
    .requiredOption('--source <name>', 'who says so: the name of the feed')
    .option('--confidence <n>', '0 to 100, for those whose file tells none', '50')
    .option('--expires <when>', '90d, 12h, a date or never, for those whose file tells none', '90d')
    .option('--tenant <id>', 'for this tenant only (default: for all)')
    .option('--exact', 'domains are meant alone, without their sub-domains')
    .option('--allow <file...>', 'values that are never indicators: MISP warning lists, or one value a line')
    .action(
      async (
        files: string[],
        options: {
          source: string;
          confidence: string;
          expires: string;
          tenant?: string;
          exact?: boolean;
          allow?: string[];
        },
      ) => {
        const now = systemClock();
        if (!SOURCE_NAME.test(options.source))
          throw bad(`"${options.source}" cannot be a source's name.`, 'Use up to 64 letters, digits and "._:/-".');
        const terms = {
          source: options.source,
          confidence: confidenceOf(options.confidence),
          expires: expiryOf(options.expires, now),
          exact: options.exact ?? false,
          now,
        };
        await withRuntime(async ({ store, queues, config }) => {
          const lists = [
            ...config.MDR_INDICATORS_ALLOW.split(',').map((path) => path.trim()),
            ...(options.allow ?? []),
          ];
          const allow = await readAllowLists(lists.filter(Boolean));
          const owner = await ownerOf(store, options.tenant);
          const show = process.stderr.isTTY;
          for (const file of files) {
            const progress = ({ added, updated }: ImportCounts) => {
              if (show) process.stderr.write(`\r${file}: ${added} new, ${updated} known   `);
            };
            try {
              const counts = await importIndicators(store, file, { ...terms, allow, owner }, progress);
              if (show) process.stderr.write('\n');
              console.log(JSON.stringify({ file, owner, source: options.source, ...counts }));
            } finally {
              await announce(queues.redis, queues.prefix);
            }
          }
        });
      },
    );

  group
    .command('list')
    .description('list indicators, the most confident first')
    .option('--source <name>', 'of this source')
    .option('--type <type>', INDICATOR_TYPES.join(', '))
    .option('--tenant <id>', 'of this tenant (default: those for all)')
    .option('--limit <n>', 'how many', '100')
    .action(async (options: { source?: string; type?: string; tenant?: string; limit: string }) => {
      const limit = Number(options.limit);
      if (!(limit >= 1 && limit <= MAX_LIMIT))
        throw bad(`--limit ${options.limit} is no number.`, `1 to ${MAX_LIMIT}.`);
      await withRuntime(async ({ store }) => {
        const filter = {
          tenant: await ownerOf(store, options.tenant),
          ...(options.source && { source: options.source }),
          ...(options.type && { type: options.type }),
        };
        const found = await store.indicators
          .find(filter)
          .sort({ confidence: -1, _id: 1 })
          .limit(Math.floor(limit))
          .lean();
        for (const { type, value, source, confidence, expires, threat } of found)
          console.log([type, value, source, confidence, dateOf(expires), threat?.name ?? ''].join('\t'));
        const total = await store.indicators.countDocuments(filter);
        if (total > found.length) say(`${total - found.length} more: --limit, --source or --type`);
      });
    });

  group
    .command('show <value>')
    .description('show everything known of a value, defanged or not, as JSON lines')
    .action(async (text: string) => {
      const judged = judgeValue(text, null);
      if ('refused' in judged) throw bad(`"${text.slice(0, 80)}" is no indicator: ${judged.refused}.`, '');
      await withRuntime(async ({ store }) => {
        const found = await store.indicators.find({ value: judged.value }).sort({ confidence: -1 }).limit(100).lean();
        for (const record of found) console.log(JSON.stringify(record));
        if (found.length === 0) say(`${judged.type} ${judged.value} is not known`);
      });
    });

  group
    .command('remove')
    .description('remove a value, or everything of a source')
    .option('--value <value>', 'this value, defanged or not')
    .option('--source <name>', 'of this source')
    .option('--tenant <id>', 'of this tenant (default: those for all)')
    .action(async (options: { value?: string; source?: string; tenant?: string }) => {
      if (!options.value && !options.source) throw bad('remove what?', 'Name --value, --source or both.');
      const judged = options.value ? judgeValue(options.value, null) : null;
      if (judged && 'refused' in judged) throw bad(`"${options.value}" is no indicator: ${judged.refused}.`, '');
      await withRuntime(async ({ store, queues }) => {
        const { deletedCount } = await store.indicators.deleteMany({
          tenant: await ownerOf(store, options.tenant),
          ...(judged && { value: judged.value }),
          ...(options.source && { source: options.source }),
        });
        await announce(queues.redis, queues.prefix);
        console.log(JSON.stringify({ removed: deletedCount }));
      });
    });

  group
    .command('stats')
    .description('count indicators by owner, source and type')
    .action(async () => {
      await withRuntime(async ({ store }) => {
        const rows = await store.indicators.aggregate<{
          _id: { tenant: string; source: string; type: string };
          count: number;
        }>([
          { $group: { _id: { tenant: '$tenant', source: '$source', type: '$type' }, count: { $sum: 1 } } },
          { $sort: { count: -1 } },
          { $limit: 500 },
        ]);
        for (const { _id, count } of rows)
          console.log([_id.tenant === PROVIDER ? 'all tenants' : _id.tenant, _id.source, _id.type, count].join('\t'));
      });
    });
}

const dateOf = (time: number | null): string => (time === null ? 'never' : new Date(time).toISOString().slice(0, 10));
