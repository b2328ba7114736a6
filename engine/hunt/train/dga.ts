import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../root.js';
import { type Labelled, trainDga } from '../dga/train.js';
import { packDga } from '../dga/weights.js';
import { wordSet } from '../dga/wordset.js';
import { machineNames, ordinaryNames, SCHEMES } from './names.js';
import { englishWords, foreignWords } from './words.js';

const ORDINARY = 60_000;
const OF_A_FAMILY = 700;

/** Train what ships: `npx tsx engine/hunt/train/dga.ts` writes `engine/hunt/dga/weights.bin.gz`. The same names each time. */
const meanings = englishWords();
const words = wordSet(meanings.keys(), 8);
const common = [...meanings].flatMap(([word, count]) => Array<string>(Math.min(8, count)).fill(word));
const names: Labelled[] = [
  ...ordinaryNames(ORDINARY, common, foreignWords(), 1).map((name) => ({ name, label: 0 as const, family: '' })),
  ...Object.keys(SCHEMES).flatMap((family, i) =>
    machineNames(family, OF_A_FAMILY, 100 + i).map((name) => ({ name, label: 1 as const, family })),
  ),
];
const packed = packDga(trainDga(names, words));
writeFileSync(join(projectRoot, 'engine/hunt/dga/weights.bin.gz'), packed);
console.log(`${names.length} names, ${packed.length} bytes`);
