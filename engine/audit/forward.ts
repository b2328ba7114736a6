import { appendFile } from 'node:fs/promises';
import { connect as plainConnect } from 'node:net';
import { hostname } from 'node:os';
import { connect as tlsConnect } from 'node:tls';
import { MdrError } from '../errors.js';
import { canonical, idOf } from '../ids.js';
import type { ChainEntry } from '../store/chains.js';
import type { TenantStore } from '../store/index.js';
import { entriesOf, headOf } from './chain.js';
import { AUDIT } from './log.js';

const TIMEOUT_MS = 15_000;
/** Facility 13, log audit; severity 6, informational. */
const PRIORITY = 13 * 8 + 6;

/** Takes lines; settled when they are written. */
export type Sink = (lines: readonly string[]) => Promise<void>;

/**
 * `file:/var/log/mdr-audit.log`, `tcp://siem:601` or `tls://siem:6514`.
 * @throws MdrError MDR_CONFIG
 */
export function openSink(target: string): Sink {
  const file = /^file:(?:\/\/)?(\/.+)$/.exec(target)?.[1];
  if (file) return (lines) => appendFile(file, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  const [, kind, host, port] = /^(tcp|tls):\/\/([A-Za-z0-9.-]+|\[[0-9a-f:]+\]):(\d{1,5})$/.exec(target) ?? [];
  if (!host || !port)
    throw new MdrError(
      'MDR_CONFIG',
      `MDR_AUDIT_FORWARD "${target}" is no target.`,
      'Write file:/path, tcp://host:port or tls://host:port.',
    );
  const name = host.replace(/^\[|\]$/g, '');
  return (lines) =>
    new Promise<void>((resolve, reject) => {
      const socket =
        kind === 'tls'
          ? tlsConnect({ host: name, port: Number(port), servername: name })
          : plainConnect({ host: name, port: Number(port) });
      socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer in time')));
      socket.once('error', reject);
      socket.once('close', () => resolve());
      // Octet counting, RFC 6587 and 5425: a line may hold anything.
      socket.end(Buffer.concat(lines.map((line) => Buffer.from(`${Buffer.byteLength(line)} ${line}`))));
      socket.resume();
    });
}

/** An entry as RFC 5424 has it: the numbers that prove it as structured data, all of it as the message. */
export function syslogLine({ tenant, chain, seq, at, body, prev, hash }: ChainEntry): string {
  const time = new Date(at).toISOString();
  const proof = `[mdr@32473 tenant="${tenant}" seq="${seq}" prev="${prev}" hash="${hash}"]`;
  const message = canonical({ tenant, chain, seq, at, body, prev, hash });
  return `<${PRIORITY}>1 ${time} ${hostname().replace(/[^!-~]/g, '-') || '-'} mdr ${process.pid} audit ${proof} ${message}`;
}

/** Send what has not been sent yet; after a crash in between, some of it again. @returns how many entries */
export async function forwardAudit(
  store: Pick<TenantStore, 'id' | 'chainEntries' | 'chainHeads'>,
  sink: Sink,
): Promise<number> {
  const head = await headOf(store, AUDIT);
  let sent = 0;
  for await (const page of entriesOf(store, AUDIT, head?.forwarded ?? 0)) {
    await sink(page.map(syslogLine));
    const forwarded = page.at(-1)!.seq;
    await store.chainHeads.update({ _id: idOf('chain', store.id, AUDIT) }, { $set: { forwarded } });
    sent += page.length;
  }
  return sent;
}
