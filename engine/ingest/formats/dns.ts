import type { Fields } from '../../event.js';
import { type LineContent, lineFormat, openLine } from './shared/lined.js';
import type { Kinds } from './shared/mapping/index.js';
import { epochTime, readTime } from './shared/time.js';

interface Said {
  message: string;
  program: string;
  /** Epoch ms of the header; NaN when there is none. */
  time: number;
}

/** A name as rules write it: without the root's dot. */
const bare = (name: string): string => (name.length > 1 && name.endsWith('.') ? name.slice(0, -1) : name);

const BIND =
  /^(?:(\d{2})-([A-Z][a-z]{2})-(\d{4}) (\d\d:\d\d:\d\d\.\d{3}) )?(?:queries: )?(?:info: )?client (?:@0x[\da-f]{1,16} )?([\da-fA-F.:]{2,45})#(\d{1,5})(?: \(([^)]{0,255})\))?: (?:view [^:]{1,64}: )?query: (\S{1,255}) [A-Z]{1,8} (\S{1,16})/;

function bind({ message, time }: Said, kinds: Kinds): LineContent | null {
  const found = BIND.exec(message);
  if (!found) return null;
  const fields: Fields = { src_ip: found[5], src_port: found[6], query: bare(found[8]!), record_type: found[9] };
  const own = found[1] === undefined ? time : readTime(`${found[1]} ${found[2]} ${found[3]} ${found[4]}`);
  return { kind: kinds.named('bind'), fields, time: own };
}

const DNSMASQ_QUERY =
  /^(?:\d{1,10} )?(?:[\da-fA-F.:]{2,45}\/\d{1,5} )?query\[(\S{1,24})\] (\S{1,255}) from ([\da-fA-F.:]{2,45})/;
const DNSMASQ_ANSWER =
  /^(?:\d{1,10} )?(?:[\da-fA-F.:]{2,45}\/\d{1,5} )?(reply|cached|config|gravity blocked|forwarded|\/etc\/hosts|DHCP) (\S{1,255}) (?:is|to) (.{1,1024})$/;

function dnsmasq({ message, program, time }: Said, kinds: Kinds): LineContent | null {
  if (!program.startsWith('dnsmasq') && !program.startsWith('pihole')) return null;
  const query = DNSMASQ_QUERY.exec(message);
  const answer = query ? null : DNSMASQ_ANSWER.exec(message);
  if (!query && !answer) return null;
  const fields: Fields = query
    ? { action: 'query', record_type: query[1], query: bare(query[2]!), src_ip: query[3] }
    : { action: answer![1], query: bare(answer![2]!), answer: answer![3] };
  return { kind: kinds.named('dnsmasq'), fields, time };
}

const UNBOUND =
  /^(?:\[(\d{9,11})\] )?(?:unbound)?\[\d{1,8}(?::\d{1,4})?\]:? (?:info|reply|query): ([\da-fA-F.:]{2,45}) (\S{1,255}) (\S{1,16}) IN(?: ([A-Z]{3,16}))?/;

function unbound({ message, time }: Said, kinds: Kinds): LineContent | null {
  const found = UNBOUND.exec(message);
  if (!found) return null;
  const fields: Fields = { src_ip: found[2], query: bare(found[3]!), record_type: found[4] };
  if (found[5] !== undefined) fields.rcode = found[5];
  return { kind: kinds.named('unbound'), fields, time: found[1] === undefined ? time : epochTime(Number(found[1])) };
}

const COREDNS =
  /^\[INFO\] ([\da-fA-F.:[\]]{2,48}):(\d{1,5}) - \d{1,5} "(\S{1,16}) IN (\S{1,255}) (?:udp|tcp|tls|https)[^"]{0,100}" ([A-Z]{3,16})?/;

function coredns({ message, time }: Said, kinds: Kinds): LineContent | null {
  const found = COREDNS.exec(message);
  if (!found) return null;
  const fields: Fields = {
    src_ip: found[1]!.replace(/[[\]]/g, ''),
    src_port: found[2],
    record_type: found[3],
    query: bare(found[4]!),
  };
  if (found[5] !== undefined) fields.rcode = found[5];
  return { kind: kinds.named('coredns'), fields, time };
}

const WINDOWS =
  /^(\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}) (\d{1,2}:\d\d:\d\d)(?: ([AP]M))? [\dA-F]{4} PACKET {1,2}[\dA-F]{8,16} (UDP|TCP) (Rcv|Snd) ([\da-fA-F.:]{2,45}) +[\da-f]{4} (R| ) ?\S? ?\[[\da-f]{4} [^\]]{0,24}\] (\S{1,16}) +(\(\d{1,2}\)\S{1,512})/i;

/** `(3)www(7)example(3)com(0)`: each label behind its length. */
const labels = (name: string): string => name.replace(/\(\d{1,2}\)/g, '.').replace(/^\.|\.$/g, '');

function windows({ message }: Said, kinds: Kinds): LineContent | null {
  const found = WINDOWS.exec(message);
  if (!found) return null;
  const [, written, clock, half, protocol, way, address, response, type, name] = found;
  // Months come first where slashes stand, days where points do.
  const day = written!.replace(/^(\d{1,2})\.(\d{1,2})\./, '$2/$1/');
  const fields: Fields = {
    action: response === 'R' ? 'response' : 'query',
    direction: way,
    protocol,
    src_ip: address,
    record_type: type,
    query: labels(name!),
  };
  return { kind: kinds.named('windows'), fields, time: readTime(`${day} ${clock}${half ? ` ${half}` : ''}`) };
}

const READERS = [bind, dnsmasq, unbound, coredns, windows];
/** One of these is in every line that may be a query. */
const MARKS = ['query: ', 'dnsmasq', 'pihole', 'IN', 'PACKET '];

function readLine(line: string, received: number, kinds: Kinds): LineContent | null {
  const { time, host, program, message } = openLine(line, received);
  for (const read of READERS) {
    const content = read({ message, program, time: time ?? received }, kinds);
    if (!content) continue;
    content.fields.message = message;
    if (host !== undefined) content.fields.hostname = host;
    return content;
  }
  return null;
}

export default lineFormat({
  name: 'dns',
  summary: 'query logs of name servers: BIND, dnsmasq and Pi-hole, Unbound, CoreDNS, Windows DNS Server debug log',
  priority: 41,
  accepts: (line, kinds) => MARKS.some((mark) => line.includes(mark)) && readLine(line, 0, kinds) !== null,
  read: readLine,
  samples: [
    {
      line: '04-Mar-2026 08:00:00.123 queries: info: client @0x7f2a1c 10.20.4.17#53321 (a1.duckdns.org): query: a1.duckdns.org IN A +E(0)K (10.20.0.2)',
      logsource: { product: 'linux', service: 'named', category: 'dns' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.123Z',
        'dns.question.name': 'a1.duckdns.org',
        'source.ip': '10.20.4.17',
        'source.port': 53321,
      },
      fields: { query: 'a1.duckdns.org', record_type: 'A' },
    },
    {
      line: '<30>Mar  4 08:00:01 ns-1 named[811]: client @0x7f2a1c 2001:db8::17#40000 (t.example): view internal: query: t.example IN TXT + (10.20.0.2)',
      logsource: { product: 'linux', service: 'named', category: 'dns' },
      ecs: { 'observer.name': 'ns-1', 'source.ip': '2001:db8::17' },
      fields: { record_type: 'TXT' },
    },
    {
      line: 'Mar  4 08:00:02 dnsmasq[411]: query[A] api.telegram.org from 10.20.4.17',
      logsource: { product: 'linux', service: 'dnsmasq', category: 'dns' },
      ecs: { 'dns.question.name': 'api.telegram.org', 'source.ip': '10.20.4.17', 'event.action': 'query' },
    },
    {
      line: 'Mar  4 08:00:03 pihole dnsmasq[411]: reply t.example is IEX (New-Object Net.WebClient)',
      logsource: { product: 'linux', service: 'dnsmasq', category: 'dns' },
      ecs: { 'event.action': 'reply', 'observer.name': 'pihole' },
      fields: { answer: 'IEX (New-Object Net.WebClient)' },
    },
    {
      line: '[1772611204] unbound[771:0] info: 10.20.4.17 x.example. A IN NOERROR 0.012 0 45',
      logsource: { product: 'linux', service: 'unbound', category: 'dns' },
      ecs: { '@timestamp': '2026-03-04T08:00:04.000Z', 'dns.question.name': 'x.example', 'event.code': 'NOERROR' },
    },
    {
      line: '<14>1 2026-03-04T08:00:05Z node-1 coredns 1 - - [INFO] 10.244.0.7:53321 - 4411 "A IN x.example. udp 41 false 512" NOERROR qr,rd,ra 80 0.001s',
      logsource: { product: 'linux', service: 'coredns', category: 'dns' },
      ecs: { '@timestamp': '2026-03-04T08:00:05.000Z', 'source.ip': '10.244.0.7', 'source.port': 53321 },
    },
    {
      line: '3/4/2026 8:00:06 AM 0D24 PACKET  000001E7A5C91D40 UDP Rcv 10.20.4.17      0002   Q [0001   D   NOERROR] A      (2)a1(7)duckdns(3)org(0)',
      logsource: { product: 'windows', service: 'dns-server-debug', category: 'dns' },
      ecs: { '@timestamp': '2026-03-04T08:00:06.000Z', 'source.ip': '10.20.4.17', 'event.action': 'query' },
      fields: { query: 'a1.duckdns.org', record_type: 'A' },
    },
  ],
});
