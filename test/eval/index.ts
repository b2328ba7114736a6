import { measure } from '../support/figures.js';
import sigma from './sigma.js';
import words from './words.js';

await measure('eval', [sigma, words], process.argv.slice(2));
