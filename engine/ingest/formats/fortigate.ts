import type { Fields } from '../../event.js';
import { lineFormat } from './shared/lined.js';
import { keyValues } from './shared/pairs.js';
import { epochTime, isoTime } from './shared/time.js';
import { text } from './shared/values.js';

const HEAD = /\bdate=\d{4}-\d\d-\d\d time=\d\d:\d\d:\d\d/;
const UTM: Record<string, string> = { webfilter: 'fortigateWeb', virus: 'fortigateVirus', dns: 'fortigateDns' };

function kindName(fields: Fields): string {
  if (fields.type === 'traffic') return 'fortigateTraffic';
  if (fields.type === 'event') {
    const told = `${fields.logdesc ?? ''} ${fields.msg ?? ''}`.toLowerCase();
    return told.includes('sslvpnd') && told.includes('crash') ? 'fortigateCrash' : 'fortigateEvent';
  }
  return UTM[String(fields.subtype)] ?? 'fortigateUtm';
}

/** `eventtime` in seconds or nanoseconds is exact; the date and the time are in the device's own zone. */
function timeOf(fields: Fields): number {
  const exact = text(fields.eventtime);
  if (exact !== undefined && /^\d{10,19}$/.test(exact)) return epochTime(Number(exact));
  return isoTime(`${fields.date} ${fields.time}${text(fields.tz) ?? ''}`);
}

export default lineFormat({
  name: 'fortigate',
  summary: 'Fortinet FortiGate syslog: traffic, UTM (web filter, antivirus, DNS), events',
  priority: 47,
  taxonomy: 'firewall',
  accepts: (line) => line.includes('date=') && HEAD.test(line.slice(0, 400)) && line.includes('logid='),
  read(line, _received, kinds) {
    const fields = keyValues(line.slice(line.search(HEAD)));
    const kind = kinds.named(kindName(fields));
    if (kind.name === 'fortigateWeb' && fields.url !== undefined) {
      const host = text(fields.hostname);
      const url = text(fields.url) ?? '';
      fields['c-uri'] = url.startsWith('/') && host !== undefined ? `http://${host}${url}` : url;
    }
    return { kind, fields, time: timeOf(fields) };
  },
  samples: [
    {
      line: '<189>date=2026-03-04 time=08:00:00 devname="fg-1" devid="FG100F" eventtime=1772611200123456789 tz="+0100" logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" srcip=10.20.4.17 srcport=51544 srcintf="lan" dstip=192.0.2.14 dstport=23 dstintf="wan1" proto=6 action="accept" policyid=7 policyname="lan-out" service="TELNET" duration=3 sentbyte=1840 rcvdbyte=900 user="marta"',
      logsource: { product: 'fortigate', service: 'traffic', category: 'firewall' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.123Z',
        'observer.name': 'fg-1',
        'source.ip': '10.20.4.17',
        'destination.port': 23,
        'user.name': 'marta',
        'event.outcome': 'success',
      },
      fields: { dst_port: '23', action: 'accept', blocked: 'false' },
    },
    {
      line: 'date=2026-03-04 time=08:00:01 devname="fg-1" devid="FG100F" logid="0100044547" type="event" subtype="system" level="information" vd="root" logdesc="Object attribute configured" user="admin" ui="GUI(203.0.113.77)" action="Add" cfgtid=12 cfgpath="system.admin" cfgobj="svc2" cfgattr="accprofile[super_admin]" msg="Add system.admin svc2" tz="+0000"',
      logsource: { product: 'fortigate', service: 'event' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:01.000Z',
        'host.name': 'fg-1',
        'user.name': 'admin',
        'user.target.name': 'svc2',
        'event.action': 'Add',
      },
      fields: { cfgpath: 'system.admin', action: 'Add' },
    },
    {
      line: '<188>date=2026-03-04 time=09:00:02 devname="fg-1" devid="FG100F" eventtime=1772611202 tz="+0100" logid="0316013056" type="utm" subtype="webfilter" eventtype="ftgd_blk" level="warning" vd="root" srcip=10.20.4.17 srcport=51545 dstip=198.51.100.80 dstport=80 proto=6 service="HTTP" hostname="files.hopto.org" action="blocked" httpmethod="GET" agent="Microsoft BITS/7.8" url="http://files.hopto.org/a/b.exe?x=1" msg="URL belongs to a denied category"',
      logsource: { product: 'fortigate', service: 'utm', category: 'proxy' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:02.000Z',
        'url.original': 'http://files.hopto.org/a/b.exe?x=1',
        'destination.domain': 'files.hopto.org',
        'event.outcome': 'failure',
      },
      fields: { 'cs-host': 'files.hopto.org', 'c-uri-extension': 'exe', 'c-useragent': 'Microsoft BITS/7.8' },
    },
    {
      line: 'date=2026-03-04 time=08:00:03 devname="fg-1" logid="0211008192" type="utm" subtype="virus" eventtype="infected" level="warning" srcip=10.20.4.17 dstip=198.51.100.80 dstport=80 action="blocked" service="HTTP" filename="invoice.js" virus="JS/Agent.OAY!tr" url="http://files.example/invoice.js"',
      logsource: { product: 'fortigate', service: 'utm', category: 'antivirus' },
      ecs: { 'rule.name': 'JS/Agent.OAY!tr', 'file.path': 'invoice.js', 'event.category': 'malware' },
      fields: { Signature: 'JS/Agent.OAY!tr' },
    },
    {
      line: 'date=2026-03-04 time=08:00:04 devname="fg-1" logid="1501054802" type="utm" subtype="dns" level="notice" srcip=10.20.4.17 srcport=5353 dstip=10.20.0.2 dstport=53 action="pass" qname="a1.duckdns.org" qtype="A" qclass="IN" ipaddr="203.0.113.5"',
      logsource: { product: 'fortigate', service: 'utm', category: 'dns' },
      ecs: { 'dns.question.name': 'a1.duckdns.org' },
      fields: { query: 'a1.duckdns.org', record_type: 'A', answer: '203.0.113.5' },
    },
    {
      line: 'date=2026-03-04 time=08:00:05 devname="fg-1" logid="0100032546" type="event" subtype="system" level="warning" vd="root" logdesc="Application crashed" action="crash" msg="Pid: 00187, application: sslvpnd, Firmware: FortiGate-100F v7.2.2, Signal 11 received, Backtrace: /data/lib/libips.bak"',
      logsource: { product: 'fortigate', service: 'event' },
      ecs: { 'host.name': 'fg-1', 'rule.name': 'Application crashed' },
    },
    {
      line: 'date=2026-03-04 time=08:00:06 devname="fg-1" logid="0419016384" type="utm" subtype="ips" level="alert" srcip=203.0.113.9 dstip=10.20.0.15 dstport=443 action="dropped" attack="Apache.Log4j.Error.Log.Remote.Code.Execution" msg="applications3: x"',
      logsource: { product: 'fortigate', service: 'utm', category: 'firewall' },
      ecs: { 'event.outcome': 'failure', 'source.ip': '203.0.113.9' },
    },
  ],
});
