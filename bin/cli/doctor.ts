import type { Command } from 'commander';
import { loadRules, ownRules, ruleCache } from '../../engine/detect/index.js';
import { readPlaceholders } from '../../engine/detect/placeholders.js';
import { MdrError } from '../../engine/errors.js';
import { troublesOfWays } from '../../engine/notify/ready.js';
import { openSecrets } from '../../engine/notify/secrets.js';
import { POLICIES, type QueueName } from '../../engine/queues.js';
import { checkFiles } from '../../engine/triage/files.js';
import { type Runtime, withRuntime } from './runtime.js';
import { EXIT } from './types.js';

interface Finding {
  what: string;
  ok: boolean;
  /** What was seen. */
  seen: string;
  /** What to do, when something is wrong or worth doing. */
  todo?: string;
}

const MIN_NODE = [20, 19];

/** `mdr doctor`: every dependency, token, scope and queue, and what to do about it. */
export default function doctor(program: Command): void {
  program
    .command('doctor')
    .description('check every dependency, token, scope and queue, and say what to do')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }) => {
      const findings: Finding[] = [nodeVersion()];
      try {
        await withRuntime(async (runtime) => {
          for (const check of [mongo, redis, queues, engine, webConsole, tenants, paging, rules, facts, slack, discord])
            findings.push(...(await guarded(check, runtime)));
        });
      } catch (error) {
        findings.push({
          what: 'services',
          ok: false,
          seen: (error as Error).message,
          todo:
            (error instanceof MdrError && error.hint) || 'start them with `mdr up`, or set MONGODB_URI and REDIS_URL',
        });
      }
      if (options.json) console.log(JSON.stringify(findings, null, 2));
      else
        for (const { what, ok, seen, todo } of findings)
          console.log(`${ok ? '✓' : '✗'} ${what.padEnd(10)} ${seen}${todo ? `\n  ${' '.repeat(10)} → ${todo}` : ''}`);
      if (findings.some((finding) => !finding.ok)) process.exitCode = EXIT.failed;
    });
}

async function guarded(check: (runtime: Runtime) => Promise<Finding[]>, runtime: Runtime): Promise<Finding[]> {
  try {
    return await check(runtime);
  } catch (error) {
    return [{ what: check.name, ok: false, seen: (error as Error).message }];
  }
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > MIN_NODE[0]! || (major === MIN_NODE[0] && minor >= MIN_NODE[1]!);
  return {
    what: 'node',
    ok,
    seen: process.version,
    ...(ok ? {} : { todo: `install Node ${MIN_NODE.join('.')} or later` }),
  };
}

async function mongo({ store }: Runtime): Promise<Finding[]> {
  const started = performance.now();
  const info = (await store.connection.db!.admin().command({ buildInfo: 1 })) as { version?: string };
  const size = await store.tenants.countDocuments();
  const ms = (performance.now() - started).toFixed(0);
  return [
    { what: 'mongodb', ok: true, seen: `answers in ${ms} ms, version ${info.version ?? 'unknown'}, ${size} tenants` },
  ];
}

async function redis({ queues: { redis: client } }: Runtime): Promise<Finding[]> {
  const info = await client.info();
  const read = (key: string) => new RegExp(`^${key}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';
  const durable = read('aof_enabled') === '1';
  const keeps = read('maxmemory_policy') === 'noeviction';
  // A managed Redis may refuse CONFIG: then nobody here knows.
  const saves = await client.config('GET', 'appendfsync').then(
    (pair) => (pair as string[])[1] ?? 'unknown',
    () => 'unknown',
  );
  const todos = [
    ...(durable ? [] : ['set "appendonly yes": without it a crash loses accepted events']),
    ...(saves === 'everysec'
      ? ['set "appendfsync always": with everysec, a killed Redis may lose what it took last']
      : []),
    ...(keeps ? [] : ['set "maxmemory-policy noeviction": otherwise Redis drops queued events when full']),
  ];
  const seen = [
    `version ${read('redis_version') || read('valkey_version')}`,
    `append-only file ${durable ? 'on' : 'off'}, saved ${saves}`,
    `when full: ${read('maxmemory_policy')}`,
  ].join(', ');
  return [{ what: 'redis', ok: durable && keeps, seen, ...(todos.length > 0 ? { todo: todos.join('; ') } : {}) }];
}

async function queues({ queues: all }: Runtime): Promise<Finding[]> {
  return Promise.all(
    (Object.keys(POLICIES) as QueueName[]).map(async (name) => {
      const counts = await all.queue(name).getJobCounts('waiting', 'active', 'delayed', 'failed');
      const workers = await all.queue(name).getWorkersCount();
      const waiting = (counts.waiting ?? 0) + (counts.delayed ?? 0);
      const stuck = waiting > 0 && workers === 0;
      const consumer = ['changes', 'outbox', 'dispatches'].includes(name) ? 'bot' : 'worker';
      return {
        what: `queue`,
        ok: !stuck && !counts.failed,
        seen: `${name}: ${waiting} waiting, ${counts.active ?? 0} in hand, ${counts.failed ?? 0} failed, ${workers} consumers`,
        ...(stuck ? { todo: `nothing takes from it: start \`mdr ${consumer}\`` } : {}),
        ...(counts.failed ? { todo: 'look into the log for "job failed"; failed jobs are kept for a week' } : {}),
      };
    }),
  );
}

async function engine({ config }: Runtime): Promise<Finding[]> {
  const url = `http://${config.MDR_ENGINE_HOST}:${config.MDR_ENGINE_PORT}/healthz`;
  const ok = await answers(url);
  return [
    {
      what: 'engine',
      ok,
      seen: `${url} ${ok ? 'answers' : 'does not answer'}`,
      ...(ok ? {} : { todo: 'start it: `mdr up`, or `mdr engine`' }),
    },
  ];
}

async function webConsole({ config }: Runtime): Promise<Finding[]> {
  const url = `http://${config.MDR_CONSOLE_HOST}:${config.MDR_CONSOLE_PORT}/`;
  const ok = await answers(url);
  return [
    {
      what: 'console',
      ok,
      seen: `${url} ${ok ? 'answers' : 'does not answer'}`,
      ...(ok ? {} : { todo: 'start it: `mdr up`, or `mdr bot`' }),
    },
  ];
}

async function answers(url: string): Promise<boolean> {
  try {
    // Any answer means that somebody is there; the console answers 401 to strangers.
    return (await fetch(url, { signal: AbortSignal.timeout(3000) })).status < 500;
  } catch {
    return false;
  }
}

async function tenants({ store, config }: Runtime): Promise<Finding[]> {
  const all = await store.tenants.find().sort({ _id: 1 }).lean();
  if (all.length === 0) return [{ what: 'tenants', ok: false, seen: 'none', todo: 'add one: `mdr tenant add <id>`' }];
  const people = await store.people.countDocuments();
  return all.map((tenant) => {
    const chats = [
      ...(config.SLACK_BOT_TOKEN || config.SLACK_CLIENT_ID ? ['slack'] : []),
      ...(config.DISCORD_TOKEN ? ['discord'] : []),
    ];
    const missing = chats.length > 0 && !tenant.channels.some(({ surface }) => chats.includes(surface));
    return {
      what: 'tenant',
      ok: true,
      seen: `${tenant._id}: ${tenant.channels.length} channels; ${people} people known in all`,
      ...(missing
        ? { todo: `its alerts reach the console only: \`mdr tenant bind ${tenant._id} ${chats[0]}:<channel id>\`` }
        : {}),
    };
  });
}

async function paging({ store, config }: Runtime): Promise<Finding[]> {
  const secrets = openSecrets(config.MDR_SECRET_KEY);
  const findings: Finding[] = [];
  for (const { _id } of await store.tenants.find({ 'notify.policy': { $ne: null } }, { _id: 1 }).lean()) {
    const tenant = await store.forTenant(_id);
    for (const { way, trouble } of await troublesOfWays(tenant, secrets, config.MDR_NOTIFY_ALLOW))
      findings.push({
        what: 'paging',
        ok: false,
        seen: `${way} of ${_id} cannot be used: ${trouble.message}`,
        todo: trouble.hint,
      });
  }
  return findings;
}

async function rules({ config }: Runtime): Promise<Finding[]> {
  const { matcher, problems } = await loadRules([ownRules, ...config.MDR_RULES], {
    cache: ruleCache(),
    placeholders: await readPlaceholders(config.MDR_PLACEHOLDERS ?? null),
  });
  return [
    {
      what: 'rules',
      ok: matcher.rules.length > 0,
      seen: `${matcher.rules.length} compiled, ${problems.length} left out`,
      ...(problems.length ? { todo: '`mdr scan --problems` lists them' } : {}),
    },
  ];
}

async function facts({ config }: Runtime): Promise<Finding[]> {
  const files = await checkFiles({ mmdb: config.MDR_MMDB, kev: config.MDR_KEV ?? null });
  return files.map((file) => ({ what: 'facts', ...file }));
}

async function slack({ config, store }: Runtime): Promise<Finding[]> {
  if (!config.SLACK_BOT_TOKEN && !config.SLACK_CLIENT_ID)
    return [{ what: 'slack', ok: true, seen: 'not connected', todo: 'to connect it: README, "Connect Slack"' }];
  const { checkSlack } = await import('../../bot/surfaces/slack/check.js');
  const installed = await store.installations.find().sort({ _id: 1 }).limit(50).lean();
  return (await checkSlack(config, installed)).map((finding) => ({ what: 'slack', ...finding }));
}

async function discord({ config, store }: Runtime): Promise<Finding[]> {
  if (!config.DISCORD_TOKEN)
    return [{ what: 'discord', ok: true, seen: 'not connected', todo: 'to connect it: docs/discord.md' }];
  const { checkDiscord } = await import('../../bot/surfaces/discord/check.js');
  const tenants = await store.tenants.find({ 'channels.surface': 'discord' }).lean();
  const channels = tenants.flatMap((tenant) => tenant.channels.filter(({ surface }) => surface === 'discord'));
  const findings = await checkDiscord(config, [...new Set(channels.map(({ channel }) => channel))].slice(0, 100));
  return findings.map((finding) => ({ what: 'discord', ...finding }));
}
