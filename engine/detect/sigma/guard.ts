import type { Node } from './node.js';
import type { Atom, Predicate } from './predicates.js';

/** Fields with few values: seeing one of them says little, so a better guard is looked for first. */
const COMMON = new Set(
  'eventid channel provider_name level grantedaccess integritylevel signed signaturestatus accessmask logontype initiated protocol eventtype type product company status keywords opcode task eventsource'.split(
    ' ',
  ),
);
/** Fields whose texts are long: a scan of them is worth avoiding. */
const LONG: Record<string, number> = {
  calltrace: 60,
  contextinfo: 60,
  message: 60,
  payload: 30,
  scriptblocktext: 30,
  data: 20,
  '\u0000keywords': 80,
  commandline: 4,
  parentcommandline: 5,
};
/** Programs that run all day: their names alone select little. */
const ORDINARY = new Set(
  '\\svchost.exe \\cmd.exe \\powershell.exe \\explorer.exe \\rundll32.exe \\conhost.exe \\services.exe \\chrome.exe \\msiexec.exe'.split(
    ' ',
  ),
);

/** Values and parts of paths that ordinary events are full of. */
const EVERYDAY_VALUES = new Set(['', '-', '?', 'true', 'false', '0', '1']);
const EVERYDAY_PATHS = [
  'c:\\windows\\system32\\',
  'c:\\windows\\syswow64\\',
  'c:\\program files (x86)\\',
  '\\software\\microsoft\\windows\\currentversion\\',
  'c:\\users\\',
  '\\appdata\\local\\',
];

export type Guard = { slot: number; atom: Atom }[];

/**
 * The cheapest set of atoms of which at least one must be seen before the condition can hold;
 * null when there is no such set, and the rule must be looked at for every event of its kind.
 */
export function guardOf(node: Node, nameOf: (slot: number) => string): Guard | null {
  return best(node, nameOf)?.guard ?? null;
}

interface Priced {
  guard: Guard;
  cost: number;
}

function best(node: Node, nameOf: (slot: number) => string): Priced | null {
  switch (node.kind) {
    case 'const':
      return node.value ? null : { guard: [], cost: 0 };
    case 'not':
      return null;
    case 'test':
      return price(node.predicate, nameOf(node.predicate.slot).toLowerCase());
    case 'and': {
      let cheapest: Priced | null = null;
      for (const child of node.children) {
        const priced = best(child, nameOf);
        if (priced && (!cheapest || priced.cost < cheapest.cost)) cheapest = priced;
      }
      return cheapest;
    }
    case 'or': {
      const all: Priced = { guard: [], cost: 0 };
      for (const child of node.children) {
        const priced = best(child, nameOf);
        if (!priced) return null;
        for (const each of priced.guard) all.guard.push(each);
        all.cost += priced.cost;
      }
      return all;
    }
  }
}

function price(predicate: Predicate, name: string): Priced | null {
  if (!predicate.atoms) return null;
  let cost = COMMON.has(name) ? 40 : 0;
  for (const atom of predicate.atoms) {
    if (EVERYDAY_VALUES.has(atom.text) || EVERYDAY_PATHS.some((path) => path.includes(atom.text))) cost += 40;
    if (atom.kind === 'literal') cost += 2 + Math.max(0, 8 - atom.text.length) * 2;
    else if (atom.kind === 'tail') cost += ORDINARY.has(atom.text) ? 8 : 1;
    else cost += 1;
  }
  if (predicate.atoms.some((atom) => atom.kind === 'literal')) cost += LONG[name] ?? 0;
  return { guard: predicate.atoms.map((atom) => ({ slot: predicate.slot, atom })), cost };
}
