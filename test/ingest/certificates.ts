import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether a program is on this machine; tests that need it skip otherwise. */
export function hasProgram(name: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`], { env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });
    return true;
  } catch {
    return false;
  }
}

export interface Pair {
  /** Paths of PEM files. */
  cert: string;
  key: string;
}

/** An authority of its own in a new folder; needs the program `openssl`. */
export function authority() {
  const folder = mkdtempSync(join(tmpdir(), 'mdr-ca-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test CA', '-days', '2');
  let serial = 1;
  return {
    folder,
    ca: join(folder, 'ca.pem'),
    /** A certificate for a host name, signed by this authority. */
    sign(host: string, file = host): Pair {
      openssl('req', ...key, '-keyout', `${file}.key`, '-out', `${file}.csr`, '-subj', `/CN=${host}`);
      writeFileSync(join(folder, `${file}.ext`), `subjectAltName=DNS:${host}`);
      const signer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', String(serial++)];
      openssl(
        'x509',
        '-req',
        '-in',
        `${file}.csr`,
        ...signer,
        '-days',
        '2',
        '-extfile',
        `${file}.ext`,
        '-out',
        `${file}.pem`,
      );
      return { cert: join(folder, `${file}.pem`), key: join(folder, `${file}.key`) };
    },
    /** One that nobody signed but its owner. */
    selfSigned(host: string): Pair & { fingerprint: string } {
      const files = ['-keyout', `${host}.key`, '-out', `${host}.pem`];
      openssl('req', '-x509', ...key, ...files, '-subj', `/CN=${host}`, '-days', '2');
      const printed = openssl('x509', '-in', `${host}.pem`, '-noout', '-fingerprint', '-sha256').toString();
      const fingerprint = printed.trim().split('=')[1]!;
      return { cert: join(folder, `${host}.pem`), key: join(folder, `${host}.key`), fingerprint };
    },
  };
}

/** For `tls.connect`: what a client shows. */
export const shown = ({ cert, key }: Pair) => ({ cert: readFileSync(cert), key: readFileSync(key) });
