import { measure } from '../support/figures.js';
import detect from './detect.js';

await measure('bench', [detect], process.argv.slice(2));
