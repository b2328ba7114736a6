import { complete } from './complete.js';
import { h } from './dom.js';
import { earlier, remember } from './history.js';

const HINT = 'Enter sends, Shift+Enter begins a line, ↑ brings back.';

/**
 * The message box, with completion of commands.
 * @param {HTMLFormElement} form
 * @param {{ id: string, label: string, placeholder: string, commands: () => any[], send: (text: string) => void }} options
 */
export function composer(form, { id, label, placeholder, commands, send }) {
  let offers = [];
  let active = -1;
  let back = 0;
  let kept = '';

  const box = h('textarea', {
    id,
    rows: '1',
    placeholder,
    maxlength: '4000',
    autocomplete: 'off',
    spellcheck: 'true',
    enterkeyhint: 'send',
    'aria-label': label,
    'aria-autocomplete': 'list',
    'aria-controls': `${id}-offers`,
    'aria-describedby': `${id}-hint`,
  });
  const button = h('button', { type: 'submit', class: 'send', disabled: true }, 'Send');
  const list = h('ul', {
    id: `${id}-offers`,
    class: 'offers',
    role: 'listbox',
    'aria-label': 'Commands',
    hidden: true,
  });
  const hint = h('p', { id: `${id}-hint`, class: 'hint' }, HINT);
  form.append(list, h('div', { class: 'frame' }, box, button), hint);

  const close = () => {
    offers = [];
    active = -1;
    list.hidden = true;
    box.removeAttribute('aria-activedescendant');
  };

  function mark(index) {
    active = index;
    [...list.children].forEach((item, at) => {
      item.setAttribute('aria-selected', String(at === index));
    });
    if (index < 0) return box.removeAttribute('aria-activedescendant');
    box.setAttribute('aria-activedescendant', `${id}-offer-${index}`);
    list.children[index].scrollIntoView({ block: 'nearest' });
  }

  function update() {
    const found = complete(box.value, commands());
    offers = found.offers;
    list.replaceChildren(
      ...offers.map((offer, index) =>
        h(
          'li',
          { id: `${id}-offer-${index}`, class: 'offer', role: 'option', onpointerdown: (event) => pick(event, index) },
          h('span', { class: 'line' }, offer.line, ' ', h('span', { class: 'usage' }, offer.usage)),
          h('span', { class: 'summary' }, offer.summary),
        ),
      ),
    );
    list.hidden = offers.length === 0;
    mark(found.choose && offers.length > 0 ? 0 : -1);
    hint.textContent = found.hint || HINT;
    size();
  }

  function size() {
    box.classList.toggle('command', box.value.startsWith('/'));
    button.disabled = box.value.trim() === '';
    box.style.height = 'auto';
    // In a box that is not shown yet there is nothing to measure.
    if (box.scrollHeight > 0) box.style.height = `${box.scrollHeight}px`;
  }

  function put(text) {
    box.value = text;
    box.setSelectionRange(text.length, text.length);
    update();
  }

  function pick(event, index) {
    event.preventDefault();
    put(offers[index].text);
    box.focus();
  }

  /** @returns whether there was one to show */
  function recall(step) {
    const text = earlier(back + step);
    if (back + step < 0 || (step > 0 && text === undefined)) return false;
    if (back === 0) kept = box.value;
    back += step;
    put(back === 0 ? kept : text);
    close();
    return true;
  }

  function submit() {
    const text = box.value.trim();
    if (!text) return;
    remember(text);
    back = 0;
    put('');
    close();
    send(text);
  }

  function keydown(event) {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const { key } = event;
    const listed = !list.hidden;
    if (listed && (key === 'ArrowDown' || key === 'ArrowUp') && (active >= 0 || back === 0)) {
      const count = offers.length;
      mark((active + (key === 'ArrowDown' ? 1 : active < 0 ? 0 : -1) + count) % count);
    } else if (listed && key === 'Tab' && !event.shiftKey) put(offers[Math.max(active, 0)].text);
    else if (listed && key === 'Enter' && active >= 0 && offers[active].text !== box.value) put(offers[active].text);
    else if (listed && key === 'Escape') {
      close();
      event.stopPropagation();
    } else if (key === 'Enter' && !event.shiftKey) submit();
    else if (key === 'ArrowUp' && (box.value === '' || back > 0)) {
      if (!recall(1)) return;
    } else if (key === 'ArrowDown' && back > 0) recall(-1);
    else return;
    event.preventDefault();
  }

  box.addEventListener('input', () => {
    back = 0;
    update();
  });
  box.addEventListener('keydown', keydown);
  box.addEventListener('blur', close);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });

  return {
    focus: () => box.focus(),
    read: () => box.value,
    /** Another place's draft. */
    write(text, words) {
      box.value = text;
      box.placeholder = words;
      back = 0;
      close();
      size();
    },
  };
}
