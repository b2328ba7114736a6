import { evidenceOf } from '../../engine/breach/evidence/export.js';
import type { EvidenceJob } from '../../engine/breach/evidence/work.js';
import type { Evidence } from '../../engine/store/evidence.js';
import type { Card } from '../cards/card.js';
import { counted } from '../cards/labels.js';
import { caseFor } from '../case/words.js';
import type { Context } from '../types.js';
import { alertOf } from '../words/record.js';
import { placeOf, reasonIn, requestOf, takeItem, takeWhole, type Verb, type Whole, who, wrong } from './words.js';

/** Give it to a worker, which says in the case or the alert what came of it. */
async function ask(
  context: Context,
  job: Pick<EvidenceJob, 'kind' | 'items' | 'why'> & Partial<EvidenceJob>,
  doing: string,
): Promise<Card> {
  const { tenant, queues } = context;
  const request = requestOf(context);
  const full: EvidenceJob = { case: null, alert: null, by: who(context), where: placeOf(context), request, ...job };
  await queues.add('evidence', { tenant: tenant.id, job: full }, { jobId: `evidence-${tenant.id}-${request}` });
  const where = full.case !== null ? `case ${full.case}` : `alert ${full.alert}`;
  return {
    title: doing,
    tone: 'neutral',
    blocks: [
      { kind: 'text', text: `What comes of it is written into ${where}.` },
      { kind: 'note', text: ['Next: ', { code: `/mdr evidence list ${where}` }, ' shows what is kept.'] },
    ],
  };
}

export const verify: Verb = {
  name: 'verify',
  usage: '(EV<n> | case <n> | alert <n>)',
  example: 'evidence verify case 4',
  says: 'checks every byte against its hashes, and the custody records',
  role: 'responder',
  async run(context, args) {
    const why = 'a check';
    if (/^#?(?:EV)?[1-9]\d*$/i.test(args[0] ?? '')) {
      const { item, rest } = await takeItem(verify, context, args);
      if (rest.length > 0) throw wrong(verify, 'it checks one item, and takes no further words.');
      const { case: of, alert } = item;
      return ask(
        context,
        { kind: 'verify', items: [item.number], why, case: of, alert },
        `EV${item.number} is being checked`,
      );
    }
    const whole = takeWhole(context, args);
    if (!whole || whole.rest.length > 0) throw wrong(verify, 'what? An item, a case or an alert.');
    const { items } = await evidenceOf(context.tenant, wholeOf(whole.of));
    const numbers = items.map(({ number }) => number);
    return ask(
      context,
      { kind: 'verify', items: numbers, why, [whole.of.kind]: whole.of.number },
      `${counted(items.length, 'item')} being checked`,
    );
  },
};

const wholeOf = ({ kind, number }: Whole) => (kind === 'case' ? { case: number } : { alert: number });

export const exported: Verb = {
  name: 'export',
  usage: '(case <n> | alert <n>) because <why>',
  example: 'evidence export case 4 because the regulator asks',
  says: 'writes a signed zip with bytes, custody records and timeline, which anybody can check offline',
  role: 'lead',
  async run(context, args) {
    const whole = takeWhole(context, args);
    if (!whole) throw wrong(exported, 'of what? A case or an alert.');
    const why = reasonIn(exported, whole.rest);
    const { items } = await evidenceOf(context.tenant, wholeOf(whole.of));
    return ask(
      context,
      { kind: 'export', items: [], why, [whole.of.kind]: whole.of.number },
      `An export of ${counted(items.length, 'item')} is being written`,
    );
  },
};

export const add: Verb = {
  name: 'add',
  usage: '[case <n>] [alert <n>] because <why>',
  example: 'evidence add case 4 alert 12 because Jane sent the image of her mail',
  says: 'makes evidence of the files that were given to an alert, or to a case; large files: mdr evidence add',
  role: 'analyst',
  async run(context, args) {
    let [rest, of, alert] = [args, context.case ?? null, null as number | null];
    for (;;) {
      const digits = /^#?([1-9]\d{0,8})$/.exec(rest[1] ?? '')?.[1];
      const word = rest[0]?.toLowerCase();
      if (!digits || (word !== 'case' && word !== 'alert')) break;
      if (word === 'case') of = Number(digits);
      else alert = Number(digits);
      rest = rest.slice(2);
    }
    alert ??= context.alert;
    if (alert === null && of === null) throw wrong(add, 'the files of what? An alert or a case.');
    if (of !== null) await caseFor(context, of);
    if (alert !== null) await alertOf(context, alert);
    const why = reasonIn(add, rest);
    const from = alert !== null ? `alert ${alert}` : `case ${of}`;
    const files = await context.tenant.evidence.find(alert !== null ? { alert } : { case: of }, { sort: { kept: 1 } });
    if (files.length === 0)
      throw wrong(add, `nobody gave a file to ${from}. Give one in its thread, or use: mdr evidence add`);
    const ids = files.map(({ _id }: Evidence) => _id);
    return ask(
      context,
      { kind: 'files', items: ids, why, case: of, alert },
      `${counted(files.length, 'file')} of ${from} become evidence`,
    );
  },
};
