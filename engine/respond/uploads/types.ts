import type { Readable } from 'node:stream';
import type { Clock } from '../../clock.js';
import type { Lookout } from '../../detect/indicators/hits/lookout.js';
import type { Matcher } from '../../detect/types.js';
import type { Formats } from '../../ingest/formats/index.js';
import type { Observable } from '../../store/alerts.js';
import type { TenantStore } from '../../store/index.js';

/** A file that somebody gave, as it is looked into. Name and content are hostile. */
export interface Sample {
  name: string;
  /** Bytes. */
  size: number;
  sha256: string;
  /** How it begins, at most `HEAD_BYTES`. */
  head: Buffer;
  open(): Promise<Readable>;
}
export const HEAD_BYTES = 4096;

export interface ExamineParts {
  store: TenantStore;
  formats: Formats;
  matcher: Matcher;
  /** The provider's and the tenant's own indicators. */
  lookout: Lookout;
  clock: Clock;
  /** Aborts when the time for it is over. */
  signal: AbortSignal;
}

/** Something that the file says happened: for the case's timeline. */
export interface Moment {
  /** Epoch ms. */
  when: number;
  text: string;
}

export interface Finding {
  /** For people, the most telling first. */
  lines: string[];
  isBad: boolean;
  moments: Moment[];
  /** What is in it and is to be scanned too: attachments. */
  inside?: { name: string; data: Uint8Array }[];
  /** Worth remembering: only what is suspicious, so that nobody fills a case with a file. */
  observables: Observable[];
}

/** One kind of upload: one file in `kinds/`. It reads; it never runs, renders, fetches or unpacks to the disk under a name of the file's. */
export interface UploadKind {
  /** `mail`, as records keep it. */
  name: string;
  title: string;
  /** Who is asked first whether a file is theirs: the lowest. */
  rank: number;
  /** Told by how it begins, and only for want of that by its name. */
  is(sample: Pick<Sample, 'name' | 'head'>): boolean;
  /** Most bytes that it takes. */
  most: number;
  /** @throws MdrError saying why it cannot be looked into */
  examine(sample: Sample, parts: ExamineParts): Promise<Finding>;
}
