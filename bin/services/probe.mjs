import { createConnection, createServer } from 'node:net';

/**
 * Send bytes, resolve whether the answer satisfies `accept`; never rejects.
 * @param {number} port on this machine
 * @param {Buffer | string} question
 * @param {(answer: Buffer) => boolean} accept called with all bytes so far, after each part
 * @param {number} [timeoutMs]
 * @returns {Promise<boolean>}
 */
function ask(port, question, accept, timeoutMs = 2_000) {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    let answer = Buffer.alloc(0);
    /** @param {boolean} good */
    const done = (good) => {
      socket.destroy();
      resolve(good);
    };
    socket.setTimeout(timeoutMs, () => done(false));
    socket.on('error', () => done(false));
    socket.on('close', () => done(false));
    socket.on('connect', () => socket.write(question));
    socket.on('data', (part) => {
      answer = Buffer.concat([answer, part]);
      if (accept(answer)) done(true);
      else if (answer.length > 65_536) done(false);
    });
  });
}

/** Whether a Redis answers PING, and has finished loading. @param {number} port */
export const redisAnswers = (port) => ask(port, 'PING\r\n', (answer) => answer.toString('latin1').startsWith('+PONG'));

/** `{ hello: 1, $db: "admin" }` as an OP_MSG of MongoDB's wire protocol: the question every server answers. */
const HELLO = (() => {
  const cstring = (/** @type {string} */ text) => Buffer.from(`${text}\0`, 'latin1');
  const int32 = (/** @type {number} */ value) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return bytes;
  };
  const fields = Buffer.concat([
    Buffer.from([0x10]),
    cstring('hello'),
    int32(1),
    Buffer.from([0x02]),
    cstring('$db'),
    int32(6),
    cstring('admin'),
    Buffer.from([0]),
  ]);
  const document = Buffer.concat([int32(fields.length + 4), fields]);
  const OP_MSG = 2013;
  const body = Buffer.concat([int32(0), Buffer.from([0]), document]);
  return Buffer.concat([int32(16 + body.length), int32(1), int32(0), int32(OP_MSG), body]);
})();

/** Whether a MongoDB answers `hello`. @param {number} port */
export const mongoAnswers = (port) => ask(port, HELLO, (answer) => answer.length >= 16 && answer.readInt32LE(8) === 1);

/** A port of this machine that was free a moment ago. @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
