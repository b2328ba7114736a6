import { expect } from 'vitest';
import { decodeLines } from '../../engine/ingest/batch.js';
import { lineReader } from '../../engine/ingest/envelope.js';
import type { Formats } from '../../engine/ingest/formats/index.js';
import type { Payloads } from '../../engine/queues.js';
import type { doorParts } from './parts.js';
import { queued } from './parts.js';

/** What rules and people will see of everything in the queue, or of some jobs of it. */
export async function seen(
  { formats, queues }: Awaited<ReturnType<typeof doorParts>>,
  some?: readonly { data: Payloads['events'] }[],
) {
  const jobs = some?.map(({ data }) => ({ ...data, lines: decodeLines(data.lines) })) ?? (await queued(queues));
  const again = (formats as Formats).recogniser();
  return jobs.flatMap((job) => {
    const read = lineReader(formats as Formats, job, null);
    return job.lines.map((line) => {
      const { format, parsed, original } = read(line);
      // What is kept of an event can be read again by its format alone, and is the same then.
      const reread = again.read(original, format, job.received).parsed;
      expect(reread.fields).toMatchObject(parsed.fields);
      if (format.name === 'generic') expect(reread.ecs()['host.name']).toBe(parsed.ecs()['host.name']);
      const { time, fields } = parsed;
      return { source: job.source, format: format.name, time, ecs: parsed.ecs(), fields, original };
    });
  });
}
