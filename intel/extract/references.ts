import type { ExtractType } from './types.js';

/** Places that reports point to. A page of theirs that is defanged is meant; one that can be clicked is for reading. */
const HOSTS = new Set(
  (
    'attack.mitre.org cve.mitre.org cve.org mitre.org nvd.nist.gov nist.gov cisa.gov us-cert.gov cert.europa.eu enisa.europa.eu ncsc.gov.uk ' +
    'bsi.bund.de cert.ssi.gouv.fr ssi.gouv.fr incibe.es first.org virustotal.com hybrid-analysis.com any.run urlscan.io shodan.io censys.io ' +
    'abuse.ch otx.alienvault.com github.com gist.github.com gitlab.com wikipedia.org linkedin.com twitter.com x.com t.co youtube.com ' +
    'mastodon.social infosec.exchange bsky.app reddit.com medium.com microsoft.com learn.microsoft.com msrc.microsoft.com google.com ' +
    'apple.com mozilla.org oracle.com cisco.com fortinet.com paloaltonetworks.com crowdstrike.com mandiant.com kaspersky.com securelist.com ' +
    'welivesecurity.com eset.com sophos.com trendmicro.com symantec.com mcafee.com proofpoint.com checkpoint.com talosintelligence.com ' +
    'sentinelone.com rapid7.com tenable.com qualys.com elastic.co splunk.com recordedfuture.com bleepingcomputer.com krebsonsecurity.com ' +
    'thehackernews.com securityweek.com darkreading.com therecord.media zdnet.com arstechnica.com wired.com heise.de golem.de lemonde.fr ' +
    'elpais.com bbc.co.uk bbc.com reuters.com nytimes.com theregister.com hackread.com exploit-db.com packetstormsecurity.com openssl.org ' +
    'python.org npmjs.com pypi.org nodejs.org debian.org ubuntu.com redhat.com kernel.org apache.org ipify.org api.ipify.org ifconfig.me ' +
    'msftconnecttest.com msftncsi.com detectportal.firefox.com connectivitycheck.gstatic.com icanhazip.com checkip.amazonaws.com ip-api.com ipinfo.io ' +
    'etherscan.io bscscan.com tronscan.org blockchain.com blockchair.com mempool.space digicert.com letsencrypt.org'
  ).split(' '),
);

const RESOLVERS = new Set(
  (
    '8.8.8.8 8.8.4.4 1.1.1.1 1.0.0.1 9.9.9.9 149.112.112.112 208.67.222.222 208.67.220.220 4.2.2.1 4.2.2.2 94.140.14.14 ' +
    '2001:4860:4860::8888 2001:4860:4860::8844 2606:4700:4700::1111 2606:4700:4700::1001 2620:fe::fe'
  ).split(' '),
);

/** Whether an address is a public resolver's: whoever meets it has asked for a name. */
export const isResolver = (value: string): boolean => RESOLVERS.has(value);

/** Whether a value is one of the places, or below one, that reports point to. */
export function isReference(type: ExtractType, value: string): boolean {
  const host =
    type === 'url'
      ? value.split(/[/?]/)[0]!.replace(/:\d+$/, '')
      : type === 'email'
        ? value.slice(value.lastIndexOf('@') + 1)
        : value;
  const labels = host.split('.');
  return labels.some((_, i) => i < labels.length - 1 && HOSTS.has(labels.slice(i).join('.')));
}
