import { type Connection, Schema } from 'mongoose';
import { z } from 'zod';
import { breachProfileSchema } from '../breach/files.js';
import type { Policy } from '../notify/policy.js';
import type { Connectors } from '../respond/actions/connectors.js';
import type { KeepSchedule } from './keeping.js';

export const TENANT_ID = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;

export const DATA_CLASSES = ['PCI', 'PHI', 'PII', 'confidential'] as const;
export type DataClass = (typeof DATA_CLASSES)[number];
const dataClasses = z.array(z.enum(DATA_CLASSES));
const why = z.string().max(300).default('');
const minutes = (usual: number) => z.number().int().min(1).max(525_600).default(usual);
const times = (acknowledge: number, contain: number, resolve: number) =>
  z
    .strictObject({ acknowledge: minutes(acknowledge), contain: minutes(contain), resolve: minutes(resolve) })
    .prefault({});
/** Minutes in which the contract says that a case is acknowledged, contained and resolved; where it says nothing, the usual. */
export const slaSchema = z.strictObject({
  critical: times(15, 240, 1440),
  high: times(30, 480, 2880),
  medium: times(240, 1440, 7200),
  low: times(1440, 4320, 20_160),
});

/** What we know of a tenant: it drives relevance, triage and breach duties. */
export const profileSchema = z.strictObject({
  industry: z.string().max(100).default(''),
  regions: z.array(z.string().max(60)).max(50).default([]),
  technology: z.array(z.string().max(100)).max(500).default([]),
  brands: z.array(z.string().max(100)).max(100).default([]),
  /** Crown jewels: hosts, accounts or systems whose loss would hurt most. */
  crownJewels: z
    .array(z.strictObject({ name: z.string().max(200), why, data: dataClasses.max(4).optional() }))
    .max(500)
    .default([]),
  dataClasses: dataClasses.default([]),
  // What follows is younger than records of tenants may be: it can be absent.
  /** Further hosts and systems, and which data they hold. */
  assets: z
    .array(z.strictObject({ name: z.string().max(200), why, data: dataClasses.max(4) }))
    .max(2000)
    .optional(),
  /** Accounts that may do much here: of administrators, of services, of those who sign. */
  privileged: z
    .array(z.strictObject({ name: z.string().max(200), why }))
    .max(2000)
    .optional(),
  /** Its own addresses and ranges (`203.0.113.0/24`) and domains on the Internet. */
  networks: z
    .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
    .max(500)
    .optional(),
  domains: z.array(z.string().max(253)).max(500).optional(),
  timeZone: z.string().max(60).default('UTC'),
  workingHours: z.string().max(60).default('Mon-Fri 09:00-17:00'),
  /** Absent on profiles made before there was one, and where nothing was agreed. */
  sla: slaSchema.optional(),
  /** Who it is to the laws on breaches; absent: nobody said, and it is asked for. */
  breach: breachProfileSchema.optional(),
  /** What was agreed about actions; absent: dangerous ones need a second person of the provider's. */
  response: z
    .strictObject({
      /** Actions that run without a second person, at most so many a day. Never those that two must approve. */
      preapproved: z
        .array(z.strictObject({ action: z.string().max(60), perDay: z.number().int().min(1).max(100).default(10) }))
        .max(20)
        .default([]),
      /** Actions that one of the customer's people must approve; `*`: every dangerous one. */
      customerApproves: z.array(z.string().max(60)).max(40).default([]),
    })
    .optional(),
});
export type Profile = z.infer<typeof profileSchema>;

export interface BoundChannel {
  surface: string;
  /** The surface's own id of the channel; ids, never names. */
  channel: string;
  lane: 'provider' | 'customer';
}

/** Who set which notification policy, and when. */
export interface PolicyVersion {
  /** null: what holds without one. */
  policy: Policy | null;
  /** Epoch ms. */
  changed: number;
  by: string;
}

/** Legal hold: what was recorded in this time is not deleted, whatever retention says, until it is released. */
export interface Hold {
  /** Short and unique within the tenant: `h1`, `h2` … */
  id: string;
  why: string;
  by: string;
  /** Epoch ms. */
  placed: number;
  /** Times of the events that are held, epoch ms; null: without a bound. */
  from: number | null;
  until: number | null;
  /** What else it holds instead: evidence. Absent: events in the lake. */
  of?: { kind: 'item' | 'case' | 'alert'; number: number };
  byName?: string;
  /** The first of the two people that a release needs. */
  asked?: { at: number; by: string; name: string; why: string };
  released?: { at: number; by: string; name?: string };
}

export interface Tenant {
  /** The tenant's id: `acme`. */
  _id: string;
  name: string;
  profile: Profile;
  channels: BoundChannel[];
  /** Who is told of its alerts, where and when; absent until somebody sets it. */
  notify?: PolicyVersion & {
    /** The versions before it, oldest first (bounded). */
    past?: PolicyVersion[];
  };
  /** How many days events stay in the lake; absent: for good. */
  lakeDays?: number;
  holds?: Hold[];
  /** How long evidence is kept; absent: for good. */
  evidenceKeep?: KeepSchedule;
  /** Connectors to the tenant's own systems (engine/respond/actions/connectors.ts). */
  connectors?: Connectors;
  /** Who may fetch its block lists: SHA-256 of tokens. */
  listTokens?: { hash: string; created: number }[];
  created: number;
}

const schema = new Schema<Tenant>(
  {
    _id: { type: String, required: true, match: TENANT_ID },
    name: { type: String, required: true },
    profile: { type: Schema.Types.Mixed, required: true },
    channels: { type: [Schema.Types.Mixed], default: [] } as never,
    notify: Schema.Types.Mixed,
    lakeDays: Number,
    holds: { type: [Schema.Types.Mixed], default: undefined } as never,
    evidenceKeep: Schema.Types.Mixed,
    connectors: Schema.Types.Mixed,
    listTokens: { type: [Schema.Types.Mixed], default: undefined } as never,
    created: { type: Number, required: true },
  },
  { versionKey: false, minimize: false },
);
export const tenantModel = (connection: Connection) => connection.model<Tenant>('Tenant', schema, 'tenants');
