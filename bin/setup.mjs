// Prepares a fresh machine and then does what was asked: `node bin/setup.mjs <demo|test|bench|eval|build|…> [arguments]`.
// Plain Node is enough: nothing is imported that an installation would have to bring first.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LEAST_NODE = { major: 20, minor: 19 };
const SOURCES = ['bin', 'bot', 'commands', 'engine', 'intel', 'tsconfig.json', 'tsconfig.build.json'];
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Progress goes to stderr: stdout is for results. @param {string} text */
const say = (text) => console.error(text);
/** @param {string} path */
const inRoot = (path) => join(ROOT, path);

/**
 * Run a program to its end; what it prints is shown as it comes. Ctrl-C is passed on, and waited for.
 * @param {string} file @param {string[]} args @param {{ env?: NodeJS.ProcessEnv, quiet?: boolean }} [options]
 * @returns {Promise<number>} its exit code
 */
function run(file, args, { env = process.env, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    // What only prepares must not mix with results on stdout.
    const child = spawn(file, args, { cwd: ROOT, env, stdio: ['inherit', quiet ? 2 : 'inherit', 'inherit'] });
    /** @param {NodeJS.Signals} signal */
    const pass = (signal) => child.kill(signal);
    process.on('SIGINT', pass);
    process.on('SIGTERM', pass);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('SIGINT', pass);
      process.off('SIGTERM', pass);
      resolve(code ?? (signal ? 1 : 0));
    });
  });
}

/** @param {string} script path of a script below the root @param {string[]} args @param {{ quiet?: boolean, env?: NodeJS.ProcessEnv }} [options] */
const node = (script, args, options) => run(process.execPath, [inRoot(script), ...args], options);

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > LEAST_NODE.major || (major === LEAST_NODE.major && minor >= LEAST_NODE.minor)) return;
  say(
    `MDR_CONFIG: Node ${process.versions.node} is too old: install Node ${LEAST_NODE.major}.${LEAST_NODE.minor} or later (20, 22 and 24 are tested).`,
  );
  process.exit(1);
}

/** @param {string} path */
const textOf = (path) => readFile(path, 'utf8').catch(() => '');

/**
 * Whether npm's own record of what it installed holds every package of the lock file, in its version.
 * @param {string} lock package-lock.json @param {string} record node_modules/.package-lock.json; '' when there is none
 */
export function hasAll(lock, record) {
  /** @type {Record<string, { version?: string }>} */
  let installed;
  try {
    installed = JSON.parse(record).packages;
  } catch {
    return false;
  }
  return Object.entries(JSON.parse(lock).packages).every(
    ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
  );
}

/** Install the packages when they are missing or the lock file has changed since. */
async function install() {
  const wanted = await readFile(inRoot('package-lock.json'), 'utf8');
  const lock = createHash('sha256').update(wanted).digest('hex');
  const stamp = inRoot('node_modules/.mdr-stamp');
  if ((await textOf(stamp)) === lock) return;
  // Somebody ran npm by hand.
  if (hasAll(wanted, await textOf(inRoot('node_modules/.package-lock.json')))) return writeFile(stamp, lock);
  say('→ Installing packages (npm ci) …');
  // No package of ours needs its install script; not running any is quicker and safer.
  const code = await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { quiet: true }).catch(
    (error) => {
      say(`npm cannot be started: ${error.message}`);
      return 1;
    },
  );
  if (code !== 0) {
    say(
      'MDR_CONFIG: the packages could not be installed (npm ci). Check the network and the messages above, then run the same again.',
    );
    process.exit(1);
  }
  await writeFile(stamp, lock);
}

/** @param {string} path @returns {Promise<string[]>} files below, with size and time of change */
async function listing(path) {
  const info = await stat(path).catch(() => null);
  if (!info) return [];
  if (!info.isDirectory()) return [`${path} ${info.size} ${info.mtimeMs}`];
  const entries = await readdir(path);
  return (await Promise.all(entries.map((entry) => listing(join(path, entry))))).flat();
}

/** Compile to `dist/` when a source is newer than what is there. */
async function build() {
  const files = (await Promise.all(SOURCES.map((source) => listing(inRoot(source))))).flat().sort();
  const state = createHash('sha256').update(files.join('\n')).digest('hex');
  const stamp = inRoot('dist/.mdr-stamp');
  if ((await textOf(stamp)) === state) return;
  say('→ Building …');
  // From nothing: a registry reads its folder, and must not find the piece of a file that was deleted.
  await rm(inRoot('dist'), { recursive: true, force: true });
  const code = await node('node_modules/typescript/bin/tsc', ['-p', inRoot('tsconfig.build.json')], { quiet: true });
  if (code !== 0) {
    say('MDR_CONFIG: the build failed: see the messages above.');
    process.exit(1);
  }
  // `npx mdr` starts it as a program.
  await chmod(inRoot('dist/bin/mdr.js'), 0o755);
  await writeFile(stamp, state);
}

/** Path of a browser for the browser tests, installed when that is allowed; '' when there is none. */
async function browser() {
  const given = process.env.CHROME_PATH;
  if (given) return existsSync(given) ? given : '';
  const find = () => {
    for (const folder of (process.env.PATH ?? '').split(delimiter))
      for (const name of BROWSERS) if (existsSync(join(folder, name))) return join(folder, name);
    return '';
  };
  const found = find();
  if (found || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return found;
  say('→ Installing Chromium for the browser tests (apt-get) …');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { env, quiet: true });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], { env, quiet: true });
  return find();
}

/** Log senders for the tests with real ones; only in CI, since one of them is a daemon. Tests that miss theirs are skipped. */
async function senders() {
  if (!process.env.CI || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  if (existsSync('/usr/sbin/rsyslogd') && existsSync('/usr/bin/curl')) return;
  say('→ Installing curl and rsyslog for the tests of doors (apt-get) …');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const packages = ['curl', 'rsyslog', 'rsyslog-elasticsearch', 'rsyslog-gnutls', 'rsyslog-openssl'];
  await run('apt-get', ['update', '-qq'], { env, quiet: true });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env, quiet: true });
}

/**
 * Everything: types, lint, walls, and all tests; then one line that counts them.
 * @param {string[]} filters passed to vitest: only matching test files run
 * @returns {Promise<number>} exit code
 */
async function test(filters) {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  /** @param {string} title @param {() => Promise<number>} check */
  const step = async (title, check) => {
    const from = Date.now();
    console.log(`\n→ ${title} …`);
    const code = await check();
    console.log(`  ${title}: ${code === 0 ? 'ok' : 'FAILED'} (${((Date.now() - from) / 1000).toFixed(1)} s)`);
    return code;
  };
  /** @param {string} title @param {string} script @param {string[]} args */
  const whole = async (title, script, args) => {
    if ((await step(title, () => node(script, args))) === 0) passed++;
    else failed++;
  };
  await whole('Types (tsc)', 'node_modules/typescript/bin/tsc', ['-p', 'tsconfig.json']);
  await whole('Lint (biome)', 'node_modules/@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']);
  const walls = ['--config', '.dependency-cruiser.cjs', ...SOURCES.filter((source) => !source.includes('.')), 'test'];
  await whole('Import walls (dependency-cruiser)', 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs', walls);

  const chrome = await browser();
  await senders();
  if (!chrome)
    console.log(
      '\nNo Chromium here and none could be installed: the browser tests are skipped. Set CHROME_PATH to one.',
    );
  const report = inRoot('.data/test-report.json');
  await mkdir(inRoot('.data'), { recursive: true });
  await rm(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const env = { ...process.env, ...(chrome ? { CHROME_PATH: chrome } : {}) };
  const code = await step('Tests (vitest)', () =>
    node('node_modules/vitest/vitest.mjs', ['run', ...reporters, ...filters], { env }),
  );
  const counts = countOf(await textOf(report), code);
  passed += counts.passed;
  failed += counts.failed;
  skipped += counts.skipped;
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

/**
 * Count vitest's JSON report. A run that failed without a failed test (a file that could not be loaded, a crash) counts as
 * one failure, so that no failure is ever lost in the sum.
 * @param {string} text the report; '' when none was written @param {number} code vitest's exit code
 */
export function countOf(text, code) {
  /** @type {{ numPassedTests?: number, numFailedTests?: number, numPendingTests?: number, numTodoTests?: number }} */
  let report = {};
  try {
    report = JSON.parse(text);
  } catch {
    code ||= 1;
  }
  const passed = report.numPassedTests ?? 0;
  const failed = report.numFailedTests ?? 0;
  return {
    passed,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0),
  };
}

async function main() {
  const [task = 'demo', ...args] = process.argv.slice(2);
  checkNode();
  // `npm ci` runs `build` by itself, with the packages just in place.
  if (!(task === 'build' && existsSync(inRoot('node_modules')))) await install();
  if (task === 'test') return test(args);
  if (task === 'bench' || task === 'eval')
    return run(process.execPath, ['--import', 'tsx', inRoot(`test/${task}/index.ts`), ...args]);
  await build();
  return task === 'build' ? 0 : node('dist/bin/mdr.js', [task, ...args]);
}

if (process.argv[1] && fileURLToPath(import.meta.url) === realpathSync(process.argv[1]))
  process.exitCode = await main();
