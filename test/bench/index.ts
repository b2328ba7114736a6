import { measure } from '../support/figures.js';
import detect from './detect.js';
import indicators from './indicators.js';
import road from './road.js';

await measure('bench', [detect, indicators, road], process.argv.slice(2));
