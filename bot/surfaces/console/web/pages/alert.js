import { api } from '../api.js';
import { cardElement } from '../card.js';
import { h } from '../dom.js';
import { channelHash } from '../route.js';
import { clock, plain, shown } from '../text.js';

/** One alert: what is known of it, what was done, its detections, and its thread beside it. */
export default {
  title: 'Alert',
  async open(root, shell, { args: [tenant = '', number = ''] }) {
    const answer = h('div', { class: 'answer', role: 'status' });
    const back = h('a', { class: 'back', href: '#alerts' }, '← All alerts');
    const parts = ['threads', 'card', 'timeline', 'detections'].map((part) => ({
      part,
      drawn: '',
      place: h('div', {}),
    }));
    const [head, ...body] = parts.map(({ place }) => place);
    root.append(h('div', { class: 'alert-page' }, h('div', { class: 'alert-head' }, back, head), answer, ...body));
    const name = shell.me().tenants.find(({ id }) => id === tenant)?.name ?? tenant;
    let busy = false;

    async function changed() {
      const read = await api.read('alert', { tenant, number }).catch((error) => {
        if (error.status !== 404 && error.status !== 403 && error.status !== 400) throw error;
        return { refused: error.words };
      });
      if (read.refused) return refuse(read.refused);
      shell.title(plain(read.card.title), name);
      // Only what changed is drawn again: what one has opened or is choosing stays.
      for (const each of parts) {
        const now = JSON.stringify(read[each.part]);
        if (now === each.drawn) continue;
        each.drawn = now;
        each.place.replaceChildren(...draw[each.part](read[each.part]));
      }
      return read;
    }

    function refuse(words) {
      for (const { place } of parts) place.replaceChildren();
      body[0].replaceChildren(h('p', { class: 'empty' }, words));
      for (const each of parts) each.drawn = '';
      return { threads: [] };
    }

    /** A button of the alert's card, or of an answer's. */
    async function act({ command, record, tenant: of }, choice) {
      if (busy) return;
      busy = true;
      answer.replaceChildren(h('p', { class: 'state' }, h('span', { class: 'spinner' }), 'mdr is working on it'));
      const said = await api.run(of, [command, record, choice].filter(Boolean).join(' ')).catch((error) => ({
        title: error.words ?? String(error),
        tone: 'error',
        blocks: [],
      }));
      busy = false;
      // An answer about this alert shows the same buttons as the alert itself, which stands below.
      const blocks = said.blocks.filter((block) => block.kind !== 'actions' || block.actions.some(isNews));
      answer.replaceChildren(
        cardElement({ ...said, blocks }, { clamp: false, act }),
        h('button', { type: 'button', class: 'card-more', onclick: () => answer.replaceChildren() }, 'Dismiss'),
      );
      await changed();
    }
    const isNews = (action) => !['ack', 'assign', 'close', 'reopen'].includes(action.command);

    function threads(found) {
      const button = ({ channel, id, lane, replies }) =>
        h(
          'button',
          { type: 'button', 'data-thread': id, onclick: () => shell.thread(channel, id) },
          `Thread in # ${lane === 'provider' ? 'alerts' : 'shared'} · ${replies} ${replies === 1 ? 'reply' : 'replies'}`,
        );
      const room = shell.rooms().find((each) => each.tenant === tenant);
      return h(
        'div',
        { class: 'actions', role: 'group', 'aria-label': 'Threads' },
        ...(found.length
          ? found.map(button)
          : [
              h('p', {}, 'It has no thread in a channel that you read. '),
              room ? h('a', { href: channelHash(room.channel) }, `Write in # ${room.label}`) : null,
            ]),
      );
    }

    const draw = {
      card: (card) => [h('h2', { class: 'hidden' }, 'What is known'), cardElement(card, { clamp: false, act })],
      threads: (found) => [threads(found)],
      timeline: (entries) => [timeline(entries)],
      detections,
    };
    const read = await changed();
    // Beside the page, where there is room for both.
    const [first] = read.threads;
    if (first && shell.fit()) await shell.thread(first.channel, first.id);
    return { changed };
  },
};

function timeline(entries) {
  return h(
    'section',
    { 'aria-label': 'Timeline' },
    h('h2', {}, 'Timeline'),
    h(
      'ol',
      { class: 'timeline' },
      ...entries.map(({ at, kind, title, text }) =>
        h(
          'li',
          { class: kind },
          h('p', { class: 'entry' }, h('strong', {}, ...shown(title)), ' ', clock(at)),
          text && !title.startsWith(text) ? h('p', { class: 'entry-text' }, ...shown(text)) : null,
        ),
      ),
    ),
  );
}

/** @param {{ total: number, rows: any[] } | null} found null: they are the provider's */
function detections(found) {
  if (!found) return [];
  const { rows } = found;
  const more = Math.max(0, found.total - rows.length);
  const row = ({ at, title, level, techniques, source, what, observables, original }) =>
    h(
      'details',
      { class: 'detection' },
      h(
        'summary',
        {},
        h('span', { class: 'detection-title' }, ...shown(title)),
        ` ${level} · `,
        ...shown(source),
        ' · ',
        clock(at),
      ),
      what ? h('p', {}, ...shown(what)) : null,
      techniques.length ? h('p', {}, `ATT&CK ${techniques.join(' ')}`) : null,
      observables.length
        ? h(
            'ul',
            { class: 'observables' },
            ...observables.map(({ kind, value }) => h('li', {}, `${kind} `, h('code', {}, ...shown(value)))),
          )
        : null,
      h('pre', { class: 'code', tabindex: '0' }, ...shown(original)),
    );
  return [
    h(
      'section',
      { 'aria-label': 'Detections' },
      h('h2', {}, `Detections (${found.total})`),
      ...rows.map(row),
      more ? h('p', { class: 'meta' }, `The latest ${rows.length}; ${more} earlier ones are not shown.`) : null,
    ),
  ];
}
