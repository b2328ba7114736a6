import { loadPieces } from '../../../engine/pieces.js';
import type { Routes } from '../types.js';

/** Everything that the API is about, in alphabetical order. */
export const loadRoutes = (): Promise<Routes[]> => loadPieces<Routes>(import.meta.url);
