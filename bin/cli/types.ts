import type { Command } from 'commander';

/** One file of the command line: adds its commands to the program. */
export type Cli = (program: Command) => void;

/** Exit codes that scripts can use. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;
