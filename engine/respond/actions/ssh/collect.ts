import { createHash } from 'node:crypto';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { idOf } from '../../../ids.js';
import type { TenantStore } from '../../../store/index.js';

import { caseOf, headOf } from '../../case/join.js';
import { keptText, storeFile, tellFile } from '../../files/keep.js';
import type { Checked, Job, Seen, Work } from '../types.js';
import { targetOf } from './hosts.js';
import { type Section, sectionsFor } from './sections.js';
import { withHost } from './session.js';

const TIMEOUT_MS = 300_000;
/** For each section: when its time is over, what came of it is kept. */
export const EACH = { most: 4 * 1024 * 1024, timeoutMs: 45_000, isPartWanted: true };
/** Sections are begun only so long, so that what was taken is kept before all of the time is over. */
const TAKING_MS = 220_000;
const MOST_BYTES = 24 * 1024 * 1024;

interface Taken {
  file: string;
  about: string;
  bytes: number;
  sha256: string;
  /** Exit code there; null: none came. */
  code: number | null;
  isCut: boolean;
  /** What it said besides, or why it was not taken. */
  said: string;
}

const evidenceId = ({ store, record }: Job): string => idOf('evidence', store.id, 'action', String(record.number));

/**
 * The package as it is taken: what fails is left out, and said in its manifest.
 * @throws MdrError the first failure, when in the end there is nothing of any section
 */
async function take(job: Job): Promise<{ name: string; files: { name: string; data: Buffer }[]; parts: Taken[] }> {
  const { record, store, clock, signal } = job;
  const started = clock();
  const sections = sectionsFor(record.args.parts);
  const files: { name: string; data: Buffer }[] = [];
  const parts: Taken[] = [];
  const add = (section: Section, data: Buffer, rest: Pick<Taken, 'code' | 'isCut' | 'said'>) => {
    const file = `${section.name}.txt`;
    if (data.length > 0) files.push({ name: file, data });
    const sha256 = createHash('sha256').update(data).digest('hex');
    parts.push({ file, about: section.about, bytes: data.length, sha256, ...rest });
  };
  const over = AbortSignal.timeout(TAKING_MS);
  return withHost(job, async ({ run, target }) => {
    let lost: Error | null = null;
    let failure: Error | null = null;
    for (const section of sections) {
      if (lost || over.aborted) {
        add(section, Buffer.alloc(0), { code: null, isCut: false, said: lost?.message ?? 'there was no time left' });
        continue;
      }
      try {
        const { stdout, code, isCut, isLate, stderr } = await run(section.script, [], EACH);
        const why = isLate ? [`cut: it did not end within ${EACH.timeoutMs / 1000} s`] : [];
        add(section, stdout, { code, isCut, said: [...why, stderr.trim()].join('\n').trim() });
      } catch (error) {
        signal.throwIfAborted();
        failure ??= error as Error;
        if (/connection was lost/.test((error as Error).message)) lost = error as Error;
        add(section, Buffer.alloc(0), { code: null, isCut: false, said: (error as Error).message });
      }
    }
    // Without anything there is nothing to keep.
    if (failure && files.length === 0) throw failure;
    const about = {
      ...{ tenant: store.id, action: record.number, case: record.case, by: record.by.name, reason: record.reason },
      ...{ host: target.name, address: target.address, keys: target.keys },
      ...{ started: new Date(started).toISOString(), ended: new Date(clock()).toISOString(), parts },
    };
    files.unshift({ name: 'manifest.json', data: Buffer.from(`${JSON.stringify(about, null, 2)}\n`) });
    const time = new Date(started).toISOString().replace(/[-:]|\.\d+/g, '');
    return { name: `triage-${target.name}-${time}`, files, parts };
  });
}

/** As one compressed archive. */
function archive(
  name: string,
  files: readonly { name: string; data: Buffer }[],
  at: number,
): AsyncIterable<Uint8Array> {
  const tar = pack();
  for (const file of files) tar.entry({ name: `${name}/${file.name}`, mtime: new Date(at), mode: 0o600 }, file.data);
  tar.finalize();
  return tar.pipe(createGzip());
}

/** Whether the package is kept, and its case knows of it. */
async function isKept(job: Job): Promise<boolean> {
  const evidence = await job.store.evidence.findOne({ _id: evidenceId(job) });
  return evidence !== null && (job.record.case === null || (await isTold(job.store, job.record.case, evidence._id)));
}
async function isTold(store: TenantStore, number: number, id: string): Promise<boolean> {
  const { log } = await caseOf(store, await headOf(store, number));
  return log.some(({ kind, evidence }) => kind === 'evidence' && evidence === id);
}

/** Take what says what happens on a Linux host, without writing on it, and keep it as evidence. */
export const collecting: Work = {
  ...{ timeoutMs: TIMEOUT_MS, isRepeatable: true, undo: null },
  async guard({ store, record }) {
    targetOf(store, record.args.host!);
  },
  check: (job) =>
    withHost(job, async ({ target, run }): Promise<Checked> => {
      await run('uname -a', [], { most: 4096, timeoutMs: 15_000 });
      const sections = sectionsFor(job.record.args.parts);
      const says = `${sections.length} parts are taken from ${target.name} (${target.address}): ${sections.map(({ name }) => name).join(', ')}`;
      return { says, memory: { name: target.name }, already: false };
    }),
  async run(job) {
    const _id = evidenceId(job);
    const { store, record, clock } = job;
    let evidence = await store.evidence.findOne({ _id });
    let missing: string[] = [];
    if (!evidence) {
      const { name, files, parts } = await take(job);
      missing = parts.filter(({ bytes }) => bytes === 0).map(({ file }) => file.replace(/\.txt$/, ''));
      job.signal.throwIfAborted();
      const file = {
        ...{ _id, alert: null, case: record.case, action: record.number, said: null, name: `${name}.tar.gz` },
        ...{ type: 'application/gzip', size: 0, open: async () => archive(name, files, clock()) },
      };
      evidence = await storeFile(store, file, record.by, clock, MOST_BYTES);
    }
    if (record.case !== null)
      await tellFile(store, record.case, evidence, {
        ...{ entry: 'evidence', text: keptText(evidence), by: record.by, clock },
      });
    const { name, size, sha256 } = evidence;
    return {
      ...{ evidence: _id, file: name, bytes: String(size), sha256 },
      ...(missing.length > 0 && { empty: missing.join(', ') }),
    };
  },
  verify: async (job): Promise<Seen> => ((await isKept(job)) ? 'holds' : 'absent'),
};
