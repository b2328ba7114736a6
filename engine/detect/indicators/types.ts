import type { RuleInfo } from '../types.js';

/** Kinds of indicator, as people and records name them. An `ip` is an address or a CIDR range. */
export const INDICATOR_TYPES = ['ip', 'domain', 'url', 'md5', 'sha1', 'sha256', 'imphash', 'email'] as const;
export type IndicatorType = (typeof INDICATOR_TYPES)[number];

/** A value as a file gives it, before it is normalised and judged. */
export interface Candidate {
  value: string;
  /** Null: told from the value. */
  type: IndicatorType | null;
  /** A domain that is meant alone, without its sub-domains. */
  exact?: boolean;
  /** 0–100. */
  confidence?: number;
  /** Epoch ms; null: never. */
  expires?: number | null;
  /** Actor, malware or campaign. */
  threat?: string;
  /** ATT&CK technique ids. */
  techniques?: string[];
}

/** A value that may be looked for, in the one spelling that is compared. */
export interface Admitted {
  type: IndicatorType;
  value: string;
}

/** Why a value is not taken. Each is counted by its name. */
export const REFUSALS = {
  'not an indicator': 'neither an address, domain, URL, hash nor e-mail address',
  'too long': 'longer than its kind can be',
  'single label': 'a name without a dot, such as a whole top-level domain',
  'public suffix': 'a suffix under which strangers register names, such as co.uk or a hosting platform',
  'reserved address': 'private, loopback, link-local, multicast, documentation or another special range',
  'reserved name': 'a special-use name, such as localhost or anything under .local',
  'range too wide': 'a range wider than /8 (IPv4) or /19 (IPv6)',
  'known harmless hash': 'the hash of an empty file, or all zeros',
  'allow-listed': 'on an allow-list',
  expired: 'expired already',
  'pattern not simple': 'a STIX pattern other than equality, ISSUBSET and OR of them',
  'not for detection': 'its author marks it as context only (MISP to_ids false), revoked or deleted',
  'type not supported': 'an attribute or column type that is not looked for',
  'line unreadable': 'not valid UTF-8, or too long',
} as const;
export type Refusal = keyof typeof REFUSALS;

/** What the value was to the event, and so which way the traffic went. */
export const ROLES = [
  'destination',
  'actor',
  'source',
  'query',
  'answer',
  'file',
  'sender',
  'recipient',
  'mentioned',
] as const;
export type Role = (typeof ROLES)[number];

/** Actor, malware or campaign behind an indicator. */
export interface Threat {
  name: string;
  techniques: string[];
}

/** An indicator as it is held in memory. */
export interface Known {
  type: IndicatorType;
  value: string;
  source: string;
  confidence: number;
  /** Epoch ms; null: never. */
  expires: number | null;
  threat: Threat | null;
}

/** An indicator seen in an event, with all that a rule says of itself. */
export interface IndicatorHit extends RuleInfo {
  indicator: Known;
  /** Names of all sources that know the value and have not let it expire. */
  sources: string[];
  /** Field of the event, and the value in it (shortened). */
  field: string;
  seen: string;
  role: Role;
  blocked: boolean;
}
