import { type ChildProcess, spawn } from 'node:child_process';
import { hasProgram } from '../ingest/certificates.js';

/** The program that serves S3 here; tests that need it skip otherwise: `pip install 'moto[server]'`. */
export const S3_SERVER = 'moto_server';
export const hasS3 = hasProgram(S3_SERVER);

/** An S3-compatible server of its own, with a bucket. @returns its bucket's address */
export async function startS3(): Promise<{ url: string; stop(): void }> {
  const server: ChildProcess = spawn(S3_SERVER, ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const base = await new Promise<string>((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer) => {
      said += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (found) resolve(found[0]);
    };
    server.stdout!.on('data', hear);
    server.stderr!.on('data', hear);
    server.once('exit', () => reject(new Error(`${S3_SERVER} ended: ${said}`)));
  });
  const made = await fetch(`${base}/lake`, { method: 'PUT' });
  if (!made.ok) throw new Error(`no bucket could be made: ${made.status}`);
  return { url: `${base}/lake/mdr`, stop: () => server.kill() };
}
