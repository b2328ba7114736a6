import type { Fields, Value } from '../../../event.js';
import { isFields, text } from '../shared/values.js';
import type { Kind } from './kinds.js';

// Generic rules are written for Sysmon's field names. These add them to the few events of other providers that mean the same,
// and repair what shippers did to a field. Originals stay.

/** Add a field unless the record has it. */
export function fill(fields: Fields, name: string, value: Value): void {
  if (value !== undefined && fields[name] === undefined) fields[name] = value;
}

const INTEGRITY: Record<string, string> = {
  'S-1-16-4096': 'Low',
  'S-1-16-8192': 'Medium',
  'S-1-16-8448': 'MediumPlus',
  'S-1-16-12288': 'High',
  'S-1-16-16384': 'System',
};

/** Account as Sysmon writes it, `DOMAIN\name`; the three service accounts by their SID, whatever the machine calls itself. */
function account(domain: Value, name: Value, sid: Value): string | undefined {
  if (sid === 'S-1-5-18') return 'NT AUTHORITY\\SYSTEM';
  if (sid === 'S-1-5-19') return 'NT AUTHORITY\\LOCAL SERVICE';
  if (sid === 'S-1-5-20') return 'NT AUTHORITY\\NETWORK SERVICE';
  const user = text(name);
  const realm = text(domain);
  return user === undefined || realm === undefined ? user : `${realm}\\${user}`;
}

/** Security 4688. A token given to the new process (Target) is the one that it runs with; otherwise the creator's. */
function processAudit(fields: Fields): void {
  fill(fields, 'Image', fields.NewProcessName);
  fill(fields, 'ParentImage', fields.ParentProcessName);
  fill(fields, 'LogonId', fields.SubjectLogonId);
  const label = fields.MandatoryLabel;
  if (typeof label === 'string') fill(fields, 'IntegrityLevel', INTEGRITY[label]);
  const target = text(fields.TargetUserName);
  const user =
    target === undefined
      ? account(fields.SubjectDomainName, fields.SubjectUserName, fields.SubjectUserSid)
      : account(fields.TargetDomainName, target, fields.TargetUserSid);
  fill(fields, 'User', user);
}

const HIVES: [RegExp, string][] = [
  [/^\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet\d{3}(?=\\|$)/i, 'HKLM\\System\\CurrentControlSet'],
  [/^\\REGISTRY\\MACHINE(?=\\|$)/i, 'HKLM'],
  [/^\\REGISTRY\\USER(?=\\|$)/i, 'HKU'],
];

/** Security 4657: kernel paths to the ones that Sysmon and rules use. */
function registryAudit(fields: Fields): void {
  const key = text(fields.ObjectName);
  if (key !== undefined) {
    const hive = HIVES.find(([pattern]) => pattern.test(key));
    const path = hive ? key.replace(hive[0], () => hive[1]) : key;
    const name = text(fields.ObjectValueName);
    fill(fields, 'TargetObject', name === undefined ? path : `${path}\\${name}`);
  }
  fill(fields, 'Details', fields.NewValue);
  fill(fields, 'Image', fields.ProcessName);
  const deleted = fields.OperationType === '%%1906' || fields.OperationType === 'Registry value deleted';
  fill(fields, 'EventType', deleted ? 'DeleteValue' : 'SetValue');
  const type = fields.EventType;
  if (type === 'AUDIT_SUCCESS' || type === 'AUDIT_FAILURE') fields.EventType = deleted ? 'DeleteValue' : 'SetValue';
}

/** NXLog keeps its own `EventType` (`INFO`) where Sysmon's stood; Sysmon's is in the message still. */
function registryType(fields: Fields): void {
  if (fields.EventType !== 'INFO' && fields.EventType !== undefined) return;
  const message = fields.Message;
  if (typeof message !== 'string') return;
  const found = /\bEventType: (\w{3,20})/.exec(message.slice(0, 500));
  if (found) fields.EventType = found[1];
}

/** Defender writes `Threat Name`; rules `ThreatName`, `Feature_Name` and, in the category antivirus, `Signature` and `Filename`. */
function defender(fields: Fields): void {
  for (const name of Object.keys(fields)) {
    if (!name.includes(' ') || name.length > 64) continue;
    fill(fields, name.replaceAll(' ', '_'), fields[name]);
    const joined = name.replaceAll(' ', '');
    // A shipper's own `SourceName` is the provider, which `Provider_Name` keeps.
    if (joined === 'SourceName') fields.SourceName = fields[name];
    else fill(fields, joined, fields[name]);
  }
  fill(fields, 'Signature', fields['Threat Name']);
  fill(fields, 'Filename', fields.Path);
}

/** Unnamed data: `Data` in the log itself, `param1` … from Winlogbeat, only the rendered message from others. */
function unnamedData(fields: Fields): void {
  const data = fields.Data;
  if (data !== undefined) {
    if (isFields(data)) fields.Data = data['#text'];
    return;
  }
  if (fields.param1 !== undefined) {
    const values: Value[] = [];
    for (let i = 1; i <= 64 && fields[`param${i}`] !== undefined; i++) values.push(fields[`param${i}`]);
    fields.Data = values;
  } else fill(fields, 'Data', fields.Message);
}

/** DNS Server's analytic log: names with the root's dot, types as numbers. */
const DNS_TYPES: Record<string, string> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  65: 'HTTPS',
  255: 'ANY',
};

function dns(fields: Fields): void {
  const name = text(fields.QNAME);
  if (name !== undefined) fill(fields, 'query', name.length > 1 && name.endsWith('.') ? name.slice(0, -1) : name);
  const type = text(fields.QTYPE);
  if (type !== undefined) fill(fields, 'record_type', Object.hasOwn(DNS_TYPES, type) ? DNS_TYPES[type] : type);
  fill(fields, 'src_ip', fields.Source);
}

/** RPC Firewall's call events: eleven values in order, or named in the message. */
const RPC_VALUES = [
  'FunctionName',
  'ProcessId',
  'ImagePath',
  'Protocol',
  'Endpoint',
  'SourceAddress',
  'InterfaceUuid',
  'OpNum',
  'SecurityId',
  'AuthenticationLevel',
  'AuthenticationService',
];
const RPC_NAMED =
  /\b(Endpoint|InterfaceUuid|OpNum|Security ID|Client Network Address|Protocol|Image Path):[ \t]{0,8}([^\r\n]{1,512})/g;

function rpcFirewall(fields: Fields): void {
  fill(fields, 'EventLog', 'RPCFW');
  unnamedData(fields);
  const data = fields.Data;
  if (Array.isArray(data)) for (const [i, name] of RPC_VALUES.entries()) fill(fields, name, data[i]);
  const message = text(fields.Message);
  if (message === undefined) return;
  for (const [, name, value] of message.slice(0, 8192).matchAll(RPC_NAMED)) fill(fields, name!, value!.trim());
  fill(fields, 'SourceAddress', fields['Client Network Address']);
  fill(fields, 'ImagePath', fields['Image Path']);
}

const EXTRAS: Record<NonNullable<Kind['extras']>, (fields: Fields) => void> = {
  'process-audit': processAudit,
  'registry-audit': registryAudit,
  'registry-type': registryType,
  defender,
  data: unnamedData,
  dns,
  'rpc-firewall': rpcFirewall,
};

/** Complete an event's fields as its kind asks. */
export function complete(fields: Fields, extras: NonNullable<Kind['extras']>): void {
  EXTRAS[extras](fields);
}
