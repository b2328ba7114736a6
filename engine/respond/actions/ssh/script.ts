import { MdrError } from '../../../errors.js';

/**
 * A word for the POSIX shell that means itself, whatever it holds.
 * @throws MdrError MDR_ACTION_BAD for a character that no argument of a program can hold
 */
export function quote(word: string): string {
  if (word.includes('\0')) throw new MdrError('MDR_ACTION_BAD', 'an argument holds a NUL.', 'Leave it out.');
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * A script with its arguments as `$1`, `$2` …, for `sh -s` to read from its standard input: so neither the login shell of the account
 * nor a list of processes on the host sees them, and nothing that the script starts reads the rest of it.
 * @param sudo whether `$SUDO` is `sudo -n`
 */
export const scriptOf = (body: string, args: readonly string[], sudo: boolean): string =>
  [
    'PATH=/usr/sbin:/usr/bin:/sbin:/bin; export PATH; LC_ALL=C; export LC_ALL; umask 077',
    `SUDO=${sudo ? "'sudo -n'" : "''"}`,
    `main() {\n${body}\n}`,
    `main ${args.map(quote).join(' ')} </dev/null\n`,
  ].join('\n');
