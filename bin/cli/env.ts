import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadEnvFile } from 'node:process';
import { projectRoot } from '../../engine/root.js';

// Settings of `.env`; what the environment sets already stays as it is.
const file = join(projectRoot, '.env');
if (existsSync(file)) loadEnvFile(file);
