import { createHash } from 'node:crypto';
import type { Company, Host } from './people.js';

/** A record on the wire. */
export interface Line {
  time: number;
  line: string;
}

/** Makes records of one company, seeded. */
export interface Maker {
  company: Company;
  random(): number;
  pick<T>(from: readonly T[]): T;
  process(at: number, host: Host, user: string, image: string, command: string, parent: string): Line[];
  security(at: number, host: Host, id: number, more: Record<string, unknown>): Line;
  sysmon(at: number, host: Host, user: string, id: number, more: Record<string, unknown>): Line;
  script(at: number, host: Host, text: string): Line;
  system(at: number, host: Host, id: number, more: Record<string, unknown>): Line;
}

/** Records as Windows event forwarding and Sysmon write them. */
export function maker(company: Company, random: () => number): Maker {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const guid = (): string => {
    const part = () =>
      Math.floor(random() * 2 ** 32)
        .toString(16)
        .padStart(8, '0');
    const all = part() + part() + part() + part();
    return `{${all.slice(0, 8)}-${all.slice(8, 12)}-${all.slice(12, 16)}-${all.slice(16, 20)}-${all.slice(20, 32)}}`;
  };
  const hashed = new Map<string, string>();
  const hash = (image: string): string => {
    const known = hashed.get(image);
    if (known) return known;
    const made = createHash('sha256').update(image).digest('hex').toUpperCase();
    hashed.set(image, made);
    return made;
  };
  const fqdn = (host: Host) => `${host.name}.${company.domain}.local`;
  const record = (at: number, host: Host, channel: string, id: number, more: Record<string, unknown>): Line => {
    const iso = new Date(at).toISOString();
    return {
      time: at,
      line: JSON.stringify({
        '@timestamp': iso,
        TimeCreated: iso,
        Hostname: fqdn(host),
        Channel: channel,
        EventID: id,
        ...more,
      }),
    };
  };
  const account = (user: string) =>
    user === 'SYSTEM' ? 'NT AUTHORITY\\SYSTEM' : `${company.domain.toUpperCase()}\\${user}`;
  const sysmon: Maker['sysmon'] = (at, host, user, id, more) =>
    record(at, host, 'Microsoft-Windows-Sysmon/Operational', id, {
      UtcTime: new Date(at).toISOString().slice(0, -1).replace('T', ' '),
      RuleName: '-',
      ProcessGuid: guid(),
      ProcessId: 1000 + Math.floor(random() * 9000),
      User: account(user),
      ...more,
    });
  const security: Maker['security'] = (at, host, id, more) =>
    record(at, host, 'Security', id, { ProviderName: 'Microsoft-Windows-Security-Auditing', ...more });
  return {
    company,
    random,
    pick,
    sysmon,
    security,
    script: (at, host, text) =>
      record(at, host, 'Microsoft-Windows-PowerShell/Operational', 4104, {
        ScriptBlockText: text,
        ScriptBlockId: guid(),
        Path: '',
      }),
    system: (at, host, id, more) => record(at, host, 'System', id, more),
    process(at, host, user, image, command, parent) {
      const logon = `0x${Math.floor(random() * 2 ** 24).toString(16)}`;
      return [
        sysmon(at, host, user, 1, {
          Image: image,
          OriginalFileName: image.split('\\').at(-1),
          CommandLine: command,
          CurrentDirectory: user === 'SYSTEM' ? 'C:\\Windows\\system32\\' : `C:\\Users\\${user}\\`,
          LogonId: logon,
          IntegrityLevel: user === 'SYSTEM' ? 'System' : 'Medium',
          Hashes: `SHA256=${hash(image)}`,
          ParentProcessGuid: guid(),
          ParentProcessId: 500 + Math.floor(random() * 9000),
          ParentImage: parent,
          ParentCommandLine: parent,
          ParentUser: account(user),
        }),
        security(at + 2, host, 4688, {
          SubjectUserName: user === 'SYSTEM' ? `${host.name}$` : user,
          SubjectDomainName: company.domain.toUpperCase(),
          SubjectLogonId: logon,
          NewProcessName: image,
          NewProcessId: `0x${(1000 + Math.floor(random() * 9000)).toString(16)}`,
          ParentProcessName: parent,
          CommandLine: command,
          TokenElevationType: '%%1936',
          MandatoryLabel: 'S-1-16-8192',
        }),
      ];
    },
  };
}

const MINUTE = 60_000;

/** Somebody signs in to a host from another, and out again; a controller is asked first. */
export function logon(make: Maker, at: number, host: Host, user: string, from: Host, type: number, out: Line[]): void {
  const { security, company, random } = make;
  const id = `0x${Math.floor(random() * 2 ** 28).toString(16)}`;
  const who = { TargetUserName: user, TargetDomainName: company.domain.toUpperCase(), TargetLogonId: id };
  const dc = make.pick(company.controllers);
  if (type !== 3 || random() < 0.3)
    out.push(
      security(at - 400, dc, 4768, {
        ...who,
        IpAddress: `::ffff:${from.ip}`,
        Status: '0x0',
        TicketEncryptionType: '0x12',
        PreAuthType: '2',
      }),
      security(at - 300, dc, 4769, {
        ...who,
        ServiceName: `${host.name}$`,
        IpAddress: `::ffff:${from.ip}`,
        Status: '0x0',
        TicketEncryptionType: '0x12',
      }),
    );
  out.push(
    security(at, host, 4624, {
      ...who,
      LogonType: type,
      IpAddress: from.ip,
      WorkstationName: from.name,
      LogonProcessName: 'Kerberos',
      AuthenticationPackageName: 'Kerberos',
      SubjectUserName: '-',
      SubjectLogonId: '0x0',
    }),
    security(at + MINUTE * (1 + random() * 30), host, 4634, { ...who, LogonType: type }),
  );
}
