import { MdrError } from '../../../errors.js';
import { clip, list, minute, bytes as sized, times } from '../../../say.js';
import type { Observable } from '../../../store/alerts.js';
import { hostOfUrl, knownBad, type Value } from '../../known.js';
import { readMailApart } from '../mail/apart.js';
import type { ReadMail } from '../mail/read.js';
import type { Finding, Sample, UploadKind } from '../types.js';

const MOST = 32 * 1024 * 1024;
const MOST_LINKS = 12;
const MOST_FILES = 12;
const MOST_OBSERVABLES = 30;

const domainOf = (address: string): string => /@([^@]+)$/.exec(address)?.[1]?.toLowerCase() ?? '';
const flat = (mail: ReadMail): ReadMail[] => [mail, ...mail.inner.flatMap(flat)];

/** What of a mail may be known elsewhere. */
function valuesOf(mail: ReadMail): Value[] {
  const hosts = mail.links.flatMap(({ url }) => hostOfUrl(url) ?? []);
  const senders = [mail.from, mail.returnPath, ...mail.replyTo].filter((one) => one.includes('@'));
  return [
    ...mail.links.map(({ url }) => ({ kind: 'url' as const, value: url })),
    ...hosts,
    ...mail.attachments.map(({ sha256 }) => ({ kind: 'hash' as const, value: sha256 })),
    ...mail.hops.filter(({ ip }) => ip !== '').map(({ ip }) => ({ kind: 'ip' as const, value: ip })),
    ...senders.map((value) => ({ kind: 'user' as const, value })),
    ...senders
      .map((value) => ({ kind: 'domain' as const, value: domainOf(value) }))
      .filter(({ value }) => value !== ''),
  ];
}

/** What about it is not as it is with honest mails. */
function oddities(mail: ReadMail): string[] {
  const own = domainOf(mail.from);
  const elsewhere = mail.replyTo.filter((to) => domainOf(to) !== own);
  const named = /[\w.+-]+@[\w-]+\.[\w.-]+/.exec(mail.fromName)?.[0];
  const failed = ['spf', 'dkim', 'dmarc'].filter((check) =>
    new RegExp(`\\b${check}=(?:fail|softfail|permerror|temperror)\\b`, 'i').test(mail.authentication),
  );
  return [
    ...(failed.length > 0 ? [`Checks failed: ${failed.join(', ')}`] : []),
    ...(elsewhere.length > 0 ? [`Answers go elsewhere: ${list(elsewhere, 3)}`] : []),
    ...(mail.returnPath && own && domainOf(mail.returnPath) !== own
      ? [`Sent by another domain: ${mail.returnPath}`]
      : []),
    ...(named && named.toLowerCase() !== mail.from.toLowerCase()
      ? [`Its name shows another address: ${clip(named, 100)}`]
      : []),
    ...mail.links
      .filter(({ shownAs }) => shownAs !== null)
      .slice(0, 5)
      .map(({ url, shownAs }) => `A link shows ${clip(shownAs!, 100)} and leads to ${clip(url, 150)}`),
    ...mail.attachments
      .filter(({ warnings }) => warnings.length > 0)
      .slice(0, MOST_FILES)
      .map(({ name, warnings }) => `Do not open ${clip(name || 'an unnamed file', 100)}: ${warnings.join('; ')}`),
  ];
}

function linesOf(mail: ReadMail): string[] {
  const way = mail.hops.map(({ from, ip, by, at }) =>
    [from || '?', ip && `[${ip}]`, `→ ${by || '?'}`, at === null ? '' : minute(at)].filter(Boolean).join(' '),
  );
  return [
    `Mail “${clip(mail.subject, 150)}” from ${mail.fromName ? `${clip(mail.fromName, 80)} ` : ''}<${mail.from || 'nobody'}> to ${list(mail.to, 3) || 'nobody named'}${mail.date ? `, ${mail.date}` : ''}`,
    ...oddities(mail),
    ...(mail.links.length > 0
      ? [
          `${times(mail.links.length, 'link')}: ${list(
            mail.links.map(({ url }) => clip(url, 150)),
            MOST_LINKS,
          )}`,
        ]
      : []),
    ...mail.attachments
      .slice(0, MOST_FILES)
      .map(
        ({ name, is, type, bytes, sha256 }) =>
          `Attachment ${clip(name || 'without a name', 100)} (${is || type}, ${sized(bytes)}) SHA-256 ${sha256}`,
      ),
    ...(way.length > 0 ? [`Its way: ${list(way, 6)}`] : ['It has no Received lines.']),
    ...(mail.messageId ? [`Message-ID ${clip(mail.messageId, 200)}`] : []),
  ];
}

async function bytesOf(sample: Sample): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await sample.open()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const isMailHead = (head: Buffer): boolean => {
  const text = head.toString('latin1').replace(/^\ufeff|^From [^\n]*\n/, '');
  // Headers come first, each with its name; of those some that every mail has.
  const end = text.search(/\r?\n\r?\n/);
  const headers = end < 0 ? text : text.slice(0, end);
  if (!/^[\x21-\x39\x3b-\x7e]{1,76}:/.test(headers)) return false;
  const has = (name: string) => new RegExp(`^${name}:`, 'im').test(headers);
  return ['from', 'received', 'return-path', 'message-id', 'mime-version', 'subject', 'date'].filter(has).length >= 3;
};

/** `.eml`: who sent it by which way, where its links lead, what its attachments are. */
const mail: UploadKind = {
  name: 'mail',
  title: 'Mail',
  rank: 20,
  most: MOST,
  is: ({ head, name }) => isMailHead(head) || /\.eml$/i.test(name),
  async examine(sample, { store, clock, signal }): Promise<Finding> {
    const read = await readMailApart(await bytesOf(sample), signal);
    signal.throwIfAborted();
    const all = flat(read);
    if (all.every(({ from, hops, messageId }) => from === '' && hops.length === 0 && messageId === ''))
      throw new MdrError(
        'MDR_UPLOAD_BAD',
        'it has none of the headers of a mail.',
        'Save the mail itself, with its headers.',
      );
    const values = all.flatMap(valuesOf);
    const bad = await knownBad(store, values, clock());
    const odd = all.flatMap(oddities);
    const files = all.flatMap(({ attachments }) => attachments.filter(({ warnings }) => warnings.length > 0));
    const observables: Observable[] = [
      ...bad.flatMap(({ kind, value }): Observable[] => (kind === 'url' ? [] : [{ kind, value }])),
      ...bad.flatMap(({ kind, value }): Observable[] => {
        const host = kind === 'url' ? hostOfUrl(value) : null;
        return host ? [{ kind: host.kind as 'ip' | 'domain', value: host.value }] : [];
      }),
      ...files.map(({ sha256 }): Observable => ({ kind: 'hash', value: sha256 })),
    ];
    const first = read.hops.findLast(({ at }) => at !== null)?.at ?? Date.parse(read.date);
    return {
      lines: [
        ...bad
          .slice(0, 10)
          .map(({ value, text, source }) => `Known: ${clip(value, 150)} ${text} (${clip(source, 60)})`),
        ...linesOf(read),
        ...read.inner.flatMap(flat).flatMap((one) => ['— In it, another mail:', ...linesOf(one)]),
      ],
      isBad: bad.length > 0 || odd.length > 0,
      moments: Number.isFinite(first)
        ? [{ when: first, text: `Mail from ${read.from || 'nobody'} arrived: “${clip(read.subject, 100)}”` }]
        : [],
      observables: observables.slice(0, MOST_OBSERVABLES),
      inside: all.flatMap(({ attachments, contents }) =>
        attachments.map(({ name }, i) => ({ name: name || 'an unnamed attachment', data: contents[i]! })),
      ),
    };
  },
};
export default mail;
