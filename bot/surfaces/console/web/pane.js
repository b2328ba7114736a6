import { messageList } from './messages.js';

const NEAR_BOTTOM = 48;

/**
 * A scrolling list of messages that follows the newest, unless one is reading above: then what one reads stays where it is.
 * @param {{ scroll: HTMLElement, list: HTMLOListElement, older: HTMLButtonElement, pill: HTMLButtonElement }} elements
 * @param {Parameters<typeof messageList>[1] & { loadOlder: () => Promise<void>, seen: () => void }} options
 */
export function pane({ scroll, list, older, pill }, options) {
  const messages = messageList(list, options);
  let following = true;
  let newest = 0;
  let missed = new Set();

  const toBottom = () => {
    scroll.scrollTop = scroll.scrollHeight;
  };
  const drawPill = () => {
    pill.hidden = missed.size === 0;
    pill.textContent = `${missed.size} new`;
    pill.setAttribute('aria-label', `${missed.size} new, go to the newest`);
  };
  const follow = () => {
    following = true;
    missed = new Set();
    drawPill();
    toBottom();
    options.seen();
  };

  scroll.addEventListener(
    'scroll',
    () => {
      following = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_BOTTOM;
      if (following && missed.size) follow();
      else if (following) options.seen();
    },
    { passive: true },
  );
  // Cards fold, boxes grow and windows change after the drawing; whoever follows the newest still sees it.
  const keep = new ResizeObserver(() => following && toBottom());
  keep.observe(scroll);
  keep.observe(list);
  pill.addEventListener('click', follow);
  older.addEventListener('click', async () => {
    older.disabled = true;
    await options.loadOlder().finally(() => {
      older.disabled = false;
    });
  });

  /** The topmost message in sight and where it is. */
  function anchor() {
    const top = scroll.getBoundingClientRect().top;
    for (const item of list.querySelectorAll(':scope > .message')) {
      const box = item.getBoundingClientRect();
      if (box.bottom > top) return { item, offset: box.top };
    }
    return null;
  }

  return {
    focus: messages.focus,
    follow,
    isFollowing: () => following && scroll.clientHeight > 0,
    /** @param {{ more: boolean, fresh?: boolean, newAfter?: number, opened?: string | null }} how `fresh`: another place is shown now */
    draw(lines, { more, fresh = false, ...marks }) {
      const kept = following || fresh ? null : anchor();
      older.hidden = !more;
      messages.draw(lines, marks);
      if (fresh) {
        newest = 0;
        following = true;
        missed = new Set();
      }
      if (!following) {
        for (const line of lines) if (line.at > newest && line.author.id !== options.me()) missed.add(line.id);
      }
      newest = Math.max(newest, lines.at(-1)?.at ?? 0);
      drawPill();
      if (following) toBottom();
      else if (kept?.item.isConnected) scroll.scrollTop += kept.item.getBoundingClientRect().top - kept.offset;
    },
  };
}
