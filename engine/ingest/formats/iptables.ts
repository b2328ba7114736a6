import { lineFormat, openLine } from './shared/lined.js';
import { keyValues } from './shared/pairs.js';

const PACKET = /\bIN=\S{0,32} (?:PHYSIN=\S{0,32} )?OUT=\S{0,32} /;
/** The word that whoever wrote the rule put before: `[UFW BLOCK]`, `DROP:`, `FINAL_REJECT`. */
const VERDICT = /\b(BLOCK|DROP|DENY|REJECT|ALLOW|ACCEPT)(?:ED)?\b/i;

export default lineFormat({
  name: 'iptables',
  summary: 'Linux packet filter lines of the kernel log: iptables, nftables, ufw, firewalld',
  priority: 45,
  taxonomy: 'firewall',
  accepts: (line) => line.includes('OUT=') && line.includes('DST=') && PACKET.test(line),
  read(line, received, kinds) {
    const { time, host, message } = openLine(line, received);
    const start = message.search(/\bIN=/);
    const fields = keyValues(message.slice(Math.max(start, 0)));
    fields.message = message;
    if (host !== undefined) fields.hostname = host;
    const prefix = message.slice(0, start).replaceAll('_', ' ');
    const verdict = VERDICT.exec(prefix)?.[1];
    if (verdict !== undefined) fields.action = verdict.toLowerCase();
    return { kind: kinds.named('iptables'), fields, time: time ?? received };
  },
  samples: [
    {
      line: 'Mar  4 08:00:00 web-03 kernel: [512093.118230] [UFW BLOCK] IN=eth0 OUT= MAC=aa:bb SRC=203.0.113.9 DST=10.20.0.15 LEN=60 TOS=0x00 PREC=0x00 TTL=50 ID=1 DF PROTO=TCP SPT=41822 DPT=3306 WINDOW=64240 RES=0x00 SYN URGP=0',
      logsource: { product: 'linux', service: 'iptables', category: 'firewall' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.000Z',
        'host.name': 'web-03',
        'source.ip': '203.0.113.9',
        'destination.port': 3306,
        'event.outcome': 'failure',
      },
      fields: { action: ['block', 'deny'], blocked: 'true', dst_port: '3306' },
    },
    {
      line: '<4>Mar  4 08:00:01 gw-1 kernel: FWD-ACCEPT: IN=lan0 OUT=wan0 SRC=10.20.4.17 DST=192.0.2.14 LEN=52 TTL=63 PROTO=TCP SPT=51000 DPT=23 SYN',
      logsource: { product: 'linux', service: 'iptables', category: 'firewall' },
      ecs: { 'event.outcome': 'success', 'network.protocol': 'TCP' },
      fields: { action: 'accept', blocked: 'false' },
    },
    {
      line: '<4>1 2026-03-04T08:00:02.250Z gw-1 kernel - - - FINAL_REJECT: IN=eth0 OUT= SRC=2001:db8::9 DST=2001:db8::1 LEN=80 HOPLIMIT=60 PROTO=UDP SPT=5353 DPT=53',
      logsource: { product: 'linux', service: 'iptables', category: 'firewall' },
      ecs: { '@timestamp': '2026-03-04T08:00:02.250Z', 'source.ip': '2001:db8::9' },
    },
    {
      line: 'Mar  4 08:00:03 gw-1 kernel: martian: IN=br0 PHYSIN=eth1 OUT=eth0 SRC=10.20.4.18 DST=198.51.100.9 LEN=84 PROTO=ICMP TYPE=8 CODE=0',
      logsource: { product: 'linux', service: 'iptables', category: 'firewall' },
      ecs: { 'destination.ip': '198.51.100.9' },
    },
  ],
});
