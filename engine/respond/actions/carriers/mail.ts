import { createTransport } from 'nodemailer';
import { MdrError } from '../../../errors.js';
import { idOf } from '../../../ids.js';
import type { MailConnector } from '../connectors.js';
import type { Carrier, Job, Work } from '../types.js';

const TIMEOUT_MS = 45_000;
const STEP_MS = 15_000;
const MAX_SUBJECT = 200;
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|localhost|::1)$/;
/** One address and no more: no list, no name, nothing that begins another header. */
const ADDRESS = /^[A-Za-z0-9.!#$%&*+/=?^_{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/;

interface Letter {
  to: string;
  subject: string;
  text: string;
}

function connectorOf({ store }: Pick<Job, 'store'>): MailConnector {
  const connector = store.tenant.connectors?.mail;
  if (connector) return connector;
  throw new MdrError('MDR_ACTION_BAD', 'the tenant has no mail server.', 'The operator sets one: mdr actions connect.');
}

function letterOf(job: Pick<Job, 'store' | 'record'>): Letter {
  const mail = connectorOf(job);
  const { action, args, number } = job.record;
  const tag = `[mdr ${job.store.id}-${number}]`;
  const where = action === 'open-ticket' ? mail.ticket : action === 'page' ? mail.page : args.to;
  if (!where)
    throw new MdrError(
      'MDR_ACTION_BAD',
      `no address for ${action} is set.`,
      'The operator sets it: mdr actions connect.',
    );
  if (!ADDRESS.test(where))
    throw new MdrError(
      'MDR_ACTION_BAD',
      `"${where.slice(0, 80)}" is not one mail address.`,
      'Write it as name@example.org.',
    );
  const domain = where.slice(where.lastIndexOf('@') + 1).toLowerCase();
  if (action === 'send-mail' && !mail.domains.includes(domain))
    throw new MdrError(
      'MDR_ACTION_BAD',
      `mail to ${domain} is not sent from here.`,
      mail.domains.length > 0 ? `It goes to ${mail.domains.join(', ')}.` : 'The operator names the domains.',
    );
  const title = action === 'open-ticket' ? args.title : action === 'page' ? `Page: ${args.rota}` : args.subject;
  const queue = args.queue === undefined ? '' : `Queue: ${args.queue}\n\n`;
  return {
    to: where,
    subject: `${tag} ${(title ?? '').replace(/\s+/g, ' ')}`.slice(0, MAX_SUBJECT),
    text: `${queue}${args.text ?? ''}\n`,
  };
}

/** Nobody can look whether a mail was read, so it is never sent a second time by itself. */
const sending: Work = {
  ...{ timeoutMs: TIMEOUT_MS, isRepeatable: false, undo: null },
  async guard(job) {
    letterOf(job);
  },
  async check(job) {
    const { to } = letterOf(job);
    const { host, port } = connectorOf(job);
    return { says: `${to} is sent a mail through ${host}:${port}`, memory: {}, already: false };
  },
  async run(job) {
    const letter = letterOf(job);
    const { host, port, tls, user, secret, from, ca } = connectorOf(job);
    if (tls === 'none' && !LOOPBACK.test(host))
      throw new MdrError('MDR_ACTION_BAD', 'the mail would go in clear text.', 'Use tls: implicit or starttls.');
    const pass = user && secret ? await job.secrets.read(job.store, secret) : null;
    const transport = createTransport({
      ...{ host, port, secure: tls === 'implicit', requireTLS: tls === 'starttls', ignoreTLS: tls === 'none' },
      ...{ connectionTimeout: STEP_MS, greetingTimeout: STEP_MS, socketTimeout: STEP_MS },
      // Text from elsewhere never names a file or an address to be fetched.
      ...{ disableFileAccess: true, disableUrlAccess: true },
      ...(pass !== null && { auth: { user: user!, pass } }),
      ...(ca && { tls: { ca } }),
    });
    const close = () => transport.close();
    job.signal.addEventListener('abort', close, { once: true });
    try {
      job.signal.throwIfAborted();
      const id = idOf('mail', job.store.id, String(job.record.number));
      const info = await transport.sendMail({
        ...{ from, to: { name: '', address: letter.to }, subject: letter.subject, text: letter.text },
        // A server that gets it twice, and who reads it, see that it is the same.
        messageId: `<mdr-${id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-MDR-Action': `${job.store.id}-${job.record.number}` },
      });
      return { message: info.messageId, answer: info.response.slice(0, 200) };
    } catch (error) {
      if (error instanceof MdrError) throw error;
      throw new MdrError(
        'MDR_ACTION_FAILED',
        `the mail server: ${(error as Error).message.slice(0, 200)}.`,
        'See whether it answers, and what the account of mdr may send there.',
        { cause: error },
      );
    } finally {
      job.signal.removeEventListener('abort', close);
      transport.close();
    }
  },
  verify: async () => 'unknown',
};

/** Tickets, pages and mails over SMTP. */
const mail: Carrier = {
  name: 'mail',
  title: 'Mail (SMTP)',
  isFor: ({ tenant }) => tenant.connectors?.mail !== undefined,
  works: { 'send-mail': sending, 'open-ticket': sending, page: sending },
};
export default mail;
