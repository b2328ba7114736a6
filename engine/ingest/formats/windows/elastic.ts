import type { Fields, Value } from '../../../event.js';
import { at, isFields } from '../shared/values.js';
import { fill } from './aliases.js';

// Elastic Agent's integrations move event data to ECS fields and drop the originals. This brings back what rules ask for.

const PROCESS: [sigma: string, ...path: string[]][] = [
  ['Image', 'executable'],
  ['CommandLine', 'command_line'],
  ['CurrentDirectory', 'working_directory'],
  ['ProcessGuid', 'entity_id'],
  ['ProcessId', 'pid'],
  ['OriginalFileName', 'pe', 'original_file_name'],
  ['Description', 'pe', 'description'],
  ['Product', 'pe', 'product'],
  ['Company', 'pe', 'company'],
  ['ParentImage', 'parent', 'executable'],
  ['ParentCommandLine', 'parent', 'command_line'],
  ['ParentProcessId', 'parent', 'pid'],
];

const OTHERS: [sigma: string, ...path: string[]][] = [
  ['TargetFilename', 'file', 'path'],
  ['ImageLoaded', 'dll', 'path'],
  ['TargetObject', 'registry', 'path'],
  ['QueryName', 'dns', 'question', 'name'],
  ['SourceIp', 'source', 'ip'],
  ['SourcePort', 'source', 'port'],
  ['DestinationIp', 'destination', 'ip'],
  ['DestinationPort', 'destination', 'port'],
  ['DestinationHostname', 'destination', 'domain'],
  ['ScriptBlockText', 'powershell', 'file', 'script_block_text'],
];

/** `SHA256=…,MD5=…` as Sysmon writes it. */
function hashList(hash: Value): string | undefined {
  if (!isFields(hash)) return undefined;
  const parts: string[] = [];
  for (const kind of ['sha1', 'md5', 'sha256', 'imphash']) {
    const value = hash[kind];
    if (typeof value === 'string' && value.length <= 128) parts.push(`${kind.toUpperCase()}=${value.toUpperCase()}`);
  }
  return parts.length > 0 ? parts.join(',') : undefined;
}

/** Fill the event's data from the ECS fields beside it, where the data lack them. */
export function elastic(record: Fields, data: Fields): void {
  const { process, user } = record;
  if (isFields(process)) {
    for (const [sigma, ...path] of PROCESS) fill(data, sigma, at(process, ...path));
    fill(data, 'Hashes', hashList(process.hash));
  }
  for (const [sigma, ...path] of OTHERS) if (record[path[0]!] !== undefined) fill(data, sigma, at(record, ...path));
  const details = at(record, 'registry', 'data', 'strings');
  fill(data, 'Details', Array.isArray(details) ? details[0] : details);
  // Sysmon's name for the account; the Security log has its own, Subject… and Target…, and keeps them.
  if (isFields(user) && data.SubjectUserName === undefined && data.TargetUserName === undefined) {
    const { name, domain } = user;
    if (typeof name === 'string') fill(data, 'User', typeof domain === 'string' ? `${domain}\\${name}` : name);
  }
}
