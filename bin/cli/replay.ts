import type { Command } from 'commander';
import { systemClock } from '../../engine/clock.js';
import { MdrError } from '../../engine/errors.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { replayFiles } from '../../engine/ingest/replay.js';
import { createToken } from '../../engine/ingest/tokens.js';
import type { Store } from '../../engine/store/index.js';
import { withRuntime } from './runtime.js';
import { EXIT } from './types.js';

const TOKEN_MS = 24 * 3600 * 1000;

/** The tenant named, or the only one there is. @throws MdrError MDR_TENANT_NEEDED, MDR_TENANT_UNKNOWN */
export async function chooseTenant(store: Store, named: string | undefined): Promise<string> {
  if (named) return (await store.forTenant(named)).id;
  const tenants = await store.tenants.find().sort({ _id: 1 }).limit(11).lean();
  if (tenants.length === 1) return tenants[0]!._id;
  if (tenants.length === 0)
    throw new MdrError('MDR_TENANT_NEEDED', 'there is no tenant yet.', 'Add one: `mdr tenant add <id>`.');
  throw new MdrError(
    'MDR_TENANT_NEEDED',
    `there are several tenants: ${tenants.map((t) => t._id).join(', ')}.`,
    'Name one with --tenant.',
  );
}

/** `mdr replay`: log files through the real HTTP door. */
export default function replay(program: Command): void {
  program
    .command('replay <files...>')
    .description('send log files (plain, .gz, .zip, .evtx) through the HTTP door of a running engine')
    .option('--tenant <id>', 'tenant to replay for (default: the only one)')
    .option('--source <name>', 'source name that the events are filed under', 'replay')
    .option('--format <name>', 'log format (default: recognised record by record)')
    .option('--speed <n>', 'times real time, by the events’ own times (default: as fast as they are taken)')
    .option('--url <url>', 'address of the engine (default: from MDR_ENGINE_HOST and MDR_ENGINE_PORT)')
    .action(
      async (
        files: string[],
        options: { tenant?: string; source: string; format?: string; speed?: string; url?: string },
      ) => {
        const speed = options.speed === undefined ? undefined : Number(options.speed);
        if (speed !== undefined && !(speed > 0))
          throw new MdrError(
            'MDR_CONFIG',
            `--speed ${options.speed} is no speed.`,
            'Give a number above 0: 1 is real time.',
          );
        await withRuntime(async ({ store, config }) => {
          const tenant = await chooseTenant(store, options.tenant);
          const token = await createToken(store, { tenant, source: options.source, expires: systemClock() + TOKEN_MS });
          const url = options.url ?? `http://${config.MDR_ENGINE_HOST}:${config.MDR_ENGINE_PORT}`;
          const recogniser = (await loadFormats()).recogniser();
          const timeOf = (line: string): number | null => {
            try {
              return recogniser.read(line, null, systemClock()).parsed.time;
            } catch {
              return null;
            }
          };
          const abort = new AbortController();
          process.once('SIGINT', () => abort.abort());
          const show = process.stderr.isTTY;
          const result = await replayFiles({
            files,
            url,
            token,
            source: options.source,
            format: options.format,
            speed,
            timeOf,
            signal: abort.signal,
            onProgress: (p) => {
              if (show)
                process.stderr.write(`\r${p.accepted} accepted, ${p.refused} refused, ${Math.round(p.perSecond)}/s   `);
            },
          });
          if (show) process.stderr.write('\n');
          console.log(JSON.stringify({ tenant, source: options.source, ...result }));
          if (result.failedFiles.length > 0) process.exitCode = EXIT.failed;
        });
      },
    );
}
