import { api, newKey } from './api.js';

const isCommand = (text) => /^\/mdr(\s|$)/.test(text);

/**
 * What a person sends and clicks, shown at once, with what became of it.
 * @param {{ me: () => any, places: (channel: string) => import('./channels.js').Place[], redraw: () => void }} options
 */
export function sending({ me, places, redraw }) {
  function put(channel, line) {
    if (!line) return;
    for (const place of places(channel)) if (place.holds(line)) place.put(line);
  }

  function set(channel, id, change) {
    for (const place of places(channel)) place.set(id, change);
    redraw();
  }

  return {
    /** A person's text: it is here at once, and is sent with a key, so that sending it again stores it once. */
    say(place, text) {
      const { channel, thread } = place;
      const key = newKey();
      const id = `p-${key}`;
      const at = Math.max(Date.now(), place.newest() + 1);
      const { id: author, name } = me();
      place.put({ id, thread, author: { id: author, name }, text, at, unsent: true });

      async function attempt() {
        set(channel, id, { state: { kind: 'working', words: isCommand(text) ? 'mdr is working on it' : 'Sending' } });
        try {
          const { message, answer } = await api.say(channel, { text, thread, key });
          put(channel, message);
          put(channel, answer);
          set(channel, id, { state: undefined, unsent: false });
        } catch (error) {
          const choices = [
            { label: 'Try again', run: attempt },
            { label: 'Leave it', run: drop },
          ];
          set(channel, id, { state: { kind: 'bad', words: error.words ?? String(error), choices } });
        }
      }
      function drop() {
        // It may have been stored although no answer came: then it stays, as everybody sees it.
        if (place.lines.get(id)?.unsent) place.lines.delete(id);
        set(channel, id, { state: undefined });
      }
      return attempt();
    },

    /** A click on a card's button: answered in the card's thread. @returns whether it was answered */
    async act(channel, line, action, choice) {
      if (line.state?.kind === 'working') return false;
      const thread = line.thread ?? line.id;
      const { command, record, tenant: of } = action;
      const label = choice === undefined ? action.label : `${action.label} ${choice}`;
      set(channel, line.id, { state: { kind: 'working', words: `${label}: mdr is working on it` } });
      try {
        const { answer } = await api.act({ tenant: of, channel, thread, key: newKey(), command, record, choice });
        put(channel, answer);
        set(channel, line.id, { state: undefined });
        return true;
      } catch (error) {
        const choices = [{ label: 'Dismiss', run: () => set(channel, line.id, { state: undefined }) }];
        set(channel, line.id, { state: { kind: 'bad', words: `${label}: ${error.words ?? error}`, choices } });
        return false;
      }
    },
  };
}
