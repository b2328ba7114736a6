import { z } from 'zod';

export const EXPORT_FORMAT = 'mdr evidence export 1';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const item = z.object({
  item: z.string().regex(/^EV[1-9]\d{0,8}$/),
  /** As it was called; in the zip it has a plainer name. */
  name: z.string().max(300),
  type: z.string().max(200),
  size: z.number().int().min(0),
  sha256: hash,
  sha1: z.string().regex(/^[0-9a-f]{40}$/),
  md5: z.string().regex(/^[0-9a-f]{32}$/),
  /** Epoch ms. */
  kept: z.number(),
  case: z.number().nullable(),
  alert: z.number().nullable(),
  /** null: disposed of, so there are no bytes. */
  path: z.string().max(300).nullable(),
  custody: z.object({ path: z.string().max(300), chain: z.string().max(60), entries: z.number().int(), head: hash }),
});
export type ManifestItem = z.infer<typeof item>;

/** What an export says of itself. */
export const manifestSchema = z.object({
  format: z.literal(EXPORT_FORMAT),
  tenant: z.string().max(64),
  name: z.string().max(300),
  case: z.number().nullable(),
  alert: z.number().nullable(),
  /** Epoch ms. */
  made: z.number(),
  by: z.object({ id: z.string().max(200), name: z.string().max(300) }),
  why: z.string().max(2000),
  /** Fingerprint of the key that it is signed with. */
  key: z.string().max(200),
  items: z.array(item).max(100_000),
  /** Everything in it but itself, the sums and their signature. */
  files: z.array(z.object({ path: z.string().max(300), size: z.number().int().min(0), sha256: hash })).max(300_000),
  /** The head of the audit log when it was made. */
  audit: z.object({ seq: z.number().int(), hash: z.string() }).optional(),
});
export type Manifest = z.infer<typeof manifestSchema>;

export const README = `Export of evidence.

evidence/        the items, byte for byte
custody/         their custody records: who, what, when, where, how, why; one entry a line, each holding the hash of the one before
timeline.jsonl   what happened, in order
disposed/        certificates of items that were disposed of, each with a detached signature
manifest.json    what is in here, with SHA-256, SHA-1 and MD5
SHA256SUMS       of every file but itself and its signature
SHA256SUMS.sig   detached Ed25519 signature of SHA256SUMS (64 bytes)
public-key.pem   the key; compare its fingerprint with the one that the provider tells you by another way

To check it:
  mdr evidence verify <this zip> --key <their public key>
or, unpacked:
  sha256sum -c SHA256SUMS
  openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig

The hash of a custody entry is the SHA-256 of its JSON with sorted keys, without blanks and without "hash".
`;
