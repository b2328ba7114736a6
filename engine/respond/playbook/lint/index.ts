import { basename } from 'node:path';
import { type Library, libraryOf, type PlaybookFile, type Problem } from '../load.js';
import { walk } from '../types.js';
import { lintContent } from './content.js';
import { lintLoops } from './loops.js';
import { lintNames } from './names.js';
import { lintOrder, Order } from './order.js';
import { lintParts } from './parts.js';

/**
 * Everything that is wrong in playbook files, in the order of files and lines.
 * @param others playbooks that they may use besides each other
 */
export function checkPlaybooks(files: readonly PlaybookFile[], others: Library = new Map()): Problem[] {
  const library: Library = new Map([...others, ...libraryOf(files)]);
  const named = ({ file }: PlaybookFile) => basename(file).replace(/\.ya?ml$/, '');
  const broken = new Set(files.filter(({ playbook }) => !playbook).map(named));
  const firstOf = new Map<string, string>();
  return files.flatMap((each) => {
    const { playbook, file } = each;
    if (!playbook) return each.problems;
    const problems: Problem[] = [];
    const report = (path: readonly PropertyKey[], what: string, todo: string) =>
      problems.push({ code: 'MDR_PLAYBOOK_BAD', file, line: each.lineOf(path), what, todo });
    const before = firstOf.get(playbook.id);
    if (before !== undefined) report(['id'], `${before} is "${playbook.id}" too.`, 'Give it another id.');
    else firstOf.set(playbook.id, file);
    if (named(each) !== playbook.id)
      report(['id'], `The file is not named by its id "${playbook.id}".`, `Name it ${playbook.id}.yaml.`);
    const placed = [...walk(playbook.steps)];
    const byId = new Map(placed.map((at) => [at.step.id, at]));
    const linted = { playbook, placed, byId, library, broken, report };
    const order = new Order(playbook.steps);
    lintContent(linted);
    lintOrder(linted, order);
    lintNames(linted, order);
    lintParts(linted);
    lintLoops(linted);
    return problems.sort((a, b) => a.line - b.line);
  });
}
