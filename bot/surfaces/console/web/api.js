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
  // The page for `/` then says how to sign in again.
  if (response.status === 401) location.replace('/');
  if (!response.ok || data === UNREADABLE) throw new ApiError(response.status, { ...UNREADABLE, ...data });
  return data;
}

const channel = (tenant) => `/api/channels/${encodeURIComponent(tenant)}`;

export const api = {
  me: () => request('/api/me'),
  /** @param {{ thread?: string, before?: string, ids?: string }} query */
  messages: (tenant, query = {}) => request(`${channel(tenant)}/messages?${new URLSearchParams(query)}`),
  unread: (tenant, after) => request(`${channel(tenant)}/unread?after=${after}`),
  say: (tenant, body) => request(`${channel(tenant)}/messages`, body),
  act: (body) => request('/api/actions', body),
  link: () => request('/api/links', {}),
  signOut: () => request('/api/sign-out', {}),
};

/** A key that makes a request known again when it is sent twice: 32 hexadecimal characters. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
