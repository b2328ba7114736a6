import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { MdrError } from '../errors.js';
import { projectRoot } from '../root.js';
import { readSelector } from './coverage.js';
import { type Framework, MEANS } from './types.js';

const folder = join(projectRoot, 'engine/compliance/frameworks');

const sentence = z.string().min(1).max(600);
const frameworkFile = z.strictObject({
  name: sentence,
  version: sentence,
  source: sentence,
  requirements: z
    .array(
      z
        .strictObject({
          id: z.string().regex(/^[A-Za-z0-9.-]+$/),
          number: z.string().optional(),
          title: sentence,
          text: sentence,
          by: z.array(z.enum(MEANS)).min(1),
          sources: z.array(z.string().transform(readSelector)).default([]),
          same: z.array(z.string()).default([]),
          every: z.boolean().default(false),
          keepDays: z.int().positive().nullable().default(null),
          beyond: z.string().max(600).default(''),
        })
        .transform((requirement) => ({ ...requirement, number: requirement.number ?? requirement.id })),
    )
    .min(1),
});

/**
 * Every framework: one file each in `frameworks/`, named by its id.
 * @throws MdrError MDR_CONFIG naming the file and the fault
 */
export async function loadFrameworks(): Promise<Framework[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
  return Promise.all(
    files.map(async (file) => {
      const parsed = frameworkFile.safeParse(parse(await readFile(join(folder, file), 'utf8')));
      if (parsed.success) return { id: file.slice(0, -'.yaml'.length), ...parsed.data };
      const first = parsed.error.issues[0];
      const where = `${first?.path.join('.')}: ${first?.message}`;
      throw new MdrError(
        'MDR_CONFIG',
        `frameworks/${file} is not a framework: ${where}.`,
        'Compare it with the others.',
      );
    }),
  );
}

/** @throws MdrError MDR_FRAMEWORK_UNKNOWN listing those that there are */
export async function frameworkCalled(id: string): Promise<Framework> {
  const frameworks = await loadFrameworks();
  const found = frameworks.find((framework) => framework.id === id.toLowerCase());
  if (found) return found;
  throw new MdrError(
    'MDR_FRAMEWORK_UNKNOWN',
    `There is no framework "${id.slice(0, 60)}".`,
    `Frameworks: ${frameworks.map((framework) => framework.id).join(', ')}.`,
  );
}
