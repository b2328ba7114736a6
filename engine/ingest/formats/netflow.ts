import { mappedFormat } from './shared/mapped.js';

export default mappedFormat({
  name: 'netflow',
  summary: 'NetFlow, IPFIX and sFlow as collectors write them: Filebeat, Logstash, GoFlow2, pmacct, nfdump',
  priority: 28,
  samples: [
    {
      line: '{"@timestamp":"2026-03-04T08:00:00.000Z","event":{"kind":"event","action":"netflow_flow"},"netflow":{"type":"netflow_flow","exporter":{"address":"10.0.0.1:2055"}},"source":{"ip":"10.20.4.31","port":50300},"destination":{"ip":"192.0.2.14","port":23},"network":{"transport":"tcp","bytes":4100},"observer":{"ip":"10.0.0.1"}}',
      logsource: { product: '', service: 'netflow', category: 'firewall' },
      ecs: {
        '@timestamp': '2026-03-04T08:00:00.000Z',
        'source.ip': '10.20.4.31',
        'destination.ip': '192.0.2.14',
        'destination.port': 23,
        'network.bytes': 4100,
        'observer.name': '10.0.0.1',
      },
      fields: { dst_port: 23 },
    },
    {
      line: '{"type":"NETFLOW_V9","time_received_ns":1772611200123000000,"sequence_num":7,"sampler_address":"10.0.0.1","time_flow_start_ns":1772611200000000000,"bytes":900,"packets":9,"src_addr":"10.20.4.31","dst_addr":"192.0.2.15","etype":"IPv4","proto":"TCP","src_port":50301,"dst_port":1521}',
      logsource: { product: '', service: 'netflow', category: 'firewall' },
      ecs: { 'destination.port': 1521, 'network.protocol': 'TCP' },
      fields: { 'destination.port': 1521 },
    },
    {
      line: '{"@timestamp":"2026-03-04T08:00:02Z","host":"10.0.0.1","netflow":{"version":9,"ipv4_src_addr":"10.20.4.31","l4_src_port":50302,"ipv4_dst_addr":"192.0.2.16","l4_dst_port":3306,"protocol":6,"in_bytes":500}}',
      logsource: { product: '', service: 'netflow', category: 'firewall' },
      ecs: { 'source.port': 50302, 'destination.ip': '192.0.2.16' },
      fields: { 'destination.port': 3306 },
    },
    {
      line: '{"event_type":"purge","peer_ip_src":"10.0.0.1","ip_src":"10.20.4.31","ip_dst":"2001:db8::9","port_src":50303,"port_dst":5900,"ip_proto":"tcp","timestamp_start":"2026-03-04 08:00:03.000000","packets":2,"bytes":120}',
      logsource: { product: '', service: 'netflow', category: 'firewall' },
      ecs: { 'destination.ip': '2001:db8::9', 'destination.port': 5900 },
    },
    {
      line: '{"type":"FLOW","first":"2026-03-04T08:00:04.250","last":"2026-03-04T08:00:05.000","in_packets":4,"in_bytes":240,"proto":6,"src4_addr":"10.20.4.31","dst4_addr":"192.0.2.17","src_port":50304,"dst_port":11211}',
      logsource: { product: '', service: 'netflow', category: 'firewall' },
      ecs: { '@timestamp': '2026-03-04T08:00:04.250Z', 'destination.port': 11211 },
    },
    {
      line: '{"Type":"IPFIX","TimeReceived":1772611206,"SamplerAddress":"10.0.0.1","TimeFlowStart":1772611205,"SrcAddr":"10.20.4.31","DstAddr":"192.0.2.18","Proto":17,"SrcPort":50305,"DstPort":53,"Bytes":80}',
      logsource: { product: '', service: 'netflow', category: 'firewall' },
      ecs: { 'destination.ip': '192.0.2.18', 'observer.name': '10.0.0.1' },
    },
  ],
});
