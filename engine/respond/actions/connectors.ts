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
