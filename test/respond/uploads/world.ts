import { Readable } from 'node:stream';
import { pino } from 'pino';
import { loadRules, ownRules } from '../../../engine/detect/index.js';
import { idOf } from '../../../engine/ids.js';
import { loadFormats } from '../../../engine/ingest/formats/index.js';
import { openCase } from '../../../engine/respond/case/open.js';
import { keepCaseFile } from '../../../engine/respond/files/keep.js';
import { lookInto, type UploadWork } from '../../../engine/respond/uploads/work.js';
import type { Said } from '../../../engine/store/alerts.js';
import { addTenant, NOW } from '../../commands/world.js';
import { testQueues, testStore } from '../../support/services.js';

export const ANA = { id: 'ana', name: 'Ana Silva' };
const said: Said = {
  ...{ surface: 'slack', channel: 'C1', message: '1.0', at: NOW, author: 'slack:U0ANA', authorName: 'ana' },
  ...{ text: 'see file', link: '', internal: true },
};

/** A tenant with a case, and what looks into the files that it is given. */
export async function uploadWorld() {
  const { store } = await testStore();
  const { queues } = await testQueues();
  const acme = await addTenant(store, 'acme', 'Acme');
  const [{ matcher }, formats] = await Promise.all([loadRules([ownRules]), loadFormats()]);
  const clock = () => NOW;
  const opening = {
    title: 'Phished',
    type: 'phishing',
    severity: 'high',
    priority: 'P2',
    lead: null,
    reason: '',
  } as const;
  const { record } = await openCase(acme, { by: ANA, clock, request: 'open' }, opening);
  const parts: UploadWork = { store, queues, formats, matcher, clock, log: pino({ level: 'silent' }) };
  return {
    ...{ store, queues, acme, parts, number: record.number },
    /** Give a file to the case, and have it looked into. */
    async give(name: string, data: Buffer | string) {
      const bytes = Buffer.from(data);
      const id = idOf(name, bytes);
      const upload = { id, name, type: '', size: bytes.length, open: async () => Readable.from([bytes]) };
      const { _id } = await keepCaseFile(acme, record.number, ANA, clock, { upload, said, most: 50_000_000 });
      await lookInto(parts, 'acme', _id);
      const evidence = (await acme.evidence.findOne({ _id }))!;
      const { log, observables } = (await acme.cases.findOne({ number: record.number }))!;
      const mine = log.filter((entry) => entry.evidence === _id);
      return {
        evidence,
        examined: evidence.examined!,
        text: evidence.examined!.lines.join('\n'),
        log,
        mine,
        observables,
      };
    },
  };
}
