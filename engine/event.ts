/** A JSON value as it comes from a log. */
export type Value = string | number | boolean | null | undefined | Value[] | { [key: string]: Value };
/** One record's fields, flat or nested, as the log's own format spells them (`Image`, `userIdentity.type` …). */
export type Fields = Record<string, Value>;

/**
 * Where an event comes from, in Sigma's taxonomy. Formats hand out the same frozen object for the same kind of event:
 * the detector looks up the rules of a kind by identity.
 */
export interface LogSource {
  readonly product: string;
  readonly service: string;
  /** Sigma categories that the event belongs to, e.g. `['registry_set', 'registry_event']`. */
  readonly categories: readonly string[];
  /** Further sources that the event counts as: rules for any of them see it (a Spring application's log is the JVM's too). */
  readonly also?: readonly LogSource[];
}

/** Elastic Common Schema core, flat dotted names; only what is present. */
export interface Ecs {
  '@timestamp': string;
  'event.code'?: string;
  'event.action'?: string;
  'event.category'?: string;
  'event.outcome'?: string;
  'event.dataset'?: string;
  'host.name'?: string;
  'host.ip'?: string;
  /** The device that saw it (firewall, proxy, sensor), where that is not the host it happened on. */
  'observer.name'?: string;
  'user.name'?: string;
  'user.domain'?: string;
  /** SID, ARN or number. */
  'user.id'?: string;
  'user.target.name'?: string;
  'user.target.domain'?: string;
  'group.name'?: string;
  /** The session a Windows event belongs to, and how it was opened (`3`: over the network, `10`: remote desktop). */
  'winlog.logon.id'?: string;
  'winlog.logon.type'?: string;
  'source.ip'?: string;
  'source.port'?: number;
  /** The machine that a connection or sign-in comes from, by name. */
  'source.domain'?: string;
  'source.bytes'?: number;
  'destination.ip'?: string;
  'destination.port'?: number;
  'destination.domain'?: string;
  'destination.bytes'?: number;
  'process.name'?: string;
  'process.executable'?: string;
  'process.command_line'?: string;
  'process.pid'?: number;
  'process.entity_id'?: string;
  'process.parent.name'?: string;
  'process.parent.executable'?: string;
  'process.parent.command_line'?: string;
  'process.parent.pid'?: number;
  'process.parent.entity_id'?: string;
  /** The process that was opened, or got a thread, by this one. */
  'process.target.executable'?: string;
  'process.target.entity_id'?: string;
  'process.hash.sha256'?: string;
  'process.hash.md5'?: string;
  'file.path'?: string;
  'file.hash.sha256'?: string;
  'file.hash.md5'?: string;
  'registry.path'?: string;
  'registry.data.strings'?: string;
  'service.name'?: string;
  'powershell.file.script_block_text'?: string;
  'dns.question.name'?: string;
  /** What was answered, separated by `;`. */
  'dns.answers'?: string;
  'url.original'?: string;
  'http.request.method'?: string;
  'http.response.status_code'?: number;
  'user_agent.original'?: string;
  'network.protocol'?: string;
  'network.bytes'?: number;
  'cloud.provider'?: string;
  'cloud.account.id'?: string;
  'cloud.region'?: string;
  'cloud.service.name'?: string;
  'rule.name'?: string;
  message?: string;
}

/** What a format makes of one record: enough to run rules on; the ECS view is made only when somebody needs it. */
export interface Parsed {
  /** Event time, epoch milliseconds. */
  readonly time: number;
  readonly logsource: LogSource;
  /** Fields under the names that Sigma rules use. */
  readonly fields: Fields;
  /**
   * Whether every run of letters, digits, spaces and `. : _ -` in the fields' texts stands in the record too: nothing was translated
   * or decoded. Then the record's text tells what cannot be in any field.
   */
  readonly verbatim?: boolean;
  /** The record as JSON, where the event is verbatim and was read from it: the recogniser's to set. */
  text?: string | null;
  ecs(): Ecs;
}

/** One normalised log record, as stored. */
export interface Event {
  /** Hash of tenant, source and content. */
  id: string;
  tenant: string;
  source: string;
  format: string;
  ecs: Ecs;
  /** The record as it was received. */
  original: string;
}
