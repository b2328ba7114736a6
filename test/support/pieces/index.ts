import { loadPieces } from '../../../engine/pieces.js';

export const greetings = await loadPieces<{ word: string }>(import.meta.url);
