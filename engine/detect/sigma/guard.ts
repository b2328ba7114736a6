import type { Node } from './node.js';
import type { Atom, Predicate } from './predicates.js';
import type { RateOf } from './trial.js';

/** What a guard costs that lets every event through, in the units of a look-up by hash. */
const THROUGH = 300;

// What is known beforehand, for the first events of a kind and where nothing was seen to hold.

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
 * @param rateOf how often predicates were seen to hold
 */
export function guardOf(node: Node, nameOf: (slot: number) => string, rateOf: RateOf): Guard | null {
  return best(node, nameOf, rateOf)?.guard ?? null;
}

interface Priced {
  guard: Guard;
  cost: number;
}

function best(node: Node, nameOf: (slot: number) => string, rateOf: RateOf): Priced | null {
  switch (node.kind) {
    case 'const':
      return node.value ? null : { guard: [], cost: 0 };
    case 'not':
      return null;
    case 'test':
      return price(node.predicate, nameOf(node.predicate.slot).toLowerCase(), rateOf(node.predicate));
    case 'and': {
      let cheapest: Priced | null = null;
      for (const child of node.children) {
        const priced = best(child, nameOf, rateOf);
        if (priced && (!cheapest || priced.cost < cheapest.cost)) cheapest = priced;
      }
      return cheapest;
    }
    case 'or': {
      const all: Priced = { guard: [], cost: 0 };
      for (const child of node.children) {
        const priced = best(child, nameOf, rateOf);
        if (!priced) return null;
        for (const each of priced.guard) all.guard.push(each);
        all.cost += priced.cost;
      }
      return all;
    }
  }
}

function price(predicate: Predicate, name: string, rate: number | undefined): Priced | null {
  if (!predicate.atoms) return null;
  let cost = commonness(predicate.atoms, name) + (rate ?? 0) * THROUGH;
  for (const atom of predicate.atoms) cost += atom.kind === 'literal' ? 2 + Math.max(0, 8 - atom.text.length) * 2 : 1;
  if (predicate.atoms.some((atom) => atom.kind === 'literal')) cost += LONG[name] ?? 0;
  return { guard: predicate.atoms.map((atom) => ({ slot: predicate.slot, atom })), cost };
}

function commonness(atoms: readonly Atom[], name: string): number {
  let cost = COMMON.has(name) ? 40 : 0;
  for (const { kind, text } of atoms) {
    if (EVERYDAY_VALUES.has(text) || EVERYDAY_PATHS.some((path) => path.includes(text))) cost += 40;
    if (kind === 'tail' && ORDINARY.has(text)) cost += 7;
  }
  return cost;
}
