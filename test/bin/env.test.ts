import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig, SETTINGS } from '../../engine/config.js';
import { projectRoot } from '../../engine/root.js';

const read = (file: string) => readFileSync(join(projectRoot, file), 'utf8');
/** Read elsewhere than in the config: before it, or by the log. */
const OTHERS = ['MDR_DATA', 'MDR_LOG'];

describe('settings', () => {
  it('.env.example explains exactly those that the code reads', () => {
    const explained = [...read('.env.example').matchAll(/^# ([A-Z_]+)=/gm)].map((match) => match[1]!);
    expect(explained.sort()).toEqual([...SETTINGS, ...OTHERS].sort());
  });

  it('names the setting that is wrong, and where to look', () => {
    expect(() => readConfig({ MDR_ENGINE_PORT: 'many' })).toThrow(
      expect.objectContaining({
        code: 'MDR_CONFIG',
        message: expect.stringContaining('MDR_ENGINE_PORT'),
        hint: expect.stringContaining('.env.example'),
      }),
    );
  });

  it('an empty setting is one that is not set', () => {
    expect(readConfig({ MDR_ENGINE_PORT: '', SLACK_BOT_TOKEN: '' })).toMatchObject({ MDR_ENGINE_PORT: 8787 });
    expect(readConfig({ SLACK_BOT_TOKEN: '' }).SLACK_BOT_TOKEN).toBeUndefined();
  });
});

describe('deployment files', () => {
  it('Procfile and compose.yaml start parts that exist', () => {
    const parts = ['bot', 'engine', 'worker'];
    expect([...read('Procfile').matchAll(/^(\w+): node dist\/bin\/mdr\.js (\w+)$/gm)].map((m) => [m[1], m[2]])).toEqual(
      parts.map((part) => [part, part]),
    );
    const { services } = parse(read('compose.yaml'), { merge: true }) as {
      services: Record<string, { command?: string[]; environment?: Record<string, string> }>;
    };
    for (const part of parts) expect(services[part]!.command).toEqual([part]);
    for (const service of Object.values(services))
      for (const name of Object.keys(service.environment ?? {})) expect(SETTINGS).toContain(name);
  });

  it('the image holds every folder of content that the code reads', () => {
    const copied = [...read('Dockerfile').matchAll(/^COPY --from=build \/app\/(\S+) \.\/\S+$/gm)].map((m) => m[1]!);
    for (const needed of ['engine/detect/rules', 'engine/ingest/taxonomy', 'bot/surfaces/console/web', 'bin/demo'])
      expect(
        copied.some((folder) => needed === folder || needed.startsWith(`${folder}/`)),
        needed,
      ).toBe(true);
  });
});
