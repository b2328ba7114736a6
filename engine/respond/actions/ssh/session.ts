import { createHash, timingSafeEqual } from 'node:crypto';
import { Client, type ServerHostKeyAlgorithm } from 'ssh2';
import { MdrError } from '../../../errors.js';
import type { Job } from '../types.js';
import { type Target, targetOf } from './hosts.js';
import { scriptOf } from './script.js';

const READY_MS = 10_000;
const MAX_ERROR = 2000;

export interface Ran {
  stdout: Buffer;
  /** Its beginning. */
  stderr: string;
  /** Null: a signal ended it. */
  code: number | null;
  /** More came than was wanted, or it did not end in its time; the rest was left. */
  isCut: boolean;
  /** Its time was over; only where a part is wanted too. */
  isLate: boolean;
}

export interface Limits {
  /** Bytes of its output; beyond, it is cut off. */
  most: number;
  timeoutMs: number;
  /** When its time is over, what came until then is wanted. Otherwise, or when nothing came, that is an error. */
  isPartWanted?: boolean;
}

export interface Session {
  target: Target;
  /**
   * Run a script of ours on the host.
   * @throws MdrError MDR_ACTION_FAILED when the connection is lost, or its time is over
   */
  run(body: string, args: readonly string[], limits: Limits): Promise<Ran>;
}

export const fingerprint = (key: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

const RSA: readonly ServerHostKeyAlgorithm[] = ['rsa-sha2-512', 'rsa-sha2-256'];
/** Only keys of the kinds that are pinned are asked for: a host with several shows one of them. */
const algorithmsOf = (keys: readonly string[]): ServerHostKeyAlgorithm[] => [
  ...new Set(
    keys.flatMap((key) => {
      const [kind = ''] = key.split(' ');
      return kind === 'ssh-rsa' ? RSA : [kind as ServerHostKeyAlgorithm];
    }),
  ),
];

/**
 * Connect to the host of an action, work, and leave in any case. A host that shows another key than those that are pinned is not
 * spoken to.
 * @throws MdrError MDR_ACTION_BAD, MDR_ACTION_FAILED, MDR_SECRET
 */
export async function withHost<T>(job: Job, work: (session: Session) => Promise<T>): Promise<T> {
  const target = targetOf(job.store, job.record.args.host!);
  const { address, port, keys, config } = target;
  const privateKey = await job.secrets.read(job.store, target.secret ?? config.secret);
  const pinned = keys.map((key) => Buffer.from(key.split(' ')[1]!, 'base64'));
  const client = new Client();
  let refused: string | null = null;
  let lost: Error | null = null;
  const leave = () => void client.destroy();
  job.signal.addEventListener('abort', leave, { once: true });
  try {
    job.signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      client.once('ready', resolve);
      // Errors after that are of the connection: whatever runs over it ends too.
      client.on('error', (error) => {
        lost = error;
        reject(error);
      });
      client.once('close', () => reject(lost ?? new Error('the connection was closed')));
      client.connect({
        ...{ host: address, port, username: target.user ?? config.user, privateKey, readyTimeout: READY_MS },
        ...{ keepaliveInterval: 5000, keepaliveCountMax: 3, agentForward: false, tryKeyboard: false },
        authHandler: ['publickey'],
        algorithms: { serverHostKey: algorithmsOf(keys) },
        hostVerifier: (key: Buffer) => {
          const isPinned = pinned.some((one) => one.length === key.length && timingSafeEqual(one, key));
          if (!isPinned) refused = fingerprint(key);
          return isPinned;
        },
      });
    });
    return await work({
      target,
      run: (body, args, limits) => run(client, scriptOf(body, args, config.sudo), limits, job.signal, target.name),
    });
  } catch (error) {
    if (error instanceof MdrError) throw error;
    job.signal.throwIfAborted();
    if (refused !== null)
      throw new MdrError(
        'MDR_ACTION_FAILED',
        `${target.name} shows another key than the one that is pinned: ${refused}.`,
        'Somebody may stand between. Compare it on the host itself before the operator pins it.',
        { cause: error },
      );
    throw failed(target.name, (error as Error).message, error);
  } finally {
    job.signal.removeEventListener('abort', leave);
    client.end();
    // What does not say goodbye is left.
    setTimeout(leave, 500).unref();
  }
}

const failed = (name: string, why: string, cause?: unknown): MdrError =>
  new MdrError(
    'MDR_ACTION_FAILED',
    `${name} over SSH: ${why.slice(0, 200)}.`,
    'See whether it answers, and what the account of mdr may do there.',
    { cause },
  );

function run(
  client: Client,
  script: string,
  { most, timeoutMs, isPartWanted = false }: Limits,
  signal: AbortSignal,
  name: string,
): Promise<Ran> {
  signal.throwIfAborted();
  return new Promise<Ran>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let stderr = '';
    let code: number | null = null;
    const ran = (why: { isCut?: true; isLate?: true } = {}): Ran => ({
      ...{ stdout: Buffer.concat(chunks), stderr, code, isCut: false, isLate: false },
      ...why,
    });
    const late = () =>
      end(
        isPartWanted && size > 0
          ? ran({ isCut: true, isLate: true })
          : failed(name, `no answer within ${timeoutMs / 1000} s`),
      );
    const timer = setTimeout(late, timeoutMs);
    let close = () => {};
    const closed = () => end(failed(name, 'the connection was lost'));
    const aborted = () => end(signal.reason as Error);
    client.once('close', closed);
    signal.addEventListener('abort', aborted, { once: true });
    const end = (result: Ran | Error) => {
      clearTimeout(timer);
      client.off('close', closed);
      signal.removeEventListener('abort', aborted);
      close();
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    client.exec('/bin/sh -s', (error, channel) => {
      if (error) return end(failed(name, error.message, error));
      close = () => channel.close();
      let isCut = false;
      channel.on('data', (chunk: Buffer) => {
        if (isCut) return;
        chunks.push(chunk.subarray(0, most - size));
        size += chunk.length;
        if (size <= most) return;
        isCut = true;
        end(ran({ isCut }));
      });
      channel.stderr.on('data', (chunk: Buffer) => {
        if (stderr.length < MAX_ERROR) stderr = (stderr + chunk.toString('utf8')).slice(0, MAX_ERROR);
      });
      channel.on('error', (cause: Error) => end(failed(name, cause.message, cause)));
      channel.on('exit', (status: number | null) => {
        code = status;
      });
      channel.on('close', () => end(ran()));
      channel.end(script);
    });
  });
}
