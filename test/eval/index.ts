import { measure } from '../support/figures.js';
import sigma from './sigma.js';

await measure('eval', [sigma], process.argv.slice(2));
