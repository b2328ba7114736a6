import { z } from 'zod';
import { MdrError } from '../../errors.js';

const secret = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/);
const attribute = z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,60}$/);

export const ldapSchema = z.strictObject({
  url: z.string().regex(/^ldaps?:\/\/[A-Za-z0-9.[\]:_-]{1,255}$/),
  /** Ask for TLS on a plain port. Without TLS only this machine is spoken to. */
  startTls: z.boolean().default(false),
  /** PEM of the authority that signed the server's certificate. */
  ca: z.string().max(20_000).optional(),
  bindDn: z.string().min(1).max(500),
  /** Name of the secret with its password. */
  secret,
  base: z.string().min(1).max(500),
  groupBase: z.string().min(1).max(500).optional(),
  kind: z.enum(['ad', 'openldap']),
  /** By what an account is called; of AD sAMAccountName, else uid. */
  userAttribute: attribute.optional(),
  /** Of OpenLDAP: the attribute that locks an account, and its value then. */
  lock: z
    .strictObject({ attribute, value: z.string().min(1).max(100) })
    .default({ attribute: 'pwdAccountLockedTime', value: '000001010000Z' }),
});
export type LdapConnector = z.infer<typeof ldapSchema>;

const account = z.string().regex(/^[a-z_][a-z0-9_.-]{0,31}$/i);
const address = z.string().regex(/^[A-Za-z0-9.:_-]{1,255}$/);

export const sshSchema = z.strictObject({
  /** Account on every host that names no other. */
  user: account,
  /** Name of the secret with its private key. */
  secret,
  /** Whether commands that need it go through `sudo -n`. */
  sudo: z.boolean().default(false),
  /** Addresses and ranges with which an isolated host may still exchange everything: other workers, its endpoint agent's server. */
  reach: z
    .array(z.union([z.ipv4(), z.cidrv4(), z.ipv6(), z.cidrv6()]))
    .max(50)
    .default([]),
  /** By name, in small letters. */
  hosts: z.record(
    z.string().regex(/^[\p{Ll}\p{N}][\p{Ll}\p{N}._-]{0,254}$/u),
    z.strictObject({
      address,
      port: z.number().int().min(1).max(65_535).default(22),
      /** Public keys of the host, as `ssh-keyscan` prints them without the name: `ssh-ed25519 AAAA…`. No other is spoken to. */
      keys: z
        .array(
          z.string().regex(/^(?:ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521)|ssh-rsa) [A-Za-z0-9+/]{40,2000}={0,2}$/),
        )
        .min(1)
        .max(4),
      /** What else people call it. */
      names: z.array(z.string().min(1).max(255)).max(10).default([]),
      user: account.optional(),
      secret: secret.optional(),
    }),
  ),
});
export type SshConnector = z.infer<typeof sshSchema>;
export type SshHost = SshConnector['hosts'][string];

const email = z.email().max(320);

export const mailSchema = z.strictObject({
  host: address,
  port: z.number().int().min(1).max(65_535).default(587),
  /** `none` only on this machine. */
  tls: z.enum(['starttls', 'implicit', 'none']).default('starttls'),
  /** PEM of the authority that signed the server's certificate. */
  ca: z.string().max(20_000).optional(),
  user: z.string().min(1).max(320).optional(),
  /** Name of the secret with its password. */
  secret: secret.optional(),
  from: email,
  /** Where tickets and pages go. */
  ticket: email.optional(),
  page: email.optional(),
  /** Domains that `send-mail` may write to. */
  domains: z
    .array(z.string().regex(/^[a-z0-9][a-z0-9.-]{0,252}$/))
    .max(50)
    .default([]),
});
export type MailConnector = z.infer<typeof mailSchema>;

const httpSchema = z.strictObject({
  /** Values for `{name}` in the declaration: base addresses, ids. */
  values: z.record(z.string().regex(/^[a-z][A-Za-z0-9]{0,30}$/), z.string().min(1).max(500)).default({}),
  /** Which kept secret stands for which name in the declaration. */
  secrets: z.record(z.string().regex(/^[a-z][A-Za-z0-9]{0,30}$/), secret).default({}),
});
export type HttpConnector = z.infer<typeof httpSchema>;

const webhookSchema = z.strictObject({ url: z.string().min(1).max(1000), secret: secret.optional() });
export type WebhookConnector = z.infer<typeof webhookSchema>;

export const connectorsSchema = z.strictObject({
  ldap: ldapSchema.optional(),
  ssh: sshSchema.optional(),
  mail: mailSchema.optional(),
  /** By the name of a declaration in `http/`. */
  http: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,40}$/), httpSchema).optional(),
  /** Where tickets and pages go. */
  ticket: webhookSchema.optional(),
  page: webhookSchema.optional(),
});
/** How a tenant's own systems are reached. Set by the operator only: it may name addresses inside. */
export type Connectors = z.infer<typeof connectorsSchema>;

/** @throws MdrError MDR_ACTION_BAD naming what is wrong */
export function readConnectors(content: unknown): Connectors {
  const parsed = connectorsSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).slice(0, 8);
  throw new MdrError('MDR_ACTION_BAD', `the connectors are not right: ${faults.join('; ')}.`, 'See docs/actions.md.');
}
