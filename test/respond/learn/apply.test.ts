import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { applyLesson } from '../../../engine/respond/learn/apply.js';
import { versionOf } from '../../../engine/respond/playbook/hash.js';
import { parsePlaybook } from '../../../engine/respond/playbook/load.js';

const BEFORE = `id: small
name: Small
use: part
summary: S.
steps:
  - { id: a, type: manual, title: A, do: D, doneWhen: W }
`;
const AFTER = BEFORE.replace('title: A', 'timeout: 1h, title: A');
const version = versionOf(parsePlaybook(BEFORE, 'small.yaml').playbook!);
const lesson = { playbook: 'small', version, after: AFTER };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mdr-lesson-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const file = () => join(folder, 'small.yaml');

it('is written over the version that it was made for, whatever its comments, and once', async () => {
  writeFileSync(file(), `# a comment more\n${BEFORE}`);
  for (let i = 0; i < 2; i++) expect(await applyLesson(lesson, folder)).toBe(file());
  expect(readFileSync(file(), 'utf8')).toBe(AFTER);
  expect(readdirSync(folder)).toEqual(['small.yaml']);
});

it('is not written over another version, nor over what cannot be read, nor where there is none', async () => {
  const refused = { code: 'MDR_LESSON_STATE' };
  await expect(applyLesson(lesson, folder)).rejects.toMatchObject(refused);
  for (const other of [BEFORE.replace('W }', 'X }'), 'no: playbook', '']) {
    writeFileSync(file(), other);
    await expect(applyLesson(lesson, folder)).rejects.toMatchObject(refused);
    expect(readFileSync(file(), 'utf8')).toBe(other);
  }
});

it('of a new playbook is written where there is none, and over nothing', async () => {
  await applyLesson({ ...lesson, version: null }, folder);
  expect(readFileSync(file(), 'utf8')).toBe(AFTER);
  writeFileSync(file(), BEFORE);
  await expect(applyLesson({ ...lesson, version: null }, folder)).rejects.toMatchObject({ code: 'MDR_LESSON_STATE' });
});
