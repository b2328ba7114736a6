import { defineConfig } from 'vitest/config';
import { SETTINGS } from './engine/config.js';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**', '.data/**'],
    environment: 'node',
    // Empty wins over `.env`: a developer's databases and Slack tokens never reach a test or a process that it starts.
    env: Object.fromEntries(SETTINGS.map((name) => [name, ''])),
    globalSetup: ['test/support/global.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Real services and real processes: generous for a machine that is busy, still short enough to notice a hang.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
