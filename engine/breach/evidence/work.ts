import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'bullmq';
import type { Clock } from '../../clock.js';
import { MdrError } from '../../errors.js';
import { idOf } from '../../ids.js';
import type { Log } from '../../log.js';
import type { Payloads, Queues } from '../../queues.js';
import { headOf } from '../../respond/case/join.js';
import { changeCase } from '../../respond/case/save.js';
import type { Someone } from '../../store/evidenceitems.js';
import type { Store } from '../../store/index.js';
import { note } from '../../triage/work.js';
import { addEvidence } from './add.js';
import { evidenceOf, writeExport } from './export.js';
import { itemOf } from './items.js';
import { verifyEvidence } from './read.js';
import { sweepEvidence } from './sweep.js';
import type { Doing, EvidenceDesk } from './types.js';

/** What takes time: done by a worker, and told in the case or the alert it is for. */
export interface EvidenceJob {
  /** `files`: make evidence of files that were given to an alert or a case. */
  kind: 'verify' | 'export' | 'files';
  case: number | null;
  alert: number | null;
  /** Numbers of items to verify; ids of files to take in. */
  items: (number | string)[];
  by: Someone;
  why: string;
  where: string;
  request: string;
}

export interface EvidenceParts {
  store: Store;
  queues: Queues;
  clock: Clock;
  log: Log;
  secret: string | undefined;
  /** Where exports are written. */
  folder: string;
}

const SWEEP_MS = 60_000;

/** Consumer of the `evidence` queue, and the sweep that finishes what a process that died left. */
export function startEvidence(parts: EvidenceParts): { worker: Worker<Payloads['evidence']>; stop(): Promise<void> } {
  const worker = parts.queues.work('evidence', 1, async ({ data, attemptsMade, opts }) =>
    worked(parts, data, attemptsMade + 1 >= (opts.attempts ?? 1)),
  );
  let sweeping: Promise<void> | null = null;
  const sweep = () => {
    sweeping ??= swept(parts).finally(() => {
      sweeping = null;
    });
  };
  const timer = setInterval(sweep, SWEEP_MS);
  sweep();
  return {
    worker,
    async stop() {
      clearInterval(timer);
      await worker.close();
      await sweeping;
    },
  };
}

async function swept({ store, clock, log, secret }: EvidenceParts): Promise<void> {
  try {
    for (const { _id } of await store.tenants.find({}, { _id: 1 }).lean<{ _id: string }[]>())
      await sweepEvidence({ store: await store.forTenant(_id), secret, clock });
  } catch (error) {
    log.warn({ error: (error as Error).message }, 'evidence: will be swept again');
  }
}

/** Do one job, and say in its case or alert what came of it. @param isLast whether nobody will try again */
export async function worked(
  parts: EvidenceParts,
  { tenant, job }: Payloads['evidence'],
  isLast: boolean,
): Promise<void> {
  const desk: EvidenceDesk = { store: await parts.store.forTenant(tenant), secret: parts.secret, clock: parts.clock };
  let text: string;
  try {
    text = await KINDS[job.kind](desk, job, parts, isLast);
  } catch (error) {
    if (!isAnswer(error) && !isLast) throw error;
    text = `Evidence, ${WORDS[job.kind]}: ${whyNot(parts, desk, job, error)}`;
  }
  await tell(parts, desk, job, text);
}

/** Whether another attempt would come to the same. */
const isAnswer = (error: unknown): error is MdrError => error instanceof MdrError && error.code !== 'MDR_CONFLICT';

function whyNot({ log }: EvidenceParts, { store }: EvidenceDesk, { kind }: EvidenceJob, error: unknown): string {
  log.warn({ tenant: store.id, kind, err: error }, 'evidence: a job failed');
  return error instanceof MdrError ? error.toLine() : 'something failed inside; it is in the log of the worker.';
}

/**
 * Do each of some things, also those behind one that fails.
 * @param failed what to say of one that failed for good
 * @throws what another attempt may mend, once all were tried
 */
async function eachOf<T>(
  all: readonly T[],
  isLast: boolean,
  one: (each: T) => Promise<void>,
  failed: (each: T, error: unknown) => void,
): Promise<void> {
  const again: unknown[] = [];
  for (const each of all)
    try {
      await one(each);
    } catch (error) {
      if (isLast || isAnswer(error)) failed(each, error);
      else again.push(error);
    }
  if (again.length > 0) throw again[0];
}

const WORDS = { verify: 'check', export: 'export', files: 'files' } as const;

const KINDS: Record<
  EvidenceJob['kind'],
  (desk: EvidenceDesk, job: EvidenceJob, parts: EvidenceParts, isLast: boolean) => Promise<string>
> = {
  async verify(desk, job, parts, isLast) {
    const lines: string[] = [];
    const check = async (number: number) => {
      const item = await itemOf(desk.store, number);
      const { isWhole, faults, entries } = await verifyEvidence(desk, item, {
        ...doingOf(job),
        request: `${job.request}:${number}`,
      });
      const first = faults.slice(0, 5).join(' ');
      lines.push(
        isWhole
          ? `EV${number} is whole, its custody record too (${entries} entries).`
          : `EV${number} is NOT what was kept: ${first}`,
      );
    };
    await eachOf(job.items.map(Number), isLast, check, (number, error) =>
      lines.push(`EV${number} was NOT checked: ${whyNot(parts, desk, job, error)}`),
    );
    return `Evidence checked. ${lines.join(' ')}`;
  },
  async export(desk, job, { folder }) {
    const of = await evidenceOf(desk.store, job.case !== null ? { case: job.case } : { alert: job.alert! });
    const home = join(folder, desk.store.id);
    await mkdir(home, { recursive: true, mode: 0o700 });
    const name = `${job.case !== null ? `case-${job.case}` : `alert-${job.alert}`}-${idOf('export', job.request).slice(0, 12)}.zip`;
    const path = join(home, `${name}.part`);
    await rm(path, { force: true });
    const handle = await open(path, 'wx', 0o600);
    let sums: string;
    try {
      sums = await writeExport(desk, of, doingOf(job), createWriteStream('', { fd: handle.fd, autoClose: false }));
      await handle.sync();
      await handle.close();
      await rename(path, join(home, name));
    } catch (error) {
      await handle.close().catch(() => {});
      await rm(path, { force: true });
      throw error;
    }
    return `Evidence exported: ${of.items.length} items in ${name}, in the exports folder of the worker. SHA-256 of its SHA256SUMS: ${sums}. Check it with: mdr evidence verify ${name}`;
  },
  async files(desk, job, parts, isLast) {
    const [lines, missed]: [string[], string[]] = [[], []];
    const names = new Map<string, string>();
    const take = async (id: string) => {
      const file = await desk.store.evidence.findOne({ _id: id });
      const bytes = file && (await desk.store.blobs.read(id));
      if (!file || !bytes) return;
      names.set(id, file.name);
      const { item, isNew } = await addEvidence(desk, bytes, {
        ...{ case: job.case, alert: job.alert, name: file.name, type: file.type, source: 'upload', by: job.by },
        ...{ from: file.byName, where: `${file.said?.surface ?? ''} ${file.said?.channel ?? ''}`.trim(), why: job.why },
        ...{
          how: `${file.said ? 'given in a message' : `fetched by action ${file.action}`}; kept by mdr at ${new Date(file.kept).toISOString()}`,
          request: `file:${id}:${job.case}:${job.alert}`,
        },
      });
      const same = item.sha256 === file.sha256 ? '' : ' It is NOT what was kept with the alert: the hashes differ.';
      lines.push(`EV${item.number}: ${item.name}, SHA-256 ${item.sha256}${isNew ? '' : ' (known already)'}.${same}`);
    };
    await eachOf(job.items.map(String), isLast, take, (id, error) =>
      missed.push(`${names.get(id) ?? 'A file'} is NOT kept as evidence: ${whyNot(parts, desk, job, error)}`),
    );
    const kept = lines.length > 0 ? [`Kept as evidence. ${lines.join(' ')}`] : [];
    return [...kept, ...missed].join(' ') || 'Kept as evidence: nothing; the files are not there.';
  },
};

const doingOf = ({ by, why, where, request, kind }: EvidenceJob): Doing => ({
  by,
  why,
  where,
  how: `/mdr evidence ${kind}`,
  request,
});

async function tell(
  { queues, clock }: EvidenceParts,
  { store }: EvidenceDesk,
  job: EvidenceJob,
  text: string,
): Promise<void> {
  if (job.case !== null) {
    const asking = { by: job.by, clock, request: `evidence:${job.kind}:${job.request}` };
    const number = await headOf(store, job.case);
    await changeCase(store, number, asking, { kind: 'note', lane: 'provider', text });
    await queues.add('changes', { tenant: store.id, kind: 'case', number });
  } else if (job.alert !== null) {
    await note(store, job.alert, job.by, clock, text);
    await queues.add('changes', { tenant: store.id, kind: 'alert', number: job.alert });
  }
}
