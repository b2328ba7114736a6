import { createHash } from 'node:crypto';

export type Vars = Readonly<Record<string, unknown>>;

/** Everything that a template is rendered against. */
export interface Scope {
  vars: Vars;
  /** Event time, epoch milliseconds. */
  time: number;
  /** Numbers in [0, 1). */
  random(): number;
  /** Makes identities differ between runs. */
  seed: number;
}

/** Small seeded generator (mulberry32): the same seed gives the same demo. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PLACEHOLDER = /\{\{([^{}]+)\}\}/g;
const WHOLE = /^\{\{([^{}]+)\}\}$/;
const MAX_DEPTH = 12;
const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';

const whole = (scope: Scope, from: number, to: number): number => from + Math.floor(scope.random() * (to - from + 1));
const text = (scope: Scope, length: number, alphabet: string): string =>
  Array.from({ length }, () => alphabet[whole(scope, 0, alphabet.length - 1)]).join('');
const hash = (...parts: unknown[]): string => createHash('sha256').update(parts.join('\n')).digest('hex');
const dashed = (hex: string): string => hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const iso = (scope: Scope): string => new Date(scope.time).toISOString();
/** ISO time with microseconds and no zone; Zeek, Suricata and rsyslog are that exact. */
const micro = (scope: Scope): string => `${iso(scope).slice(0, -1)}${whole(scope, 100, 999)}`;

/** A process of one host by the name that the scenario gives it: the same in all its records. */
const process = (scope: Scope, name: string): string =>
  hash(scope.seed, scope.vars.host, name in scope.vars ? scope.vars[name] : name);

/** What a template can ask for besides variables; `a` and `b` are the words after the name. */
const MADE: Record<string, (scope: Scope, a: string, b: string) => string | number> = {
  iso,
  micro,
  seconds: (scope) => `${iso(scope).slice(0, 19)}Z`,
  sysmon: (scope) => iso(scope).slice(0, -1).replace('T', ' '),
  epoch: (scope) => scope.time / 1000,
  eve: (scope) => `${micro(scope)}+0000`,
  int: (scope, a, b) => whole(scope, Number(a), Number(b)),
  hex: (scope, a) => text(scope, Number(a), '0123456789abcdef'),
  alnum: (scope, a) => text(scope, Number(a), LETTERS),
  uuid: (scope) => dashed(text(scope, 32, '0123456789abcdef')),
  guid: (scope, a) => `{${dashed(process(scope, a)).toUpperCase()}}`,
  pid: (scope, a) => String(1200 + 4 * (Number.parseInt(process(scope, a).slice(0, 6), 16) % 2500)),
  sha256: (scope, a) => hash(scope.vars[a]).toUpperCase(),
};

function value(expression: string, scope: Scope, depth: number): unknown {
  const [name = '', a = '', b = ''] = expression.trim().split(/\s+/);
  if (Object.hasOwn(scope.vars, name)) return render(scope.vars[name], scope, depth + 1);
  const make = Object.hasOwn(MADE, name) ? MADE[name] : undefined;
  if (!make) throw new Error(`the demo sets no "${name}" for {{${expression}}}`);
  return make(scope, a, b);
}

/**
 * Fill a template: every `{{…}}` in its texts, at any depth. A text that is one placeholder takes the value with its type.
 * @throws Error for a placeholder that nothing sets: the demo's data are wrong
 */
export function render(template: unknown, scope: Scope, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new Error('the demo data refer to themselves');
  if (typeof template === 'string') {
    const only = WHOLE.exec(template);
    if (only) return value(only[1]!, scope, depth);
    return template.replace(PLACEHOLDER, (_, expression: string) => String(value(expression, scope, depth)));
  }
  if (Array.isArray(template)) return template.map((item) => render(item, scope, depth + 1));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([key, inner]) => [key, render(inner, scope, depth + 1)]));
}
