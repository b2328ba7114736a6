import { ciscoLine, isCisco } from './shared/cisco.js';
import { lineFormat, openLine } from './shared/lined.js';

/** Facilities and mnemonics that say more than `syslog`. */
function kindName(facility: string, mnemonic: string, text: string): string {
  if (/LOGIN_(?:SUCCESS|FAILED)$/.test(mnemonic)) return 'login';
  if (/^(?:AAA|TAC|RADIUS)/.test(facility) || /LOGGEDCMD|CMD_LOG|CLI_LOG/.test(mnemonic)) return 'aaa';
  if (/(?:^|-)BGP/.test(facility) || (mnemonic.includes('BADAUTH') && /[:(]179\b/.test(text))) return 'bgp';
  if (/(?:^|-)(?:LDP|TDP)/.test(facility) || (mnemonic.includes('MD5') && text.includes('LDP'))) return 'ldp';
  return 'syslog';
}

const COMMAND = /^User:([^\s]{0,128}) {1,2}logged command:(.{0,2048})/;
const LOGIN = /\[user: ?([^\]]{0,128})\] \[Source: ?([\w.:]{0,64})\]/;
/** Command accounting of ISE: `CISE_TACACS_Accounting … User=tomas, … CmdSet=[ CmdAV=show CmdArgAV=version ]`. */
const ISE = /\bCISE_[A-Z]\w{2,60}/;
const ISE_COMMAND = /CmdSet=\[ (.{0,2048}?) \]/;

export default lineFormat({
  name: 'cisco',
  summary: 'Cisco IOS, IOS XE, IOS XR and NX-OS syslog; Cisco ISE accounting',
  priority: 48,
  accepts: (line) => isCisco(line) || (line.includes('CISE_') && ISE.test(line.slice(0, 300))),
  read(line, received, kinds) {
    const cisco = ciscoLine(line, received);
    if (!cisco) {
      const { time, host, message, program } = openLine(line, received);
      const fields = {
        message: program === '' ? message : `${program} ${message}`,
        hostname: host,
        user: /\bUser(?:Name)?=([^,\s]{1,128})/.exec(message)?.[1],
        command: ISE_COMMAND.exec(message)?.[1]?.replace(/\bCmd(?:Arg)?AV=/g, ''),
      };
      return { kind: kinds.named('aaa'), fields, time: time ?? received };
    }
    const { facility, mnemonic, fields, text, time } = cisco;
    const command = COMMAND.exec(text);
    const login = command ? null : LOGIN.exec(text);
    if (command) [fields.user, fields.command] = [command[1], command[2]];
    if (login) [fields.user, fields.src_ip] = [login[1], login[2]];
    return { kind: kinds.named(kindName(facility, mnemonic, text)), fields, time };
  },
  samples: [
    {
      line: '<189>Mar  4 08:00:00 rtr-1 2211: Mar  4 08:00:00.123 UTC: %PARSER-5-CFGLOG_LOGGEDCMD: User:tomas  logged command:no logging host 10.0.0.9',
      logsource: { product: 'cisco', service: 'aaa' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.000Z',
        'host.name': 'rtr-1',
        'user.name': 'tomas',
        'process.command_line': 'no logging host 10.0.0.9',
      },
    },
    {
      line: '<187>2212: rtr-1: *Mar  4 08:00:01.000: %IP-TCP-3-BADAUTH: No MD5 digest from 203.0.113.9:179 to 10.0.0.1:33410',
      logsource: { product: 'cisco', service: 'bgp' },
      ecs: { 'host.name': 'rtr-1', 'event.action': 'BADAUTH' },
    },
    {
      line: '<187>2213: rtr-1: Mar  4 08:00:02: %TCP-4-SOCKET_TCP_PACKET_MD5_AUTHEN_FAIL: LDP session 10.0.0.2: packet failed',
      logsource: { product: 'cisco', service: 'ldp' },
      ecs: { 'host.name': 'rtr-1' },
    },
    {
      line: '<189>45: Mar  4 2026 08:00:03: %SEC_LOGIN-5-WEBLOGIN_SUCCESS: Login Success [user: cisco_tac_admin] [Source: 203.0.113.77] at 08:00:03 UTC Wed Mar 4 2026',
      logsource: { product: 'cisco', service: 'aaa' },
      ecs: { 'user.name': 'cisco_tac_admin', 'source.ip': '203.0.113.77', 'event.outcome': 'success' },
    },
    {
      line: '<189>46: sw-2: Mar  4 2026 08:00:04: %SYS-5-CONFIG_P: Configured programmatically by process SEP_webui_wsma_http from console as cisco_support on vty0',
      logsource: { product: 'cisco', service: 'syslog' },
      ecs: { 'host.name': 'sw-2', 'event.action': 'CONFIG_P' },
    },
    {
      line: '<181>Mar  4 08:00:05 ise-1 CISE_TACACS_Accounting 0000012 1 0 2026-03-04 08:00:05.000 +00:00 0001 3300 NOTICE TACACS-Accounting: TACACS+ Accounting with Command, User=marta, Privilege-Level=15, CmdSet=[ CmdAV=copy CmdArgAV=running-config CmdArgAV=tftp: ]',
      logsource: { product: 'cisco', service: 'aaa' },
      ecs: { 'host.name': 'ise-1', 'user.name': 'marta', 'process.command_line': 'copy running-config tftp:' },
    },
  ],
});
