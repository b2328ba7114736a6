import { api } from '../api.js';
import { cardElement } from '../card.js';
import { choice, h } from '../dom.js';

/** What one is asked: was this you? Answered here, nobody else reads along; the code is typed here too. */
export default {
  title: 'Questions',
  order: 7,
  async open(root, shell, { args }) {
    const { tenants } = shell.me();
    const tenant = tenants.find(({ id }) => id === args[0])?.id ?? tenants[0]?.id;
    const said = h('div', { class: 'answer', role: 'status' });
    const body = h('div', {});
    if (!tenant) {
      root.append(h('p', { class: 'empty' }, 'You have no tenant yet.'));
      return {};
    }
    const code = h('input', {
      'aria-label': 'Code',
      inputmode: 'numeric',
      autocomplete: 'one-time-code',
      maxlength: 7,
      placeholder: 'Code, when you have it',
    });
    const pick = choice(
      'Tenant',
      tenants.map(({ id, name }) => [id, name]),
      tenant,
      (id) => shell.go(`#questions/${id}`),
    );
    root.append(
      h(
        'form',
        { class: 'filters', onsubmit: (event) => event.preventDefault() },
        tenants.length > 1 ? pick : null,
        code,
      ),
      said,
      h('h2', { class: 'hidden' }, 'What you are asked'),
      body,
    );

    async function changed() {
      const card = await api.run(tenant, 'answer');
      body.replaceChildren(cardElement(card, { clamp: false, act }));
    }

    async function act({ command, record, tenant: of }, value) {
      const digits = command === 'answer' ? code.value.replace(/\D/g, '') : '';
      const card = await api
        .run(of, [command, record, value, digits].filter(Boolean).join(' '))
        .catch((error) => ({ title: error.words ?? String(error), tone: 'error', blocks: [] }));
      // The field above takes the code: no need for what asks for it.
      const blocks = card.blocks.filter(({ kind }) => kind !== 'actions');
      said.replaceChildren(
        h('h2', { class: 'hidden' }, 'What became of your answer'),
        cardElement({ ...card, blocks }, { clamp: false, act }),
      );
      if (card.tone !== 'error') code.value = '';
      await changed();
    }

    await changed();
    return { changed };
  },
};
