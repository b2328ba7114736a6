import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { features, weigh } from '../../intel/techniques/features.js';
import { judge } from '../../intel/techniques/model.js';
import { readSentences } from '../../intel/techniques/read.js';
import { techniquesOf } from '../../intel/techniques/report.js';
import { foldsOf, type Labelled, trainTechniques } from '../../intel/techniques/train.js';
import { packTechniques, shippedTechniques, unpackTechniques } from '../../intel/techniques/weights.js';

const PHISHING = ['The mail carries a document with a macro', 'Victims opened an attached invoice sent by mail'];
const DUMPING = ['The tool reads the memory of lsass for passwords', 'Credentials are dumped out of lsass memory'];
const sentences: Labelled[] = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((document) => [
  ...PHISHING.map((text) => ({ text: `${text} in ${document}`, label: 'T1566.001', document })),
  ...DUMPING.map((text) => ({ text: `${text} in ${document}`, label: 'T1003.001', document })),
]);

describe('techniques of sentences', () => {
  it('are learned, the same each time, and survive being packed', () => {
    const model = trainTechniques(sentences);
    const packed = packTechniques(model);
    expect(packTechniques(trainTechniques(sentences)).equals(packed)).toBe(true);
    const again = unpackTechniques(packed);
    expect(packTechniques(again).equals(packed)).toBe(true);
    const unseen = 'Afterwards passwords were dumped from the memory of LSASS.';
    expect(judge(again, unseen, 1)[0]).toMatchObject({ technique: 'T1003.001' });
    expect(judge(again, 'Somebody opened the attached document of this mail', 1)[0]!.technique).toBe('T1566.001');
  });

  it('are known to the model that ships', () => {
    const model = shippedTechniques();
    const said = (text: string) => judge(model, text).map(({ technique }) => technique);
    expect(said('The implant dumps credentials from the LSASS process memory.')).toContain('T1003.001');
    expect(said('Persistence is achieved by a scheduled task that runs every hour.')).toContain('T1053.005');
    expect(said('It downloads further payloads from the command and control server.')).toContain('T1105');
    for (const { confidence } of judge(model, 'x')) expect(confidence).toBeLessThan(0.7);
  });

  it('have features that any text can be made into', () => {
    const texts = ['', ' ', '\u0000\ud800', '🦊'.repeat(50), 'a'.repeat(1e6), 'Ünïcode ʻtextʼ of 工具'];
    for (const text of texts) {
      const { places, values } = features(text);
      expect(places.length).toBe(new Set(places).size);
      expect(places.length).toBe(values.length);
    }
    const one = features('reads lsass');
    const weighed = weigh(one, new Float32Array(1 << 18).fill(2));
    expect(Math.hypot(...weighed.values)).toBeCloseTo(1, 5);
  });

  it('hold whole reports out, each in one fold', () => {
    const folds = foldsOf(sentences, 3);
    const inFolds = new Map<string, Set<number>>();
    for (const [i, { document }] of sentences.entries())
      inFolds.set(document, (inFolds.get(document) ?? new Set()).add(folds[i]!));
    for (const each of inFolds.values()) expect(each.size).toBe(1);
    expect(new Set(folds).size).toBe(3);
  });
});

describe('techniques of a report', () => {
  const model = trainTechniques(sentences);
  model.sure = { slope: 3, offset: 1 };

  it('need more than one sentence, and show the sentences with their places', () => {
    const once = 'The tool reads the memory of lsass for passwords, they say. Nothing else of note happened that day.';
    const strict = { each: 0.6, sentences: 2, alone: 1.1 };
    expect(techniquesOf(model, once, strict)).toEqual([]);
    const twice = `${once} Later credentials are dumped out of lsass memory again.`;
    const [found] = techniquesOf(model, twice, strict);
    expect(found).toMatchObject({ technique: 'T1003.001', count: 2 });
    for (const { text, at } of found!.sentences) expect(twice.slice(at, at + text.length)).toBe(text);
    expect(found!.confidence).toBeGreaterThan(found!.sentences[0]!.confidence);
  });

  it('say nothing of scraps, and end on any length of text', () => {
    expect(techniquesOf(model, 'lsass. memory. dumped.')).toEqual([]);
    const long = 'Credentials are dumped out of lsass memory. '.repeat(5200);
    expect(techniquesOf(model, long)[0]!.count).toBeLessThanOrEqual(5000);
  });
});

describe('sentences to learn from', () => {
  it('name the line that cannot be used', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'mdr-')), 'sentences.jsonl');
    const good = '{"text":"It runs","label":"T1059","doc_title":"d"}';
    writeFileSync(path, `${good}\n\n${good}\n`);
    expect(readSentences(path)).toEqual(Array(2).fill({ text: 'It runs', label: 'T1059', document: 'd' }));
    for (const bad of ['{', '{"text":"x","label":"1059"}', '[]']) {
      writeFileSync(path, `${good}\n${bad}\n`);
      expect(() => readSentences(path)).toThrow(expect.objectContaining({ code: 'MDR_INTEL_BAD' }));
      expect(() => readSentences(path)).toThrow(/line 2/);
    }
  });
});
