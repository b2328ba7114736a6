import { z } from 'zod';
import type { LogSource } from '../../../event.js';
import { logSource, readTaxonomy } from './taxonomy.js';

export const linuxTaxonomy = readTaxonomy(
  'linux',
  z.strictObject({
    programs: z.record(z.string(), z.string()),
    facilities: z.record(z.string(), z.string()),
    otherwise: z.string(),
    execve: z.record(z.string(), z.array(z.number())),
  }),
);

interface Sources {
  readonly plain: LogSource;
  readonly command: LogSource;
}
const sources = (service: string): Sources => ({
  plain: logSource('linux', service),
  command: logSource('linux', service, ['process_creation']),
});

const byProgram = new Map(Object.entries(linuxTaxonomy.programs).map(([name, service]) => [name, sources(service)]));
const byFacility = new Map(
  Object.entries(linuxTaxonomy.facilities).map(([n, service]) => [Number(n), sources(service)]),
);
const otherwise = sources(linuxTaxonomy.otherwise);

/**
 * @param program as in the syslog tag, also in capitals (`CRON`) or as a path
 * @param facility syslog facility, -1 when not known
 */
export function linuxSources(program: string, facility: number): Sources {
  return (
    byProgram.get(program) ??
    byProgram.get(program.slice(program.lastIndexOf('/') + 1).toLowerCase()) ??
    byFacility.get(facility) ??
    otherwise
  );
}
