import { lineReader } from '../../engine/ingest/envelope.js';
import type { Formats } from '../../engine/ingest/formats/index.js';
import type { doorParts } from './parts.js';
import { queued } from './parts.js';

/** What rules and people will see of everything in the queue. */
export async function seen({ formats, queues }: Awaited<ReturnType<typeof doorParts>>) {
  const jobs = await queued(queues);
  return jobs.flatMap((job) => {
    const read = lineReader(formats as Formats, job, null);
    return job.lines.map((line) => {
      const { format, parsed, original } = read(line);
      const { time, fields } = parsed;
      return { source: job.source, format: format.name, time, ecs: parsed.ecs(), fields, original };
    });
  });
}
