import type { Clock } from '../../clock.js';
import type { EvidenceItem, Someone } from '../../store/evidenceitems.js';
import type { TenantStore } from '../../store/index.js';

/** What work with evidence needs. */
export interface EvidenceDesk {
  store: TenantStore;
  /** MDR_SECRET_KEY: seals the keys of files. Only what opens bytes, or brings some in, needs it. */
  secret: string | undefined;
  clock: Clock;
}

/** What is known of bytes that are to become evidence. */
export interface About {
  /** What it is held for: at least one of them. */
  case?: number | null;
  alert?: number | null;
  /** As it is called; folders and controls are taken off. */
  name: string;
  type?: string;
  source: EvidenceItem['source'];
  /** Who brings it. */
  by: Someone;
  /** From whom or what it was taken: a person, a host. */
  from?: string;
  /** Where: a place, a host, a channel. */
  where?: string;
  /** With what means: a tool and its version, a query. */
  how: string;
  why: string;
  /** The same request again finds what it kept the first time. */
  request: string;
  /** Most bytes. */
  most?: number;
}

/** Who does something to evidence, and why. */
export interface Doing {
  by: Someone;
  why: string;
  /** Where it is done: a channel, a machine. */
  where: string;
  /** With what means; empty where the action says it all. */
  how?: string;
  request: string;
}
