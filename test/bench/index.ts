import { measure } from '../support/figures.js';
import ack from './ack.js';
import detect from './detect.js';
import evidence from './evidence.js';
import growth from './growth.js';
import indicators from './indicators.js';
import investigate from './investigate.js';
import lake from './lake.js';
import road from './road.js';
import storm from './storm.js';
import triage from './triage.js';

await measure(
  'bench',
  [ack, detect, evidence, growth, indicators, investigate, lake, road, storm, triage],
  process.argv.slice(2),
);
