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
  return jobs.flatMap((job) => {
    const read = lineReader(formats as Formats, job, null);
    return job.lines.map((line) => {
      const { format, parsed, original } = read(line);
      const { time, fields } = parsed;
      return { source: job.source, format: format.name, time, ecs: parsed.ecs(), fields, original };
    });
  });
}
