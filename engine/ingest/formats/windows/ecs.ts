import type { Ecs, Fields, Value } from '../../../event.js';
import {
  baseName,
  firstText,
  hashes,
  integer,
  ip,
  port,
  set,
  setProcess,
  splitUser,
  startEcs,
  text,
} from '../shared/values.js';
import type { Kind } from './kinds.js';

const AUDIT_FAILURE = 0x10_0000_0000_0000n;
const AUDIT_SUCCESS = 0x20_0000_0000_0000n;

/** Success or failure as the audit flags of `Keywords` (a number, or `0x…`) or the shipper's words say. */
function outcome(fields: Fields): string | undefined {
  if (fields.EventType === 'AUDIT_SUCCESS') return 'success';
  if (fields.EventType === 'AUDIT_FAILURE') return 'failure';
  const flags = fields.Keywords;
  if (typeof flags === 'string' && /^0x[0-9a-f]{1,16}$/i.test(flags)) {
    if (BigInt(flags) & AUDIT_FAILURE) return 'failure';
    if (BigInt(flags) & AUDIT_SUCCESS) return 'success';
  }
  return undefined;
}

function setUsers(ecs: Ecs, fields: Fields, kind: Kind): void {
  const subject = text(fields.SubjectUserName);
  const target = text(fields.TargetUserName);
  const actor = kind.actorIsTarget ? target : subject;
  if (actor !== undefined) {
    set(ecs, 'user.name', actor);
    set(ecs, 'user.domain', text(kind.actorIsTarget ? fields.TargetDomainName : fields.SubjectDomainName));
  } else {
    const user = splitUser(fields.User ?? fields.SourceUser ?? fields.AccountName);
    set(ecs, 'user.name', user.name);
    set(ecs, 'user.domain', user.domain ?? text(fields.Domain));
  }
  if (!kind.actorIsTarget && target !== undefined) {
    set(ecs, 'user.target.name', target);
    set(ecs, 'user.target.domain', text(fields.TargetDomainName));
  }
  set(ecs, 'user.id', firstText(kind.actorIsTarget ? fields.TargetUserSid : fields.SubjectUserSid, fields.UserSid));
  set(
    ecs,
    'winlog.logon.id',
    logonId(kind.actorIsTarget ? fields.TargetLogonId : fields.SubjectLogonId, fields.LogonId),
  );
  set(ecs, 'winlog.logon.type', text(fields.LogonType));
}

/** `0x3e7` in lower case, as every product writes it; zero says that there is no session. */
function logonId(...values: Value[]): string | undefined {
  const id = firstText(...values)?.toLowerCase();
  return id === '0x0' || id === '0' ? undefined : id;
}

function setNetwork(ecs: Ecs, fields: Fields): void {
  set(
    ecs,
    'source.ip',
    ip(fields.SourceIp) ?? ip(fields.IpAddress) ?? ip(fields.SourceAddress) ?? ip(fields.ClientAddress),
  );
  set(ecs, 'source.port', port(fields.SourcePort) ?? port(fields.IpPort));
  set(ecs, 'source.domain', firstText(fields.WorkstationName, fields.SourceHostname, fields.Workstation));
  set(ecs, 'destination.ip', ip(fields.DestinationIp) ?? ip(fields.DestAddress));
  set(ecs, 'destination.port', port(fields.DestinationPort) ?? port(fields.DestPort));
  set(ecs, 'destination.domain', firstText(fields.DestinationHostname, fields.TargetServerName));
  set(ecs, 'dns.question.name', text(fields.QueryName));
  set(ecs, 'dns.answers', text(fields.QueryResults));
  if (ecs['destination.ip'] !== undefined) set(ecs, 'network.protocol', text(fields.Protocol));
}

/** The ECS view of an event, from the fields that rules see. */
export function windowsEcs(fields: Fields, kind: Kind, service: string, time: number): Ecs {
  const ecs = startEcs(time, service ? `windows.${service}` : 'windows');
  set(ecs, 'event.code', text(fields.EventID));
  set(ecs, 'event.action', kind.action);
  set(ecs, 'event.category', kind.category);
  set(ecs, 'event.outcome', kind.outcome ?? outcome(fields));
  set(ecs, 'host.name', firstText(fields.Computer, fields.Hostname));
  setUsers(ecs, fields, kind);
  setNetwork(ecs, fields);
  setProcess(
    ecs,
    firstText(fields.Image, fields.SourceImage, fields.NewProcessName, fields.ProcessName, fields.Application),
  );
  set(ecs, 'process.command_line', text(fields.CommandLine));
  // In 4688 `ProcessId` is the creator's.
  set(ecs, 'process.pid', integer(fields.NewProcessId) ?? integer(fields.ProcessId) ?? integer(fields.SourceProcessId));
  set(ecs, 'process.entity_id', firstText(fields.ProcessGuid, fields.SourceProcessGUID, fields.SourceProcessGuid));
  const parent = firstText(fields.ParentImage, fields.ParentProcessName);
  set(ecs, 'process.parent.executable', parent);
  set(ecs, 'process.parent.name', baseName(parent));
  set(ecs, 'process.parent.command_line', text(fields.ParentCommandLine));
  // In 4688 `ProcessId` is the creator's; Sysmon writes both.
  set(
    ecs,
    'process.parent.pid',
    integer(fields.ParentProcessId) ?? (fields.NewProcessId === undefined ? undefined : integer(fields.ProcessId)),
  );
  set(ecs, 'process.parent.entity_id', text(fields.ParentProcessGuid));
  set(ecs, 'process.target.executable', text(fields.TargetImage));
  set(ecs, 'process.target.entity_id', firstText(fields.TargetProcessGuid, fields.TargetProcessGUID));
  // Of an image or driver that was loaded the hashes are the file's, not the process's.
  const whose = fields.ImageLoaded === undefined && fields.TargetFilename === undefined ? 'process' : 'file';
  const { md5, sha256 } = hashes(fields.Hashes ?? fields.Hash);
  set(ecs, `${whose}.hash.md5`, md5);
  set(ecs, `${whose}.hash.sha256`, sha256);
  const object = fields.ObjectType === 'File' ? text(fields.ObjectName) : undefined;
  set(
    ecs,
    'file.path',
    firstText(
      fields.TargetFilename,
      fields.ImageLoaded,
      fields.RelativeTargetName,
      object,
      fields.ImagePath,
      fields.ServiceFileName,
    ),
  );
  set(ecs, 'registry.path', text(fields.TargetObject));
  set(ecs, 'registry.data.strings', text(fields.Details));
  set(ecs, 'service.name', text(fields.ServiceName));
  set(ecs, 'powershell.file.script_block_text', text(fields.ScriptBlockText));
  set(ecs, 'rule.name', firstText(fields['Threat Name']));
  set(ecs, 'message', text(fields.Message));
  return ecs;
}
