import { z } from 'zod';
import { MdrError } from './errors.js';

/** Entries separated by commas. */
const listed = (spell = (entry: string) => entry) =>
  z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((entry) => spell(entry.trim()))
        .filter(Boolean),
    );

const schema = z.object({
  MONGODB_URI: z.string().default('mongodb://127.0.0.1:27017'),
  MDR_DATABASE: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,38}$/)
    .default('mdr'),
  REDIS_URL: z.string().default('redis://127.0.0.1:6379'),
  /** Prefix of every Redis key; the braces keep a queue's keys on one node of a cluster. */
  MDR_PREFIX: z.string().default('{mdr}'),
  MDR_ENGINE_HOST: z.string().default('127.0.0.1'),
  MDR_ENGINE_PORT: z.coerce.number().int().min(0).max(65535).default(8787),
  MDR_CONSOLE_HOST: z.string().default('127.0.0.1'),
  MDR_CONSOLE_PORT: z.coerce.number().int().min(0).max(65535).default(8788),
  /** The console's address as browsers see it, when a proxy stands before it: `https://mdr.example.org`. */
  MDR_CONSOLE_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Sign-in token of the console; made at random and printed when not given. */
  MDR_CONSOLE_TOKEN: z.string().min(16).optional(),
  /** Sign-in to the console with OpenID Connect: the provider's issuer, and what the console is called there. */
  MDR_OIDC_ISSUER: z.url({ protocol: /^https?$/ }).optional(),
  MDR_OIDC_CLIENT_ID: z.string().max(300).optional(),
  /** Not needed where the console is registered as a public client. */
  MDR_OIDC_CLIENT_SECRET: z.string().max(1000).optional(),
  /** `<tenant>:<source>:<folder>` entries separated by commas. */
  MDR_WATCH: z.string().default(''),
  /** `<tenant>:<source>:<udp|tcp|tls>:<port>` entries separated by commas; a tenant of `*` (tls) is told by the client's certificate. */
  MDR_SYSLOG: z.string().default(''),
  /** PEM files: the certificate of tls listeners with its chain, its key, and the authority that must have signed the clients'. */
  MDR_SYSLOG_TLS_CERT: z.string().optional(),
  MDR_SYSLOG_TLS_KEY: z.string().optional(),
  MDR_SYSLOG_TLS_CA: z.string().optional(),
  /** `<tenant>:<name in the certificate>` or `<tenant>:sha256:<fingerprint>` entries separated by commas. */
  MDR_SYSLOG_CLIENTS: z.string().default(''),
  /** Most indicators that a worker holds in memory, at about 60 bytes each; the least confident are left out. 0: none are looked for. */
  MDR_INDICATORS_MAX: z.coerce.number().int().min(0).max(20_000_000).default(3_000_000),
  /** `true`: look for indicators in free text (command lines, messages) too. */
  MDR_INDICATORS_TEXT: z.stringbool().default(false),
  /** Files of values that are never indicators (MISP warning lists, or one value a line), separated by commas. */
  MDR_INDICATORS_ALLOW: z.string().default(''),
  /** Databases of addresses in MaxMind's format, for facts on alerts, separated by commas: networks, places, kinds. */
  MDR_MMDB: listed(),
  /** A copy of CISA's catalogue of known exploited vulnerabilities (JSON), for facts on alerts. */
  MDR_KEV: z.string().optional(),
  /** Folders of further Sigma rules, separated by commas; our own pack is always loaded. */
  MDR_RULES: listed(),
  /** Folders of YARA rules (.yar, .yara) that files in threads are scanned by, separated by commas. */
  MDR_YARA: listed(),
  /** YAML file of values for the `%placeholder%`s of rules (modifier `expand`). */
  MDR_PLACEHOLDERS: z.string().optional(),
  /** Bearer token for the engine's `/metrics`; without one, only this machine may read it. */
  MDR_METRICS_TOKEN: z.string().min(16).optional(),
  /** Key that secrets of notification policies are encrypted with; the engine and `mdr notify secret` need the same one. */
  MDR_SECRET_KEY: z.string().min(32).optional(),
  /** `host:port` entries separated by commas: receivers of pages that policies may name although they are not on the internet. */
  MDR_NOTIFY_ALLOW: listed((entry) => entry.toLowerCase()),
  /** `host:port` entries separated by commas: systems that actions may reach over HTTP although they are not on the internet. */
  MDR_ACTIONS_ALLOW: listed((entry) => entry.toLowerCase()),
  /** Folder of the lake; workers on several machines share one file system there. Default: `lake/<database>` in the data folder. */
  MDR_LAKE: z.string().min(1).optional(),
  /** `https://endpoint/bucket/prefix`: the lake is in this S3-compatible bucket, and MDR_LAKE holds copies. Keys: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY. */
  MDR_LAKE_BUCKET: z.url({ protocol: /^https?$/ }).optional(),
  MDR_LAKE_REGION: z.string().min(1).default('us-east-1'),
  /** Most gigabytes of such copies. */
  MDR_LAKE_CACHE_GB: z.coerce.number().positive().default(20),
  /** Most accepted batches that wait to be brought into the lake; beyond, workers wait, and so does what is behind them. */
  MDR_LAKE_WAITING: z.coerce.number().int().positive().default(4000),
  /** `false`: this worker runs no hunting models. */
  MDR_MODELS: z.stringbool().default(true),
  /** Seconds between looks for new events that hunting models have not seen. */
  MDR_MODELS_EVERY: z.coerce.number().int().min(1).max(3600).default(30),
  MDR_MAX_WAITING: z.coerce.number().int().positive().default(2000),
  SLACK_BOT_TOKEN: z.string().optional(),
  SLACK_APP_TOKEN: z.string().optional(),
  SLACK_SIGNING_SECRET: z.string().optional(),
  /** For several workspaces, each installing the app at `/slack/install`: instead of, or beside, the bot token. Needs MDR_SECRET_KEY. */
  SLACK_CLIENT_ID: z.string().optional(),
  SLACK_CLIENT_SECRET: z.string().optional(),
  /** Signs the state of an installation under way. */
  SLACK_STATE_SECRET: z.string().min(16).optional(),
  /** Most bytes of a file that is kept as evidence from a chat. */
  MDR_EVIDENCE_MAX_BYTES: z.coerce.number().int().min(0).max(1_000_000_000).default(25_000_000),
  /** Where entries of the audit log are forwarded to: `file:/path`, `tcp://host:port`, `tls://host:port` (RFC 5424). */
  MDR_AUDIT_FORWARD: z.string().max(500).optional(),
  /** https address that gets the head of each tenant's audit log once a day. */
  MDR_AUDIT_WEBHOOK: z.url({ protocol: /^https?$/ }).optional(),
  /** Folder where workers write exports of evidence. Default: `exports/<database>` in the data folder. */
  MDR_EXPORTS: z.string().min(1).optional(),
  /** Base address of Slack's Web API; only tests change it. */
  SLACK_API_URL: z.string().optional(),
  /** Where Slack's posts are taken when there is no app token; a proxy with TLS stands before it. */
  SLACK_HOST: z.string().default('127.0.0.1'),
  SLACK_PORT: z.coerce.number().int().min(0).max(65535).default(8789),
  DISCORD_TOKEN: z.string().optional(),
  /** Asked of Discord when not given. */
  DISCORD_APPLICATION_ID: z
    .string()
    .regex(/^\d{1,20}$/)
    .optional(),
  /** `true`: what customers write under published alerts reaches the provider; needs the Message Content intent. */
  DISCORD_READ_REPLIES: z.stringbool().default(false),
  /** Base address of Discord's API, without its version; only tests change it. */
  DISCORD_API_URL: z.string().optional(),
});

export type Config = z.infer<typeof schema>;

/** Names of all settings; `.env.example` explains each. */
export const SETTINGS: readonly string[] = Object.keys(schema.shape);

/** @throws MdrError MDR_CONFIG naming each bad setting */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const known = Object.fromEntries(SETTINGS.flatMap((key) => (env[key] ? [[key, env[key]]] : [])));
  const parsed = schema.safeParse(known);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new MdrError('MDR_CONFIG', `bad settings: ${faults}.`, 'See .env.example for what each setting means.');
}
