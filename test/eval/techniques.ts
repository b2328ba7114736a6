import { join } from 'node:path';
import { judge } from '../../intel/techniques/model.js';
import { readSentences } from '../../intel/techniques/read.js';
import { foldsOf, type Labelled, trainTechniques } from '../../intel/techniques/train.js';
import { figure, type Measurement } from '../support/figures.js';
import { dataFolder } from './lines.js';

const FOLDS = 5;

const techniques: Measurement = {
  name: 'techniques',
  summary: 'ATT&CK techniques of sentences from reports that were held out; or --train <file> --test <file>',
  async run({ data, train, test }, progress) {
    if ((train === null) !== (test === null)) throw new Error('--train and --test go together');
    const pairs: [Labelled[], Labelled[]][] = [];
    if (train && test) pairs.push([readSentences(train), readSentences(test)]);
    else {
      const all = readSentences(join(dataFolder(data, 'intel'), 'tram-sentences.jsonl.gz'));
      const folds = foldsOf(all, FOLDS);
      for (let fold = 0; fold < FOLDS; fold++)
        pairs.push([all.filter((_, i) => folds[i] !== fold), all.filter((_, i) => folds[i] === fold)]);
    }
    const judged: { label: string; said: string[] }[] = [];
    let seconds = 0;
    let training = 0;
    for (const [known, unseen] of pairs) {
      const began = performance.now();
      const model = trainTechniques(known, pairs.length === 1);
      training = Math.max(training, (performance.now() - began) / 1000);
      const used = process.cpuUsage();
      for (const { text, label } of unseen) {
        judged.push({ label, said: judge(model, text).map(({ technique }) => technique) });
      }
      seconds += process.cpuUsage(used).user / 1e6;
      progress(`${known.length} sentences learned, ${unseen.length} judged`);
    }
    const right = judged.filter(({ label, said }) => said[0] === label).length;
    return {
      name: 'techniques',
      method: `${judged.length} sentences, each by a model that was trained on other reports alone${train ? '' : ` (${FOLDS} folds by report)`}. One label and one answer a sentence, so micro-F1 is the share of right answers.`,
      figures: [
        figure('micro-F1', right / judged.length, '', '>= 0.8'),
        figure('macro-F1', macroF1(judged), ''),
        figure(
          'right answer among the first three',
          judged.filter(({ label, said }) => said.includes(label)).length / judged.length,
          '',
          '>= 0.92',
        ),
        figure('speed', judged.length / seconds, 'sentences/s', '>= 2000'),
        figure('training, longest', training, 's'),
      ],
    };
  },
};
export default techniques;

function macroF1(judged: readonly { label: string; said: string[] }[]): number {
  const labels = [...new Set(judged.map(({ label }) => label))];
  const each = labels.map((label) => {
    const hits = judged.filter((one) => one.label === label && one.said[0] === label).length;
    const said = judged.filter((one) => one.said[0] === label).length;
    const is = judged.filter((one) => one.label === label).length;
    return (2 * hits) / Math.max(1, said + is);
  });
  return each.reduce((sum, f1) => sum + f1, 0) / labels.length;
}
