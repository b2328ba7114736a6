import type { Ecs, LogSource } from '../event.js';

/** What events are kept by, each a view that can be queried. */
export const DATASETS = [
  'process',
  'script',
  'library',
  'network',
  'dns',
  'web',
  'authentication',
  'iam',
  'file',
  'registry',
  'service',
  'cloud',
  'malware',
  'email',
  'database',
  'configuration',
  'other',
] as const;
export type Dataset = (typeof DATASETS)[number];

/** By Sigma's category, which says more than ECS does. */
const BY_SIGMA: Readonly<Record<string, Dataset>> = {
  process_creation: 'process',
  process_termination: 'process',
  process_access: 'process',
  process_tampering: 'process',
  create_remote_thread: 'process',
  clipboard_capture: 'process',
  ps_module: 'script',
  ps_script: 'script',
  ps_classic_start: 'script',
  ps_classic_provider_start: 'script',
  ps_classic_script: 'script',
  image_load: 'library',
  driver_load: 'library',
  dns: 'dns',
  dns_query: 'dns',
  proxy: 'web',
  webserver: 'web',
  antivirus: 'malware',
  network_connection: 'network',
  registry_event: 'registry',
  registry_add: 'registry',
  registry_set: 'registry',
  registry_delete: 'registry',
  registry_rename: 'registry',
  file_event: 'file',
  file_access: 'file',
  file_change: 'file',
  file_delete: 'file',
  file_rename: 'file',
  pipe_created: 'file',
  create_stream_hash: 'file',
  file_block_executable: 'file',
  file_block_shredding: 'file',
  file_executable_detected: 'file',
  raw_access_thread: 'file',
  database: 'database',
};

/** By ECS category, where Sigma's says nothing. */
const BY_ECS: Readonly<Record<string, Dataset>> = {
  process: 'process',
  library: 'library',
  driver: 'library',
  network: 'network',
  firewall: 'network',
  intrusion_detection: 'network',
  web: 'web',
  authentication: 'authentication',
  session: 'authentication',
  iam: 'iam',
  file: 'file',
  registry: 'registry',
  api: 'cloud',
  malware: 'malware',
  threat: 'malware',
  vulnerability: 'malware',
  email: 'email',
  database: 'database',
  configuration: 'configuration',
};

/** Products of which everything that nothing above names, and what they say about accounts, is the cloud's. */
const CLOUDS: ReadonlySet<string> = new Set(['aws', 'azure', 'gcp', 'm365', 'kubernetes']);
const CLOUD_TOO: ReadonlySet<Dataset> = new Set(['iam', 'configuration', 'other']);

/** Services and scheduled tasks: what starts by itself. */
const SERVICE_ACTION = /^(?:service|scheduled-task)-/;

const known = new WeakMap<LogSource, Map<string, Dataset>>();

function decide({ categories, product }: LogSource, category: string): Dataset {
  for (const sigma of categories) if (Object.hasOwn(BY_SIGMA, sigma)) return BY_SIGMA[sigma]!;
  const found = Object.hasOwn(BY_ECS, category) ? BY_ECS[category]! : 'other';
  return CLOUDS.has(product) && CLOUD_TOO.has(found) ? 'cloud' : found;
}

/** Where an event is kept. The same record always is in the same. */
export function datasetOf(logsource: LogSource, ecs: Ecs): Dataset {
  const action = ecs['event.action'];
  if (action !== undefined && SERVICE_ACTION.test(action) && logsource.product === 'windows') return 'service';
  const category = ecs['event.category'] ?? '';
  let byCategory = known.get(logsource);
  if (!byCategory) {
    byCategory = new Map();
    known.set(logsource, byCategory);
  }
  let found = byCategory.get(category);
  if (found === undefined) {
    found = decide(logsource, category);
    // Categories are words of our own formats, but a format may pass on a record's: bounded.
    if (byCategory.size < 64) byCategory.set(category, found);
  }
  return found;
}
