import { measure } from '../support/figures.js';
import sigma from './sigma.js';
import triage from './triage.js';
import words from './words.js';

await measure('eval', [sigma, triage, words], process.argv.slice(2));
