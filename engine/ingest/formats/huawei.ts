import { lineFormat } from './shared/lined.js';
import { bsdTime } from './shared/syslog.js';
import { isoTime, utc } from './shared/time.js';

const MARK = /%%\d{2}([A-Z][A-Z0-9_]{0,31})\/(\d)\/([A-Z0-9_]{1,64})\((\w)\)(?:\[\d{1,12}\])?:/i;
const DATE =
  /(?:(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S{0,12})|([A-Z][a-z]{2}) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)\S{0,12}) (\S{1,255}) ?$/;
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

function timeOf(date: RegExpExecArray | null, received: number): number {
  if (!date) return received;
  if (date[1] !== undefined) return isoTime(date[1].slice(0, 19));
  const ms = (Number(date[5]) * 3600 + Number(date[6]) * 60 + Number(date[7])) * 1000;
  const month = MONTHS.indexOf(date[2]!);
  if (month < 0 || month % 3 !== 0 || ms >= 86_400_000) return Number.NaN;
  return date[4] === undefined
    ? bsdTime(date[2]!, Number(date[3]), ms, received)
    : utc(Number(date[4]), month / 3 + 1, Number(date[3]), ms);
}

export default lineFormat({
  name: 'huawei',
  summary: 'Huawei VRP devices (routers, switches, firewalls) by their %%01MODULE/ mark',
  priority: 46,
  taxonomy: 'firewall',
  accepts: (line) => line.includes('%%') && MARK.test(line.slice(0, 400)),
  read(line, received, kinds) {
    const mark = MARK.exec(line.slice(0, 400));
    if (!mark) return null;
    const date = DATE.exec(line.slice(0, mark.index).replace(/^<\d{1,3}>/, ''));
    const fields = {
      module: mark[1],
      severity: Number(mark[2]),
      mnemonic: mark[3],
      hostname: date?.[8],
      message: line.slice(mark.index),
      user: /\bUser(?:Name)?=([^,\s)]{1,128})/.exec(line)?.[1],
      src_ip: /\b(?:IPAddress|Ip|IpAddress|PeeringAddress|SourceAddress)=([\da-fA-F.:]{2,45})/.exec(line)?.[1],
    };
    const kind = kinds.named(mark[1]!.toUpperCase() === 'BGP' ? 'huaweiBgp' : 'huawei');
    return { kind, fields, time: timeOf(date, received) };
  },
  samples: [
    {
      line: '<188>Mar  4 2026 08:00:00 hw-1 %%01BGP/3/BGP_AUTH_FAILED(l)[12]:BGP session authentication failed. (PeeringAddress=203.0.113.9:179)',
      logsource: { product: 'huawei', service: 'bgp' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.000Z',
        'host.name': 'hw-1',
        'event.action': 'BGP_AUTH_FAILED',
        'source.ip': '203.0.113.9',
      },
    },
    {
      line: '<189>2026-03-04 08:00:01+00:00 hw-1 %%01SSH/4/SSH_FAIL(s)[13]:Failed to login through SSH. (IP=203.0.113.9, UserName=admin, Times=1)',
      logsource: { product: 'huawei', service: '' },
      ecs: { '@timestamp': '2026-03-04T08:00:01.000Z', 'user.name': 'admin' },
    },
    {
      line: '<190>Mar  4 08:00:02 hw-2 %%01SHELL/5/CMDRECORD(l)[14]:Recorded command information. (Task=VTY, Ip=10.20.1.5, User=tomas, Command="undo info-center enable")',
      logsource: { product: 'huawei', service: '' },
      ecs: { 'user.name': 'tomas', 'source.ip': '10.20.1.5', 'event.action': 'CMDRECORD' },
    },
    {
      line: '<188>%%01IFNET/2/LINKDOWN_ACTIVE(l)[15]:The interface status changes. (ifName=GE0/0/1)',
      logsource: { product: 'huawei', service: '' },
      ecs: { '@timestamp': '2026-03-05T00:00:00.000Z', 'event.action': 'LINKDOWN_ACTIVE' },
    },
  ],
});
