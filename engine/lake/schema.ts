import type { Ecs } from '../event.js';

/** Types that columns have, as DuckDB names them. */
export type ColumnType = 'VARCHAR' | 'TIMESTAMP' | 'INTEGER' | 'BIGINT' | 'BOOLEAN';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** The field of the ECS view that fills it; of others the writer knows. */
  readonly ecs?: keyof Ecs;
}

const ecs = (field: keyof Ecs, type: ColumnType = 'VARCHAR'): Column => ({
  name: field.replaceAll('.', '_'),
  type,
  ecs: field,
});

/**
 * The columns of every event. A new one goes to the end of its group: files without it give NULL.
 * `time` is UTC. `id` is the hash of tenant, source and content: what detections call the event.
 */
export const COLUMNS: readonly Column[] = [
  { name: 'time', type: 'TIMESTAMP' },
  { name: 'id', type: 'VARCHAR' },
  { name: 'dataset', type: 'VARCHAR' },
  { name: 'source', type: 'VARCHAR' },
  { name: 'format', type: 'VARCHAR' },
  { name: 'simulated', type: 'BOOLEAN' },
  /** Sigma's log source; categories are separated by commas. */
  { name: 'logsource_product', type: 'VARCHAR' },
  { name: 'logsource_service', type: 'VARCHAR' },
  { name: 'logsource_category', type: 'VARCHAR' },
  ecs('event.code'),
  ecs('event.action'),
  ecs('event.category'),
  ecs('event.outcome'),
  ecs('event.dataset'),
  ecs('host.name'),
  ecs('host.ip'),
  ecs('observer.name'),
  ecs('user.name'),
  ecs('user.domain'),
  ecs('user.id'),
  ecs('user.target.name'),
  ecs('user.target.domain'),
  ecs('group.name'),
  ecs('winlog.logon.id'),
  ecs('winlog.logon.type'),
  ecs('source.ip'),
  ecs('source.port', 'INTEGER'),
  ecs('source.domain'),
  ecs('source.bytes', 'BIGINT'),
  ecs('destination.ip'),
  ecs('destination.port', 'INTEGER'),
  ecs('destination.domain'),
  ecs('destination.bytes', 'BIGINT'),
  ecs('network.protocol'),
  ecs('network.bytes', 'BIGINT'),
  ecs('process.name'),
  ecs('process.executable'),
  ecs('process.command_line'),
  ecs('process.pid', 'BIGINT'),
  ecs('process.entity_id'),
  ecs('process.hash.sha256'),
  ecs('process.hash.md5'),
  ecs('process.parent.name'),
  ecs('process.parent.executable'),
  ecs('process.parent.command_line'),
  ecs('process.parent.pid', 'BIGINT'),
  ecs('process.parent.entity_id'),
  ecs('process.target.executable'),
  ecs('process.target.entity_id'),
  ecs('file.path'),
  ecs('file.hash.sha256'),
  ecs('file.hash.md5'),
  ecs('registry.path'),
  ecs('registry.data.strings'),
  ecs('service.name'),
  ecs('powershell.file.script_block_text'),
  ecs('dns.question.name'),
  ecs('dns.answers'),
  ecs('url.original'),
  ecs('http.request.method'),
  ecs('http.response.status_code', 'INTEGER'),
  ecs('user_agent.original'),
  ecs('cloud.provider'),
  ecs('cloud.account.id'),
  ecs('cloud.region'),
  ecs('cloud.service.name'),
  ecs('rule.name'),
  ecs('message'),
  /** The record as it was received. */
  { name: 'original', type: 'VARCHAR' },
];

/** The columns that ECS fills, in the order in which rows are packed. */
export const ECS_COLUMNS = COLUMNS.filter((column): column is Column & { ecs: keyof Ecs } => column.ecs !== undefined);

/** In which order rows are kept: what is asked for together stands together, and like stands beside like. */
export const SORT = ['dataset', 'event_action', 'host_name', 'source_ip', 'time'] as const;
