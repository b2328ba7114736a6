import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { ERRORS } from '../engine/errors.js';
import { projectRoot } from '../engine/root.js';

/** One place where an error is made. */
interface Made {
  where: string;
  /** null when it is not written there. */
  code: string | null;
  what: string;
  /** null: nothing; `''`: an empty text; otherwise some expression. */
  hint: string | null;
}

const made: Made[] = [];
let everything = '';

beforeAll(async () => {
  for (const folder of ['bin', 'bot', 'commands', 'engine', 'intel']) {
    const names = await readdir(join(projectRoot, folder), { recursive: true }).catch(() => [] as string[]);
    for (const name of names.filter((each) => /\.ts$/.test(each))) {
      const text = await readFile(join(projectRoot, folder, name), 'utf8');
      everything += text;
      if (!text.includes('new MdrError(')) continue;
      const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
      const visit = (node: ts.Node): void => {
        if (ts.isNewExpression(node) && node.expression.getText() === 'MdrError') {
          const [code, what, hint] = node.arguments ?? [];
          const { line } = file.getLineAndCharacterOfPosition(node.getStart());
          made.push({
            where: `${folder}/${name}:${line + 1}`,
            code: code && ts.isStringLiteral(code) ? code.text : null,
            what: what?.getText() ?? '',
            hint: hint ? (ts.isStringLiteralLike(hint) ? hint.text : hint.getText()) : null,
          });
        }
        ts.forEachChild(node, visit);
      };
      visit(file);
    }
  }
});

describe('every error', () => {
  it('is found by this test', () => {
    expect(made.length).toBeGreaterThan(150);
  });

  it('says what happened and what to do', () => {
    const silent = made.filter(({ hint, what }) => hint === null || hint.trim() === '' || what === '' || what === "''");
    expect(silent.map(({ where, code }) => `${where} ${code}`)).toEqual([]);
  });

  it('has a code that is documented, and every documented code is one that arises', () => {
    const known = new Set<string>(Object.keys(ERRORS));
    expect(made.filter(({ code }) => code !== null && !known.has(code)).map(({ where }) => where)).toEqual([]);
    const unused = [...known].filter((code) => everything.split(new RegExp(`\\b${code}\\b`)).length <= 2);
    expect(unused).toEqual([]);
    for (const [code, meaning] of Object.entries(ERRORS)) {
      expect(code).toMatch(/^MDR_[A-Z0-9_]+$/);
      expect(meaning.length).toBeGreaterThan(15);
    }
  });
});
