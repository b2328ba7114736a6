import { AwsClient } from 'aws4fetch';
import { MdrError } from '../errors.js';
import type { Entry } from './storage.js';

/** Where a bucket is, and who may use it. */
export interface S3Options {
  /** `https://endpoint/bucket/prefix`; the bucket as a part of the path. */
  url: string;
  region: string;
  key: string;
  secret: string;
  token?: string | undefined;
  /** Most keys of one answer; without it, what the storage gives (1,000). */
  page?: number;
}

const TIMEOUT_MS = 120_000;
const RETRIES = 4;

/** Objects of a bucket, by keys below the prefix. */
export interface Objects {
  get(key: string): Promise<Buffer | null>;
  put(key: string, data: Uint8Array | string): Promise<void>;
  /** @returns false: there is one of this key already */
  putNew(key: string, data: Uint8Array | string): Promise<boolean>;
  drop(key: string): Promise<void>;
  /** Those directly below, and names of what else begins so. */
  list(folder: string): Promise<{ entries: Entry[]; folders: string[] }>;
  entry(key: string): Promise<Entry | null>;
}

const failed = (what: string, why: string, cause?: unknown) =>
  new MdrError(
    'MDR_LAKE_STORAGE',
    `The lake's bucket cannot ${what}: ${why}.`,
    'See that MDR_LAKE_BUCKET and its keys are right and the storage answers; what waits is kept and tried again.',
    { cause },
  );

/** Speak S3's protocol: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html */
export function openObjects({ url, region, key, secret, token, page }: S3Options): Objects {
  const base = new URL(url.replace(/\/+$/, ''));
  const [, bucket = '', ...below] = base.pathname.split('/');
  if (!/^https?:$/.test(base.protocol) || !bucket)
    throw new MdrError(
      'MDR_CONFIG',
      `MDR_LAKE_BUCKET is no bucket: "${url}".`,
      'Write https://endpoint/bucket/prefix.',
    );
  const prefix = below.length > 0 ? `${below.join('/')}/` : '';
  const client = new AwsClient({
    accessKeyId: key,
    secretAccessKey: secret,
    service: 's3',
    region,
    retries: RETRIES,
    ...(token ? { sessionToken: token } : {}),
  });
  const ask = async (
    what: string,
    method: string,
    path: string,
    init: { body?: Uint8Array | string; headers?: Record<string, string> } = {},
  ) => {
    try {
      return await client.fetch(`${base.origin}/${bucket}${path}`, {
        method,
        headers: init.headers ?? {},
        ...(init.body === undefined ? {} : { body: init.body }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (cause) {
      throw failed(what, (cause as Error).message, cause);
    }
  };
  const pathOf = (name: string) => `/${(prefix + name).split('/').map(encodeURIComponent).join('/')}`;
  const refuse = async (what: string, answer: Response) =>
    failed(what, `${answer.status} ${/<Code>(\w{1,64})</.exec(await answer.text())?.[1] ?? ''}`.trim());
  const put = async (
    name: string,
    body: Uint8Array | string,
    headers: Record<string, string> = {},
  ): Promise<Response> => {
    const answer = await ask('write', 'PUT', pathOf(name), { body, headers });
    if (!answer.ok && answer.status !== 412 && answer.status !== 409) throw await refuse('write', answer);
    return answer;
  };
  return {
    async get(name) {
      const answer = await ask('read', 'GET', pathOf(name));
      if (answer.status === 404) return null;
      if (!answer.ok) throw await refuse('read', answer);
      return Buffer.from(await answer.arrayBuffer());
    },
    async put(name, data) {
      const answer = await put(name, data);
      if (!answer.ok) throw await refuse('write', answer);
    },
    async putNew(name, data) {
      // 409: somebody else writes it at this moment. Whoever loses looks again.
      return (await put(name, data, { 'if-none-match': '*' })).ok;
    },
    async drop(name) {
      const answer = await ask('delete', 'DELETE', pathOf(name));
      if (!answer.ok && answer.status !== 404) throw await refuse('delete', answer);
    },
    async list(folder) {
      const entries: Entry[] = [];
      const folders: string[] = [];
      const from = folder === '' ? prefix : `${prefix}${folder}/`;
      for (let after: string | null = ''; after !== null; ) {
        const query = new URLSearchParams({ 'list-type': '2', delimiter: '/', 'encoding-type': 'url', prefix: from });
        if (page) query.set('max-keys', String(page));
        if (after) query.set('continuation-token', after);
        const answer = await ask('list', 'GET', `/?${query}`);
        if (!answer.ok) throw await refuse('list', answer);
        const text = await answer.text();
        for (const [, each = ''] of text.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
          const name = decoded(inside(each, 'Key')).slice(from.length);
          if (name)
            entries.push({
              name,
              changed: Date.parse(inside(each, 'LastModified')),
              size: Number(inside(each, 'Size')),
            });
        }
        for (const [, each = ''] of text.matchAll(/<CommonPrefixes>(.*?)<\/CommonPrefixes>/gs))
          folders.push(decoded(inside(each, 'Prefix')).slice(from.length).replace(/\/$/, ''));
        after =
          inside(text, 'IsTruncated') === 'true' ? unescaped(inside(text, 'NextContinuationToken')) || null : null;
      }
      return { entries, folders };
    },
    async entry(name) {
      const answer = await ask('read', 'HEAD', pathOf(name));
      if (answer.status === 404) return null;
      if (!answer.ok) throw await refuse('read', answer);
      const changed = Date.parse(answer.headers.get('last-modified') ?? '');
      return {
        name: name.slice(name.lastIndexOf('/') + 1),
        changed,
        size: Number(answer.headers.get('content-length')),
      };
    },
  };
}

const inside = (text: string, tag: string): string => new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(text)?.[1] ?? '';
/** Keys come as in an address. */
const decoded = (text: string): string => decodeURIComponent(unescaped(text).replaceAll('+', ' '));
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const unescaped = (text: string): string =>
  text.replace(
    /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7}));/g,
    (_, name, number) => ENTITIES[name] ?? String.fromCodePoint(Number(number)),
  );
