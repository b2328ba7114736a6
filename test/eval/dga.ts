import { FEATURES } from '../../engine/hunt/dga/features.js';
import { type Labelled, trainDga } from '../../engine/hunt/dga/train.js';
import { COUNTS, dgaMargin, shippedDga } from '../../engine/hunt/dga/weights.js';
import { auc, seeded } from '../../engine/hunt/stats.js';
import { figure, type Measurement } from '../support/figures.js';
import { cutFor, dataFolder, readLines, shareAbove } from './lines.js';

const FOLDS = 5;
/** Ways of putting families into folds: a single one says much of which families fell together. */
const SPLITS = [1, 2, 3];

const dga: Measurement = {
  name: 'dga',
  summary: 'names made by machine: whole families held out, and the shipped model on names it never saw',
  async run({ data }, progress) {
    const names = readLines(dataFolder(data, 'dga'), 'names.tsv.gz').map((line): Labelled => {
      const [name = '', label, family = ''] = line.split('\t');
      return { name, label: label === '1' ? 1 : 0, family };
    });
    const parts = shippedDga();
    const splits = SPLITS.map((seed) => {
      const result = heldOut(names, foldsOf(names, seed));
      progress(`split ${seed}: AUC ${result.area.toFixed(4)}, recall ${result.recall.toFixed(3)}`);
      return result;
    });
    const mean = (of: (split: (typeof splits)[number]) => number) =>
      splits.reduce((sum, each) => sum + of(each), 0) / splits.length;

    const began = process.cpuUsage();
    const scores = names.map(({ name }) => dgaMargin(parts, name));
    const seconds = process.cpuUsage(began).user / 1e6;
    const ships = judge(names, scores);
    const families = [...new Set(names.map(({ family }) => family))].filter((family) => family !== 'benign');
    for (const family of families.sort())
      progress(
        `${family}: shipped ${shareAbove(
          scores.filter((_, i) => names[i]!.family === family),
          ships.cut,
        ).toFixed(2)}, held out ${splits[0]!.families.get(family)?.toFixed(2)}`,
      );
    return {
      name: 'dga',
      method: `${names.length} names of ${families.length} families and ordinary ones; ${FOLDS} folds by family, the language and the trees (${FEATURES.length} features) trained on the others, mean of ${SPLITS.length} ways to make the folds. The shipped model is trained on names that we generate, and on none of these.`,
      figures: [
        figure(
          'families held out: AUC (mean of folds)',
          mean(({ area }) => area),
          '',
          '>= 0.92',
        ),
        figure('families held out: AUC, worst split', Math.min(...splits.map(({ area }) => area)), ''),
        figure(
          'families held out: recall at 1 % false positives',
          mean(({ recall }) => recall),
          '',
          '>= 0.6',
        ),
        figure('families held out: recall, worst split', Math.min(...splits.map(({ recall }) => recall)), ''),
        figure(
          'families held out: AUC over all names at once',
          mean(({ pooled }) => pooled.area),
          '',
        ),
        figure(
          'families held out: recall over all names at once',
          mean(({ pooled }) => pooled.recall),
          '',
        ),
        figure('shipped model: AUC', ships.area, ''),
        figure('shipped model: recall at 1 % false positives', ships.recall, ''),
        figure(
          'shipped model: recall where the hunting model counts a name',
          shareAbove(
            scores.filter((_, i) => names[i]!.label),
            COUNTS,
          ),
          '',
        ),
        figure(
          'shipped model: false positives there',
          100 *
            shareAbove(
              scores.filter((_, i) => !names[i]!.label),
              COUNTS,
            ),
          '%',
        ),
        figure('shipped model: speed', names.length / seconds, 'names/s'),
      ],
    };
  },
};
export default dga;

/** The fold of each name: families whole, dealt by size so that folds are about as large; ordinary names at random. */
function foldsOf(names: readonly Labelled[], seed: number): Int8Array {
  const random = seeded(seed);
  const sizes = new Map<string, number>();
  for (const { family, label } of names) if (label) sizes.set(family, (sizes.get(family) ?? 0) + 1);
  const order = [...sizes].map(([family, size]) => ({ family, size, at: random() }));
  order.sort((a, b) => b.size - a.size || a.at - b.at);
  const load = new Array<number>(FOLDS).fill(0);
  const of = new Map<string, number>();
  for (const { family, size } of order) {
    const fold = load.indexOf(Math.min(...load));
    of.set(family, fold);
    load[fold]! += size;
  }
  return Int8Array.from(names, ({ family, label }) => (label ? of.get(family)! : Math.floor(random() * FOLDS)));
}

function heldOut(names: readonly Labelled[], folds: Int8Array) {
  const words = shippedDga().words;
  const scores = new Array<number>(names.length).fill(0);
  const each = Array.from({ length: FOLDS }, (_, fold) => {
    const parts = trainDga(
      names.filter((_, i) => folds[i] !== fold),
      words,
    );
    const held = names.map((_, i) => i).filter((i) => folds[i] === fold);
    for (const i of held) scores[i] = dgaMargin(parts, names[i]!.name);
    return judge(
      held.map((i) => names[i]!),
      held.map((i) => scores[i]!),
    );
  });
  const pooled = judge(names, scores);
  const families = new Map<string, number>();
  for (const { family } of names)
    if (!families.has(family))
      families.set(
        family,
        shareAbove(
          scores.filter((_, i) => names[i]!.family === family),
          pooled.cut,
        ),
      );
  const mean = (of: (fold: (typeof each)[number]) => number) => each.reduce((sum, fold) => sum + of(fold), 0) / FOLDS;
  return { area: mean(({ area }) => area), recall: mean(({ recall }) => recall), pooled, families };
}

function judge(names: readonly Labelled[], scores: readonly number[]) {
  const machines = scores.filter((_, i) => names[i]!.label === 1);
  const people = scores.filter((_, i) => names[i]!.label === 0);
  const cut = cutFor(people, Math.floor(people.length / 100));
  return { area: auc(machines, people), recall: shareAbove(machines, cut), cut };
}
