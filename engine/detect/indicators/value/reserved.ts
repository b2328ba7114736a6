import { parseIPv4, parseIPv6 } from './address.js';

// IANA's special-purpose registries (RFC 6890 and its updates), and multicast. The documentation ranges (192.0.2.0/24 …) are not
// among them: they lead nowhere, so they do no harm, and demonstrations have no other addresses to use.
const RANGES4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
const RANGES6 = ['::/96', '64:ff9b:1::/48', '100::/64', '2001:2::/48', 'fc00::/7', 'fe80::/9', 'ff00::/8'];

interface Range {
  bytes: Uint8Array;
  prefix: number;
}

function rangesOf(texts: readonly string[], size: 4 | 16): Range[] {
  return texts.map((text) => {
    const [address = '', prefix] = text.split('/');
    const bytes = new Uint8Array(size);
    if (size === 16) parseIPv6(address, bytes);
    else new DataView(bytes.buffer).setUint32(0, parseIPv4(address));
    return { bytes, prefix: Number(prefix) };
  });
}
const reserved4 = rangesOf(RANGES4, 4);
const reserved6 = rangesOf(RANGES6, 16);

/**
 * Whether an address or range (4 or 16 bytes and a prefix length) touches a range that is nobody's on the Internet.
 * A range that contains a reserved one touches it as well.
 */
export function isReserved(bytes: Uint8Array, prefix: number): boolean {
  const ranges = bytes.length === 4 ? reserved4 : reserved6;
  return ranges.some((range) => sharePrefix(bytes, range, Math.min(prefix, range.prefix)));
}

function sharePrefix(bytes: Uint8Array, range: Range, bits: number): boolean {
  for (let i = 0; i * 8 < bits; i++) {
    const wanted = (0xff00 >> Math.min(8, bits - i * 8)) & 0xff;
    if (((bytes[i]! ^ range.bytes[i]!) & wanted) !== 0) return false;
  }
  return true;
}

/** Special-use names (RFC 6761 and others): nothing under them is on the Internet. */
const SPECIAL = new Set([
  'arpa',
  'localhost',
  'local',
  'localdomain',
  'internal',
  'intranet',
  'lan',
  'home',
  'corp',
  'invalid',
  'test',
]);

/** Whether a name is special-use. `example` names are not: documentation uses them, and they lead nowhere. */
export const isSpecialName = (domain: string): boolean => SPECIAL.has(domain.slice(domain.lastIndexOf('.') + 1));

/** Second labels under which country registries sell names (`co.uk`, `com.br`). */
const REGISTRY_LABELS = new Set(
  'ac asn co com edu gen geek go gob gouv gov govt gv id info k12 ltd me mil muni ne net nhs nic nom or org plc police sch school web'.split(
    ' ',
  ),
);

/** Platforms under which anybody gets a name: one bad customer says nothing of the others. */
const PLATFORMS = new Set(
  [
    '000webhostapp.com amazonaws.com appspot.com azureedge.net azurefd.net azurewebsites.net backblazeb2.com blogspot.com',
    'cloudapp.azure.com cloudapp.net cloudfront.net core.windows.net blob.core.windows.net web.core.windows.net ddns.net',
    'digitaloceanspaces.com duckdns.org dyndns.org eu.org firebaseapp.com fly.dev freemyip.com githubusercontent.com',
    'github.io gitlab.io glitch.me herokuapp.com hopto.org kozow.com mooo.com myftp.org myqnapcloud.com netlify.app ngrok.app',
    'ngrok.io ngrok-free.app no-ip.org onrender.com pages.dev pythonanywhere.com r2.dev railway.app repl.co',
    'replit.app s3.amazonaws.com serveo.net servehttp.com sharepoint.com surge.sh sytes.net trycloudflare.com tumblr.com',
    'vercel.app web.app weebly.com wixsite.com wordpress.com workers.dev zapto.org',
  ]
    .join(' ')
    .split(' '),
);

/** Whether strangers register names directly under this one. Not the whole public suffix list: what feeds get wrong in practice. */
export function isPublicSuffix(domain: string): boolean {
  if (PLATFORMS.has(domain)) return true;
  const [second, top, ...more] = domain.split('.');
  return more.length === 0 && top?.length === 2 && REGISTRY_LABELS.has(second!);
}

/** Hashes of the empty file. */
export const EMPTY_FILE = new Set([
  'd41d8cd98f00b204e9800998ecf8427e',
  'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
]);
