import { measure } from '../support/figures.js';
import detect from './detect.js';
import road from './road.js';

await measure('bench', [detect, road], process.argv.slice(2));
