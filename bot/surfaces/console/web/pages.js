import { complain } from './notes.js';

const GATHER_MS = 400;

/**
 * The app's pages. A page is one file in `pages/`; the server lists the folder, so that adding a page adds a file. It exports
 * `{ title, order?, open(root, shell, route) }`: with an `order` it stands in the navigation, lowest first. `open` fills the empty element
 * `root` and returns what it does later: `changed()` when records have changed, `keys(event)` for keys pressed outside of fields
 * (it returns whether it used the key), `close()` when it is left; any of them may be missing.
 * @typedef {{ changed?: () => unknown, keys?: (event: KeyboardEvent) => boolean | void, close?: () => void }} Opened
 * @typedef {{ title: string, order?: number, open: (root: HTMLElement, shell: any, route: { args: string[], query: URLSearchParams }) => Opened | Promise<Opened> }} Page
 * @param {{ root: HTMLElement, shell: any }} options
 */
export function openPages({ root, shell }) {
  /** @type {Map<string, Page>} */
  const known = new Map();
  /** @type {Opened | null} */
  let opened = null;
  let current = null;
  let timer = null;

  function leave() {
    clearTimeout(timer);
    timer = null;
    opened?.close?.();
    opened = null;
    current = null;
    root.replaceChildren();
  }

  const isAt = (name) => current === name && root.dataset.at === location.hash;

  return {
    isAt,
    has: (name) => known.has(name),
    current: () => current,
    /** Pages of the navigation: name and title. */
    listed: () =>
      [...known]
        .filter(([, { order }]) => order !== undefined)
        .sort(([, a], [, b]) => a.order - b.order)
        .map(([name, page]) => ({ name, title: page.title })),

    async load(names) {
      const wanted = names.filter((name) => !known.has(name));
      const modules = await Promise.all(wanted.map((name) => import(`/pages/${name}.js`)));
      wanted.forEach((name, index) => {
        known.set(name, modules[index].default);
      });
    },

    async show(name, route) {
      if (isAt(name)) return opened?.changed?.();
      const at = location.hash;
      leave();
      current = name;
      root.dataset.at = at;
      root.dataset.page = name;
      root.scrollTop = 0;
      const page = known.get(name);
      shell.title(page.title);
      try {
        const now = await page.open(root, shell, route);
        if (current === name && root.dataset.at === at) opened = now;
        else now?.close?.();
      } catch (error) {
        complain(error);
      }
    },

    leave,

    /** Records have changed. A burst of changes is one. */
    changed() {
      if (current === null || timer !== null) return;
      timer = setTimeout(() => {
        timer = null;
        Promise.resolve(opened?.changed?.()).catch(complain);
      }, GATHER_MS);
    },

    keys: (event) => Boolean(opened?.keys?.(event)),
    /** The address was changed without going anywhere, as when a filter is set. */
    stay() {
      root.dataset.at = location.hash;
    },
  };
}
