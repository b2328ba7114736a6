/** What the server refused or could not do, as it says it: `{code, message, hint}`. */
export class ApiError extends Error {
  constructor(status, { code, message, hint }) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
  get words() {
    return this.hint ? `${this.message} ${this.hint}` : this.message;
  }
}

const UNREACHABLE = {
  code: 'unreachable',
  message: 'The console’s server does not answer.',
  hint: 'Is mdr still running?',
};
const UNREADABLE = { code: 'unreadable', message: 'The server’s answer could not be read.', hint: 'Try again.' };

async function request(path, body) {
  let response;
  try {
    response = await fetch(path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: body === undefined ? {} : { 'content-type': 'application/json', 'x-mdr-console': '1' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, UNREACHABLE);
  }
  const data = await response.json().catch(() => UNREADABLE);
  // The page that is there then says how to sign in again, and knows where one was.
  if (response.status === 401) location.reload();
  if (!response.ok || data === UNREADABLE) throw new ApiError(response.status, { ...UNREADABLE, ...data });
  return data;
}

/** @param {string} name `acme/alerts` */
const room = (name) => `/api/channels/${name.split('/').map(encodeURIComponent).join('/')}`;

export const api = {
  me: () => request('/api/me'),
  /** @param {{ thread?: string, before?: string, ids?: string }} query */
  messages: (channel, query = {}) => request(`${room(channel)}/messages?${new URLSearchParams(query)}`),
  unread: (channel, after) => request(`${room(channel)}/unread?after=${after}`),
  say: (channel, body) => request(`${room(channel)}/messages`, body),
  act: (body) => request('/api/actions', body),
  /** A command whose answer only this page shows. @returns {Promise<any>} its card; `tone` is `error` when it failed */
  run: async (tenant, text) => (await request('/api/run', { tenant, text, key: newKey() })).card,
  /** @param {string} name a file of reads/ @param {Record<string, string>} query */
  read: (name, query) => request(`/api/read/${name}?${new URLSearchParams(query)}`),
  link: () => request('/api/links', {}),
  signOut: () => request('/api/sign-out', {}),
};

/** A key that makes a request known again when it is sent twice: 32 hexadecimal characters. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
