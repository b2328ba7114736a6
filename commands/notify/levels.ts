import { LEVELS, type Level } from '../../engine/detect/types.js';

/** `high`, `high+`, `high,critical` or `all`. @returns null when it names no level */
export function readLevels(word: string): Level[] | null {
  if (word.toLowerCase() === 'all') return [...LEVELS];
  const found = new Set<Level>();
  for (const part of word.toLowerCase().split(',').filter(Boolean)) {
    const level = LEVELS.find((known) => known === part.replace(/\+$/, ''));
    if (!level) return null;
    for (const each of part.endsWith('+') ? LEVELS.slice(LEVELS.indexOf(level)) : [level]) found.add(each);
  }
  return found.size > 0 ? LEVELS.filter((level) => found.has(level)) : null;
}
