import { idOf } from '../../ids.js';
import { readRuleFile } from '../sigma/document.js';
import type { Level } from '../types.js';

export interface DiffRule {
  id: string;
  title: string;
  level: Level;
  file: string;
}
/** What a version has that another has not, by rule id. */
export interface RuleDiff {
  added: DiffRule[];
  changed: (DiffRule & { what: string[] })[];
  removed: DiffRule[];
  same: number;
}

interface Read extends DiffRule {
  /** Digest of each part that a rule has. */
  parts: Map<string, string>;
}

type File = { file: string; content: string };

export function diffRules(before: readonly File[], after: readonly File[]): RuleDiff {
  const old = readAll(before);
  const now = readAll(after);
  const plain = ({ id, title, level, file }: Read): DiffRule => ({ id, title, level, file });
  const diff: RuleDiff = { added: [], changed: [], removed: [], same: 0 };
  for (const [id, rule] of now) {
    const was = old.get(id);
    if (!was) diff.added.push(plain(rule));
    else {
      const names = new Set([...was.parts.keys(), ...rule.parts.keys()]);
      const what = [...names].filter((name) => was.parts.get(name) !== rule.parts.get(name)).sort();
      if (what.length > 0) diff.changed.push({ ...plain(rule), what });
      else diff.same++;
    }
  }
  for (const [id, rule] of old) if (!now.has(id)) diff.removed.push(plain(rule));
  return diff;
}

function readAll(files: readonly File[]): Map<string, Read> {
  const found = new Map<string, Read>();
  for (const { file, content } of files) {
    const { rules, correlations, filters } = readRuleFile(file, content);
    for (const document of [...rules, ...correlations, ...filters]) {
      if (found.has(document.id)) continue;
      const { line: _line, lines: _lines, file: _file, ...parts } = document;
      found.set(document.id, {
        id: document.id,
        title: document.title,
        level: document.level,
        file,
        parts: new Map(Object.entries(parts).map(([name, value]) => [name, idOf(JSON.stringify(value) ?? '')])),
      });
    }
  }
  return found;
}
