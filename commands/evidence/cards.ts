import { chainOf } from '../../engine/breach/evidence/custody.js';
import { keptUntil } from '../../engine/breach/evidence/dispose.js';
import { bytes } from '../../engine/say.js';
import type { EvidenceItem } from '../../engine/store/evidenceitems.js';
import type { Action, Block, Card, Inline } from '../cards/card.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';
import { deskOf } from './words.js';

const LAST = 10;

export const itemTitle = ({ number, name }: EvidenceItem): string => `EV${number}: ${clip(name, 120)}`;

/** For what it is held. */
export const ofWhat = ({ case: of, alert }: EvidenceItem): string =>
  [of === null ? '' : `case ${of}`, alert === null ? '' : `alert ${alert}`].filter(Boolean).join(', ');

/** An item in full: what it is, where it comes from, who has it, what holds it, and what happened to it last. */
export async function itemCard(context: Context, item: EvidenceItem, title = itemTitle(item)): Promise<Card> {
  const { held, holder, transfer, sha256, sha1, md5, size, by, from, where, how, why, kept, sameAs, disposal, state } =
    item;
  const until = await keptUntil(deskOf(context), item);
  const keeps: Inline = until ? ['until ', { time: until.until }, ` (${clip(until.why, 120)})`] : 'for good';
  const fields: { name: string; value: Inline }[] = [
    { name: 'Held for', value: ofWhat(item) },
    { name: 'Size', value: `${bytes(size)} (${size.toLocaleString('en-US')} bytes)` },
    { name: 'SHA-256', value: { code: sha256 } as never },
    {
      name: 'Taken',
      value: clip(
        `${from ? `from ${from}, ` : ''}${where ? `at ${where}, ` : ''}with ${how}, by ${by.name}: ${why}`,
        600,
      ),
    },
    {
      name: 'Custody',
      value: transfer ? `${holder.name}; handed to ${transfer.to.name}, who has to take it over` : holder.name,
    },
    { name: 'Legal hold', value: held.length > 0 ? held.join(', ') : 'none' },
    { name: 'Kept', value: state === 'disposed' ? 'disposed of' : keeps },
  ].map((field) => ({
    ...field,
    value: Array.isArray(field.value) || typeof field.value === 'string' ? field.value : [field.value as never],
  }));
  if (kept !== null) fields.push({ name: 'Since', value: [{ time: kept }] });
  if (sameAs.length > 0) fields.push({ name: 'Same bytes as', value: sameAs.map((each) => `EV${each}`).join(', ') });
  if (disposal)
    fields.push({ name: 'Disposal', value: clip(`asked by ${disposal.asked.by.name}: ${disposal.asked.why}`, 400) });
  return {
    title,
    tone: held.length > 0 ? 'medium' : 'neutral',
    blocks: [
      { kind: 'fields', fields },
      { kind: 'note', text: `SHA-1 ${sha1} · MD5 ${md5}` },
      ...(await lastEntries(context, item)),
      { kind: 'actions', actions: actionsOf(context, item) },
      { kind: 'note', text: nextOf(item) },
    ],
  };
}

async function lastEntries({ tenant }: Context, item: EvidenceItem): Promise<Block[]> {
  const page = { sort: { seq: -1 as const }, limit: LAST };
  const entries = (await tenant.chainEntries.find({ chain: chainOf(item) }, page)).reverse();
  if (entries.length === 0) return [];
  const items = entries.map(({ seq, at, body }): Inline => {
    const { action, by, why, to } = body as {
      action: string;
      by: { name: string };
      why: string;
      to?: { name: string };
    };
    const whom = to && to.name !== by.name ? ` to ${clip(to.name, 80)}` : '';
    return [`${seq}. `, { time: at }, ` ${action}${whom} by ${clip(by.name, 80)}${why ? ` — ${clip(why, 160)}` : ''}`];
  });
  return [
    { kind: 'text', text: [{ bold: 'Custody record' }] },
    { kind: 'list', items },
  ];
}

export function actionsOf({ tenant, person }: Context, item: EvidenceItem): Action[] {
  const record = `EV${item.number}`;
  const action = (id: string, label: string, command: string, more: Partial<Action> = {}): Action => ({
    ...{ id, label, command, tenant: tenant.id, record },
    ...more,
  });
  if (item.state !== 'kept') return [];
  return [
    ...(item.transfer?.to.id === person._id
      ? [action('take', 'Take over', 'evidence take', { style: 'primary' })]
      : []),
    action('verify', 'Verify', 'evidence verify'),
    action('transfer', 'Hand over', 'form evidence transfer'),
    action('hold', 'Legal hold', 'form evidence hold'),
    ...(item.disposal && item.disposal.asked.by.id !== person._id
      ? [action('agree', 'Agree to disposal', 'evidence agree', { style: 'danger' })]
      : []),
  ];
}

const nextOf = ({ number, state, transfer }: EvidenceItem): Inline =>
  state === 'disposed'
    ? 'Its bytes are gone; record and certificate stay. Next: they are in every export of its case.'
    : transfer
      ? ['Next: ', { code: `/mdr evidence take EV${number}` }, ` by ${transfer.to.name}.`]
      : ['Next: ', { code: `/mdr evidence verify EV${number}` }, ' checks every byte and the custody record.'];
