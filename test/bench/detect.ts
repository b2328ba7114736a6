import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { loadRules } from '../../engine/detect/index.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { projectRoot } from '../../engine/root.js';
import { figure, type Measurement } from '../support/figures.js';
import { sharedData } from '../support/shared.js';

const unzip = promisify(gunzip);
const start = promisify(execFile);
const ROUNDS = 5;

/** The `.jsonl` and `.jsonl.gz` files of a folder, or the one file. */
async function logFiles(path: string): Promise<string[]> {
  const files = (await stat(path)).isDirectory()
    ? (await readdir(path)).sort().map((name) => join(path, name))
    : [path];
  return files.filter((file) => /\.jsonl(\.gz)?$/.test(file));
}

/** One file after the other, decompressed. */
export async function* readLogs(path: string): AsyncGenerator<Buffer> {
  for (const file of await logFiles(path))
    yield file.endsWith('.gz') ? await unzip(await readFile(file)) : await readFile(file);
}

/** Call `work` with each line of a buffer that is not empty. */
function eachLine(buffer: Buffer, work: (line: string) => void): void {
  for (let from = 0; from < buffer.length; ) {
    const end = buffer.indexOf(10, from);
    const to = end < 0 ? buffer.length : end;
    if (to > from) work(buffer.toString('utf8', from, to));
    from = to + 1;
  }
}

/** Best of three fresh processes that load from a cache made before, ms: what else the machine does must not count. */
async function fromCache(folders: string[]): Promise<number> {
  const cache = await mkdtemp(join(tmpdir(), 'mdr-bench-'));
  const script = join(projectRoot, 'test/bench/loading.ts');
  const load = async () => {
    const { stdout } = await start(process.execPath, ['--import', 'tsx', script, cache, ...folders], {
      cwd: projectRoot,
    });
    return Number(stdout);
  };
  try {
    await load();
    return Math.min(await load(), await load(), await load());
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

const detect: Measurement = {
  name: 'detect',
  summary: 'rules over recorded events against reading and JSON.parse alone, one thread',
  async run({ data, rules }, progress) {
    const path = data ?? sharedData('otrf');
    const folders = rules.length > 0 ? rules : [sharedData('sigmahq') ?? ''];
    if (!path || folders.includes('')) throw new Error('the shared data is not here: name --data and --rules');
    const formats = await loadFormats();
    const loadStarted = performance.now();
    const { matcher, problems } = await loadRules(folders);
    const loadMs = performance.now() - loadStarted;
    const cachedMs = await fromCache(folders);
    progress(`${matcher.rules.length} rules in ${Math.round(loadMs)} ms, from cache in ${Math.round(cachedMs)} ms`);

    let events = 0;
    let detections = 0;
    // Decompressed beforehand: neither the floor nor the scan is to wait for gzip.
    const buffers: Buffer[] = [];
    for await (const buffer of readLogs(path)) buffers.push(buffer);
    const each = (work: (line: string) => void): number => {
      const started = performance.now();
      for (const buffer of buffers) eachLine(buffer, work);
      return performance.now() - started;
    };
    let kept: unknown;
    const floor = () =>
      each((line) => {
        kept = JSON.parse(line);
      });
    const full = () => {
      events = 0;
      detections = 0;
      const recogniser = formats.recogniser();
      const received = Date.now();
      return each((line) => {
        const { parsed } = recogniser.read(line, null, received);
        detections += matcher.match(parsed).length;
        events++;
      });
    };
    // The first round makes the plans and warms the compiler up; it is not counted.
    floor();
    const firstMs = full();
    const floors: number[] = [];
    const fulls: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      floors.push(floor());
      fulls.push(full());
      progress(`round ${round + 1}: floor ${Math.round(floors.at(-1)!)} ms, scan ${Math.round(fulls.at(-1)!)} ms`);
    }
    if (kept === undefined) throw new Error(`no events under ${path}`);
    const held = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    const ratio = median(floors.map((ms, round) => ms / fulls[round]!));
    return {
      name: 'detect',
      method: `${events} events from ${path.split('/').at(-1)}, ${matcher.rules.length} rules (${problems.length} left out), one thread; floor = the same lines read and JSON.parse only; median of ${ROUNDS} alternating rounds after one uncounted.`,
      figures: [
        figure('scan, of the floor', ratio, '×', '>= 0.5'),
        figure('floor', Math.round(events / (median(floors) / 1000)), 'events/s'),
        figure('scan', Math.round(events / (median(fulls) / 1000)), 'events/s'),
        figure('first round (plans are made)', firstMs / 1000, 's'),
        figure('detections', detections, ''),
        figure('load and compile', loadMs / 1000, 's', '<= 10'),
        figure('load and compile, from cache', cachedMs / 1000, 's', '<= 2'),
        figure(
          'memory (resident, peak, less the logs held)',
          megabytes(process.resourceUsage().maxRSS * 1024 - held),
          'MB',
          '<= 600',
        ),
      ],
    };
  },
};
export default detect;
