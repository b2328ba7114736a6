import type { Card } from '../../../commands/cards/card.js';
import { MdrError } from '../../../engine/errors.js';
import type { Line } from './board.js';
import { BOT, CONSOLE, homeOf, type Room } from './channel.js';
import { askOf } from './desk.js';
import type { ServerParts } from './types.js';
import type { Viewer } from './viewers.js';

/** What a person typed. `key` is made by the browser: the same key is stored and answered once, however often it is sent. */
export interface Typed {
  room: Room;
  thread: string | null;
  key: string;
  text: string;
}

/** What a person clicked: run as `<command> <record> [choice]`, answered in the thread. */
export interface Clicked {
  room: Room;
  thread: string;
  key: string;
  command: string;
  record: string;
  choice?: string | undefined;
}

const COMMAND = /^\/mdr(?:\s+|$)/;
const MOST_AT_ONCE = 8;

/** Stores what people say and has commands answered. */
export function openSaid({ board, answer, commands, hear }: ServerParts) {
  const underWay = new Map<string, Promise<unknown>>();
  const busy = new Map<string, number>();

  /** The same key again, while the first is under way, waits for the first. */
  async function once<T>(user: string, key: string, work: () => Promise<T>): Promise<T> {
    const running = underWay.get(key) as Promise<T> | undefined;
    if (running) return running;
    const count = busy.get(user) ?? 0;
    if (count >= MOST_AT_ONCE)
      throw new MdrError('MDR_OVERLOADED', `${count} commands of yours are still running.`, 'Wait for one to end.');
    busy.set(user, count + 1);
    const promise = work().finally(() => {
      underWay.delete(key);
      const left = (busy.get(user) ?? 1) - 1;
      if (left > 0) busy.set(user, left);
      else busy.delete(user);
    });
    underWay.set(key, promise);
    return promise;
  }

  async function checkThread(room: Room, thread: string | null): Promise<void> {
    if (thread === null) return;
    const head = await board.get(room, thread);
    if (!head || head.thread !== null)
      throw new MdrError('MDR_REQUEST_BAD', 'There is no such thread in this channel.', 'Reload the page.');
  }

  async function answered(asker: Viewer, id: string, room: Room, thread: string | null, text: string) {
    const earlier = await board.get(room, id);
    if (earlier) return earlier;
    const { once, ...card } = await answer({ ...askOf(asker, room, thread, text), request: `${asker.user}:${id}` });
    await board.insert(room, { _id: id, thread, author: BOT, content: { card } });
    const line = await board.get(room, id);
    // Only whoever asked gets it, and only now.
    return line && once ? { ...line, card: { ...card, once } } : line;
  }

  return {
    /** @returns what was stored, and the answer when it was a command */
    async typed(asker: Viewer, { room, thread, key, text }: Typed): Promise<{ message: Line; answer: Line | null }> {
      await checkThread(room, thread);
      const _id = `p-${key}`;
      const author = { id: asker.person._id, name: asker.person.name };
      const isNew = await board.insert(room, { _id, thread, author, content: { text } });
      const message = await board.get(room, _id);
      if (!message || (!isNew && (message.author.id !== author.id || message.text !== text)))
        throw new MdrError('MDR_CONFLICT', 'Another message has this key.', 'Send it again.');
      const command = COMMAND.exec(text);
      if (!command) {
        // Taken once by its id: sent again, after a crash here say, it is still heard.
        const { user, identity } = asker;
        await hear?.({ surface: CONSOLE, user, identity, channel: room.channel, thread, message: _id, text });
        return { message, answer: null };
      }
      const line = text.slice(command[0].length);
      const reply = await once(asker.user, _id, () => answered(asker, `a-${key}`, room, thread, line));
      return { message, answer: reply };
    },

    async clicked(asker: Viewer, { room, thread, key, command, record, choice }: Clicked): Promise<Line | null> {
      if (!commands.some((known) => known.name === command))
        throw new MdrError('MDR_COMMAND_UNKNOWN', `There is no command "${command}".`, 'Reload the page.');
      await checkThread(room, thread);
      const text = choice === undefined ? `${command} ${record}` : `${command} ${record} ${choice}`;
      return once(asker.user, `b-${key}`, () => answered(asker, `b-${key}`, room, thread, text));
    },

    /** A command on a page: nobody else reads the answer. */
    run(asker: Viewer, tenant: string, text: string, key: string): Promise<Card> {
      const room = homeOf(asker.person, tenant);
      return once(asker.user, `r-${key}`, () =>
        answer({ ...askOf(asker, room, null, text), request: `${asker.user}:r-${key}` }),
      );
    },
  };
}
export type Said = ReturnType<typeof openSaid>;
