import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** MongoDB or Redis cannot be had, or does not start. `message` says what was tried, `hint` what to do. */
export class ServiceError extends Error {
  /** @param {'MDR_SERVICE_MISSING' | 'MDR_SERVICE_DOWN'} code @param {string} message @param {string} hint */
  constructor(code, message, hint) {
    super(message);
    this.name = 'ServiceError';
    this.code = code;
    this.hint = hint;
  }
}

/** The project's folder, the same from `bin/` and from `dist/bin/`. */
export const projectRoot = (() => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
})();

/**
 * Path of a program, or null.
 * @param {string} program
 * @param {NodeJS.ProcessEnv} [env]
 */
export function onPath(program, env = process.env) {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (!folder) continue;
    const file = join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // not here
    }
  }
  return null;
}

/**
 * Run a program to its end, without input.
 * @param {string} program
 * @param {string[]} args
 * @param {{ timeoutMs: number, cwd?: string, env?: NodeJS.ProcessEnv, signal?: AbortSignal }} options
 * @returns {Promise<{ ok: boolean, out: string, reason: string }>} `out`: standard output; `reason`: why it failed, one line
 */
export function run(program, args, { timeoutMs, cwd, env = process.env, signal }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, signal });
    let out = '';
    let errors = '';
    child.stdout.on('data', (part) => {
      out += part;
    });
    child.stderr.on('data', (part) => {
      errors += part;
    });
    let failure = '';
    child.on('error', (error) => {
      failure = error.message;
    });
    child.on('close', (code, killed) => {
      const said = (errors.trim() || out.trim()).split('\n').filter(Boolean).at(-1) ?? '';
      const ended = killed ? `stopped after ${timeoutMs / 1000} s` : `exit code ${code}`;
      resolve({ ok: code === 0, out, reason: failure || said || ended });
    });
  });
}

/**
 * Install Debian packages, when this is a Debian machine and we may.
 * @param {string[]} packages
 * @param {(text: string) => void} say
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<string | null>} null when installed, else why not
 */
export async function aptInstall(packages, say, env = process.env) {
  const apt = onPath('apt-get', env);
  if (!apt) return 'there is no apt-get here';
  if (process.getuid?.() !== 0) return 'apt-get needs root';
  say(`apt-get install ${packages.join(' ')} …`);
  const quiet = { ...env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = () =>
    run(apt, ['install', '-y', '-qq', '--no-install-recommends', ...packages], { timeoutMs: 600_000, env: quiet });
  const first = await install();
  if (first.ok) return null;
  // The lists of a fresh machine are empty or old.
  await run(apt, ['update', '-qq'], { timeoutMs: 180_000, env: quiet });
  const second = await install();
  return second.ok ? null : `apt-get: ${second.reason}`;
}
