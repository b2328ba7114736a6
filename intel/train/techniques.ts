import { writeFileSync } from 'node:fs';
import { readSentences } from '../techniques/read.js';
import { trainTechniques } from '../techniques/train.js';
import { packTechniques, WEIGHTS } from '../techniques/weights.js';

/** Train what ships, or one's own: `npx tsx intel/train/techniques.ts <sentences.jsonl.gz> [<weights.bin.gz>]`. */
const [from, to = WEIGHTS] = process.argv.slice(2);
if (!from) {
  console.error('usage: npx tsx intel/train/techniques.ts <sentences.jsonl.gz> [<weights.bin.gz>]');
  process.exit(2);
}
const sentences = readSentences(from);
const model = trainTechniques(sentences);
const packed = packTechniques(model);
writeFileSync(to, packed);
console.log(
  `${sentences.length} sentences, ${model.labels.length} techniques, ${packed.length} bytes, ${JSON.stringify(model.sure)}`,
);
