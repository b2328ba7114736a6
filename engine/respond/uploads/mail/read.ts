import PostalMime from 'postal-mime';
import { MdrError } from '../../../errors.js';
import { attachmentOf, type MailAttachment } from './attachment.js';
import { linksOf, type MailLink } from './links.js';
import { type Hop, hopsOf } from './received.js';

const MOST_ATTACHMENTS = 50;
/** Mails in mails: phishing is reported by forwarding it as an attachment. */
const MOST_INNER = 5;
const DEPTH = 3;

export interface ReadMail {
  subject: string;
  from: string;
  fromName: string;
  /** Where answers and failures go, where that is another address. */
  replyTo: string[];
  returnPath: string;
  to: string[];
  /** ISO 8601, or as it stands. */
  date: string;
  messageId: string;
  /** `Authentication-Results`, the topmost: what the server that took it in says. */
  authentication: string;
  hops: Hop[];
  links: MailLink[];
  attachments: MailAttachment[];
  /** Their bytes, in the same order. */
  contents: Uint8Array[];
  inner: ReadMail[];
}

const bare = (address: string): string => address.replace(/^<|>$/g, '').trim().slice(0, 320);

/**
 * A mail as it is written: nothing in it is fetched, rendered or run.
 * @throws MdrError MDR_UPLOAD_BAD when it is nested deeper, or has longer headers, than any mail is
 */
export async function readMail(bytes: Uint8Array, depth = 0): Promise<ReadMail> {
  const mail = await PostalMime.parse(bytes, {
    ...{ forceRfc822Attachments: true, attachmentEncoding: 'arraybuffer' },
    ...{ maxNestingDepth: 30, maxHeadersSize: 512 * 1024, maxRfc822NestingDepth: 0 },
  }).catch((cause: Error) => {
    throw new MdrError(
      'MDR_UPLOAD_BAD',
      `it cannot be read as a mail: ${cause.message.slice(0, 150)}.`,
      'Look at it by hand.',
      {
        cause,
      },
    );
  });
  const headers = (key: string) => mail.headers.filter((header) => header.key === key).map(({ value }) => value);
  const boxes = (all: typeof mail.to) =>
    (all ?? []).flatMap((one) => (one.group ? one.group : [one])).map(({ address }) => bare(address ?? ''));
  const from = mail.from && !mail.from.group ? mail.from : { address: '', name: '' };
  const attachments: MailAttachment[] = [];
  const contents: Uint8Array[] = [];
  const inner: ReadMail[] = [];
  for (const { content, filename, mimeType } of mail.attachments.slice(0, MOST_ATTACHMENTS)) {
    const data = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content as ArrayBuffer);
    attachments.push(await attachmentOf((filename ?? '').slice(0, 300), mimeType.slice(0, 100), data));
    contents.push(data);
    const isMail = mimeType === 'message/rfc822' || /\.eml$/i.test(filename ?? '');
    if (isMail && depth < DEPTH && inner.length < MOST_INNER) inner.push(await readMail(data, depth + 1));
  }
  return {
    subject: (mail.subject ?? '').slice(0, 500),
    ...{ from: bare(from.address ?? ''), fromName: from.name.slice(0, 200), replyTo: boxes(mail.replyTo).slice(0, 10) },
    ...{ returnPath: bare(mail.returnPath ?? ''), to: [...boxes(mail.to), ...boxes(mail.cc)].slice(0, 50) },
    ...{ date: (mail.date ?? '').slice(0, 100), messageId: (mail.messageId ?? '').slice(0, 300) },
    authentication: (headers('authentication-results')[0] ?? '').slice(0, 2000),
    hops: hopsOf(headers('received')),
    links: linksOf(mail.html ?? '', mail.text ?? ''),
    ...{ attachments, contents, inner },
  };
}
