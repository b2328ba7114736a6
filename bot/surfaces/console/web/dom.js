/** Elements are made here, and text goes in as text: no string is ever read as HTML. */

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [props] `class`, `onclick` …; true and strings become attributes, false and null nothing
 * @param {...(Node | string | null | undefined | (Node | string)[])} children
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** The same for a picture: `svg('path', { d: 'M0 0' })`. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** A list to choose from, named; `choices` are pairs of value and words. */
export function choice(label, choices, value, onchange) {
  const select = h('select', { 'aria-label': label, onchange: () => onchange(select.value) });
  fillChoice(select, choices, value);
  return select;
}

/** Other choices; what was chosen stays chosen where it is still there. */
export function fillChoice(select, choices, value = select.value) {
  select.replaceChildren(...choices.map(([id, words]) => h('option', { value: id }, words)));
  select.value = choices.some(([id]) => id === value) ? value : (choices[0]?.[0] ?? '');
}

export const byId = (id) => document.getElementById(id);

/** Bring the children of `parent` to be exactly `wanted`, moving and making as little as possible, so that focus and scroll stay. */
export function arrange(parent, wanted) {
  const keep = new Set(wanted);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  wanted.forEach((element, index) => {
    if (parent.children[index] !== element) parent.insertBefore(element, parent.children[index] ?? null);
  });
}
