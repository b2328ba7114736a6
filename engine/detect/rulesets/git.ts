import { execFile, spawn } from 'node:child_process';
import { lstat, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import { MdrError } from '../../errors.js';

const run = promisify(execFile);
const CLONE_MS = 180_000;
const MAX_CLONE_BYTES = 512 * 1024 * 1024;
const LOOK_MS = 500;
const MAX_SAID = 4000;

/** Whether a source is meant as the address of a repository. */
export const isGitUrl = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\/\/|^[a-z]+::|^[^/\s]+@[^/\s]+:/i.test(text);

/**
 * The address as git may have it: https, ssh or file, of a plain host. Nothing in it can be an option or another program's.
 * @returns the address, and how it may be shown: without user and password
 * @throws MdrError MDR_RULESET_BAD
 */
export function checkGitUrl(text: string): { url: string; shown: string } {
  const bad = (why: string) =>
    new MdrError(
      'MDR_RULESET_BAD',
      `"${text.slice(0, 200).replace(/\/\/[^/@]*@/, '//')}" cannot be fetched: ${why}.`,
      'Give https://, ssh:// or file:// and the path of a git repository.',
    );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the very characters to be refused
  if (text.length > 1000 || /[\u0000-\u0020\u007f]/.test(text)) throw bad('it has blanks or control characters');
  if (text.startsWith('-')) throw bad('it begins like an option');
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw bad('it is not an address');
  }
  if (!['https:', 'ssh:', 'file:'].includes(url.protocol)) throw bad(`${url.protocol}// is not taken`);
  if (
    url.protocol === 'file:' ? url.host !== '' : !/^[a-z0-9][a-z0-9.-]*(:\d+)?$|^\[[0-9a-f:]+\](:\d+)?$/i.test(url.host)
  )
    throw bad('its host is not a plain name');
  if (decodeURIComponentSafe(url.username).startsWith('-')) throw bad('its user begins like an option');
  url.username = '';
  url.password = '';
  return { url: text, shown: url.href };
}

function decodeURIComponentSafe(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export interface Fetched {
  /** Folder of the rules; gone after `remove`. */
  folder: string;
  commit: string;
  shown: string;
  remove(): Promise<void>;
}

/**
 * Fetch the newest commit of a repository into a folder of its own, with git. No hooks, filters, submodules or symbolic links of it
 * take effect; time and size are bounded.
 * @param options.branch branch or tag. @param options.path folder in the repository that has the rules
 * @throws MdrError MDR_RULESET_BAD
 */
export async function fetchGit(
  source: string,
  {
    branch,
    path = '',
    timeoutMs = CLONE_MS,
    maxBytes = MAX_CLONE_BYTES,
  }: { branch?: string; path?: string; timeoutMs?: number; maxBytes?: number } = {},
): Promise<Fetched> {
  const { url, shown } = checkGitUrl(source);
  if (branch !== undefined && !/^[A-Za-z0-9][\w./-]{0,199}$/.test(branch))
    throw new MdrError(
      'MDR_RULESET_BAD',
      `"${branch.slice(0, 60)}" is not a branch.`,
      'Give the name of a branch or tag.',
    );
  const folder = await mkdtemp(join(tmpdir(), 'mdr-rules-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const args = [...SAFE, 'clone', '--quiet', '--depth=1', '--single-branch', '--no-tags', '--no-recurse-submodules'];
    await clone(
      [...args, ...(branch ? [`--branch=${branch}`] : []), '--', url, folder],
      folder,
      shown,
      timeoutMs,
      maxBytes,
    );
    const { stdout } = await run('git', [...SAFE, '-C', folder, 'rev-parse', 'HEAD'], {
      env: environment(),
      timeout: 10_000,
    });
    const rules = await inside(folder, path);
    return { folder: rules, commit: stdout.trim(), shown, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

const SAFE = [
  '-c',
  'core.symlinks=false',
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'filter.lfs.smudge=',
  '-c',
  'filter.lfs.process=',
  '-c',
  'filter.lfs.required=false',
  '-c',
  'protocol.ext.allow=never',
];

/** Nobody is asked anything: whoever started it may not be there. */
const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  GIT_ALLOW_PROTOCOL: 'https:ssh:file',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '',
  SSH_ASKPASS: '',
  GIT_SSH_COMMAND: 'ssh -oBatchMode=yes -oConnectTimeout=15',
  GIT_LFS_SKIP_SMUDGE: '1',
  LC_ALL: 'C',
});

async function clone(
  args: string[],
  folder: string,
  shown: string,
  timeoutMs: number,
  maxBytes: number,
): Promise<void> {
  const child = spawn('git', args, { env: environment(), stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let said = '';
  let why = '';
  child.stderr.on('data', (chunk) => {
    if (said.length < MAX_SAID) said += chunk;
  });
  // git starts helpers of its own: the whole group goes.
  const kill = (reason: string) => {
    why ||= reason;
    try {
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
    } catch {
      child.kill('SIGKILL');
    }
  };
  const timer = setTimeout(() => kill(`it took longer than ${Math.round(timeoutMs / 1000)} seconds`), timeoutMs);
  const look = setInterval(() => {
    sizeOf(folder)
      .then((bytes) => bytes > maxBytes && kill(`it is larger than ${Math.round(maxBytes / 2 ** 20)} MiB`))
      .catch(() => {});
  }, LOOK_MS);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  })
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT')
        throw new MdrError(
          'MDR_RULESET_BAD',
          'git is not installed here.',
          'Install git, or give a folder with the rules.',
        );
      throw error;
    })
    .finally(() => {
      clearTimeout(timer);
      clearInterval(look);
    });
  if (code === 0 && why === '' && (await sizeOf(folder)) > maxBytes)
    why = `it is larger than ${Math.round(maxBytes / 2 ** 20)} MiB`;
  if (code === 0 && why === '') return;
  const lines = said.trim().split('\n');
  const last = (lines.find((line) => /^(?:fatal|error):/.test(line)) ?? lines.at(-1) ?? '').slice(0, 300);
  throw new MdrError(
    'MDR_RULESET_BAD',
    `cannot fetch ${shown}: ${why || last.replace(/\/\/[^/@\s]*@/g, '//') || `git ended with code ${code}`}.`,
    'Check the address, and that this machine may read it.',
  );
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name)).catch(() => ({ size: 0 }))).size;
  }
  return bytes;
}

/** A folder inside of another, and really inside. @throws MdrError MDR_RULESET_BAD */
async function inside(folder: string, path: string): Promise<string> {
  const root = await realpath(folder);
  const wanted = await realpath(join(root, path)).catch(() => '');
  if (wanted === root || wanted.startsWith(root + sep)) return wanted;
  throw new MdrError(
    'MDR_RULESET_BAD',
    `the repository has no folder "${path.slice(0, 100)}".`,
    'Name a folder in it.',
  );
}
