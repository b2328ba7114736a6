import { safe } from '../../cards/safe.js';
import { DeliveryError, type Rooms } from '../types.js';
import { isSlackError } from './errors.js';
import type { Gateway } from './gateway.js';

// Slack's limits.
const MOST_NAME = 80;
const MOST_TOPIC = 250;
const MOST_INVITED = 100;

/** Private channels for cases. */
export function slackRooms(gateway: Gateway): Rooms {
  return {
    async open(name, near) {
      const asked = name
        .toLowerCase()
        .replace(/[^a-z0-9_-]/g, '-')
        .slice(0, MOST_NAME);
      try {
        return await gateway.createRoom(asked, near);
      } catch (error) {
        // Whether an attempt whose answer was lost made it is seen by its name.
        const mayBeThere =
          isSlackError(error, 'name_taken') || (error instanceof DeliveryError && error.kind === 'unknown');
        const there = mayBeThere ? await gateway.roomNamed(asked, near) : null;
        if (there) return there;
        throw error;
      }
    },
    async invite(channel, users) {
      for (let at = 0; at < users.length; at += MOST_INVITED)
        await gateway.invite(channel, users.slice(at, at + MOST_INVITED));
    },
    topic: (channel, text) =>
      // Topics know mentions and links: what makes them is taken out.
      gateway.setTopic(channel, safe(text.replace(/[<>&@#*_~`|]/g, ' '), MOST_TOPIC, true)),
    pin: ({ channel, message }) => gateway.pin(channel, message),
    close: (channel) => gateway.archive(channel),
  };
}
