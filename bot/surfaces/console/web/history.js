const KEY = 'mdr.history';
const MOST = 50;

/** A setting of this browser; the console works without it where storage is refused. */
export function recallSetting(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function keepSetting(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Private windows may refuse: it is then forgotten with the page.
  }
}

function read() {
  try {
    const texts = JSON.parse(recallSetting(KEY) ?? '[]');
    return Array.isArray(texts) ? texts.filter((text) => typeof text === 'string') : [];
  } catch {
    return [];
  }
}

let texts = read();

/** @param {string} text what was sent */
export function remember(text) {
  texts = [...texts.filter((other) => other !== text), text].slice(-MOST);
  keepSetting(KEY, JSON.stringify(texts));
}

/** @param {number} back 1 is the latest */
export const earlier = (back) => (back > 0 ? texts.at(-back) : undefined);
