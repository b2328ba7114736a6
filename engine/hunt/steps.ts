import { isExternal } from '../address.js';
import type { HuntFields } from './models/types.js';
import { base, OPEN_FOLDERS } from './programs.js';

/** A small step that intruders take and others too: by itself it says little. */
export interface Step {
  tactic: string;
  what: string;
}

const step = (tactic: string, what: string): Step => ({ tactic, what });

/** By what happened. */
const BY_ACTION: Record<string, Step> = {
  'service-installed': step('persistence', 'a service was installed'),
  'scheduled-task-created': step('persistence', 'a scheduled task was made'),
  'user-created': step('persistence', 'an account was made'),
  'wmi-consumer-registered': step('persistence', 'an event subscription was made'),
  'group-member-added': step('privilege-escalation', 'an account was put into a group'),
  'sid-history-added': step('privilege-escalation', 'an account got the SID of another'),
  'audit-log-cleared': step('defense-evasion', 'the audit log was cleared'),
  'event-log-cleared': step('defense-evasion', 'an event log was cleared'),
  'audit-policy-changed': step('defense-evasion', 'what is logged was changed'),
  'process-tampered': step('defense-evasion', 'the image of a process was replaced'),
  'remote-thread-created': step('defense-evasion', 'a thread was started in another process'),
  'credentials-read': step('credential-access', 'stored passwords were read'),
  'raw-disk-access': step('credential-access', 'a disk was read below its files'),
  'user-groups-enumerated': step('discovery', 'groups of an account were listed'),
  'group-members-enumerated': step('discovery', 'members of a group were listed'),
};

/** By the program, then by its command line. The first that fits counts. */
const BY_PROGRAM: readonly (readonly [RegExp, Step])[] = [
  [
    /^(?:whoami|nltest|systeminfo|quser|qwinsta|dsquery|dsget|adfind|arp|netstat|ipconfig|tasklist|nslookup|sharphound|seatbelt|hostname)(?:\.exe)?$/,
    step('discovery', 'what is around was looked at'),
  ],
  [
    /^(?:procdump(?:64)?|mimikatz|rubeus|lazagne|nanodump|esentutl|ntdsutil)(?:\.exe)?$/,
    step('credential-access', 'a program that takes passwords ran'),
  ],
  [
    /^(?:psexec(?:64)?|psexesvc|paexec|wsmprovhost|winrshost)(?:\.exe)?$/,
    step('lateral-movement', 'something was run from another host'),
  ],
  [
    /^(?:mshta|regsvr32|installutil|msbuild|cmstp|wscript|cscript|certutil|bitsadmin)(?:\.exe)?$/,
    step('execution', 'a program that runs what others wrote was started'),
  ],
  [/^(?:rclone|megacmd|winscp|pscp|ftp)(?:\.exe)?$/, step('exfiltration', 'a program that sends files away ran')],
];
const BY_COMMAND: readonly (readonly [RegExp, Step])[] = [
  [
    /vssadmin.{0,40}delete|wmic.{0,40}shadowcopy.{0,20}delete|bcdedit.{0,60}recoveryenabled|wbadmin.{0,30}delete/i,
    step('impact', 'what would bring files back was deleted'),
  ],
  [
    /wevtutil.{0,20}\bcl\b|clear-eventlog|set-mppreference|auditpol.{0,30}\/(?:clear|set)|history -c|unset histfile/i,
    step('defense-evasion', 'logging or protection was switched off'),
  ],
  [
    /\blsass\b|sekurlsa|reg(?:\.exe)?"? save.{0,20}hk(?:lm|ey_local_machine)\\(?:sam|security|system)|ntds\.dit|\/etc\/shadow/i,
    step('credential-access', 'passwords were looked for'),
  ],
  [
    /\s-(?:e|ec|en|enc|enco\w*)\s+[a-z0-9+/]{40}|frombase64string|downloadstring|\biex\b|invoke-expression|-w(?:indowstyle)?\s+hidden/i,
    step('execution', 'a hidden or encoded script ran'),
  ],
  [
    /schtasks.{0,30}\/create|sc(?:\.exe)?"? create |new-service|reg(?:\.exe)?"? add.{0,120}\\run\b|crontab -|systemctl enable/i,
    step('persistence', 'something was made to start by itself'),
  ],
  [
    /\bnet1?(?:\.exe)?"?\s+(?:localgroup|group).{0,60}\/add|usermod -a?g/i,
    step('privilege-escalation', 'an account was put into a group'),
  ],
  [
    /\bnet1?(?:\.exe)?"?\s+(?:user|group|localgroup|view|share|accounts)\b|get-ad(?:user|computer|group|domain)|get-net(?:user|computer|localgroup)/i,
    step('discovery', 'what is around was looked at'),
  ],
  [
    /\bnet1?(?:\.exe)?"?\s+use\s+\\\\|wmic.{0,20}\/node:|invoke-command.{0,40}-computername|enter-pssession|copy.{0,80}\\\\[^\\\s]+\\(?:admin|c)\$/i,
    step('lateral-movement', 'another host was reached into'),
  ],
  [
    /\b(?:7z|7za|rar|winrar)(?:\.exe)?"?\s+a\s|compress-archive|makecab|tar\s+-?c/i,
    step('collection', 'files were packed'),
  ],
  [
    /curl.{0,80}(?:-t|--upload-file|-f )|invoke-restmethod.{0,80}-infile|rclone/i,
    step('exfiltration', 'files were sent away'),
  ],
];
const RUN_KEYS = /\\currentversion\\(?:run|runonce)\\|\\winlogon\\(?:shell|userinit)|userinitmprlogonscript/i;

/** Which small step an event is, if it is one. */
export function stepOf(ecs: HuntFields): Step | null {
  const action = ecs['event.action'] ?? '';
  if (Object.hasOwn(BY_ACTION, action)) return BY_ACTION[action]!;
  if (action === 'registry-value-set')
    return RUN_KEYS.test(ecs['registry.path']?.slice(0, 300) ?? '') ? step('persistence', 'a run key was set') : null;
  const target = ecs['process.target.executable'];
  if (target) {
    const reads = (Number(ecs['process.granted_access'] ?? 0) & 0x10) !== 0;
    return reads && /\\lsass\.exe$/i.test(target) ? step('credential-access', 'the memory of LSASS was read') : null;
  }
  const path = ecs['process.executable']?.toLowerCase().slice(0, 300) ?? '';
  const program = base(path);
  if (action === 'network-connection' || (ecs['destination.ip'] && program !== '')) {
    const odd =
      OPEN_FOLDERS.test(path) ||
      /^(?:powershell|pwsh|rundll32|regsvr32|mshta|wscript|cscript|msbuild|certutil)\.exe$/.test(program);
    return odd && isExternal(ecs['destination.ip'])
      ? step('command-and-control', 'a script or a program from an open folder called the Internet')
      : null;
  }
  if (ecs['winlog.logon.type'] === '10' && action === 'logged-in')
    return step('lateral-movement', 'somebody came by remote desktop');
  const command = (ecs['process.command_line'] ?? ecs['powershell.file.script_block_text'] ?? '').slice(0, 2000);
  if (command !== '') for (const [pattern, found] of BY_COMMAND) if (pattern.test(command)) return found;
  if (action !== 'process-created' && !ecs['process.parent.executable']) return null;
  for (const [pattern, found] of BY_PROGRAM) if (pattern.test(program)) return found;
  return OPEN_FOLDERS.test(path) ? step('execution', 'a program from an open folder ran') : null;
}
