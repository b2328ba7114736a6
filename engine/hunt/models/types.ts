import type { Ecs } from '../../event.js';

/** What models read beyond the event core, under ECS names; formats or sources that know them fill them in. */
export interface Further {
  'source.bytes'?: number;
  'destination.bytes'?: number;
  /** Nanoseconds, as ECS has it. */
  'event.duration'?: number;
  'source.geo.country_iso_code'?: string;
  'source.geo.location'?: { lat: number; lon: number };
  'source.as.number'?: number;
  'device.id'?: string;
  'dns.question.type'?: string;
  'dns.response_code'?: string;
  'tls.client.ja3'?: string;
  'process.code_signature.subject_name'?: string;
  'service.name'?: string;
  /** What was asked of a process that was opened: `0x1410`. */
  'process.granted_access'?: string;
  /** A named pipe that was made or opened. */
  'file.pipe'?: string;
  /** A scheduled task; and what a task or a subscription runs. */
  'task.name'?: string;
  'task.runs'?: string;
  /** Who was put into a group: a name, a distinguished name or a SID. */
  'group.member'?: string;
  /** Department or team: whom a user's doings are compared with. */
  'user.group.name'?: string;
}

export type HuntFields = Partial<Ecs> & Further;

/** An event as a model sees it: from the lake, from the pipeline or from a file. */
export interface Seen {
  /** The event's id, for evidence. */
  id: string;
  /** Epoch milliseconds. */
  time: number;
  ecs: HuntFields;
}

export type EntityKind = 'host' | 'user' | 'source' | 'domain' | 'pair' | 'principal' | 'process';

export interface Finding {
  model: string;
  /** The same for the same thing found again: the runner posts it once. */
  key: string;
  entity: { kind: EntityKind; name: string };
  /** What else it touches: destinations, hosts, users; at most `MAX_RELATED`. */
  related: string[];
  from: number;
  to: number;
  /** 0 to 1. */
  score: number;
  /** What was seen, against which baseline, in words with numbers. */
  words: string;
  techniques: readonly string[];
  tactic: string;
  /** Event ids, at most `MAX_EVIDENCE`. */
  evidence: string[];
  /** The numbers that the words and the score are made of. */
  numbers: Record<string, number>;
}

export const MAX_EVIDENCE = 10;
export const MAX_RELATED = 10;

/** What the tenant's profile tells every model. */
export interface Known {
  /** Addresses of the tenant's VPN and other egress: many people come from there, and it has no place on the map. */
  egress?: readonly string[];
  /** Score from which a model speaks; without it, each has its own. */
  floor?: number;
}

/**
 * A hunting model: one file. It learns and speaks per tenant, from a state that is plain JSON and bounded, so that a runner can keep it
 * anywhere and forget it at any time; it reads no clock and no store, and its randomness is seeded.
 */
export interface Model<S = unknown> {
  /** As people type it: lower case, digits and hyphens. */
  name: string;
  title: string;
  /** What is looked for, in a sentence. */
  summary: string;
  needs: {
    /** What kind of logs: "sign-ins", "DNS queries". */
    data: string;
    /** Without these fields, an event is passed over. */
    fields: readonly (keyof HuntFields)[];
    /** And without any of these. */
    oneOf?: readonly (keyof HuntFields)[];
  };
  /** What it compares with, and how much of it there must be before it speaks. */
  baseline: { words: string; days: number };
  /** Score from which it speaks, before a tenant's verdicts move that. */
  speaks: number;
  /** How often it is asked, ms of event time; without it, every quarter of an hour. */
  every?: number;
  /** Days after which what was quiet since is forgotten; without it, 90. */
  keeps?: number;
  techniques: readonly string[];
  tactic: string;
  /** An object whose large parts are tables of `../table.ts`: the runner forgets in them what is old, and what is too much. */
  start(): S;
  /** Take events in, in any order within about an hour. The state is handed over: it may be changed and returned. */
  fold(state: S, events: readonly Seen[]): S;
  /**
   * What the state shows at this moment; asked again, it says the same again under the same keys.
   * @param now epoch milliseconds
   */
  judge(state: S, now: number, known?: Known): Finding[];
}
