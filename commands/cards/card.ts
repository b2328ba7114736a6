import type { FormRequest } from './form.js';

/**
 * A card: a message written once, free of any surface. Every string in it is plain text and may come from an attacker:
 * each surface escapes it for its own markup, so no mention, link or formatting inside a value ever renders.
 */
export interface Card {
  title: Inline;
  tone: Tone;
  blocks: Block[];
  /** For the eyes of whoever asked, now: added to the blocks where answers are not kept, and kept nowhere. */
  once?: Block[];
  /** What a surface with dialogs asks for instead of showing the card. */
  form?: FormRequest;
}

export type Tone = 'neutral' | 'ok' | 'low' | 'medium' | 'high' | 'critical' | 'error';

/** Text made of spans. A plain string is a plain span. */
export type Inline = string | Span[];
export type Span =
  | string
  | { bold: string }
  | { code: string }
  /** Epoch ms, shown in the reader's time zone where the surface can. */
  /** `live`: with how long it is until then, or since, counting where the surface can. */
  | { time: number; live?: boolean }
  /** Our own pages only; `href` is written by us, never taken from a log. */
  | { link: string; href: string }
  /** Calls a person by name; where one of the identities (`slack:U0123`) is the surface's own, it notifies them. From our records only. */
  | { call: string; identities: readonly string[] };

export type Block =
  | { kind: 'text'; text: Inline }
  | { kind: 'fields'; fields: { name: string; value: Inline }[] }
  | { kind: 'list'; items: Inline[] }
  | { kind: 'table'; columns: string[]; rows: Inline[][] }
  /** A value to be read letter by letter: command lines, log lines. */
  | { kind: 'code'; text: string }
  /** Small print. */
  | { kind: 'note'; text: Inline }
  | { kind: 'actions'; actions: Action[] };

/**
 * A button, or with `choices` a select. A click runs a command as if it were typed: `<command> <record> [choice]`.
 * It carries a record's number and its tenant, nothing else; the handler reads the record again.
 */
export interface Action {
  /** Unique within the card. */
  id: string;
  label: string;
  command: string;
  tenant: string;
  record: string;
  style?: 'primary' | 'danger';
  choices?: { value: string; label: string }[];
  /** Of a button: the choice that it stands for. */
  choice?: string;
}

/** A card with what is for now among its blocks, for surfaces that keep no answers. */
export function shownOnce({ once, ...card }: Card): Card {
  return once ? { ...card, blocks: [...once, ...card.blocks] } : card;
}

/** The words of an inline text without any markup. */
export function plain(text: Inline): string {
  if (typeof text === 'string') return text;
  return text
    .map((span) => {
      if (typeof span === 'string') return span;
      if ('bold' in span) return span.bold;
      if ('code' in span) return span.code;
      if ('time' in span) return new Date(span.time).toISOString();
      if ('call' in span) return `@${span.call}`;
      return span.link;
    })
    .join('');
}
