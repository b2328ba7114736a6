import type { Predicate } from './predicates.js';

/** A rule's condition: predicates joined by and, or, not. */
export type Node =
  | { kind: 'and' | 'or'; children: Node[] }
  | { kind: 'not'; child: Node }
  | { kind: 'test'; predicate: Predicate }
  | { kind: 'const'; value: boolean };

export const TRUE: Node = { kind: 'const', value: true };
export const FALSE: Node = { kind: 'const', value: false };

export const test = (predicate: Predicate): Node => ({ kind: 'test', predicate });

export function not(child: Node): Node {
  if (child.kind === 'const') return child.value ? FALSE : TRUE;
  if (child.kind === 'not') return child.child;
  return { kind: 'not', child };
}

/** Join flat and fold constants, so that a condition holds no more than it needs. */
function join(kind: 'and' | 'or', nodes: Node[]): Node {
  const absorbing = kind === 'or';
  const children: Node[] = [];
  for (const node of nodes) {
    if (node.kind === 'const') {
      if (node.value === absorbing) return node;
    } else if (node.kind === kind) for (const child of node.children) children.push(child);
    else children.push(node);
  }
  if (children.length === 0) return absorbing ? FALSE : TRUE;
  return children.length === 1 ? children[0]! : { kind, children };
}

export const and = (nodes: Node[]): Node => join('and', nodes);
export const or = (nodes: Node[]): Node => join('or', nodes);

/** Fold the predicates whose outcome is known beforehand. */
export function fold(node: Node, known: (predicate: Predicate) => boolean | undefined): Node {
  switch (node.kind) {
    case 'const':
      return node;
    case 'test': {
      const value = known(node.predicate);
      return value === undefined ? node : value ? TRUE : FALSE;
    }
    case 'not':
      return not(fold(node.child, known));
    default:
      return join(
        node.kind,
        node.children.map((child) => fold(child, known)),
      );
  }
}
