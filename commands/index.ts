import { loadPieces } from '../engine/pieces.js';
import type { Command } from './types.js';

/** Every `/mdr` command, in alphabetical order. Helpers live in the folders beside: `words/` reads arguments, `cards/` writes answers. */
export function loadCommands(): Promise<readonly Command[]> {
  return loadPieces<Command>(import.meta.url);
}
