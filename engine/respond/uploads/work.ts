import type { Clock } from '../../clock.js';
import { type LiveIndicators, NO_INDICATORS } from '../../detect/indicators/live.js';
import type { Matcher } from '../../detect/types.js';
import type { Formats } from '../../ingest/formats/index.js';
import type { Log } from '../../log.js';
import type { Queues } from '../../queues.js';
import type { Evidence } from '../../store/evidence.js';
import type { Store } from '../../store/index.js';
import { examine } from './examine.js';
import { loadUploadKinds } from './kinds/index.js';
import { tellFinding } from './tell.js';
import type { Yara } from './yara/index.js';

/** One at a time: a large log keeps a core busy, and detection has to go on. */
const AT_ONCE = 1;
const SWEEP_MS = 60_000;
/** A file whose job was lost is looked into after this … */
const LOST_MS = 120_000;
/** … unless it is older. */
const OLD_MS = 86_400_000;
const SOME = 50;

export interface UploadWork {
  store: Store;
  queues: Queues;
  formats: Formats;
  /** Asked for each file: rules change. */
  readonly matcher: Matcher;
  indicators?: Pick<LiveIndicators, 'forTenant'>;
  /** The operator's YARA rules; absent: none. */
  yara?: Yara | null;
  /** Whether files of cases become evidence as well: needs MDR_SECRET_KEY. */
  custody?: boolean;
  clock: Clock;
  log: Log;
}

/** Look into one kept file and tell its thread. Done again, it finds that it is done. */
export async function lookInto(parts: UploadWork, tenant: string, id: string): Promise<void> {
  const { queues, formats, clock } = parts;
  const store = await parts.store.forTenant(tenant);
  const evidence = await store.evidence.findOne({ _id: id });
  if (!evidence || evidence.examined) return;
  if (parts.custody && evidence.case) await handOver(queues, evidence, evidence.case);
  const lookout = (parts.indicators ?? NO_INDICATORS).forTenant(tenant);
  const { examined, finding } = await examine(await loadUploadKinds(), evidence, {
    ...{ store, formats, matcher: parts.matcher, lookout, clock, yara: parts.yara ?? null },
  });
  for (const { kind, number } of await tellFinding(store, evidence, examined, finding, clock))
    await queues.add('changes', { tenant, kind, number });
  // Last: until then it is looked into again.
  await store.evidence.update({ _id: id }, { $set: { examined } });
}

/** A file that was given to a case is to stand: its bytes go into the evidence of the case, once however often this is done. */
const handOver = (queues: Queues, { _id, tenant, by, byName, said }: Evidence, number: number): Promise<void> =>
  queues.add(
    'evidence',
    {
      tenant,
      job: {
        ...{ kind: 'files', case: number, alert: null, items: [_id], by: { id: by, name: byName } },
        ...{ why: 'given in the conversation about the case', where: said?.surface ?? '', request: `upload:${_id}` },
      },
    },
    { jobId: `evidence-${tenant}-${_id}` },
  );

/** Consumer of the `uploads` queue, and a look for files whose job was lost. */
export function startUploads(parts: UploadWork): { stop(): Promise<void> } {
  const { store, queues, clock, log } = parts;
  const worker = queues.work('uploads', AT_ONCE, ({ data: { tenant, id } }) => lookInto(parts, tenant, id));
  let sweeping: Promise<void> | null = null;
  const sweep = async () => {
    const now = clock();
    const filter = {
      kept: { $gt: now - OLD_MS, $lt: now - LOST_MS },
      examined: { $exists: false },
      said: { $ne: null },
    };
    const lost = await store.evidence.find(filter).limit(SOME).lean<Evidence[]>();
    for (const { tenant, _id } of lost) await hand(queues, tenant, _id);
  };
  const timer = setInterval(() => {
    sweeping ??= sweep()
      .catch((error) => log.warn({ error: (error as Error).message }, 'files that were not looked into'))
      .finally(() => {
        sweeping = null;
      });
  }, SWEEP_MS);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await sweeping;
      await worker.close();
    },
  };
}

/** Hand a kept file over to whoever looks into it. While it waits, the same is not handed over again. */
export const hand = (queues: Queues, tenant: string, id: string): Promise<void> =>
  queues.add('uploads', { tenant, id }, { jobId: `upload-${tenant}-${id}` });
