import { arrange, h } from './dom.js';
import { alertHash } from './route.js';
import { clock, shown } from './text.js';

const LEVELS = { informational: 'Informational', low: 'Low', medium: 'Medium', high: 'High', critical: 'Critical' };
const REASONS = {
  true_positive: 'true positive',
  benign: 'benign',
  false_positive: 'false positive',
  duplicate: 'duplicate',
  test: 'test',
};

export const keyOf = ({ tenant, number }) => `${tenant} ${number}`;

/** `New`, `Acknowledged`, `Closed: benign`. */
function stateOf({ state, reason }) {
  if (state !== 'closed') return state === 'new' ? 'New' : 'Acknowledged';
  return reason ? `Closed: ${REASONS[reason] ?? reason}` : 'Closed';
}

/**
 * Alerts as rows that can be chosen, kept from one drawing to the next, so that focus and choice stay.
 * @param {{ tenantName: (id: string) => string, chosen: () => void }} options `chosen`: the choice has changed
 */
export function alertList({ tenantName, chosen }) {
  const element = h('ol', { class: 'alert-rows', 'aria-label': 'Alerts' });
  /** @type {Map<string, any>} */
  let kept = new Map();
  const boxOfAll = h('input', { type: 'checkbox', disabled: true, onchange: () => chooseAll(boxOfAll.checked) });
  const all = h('label', { class: 'all' }, boxOfAll, 'Select all');

  const picked = () => [...kept.values()].filter(({ box }) => box.checked).map(({ row }) => row);

  function settle() {
    const count = picked().length;
    boxOfAll.checked = count > 0 && count === kept.size;
    boxOfAll.indeterminate = count > 0 && count < kept.size;
    boxOfAll.disabled = kept.size === 0;
    for (const { item, box } of kept.values()) item.classList.toggle('chosen', box.checked);
    chosen();
  }

  function chooseAll(on) {
    for (const { box } of kept.values()) box.checked = on;
    settle();
  }

  function make(row) {
    const box = h('input', { type: 'checkbox', onchange: settle });
    const link = h('a', { class: 'alert-link', href: alertHash(row.tenant, row.number) });
    const about = h('p', { class: 'meta' });
    const facts = h('div', { class: 'facts' });
    const score = h('span', { class: 'score' });
    const item = h('li', {}, box, score, h('div', { class: 'what' }, link, about), facts);
    return { item, box, link, about, facts, score, row };
  }

  const named = (name, className, ...words) =>
    h('span', { class: className }, h('span', { class: 'hidden' }, `${name}: `), ...words);

  function draw(parts, row) {
    const { item, box, link, about, facts, score } = parts;
    parts.row = row;
    const tone = row.state === 'closed' ? 'ok' : row.level === 'informational' ? 'neutral' : row.level;
    item.className = `alert-row ${tone}`;
    item.classList.toggle('chosen', box.checked);
    box.setAttribute('aria-label', `Select alert ${row.number} of ${tenantName(row.tenant)}`);
    score.replaceChildren(h('span', { class: 'hidden' }, 'Score '), String(row.score));
    link.replaceChildren(...shown(`${row.simulated ? 'Simulated · ' : ''}${row.title}`));
    about.replaceChildren(
      `Alert ${row.number} · `,
      ...shown(tenantName(row.tenant)),
      ` · ${row.entity.kind} `,
      h('code', {}, ...shown(row.entity.value)),
    );
    facts.replaceChildren(
      named('Priority', 'level', LEVELS[row.level] ?? row.level),
      named('State', `standing ${row.state}`, stateOf(row)),
      named('Owner', 'owner', ...(row.assignee ? shown(row.assignee.name) : ['Nobody'])),
      named('Last seen', 'when', clock(row.last)),
    );
  }

  function move(step) {
    const rows = [...element.children];
    const at = rows.indexOf(document.activeElement?.closest('.alert-row'));
    const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1)];
    next?.querySelector('.alert-link').focus();
    next?.scrollIntoView({ block: 'nearest' });
  }

  return {
    element,
    all,
    chosen: picked,
    /** @param {any[]} [rows] only these are not chosen any more */
    clear(rows) {
      if (!rows) return chooseAll(false);
      for (const row of rows) {
        const parts = kept.get(keyOf(row));
        if (parts) parts.box.checked = false;
      }
      settle();
    },
    draw(rows) {
      const next = new Map();
      for (const row of rows) {
        const parts = kept.get(keyOf(row)) ?? make(row);
        draw(parts, row);
        next.set(keyOf(row), parts);
      }
      kept = next;
      arrange(
        element,
        [...kept.values()].map(({ item }) => item),
      );
      settle();
    },
    /** j and k go down and up, x selects, Enter opens, Escape selects nothing. @returns whether the key was used */
    keys({ key }) {
      const here = [...kept.values()].find(({ item }) => item.contains(document.activeElement));
      if (key === 'j' || key === 'k') move(key === 'j' ? 1 : -1);
      else if (key === 'x' && here) {
        here.box.checked = !here.box.checked;
        settle();
      } else if (key === 'Enter' && here && document.activeElement === here.box) here.link.click();
      else if (key === 'Escape' && picked().length) chooseAll(false);
      else return false;
      return true;
    },
  };
}
