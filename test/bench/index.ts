import { measure } from '../support/figures.js';
import detect from './detect.js';
import growth from './growth.js';
import indicators from './indicators.js';
import road from './road.js';

await measure('bench', [detect, growth, indicators, road], process.argv.slice(2));
