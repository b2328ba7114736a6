import { measure } from '../support/figures.js';
import beacons from './beacons.js';
import dga from './dga.js';
import duties from './duties.js';
import extract from './extract.js';
import logins from './logins.js';
import models from './models.js';
import outliers from './outliers.js';
import sigma from './sigma.js';
import techniques from './techniques.js';
import triage from './triage.js';
import web from './web.js';
import words from './words.js';

await measure(
  'eval',
  [sigma, triage, words, beacons, outliers, dga, logins, web, models, duties, techniques, extract],
  process.argv.slice(2),
);
