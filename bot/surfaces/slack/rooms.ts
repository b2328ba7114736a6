import { safe } from '../../cards/safe.js';
import { DeliveryError, type Rooms } from '../types.js';
import { isSlackError } from './errors.js';
import type { Gateway } from './gateway.js';

// Slack's limits.
const MOST_NAME = 80;
const MOST_TOPIC = 250;
const MOST_INVITED = 100;
/** Names that are tried, should others have them. */
const MOST_ENDINGS = 5;

/** Private channels for cases. */
export function slackRooms(gateway: Gateway): Rooms {
  return {
    async open(name, near, isFree) {
      const asked = name.toLowerCase().replace(/[^a-z0-9_-]/g, '-');
      for (let ending = 1; ; ending += 1) {
        const end = ending > 1 ? `-${ending}` : '';
        const called = `${asked.slice(0, MOST_NAME - end.length)}${end}`;
        try {
          return await gateway.createRoom(called, near);
        } catch (error) {
          // Whether an attempt whose answer was lost made it is seen by its name. Anybody can make one of that name before us.
          const isTaken = isSlackError(error, 'name_taken');
          const mayBeThere = isTaken || (error instanceof DeliveryError && error.kind === 'unknown');
          const there = mayBeThere ? await gateway.roomNamed(called, near) : null;
          if (there && (await isFree(there))) return there;
          if (!isTaken || ending >= MOST_ENDINGS) throw error;
        }
      }
    },
    async invite(channel, users) {
      for (let at = 0; at < users.length; at += MOST_INVITED)
        await gateway.invite(channel, users.slice(at, at + MOST_INVITED));
    },
    async remove(channel, users) {
      for (const user of users) await gateway.kick(channel, user);
    },
    topic: (channel, text) =>
      // Topics know mentions and links: what makes them is taken out.
      gateway.setTopic(channel, safe(text.replace(/[<>&@#*_~`|]/g, ' '), MOST_TOPIC, true)),
    pin: ({ channel, message }) => gateway.pin(channel, message),
    close: (channel) => gateway.archive(channel),
  };
}
