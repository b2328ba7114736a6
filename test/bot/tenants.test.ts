import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Ask } from '../../bot/surfaces/types.js';
import { projectRoot } from '../../engine/root.js';
import { CASES } from './tenants.cases.js';
import { ask, inBatches, inSlack, shows, tenantTries, text, typedBy, WAYS, who } from './tenants.tries.js';
import { zetaNow } from './tenants.world.js';

const { world, lines, buttons } = await tenantTries();

describe('a person of one tenant and the records of another', () => {
  it('has a case for every command, and no other', () => {
    expect(Object.keys(CASES).sort()).toEqual(world.commands.map(({ name }) => name).sort());
    for (const [name, all] of Object.entries(CASES)) for (const line of all) expect(line.split(' ')[0]).toBe(name);
  });

  it('looks at every button that a command’s code can put on a card', async () => {
    const seen = new Set(buttons.map(({ command }) => command));
    const written = new Set<string>();
    for (const name of await readdir(join(projectRoot, 'commands'), { recursive: true }))
      if (name.endsWith('.ts'))
        for (const [, command] of (await readFile(join(projectRoot, 'commands', name), 'utf8')).matchAll(
          /\bcommand: '(\w+)'/g,
        ))
          written.add(command!);
    expect(written.size).toBeGreaterThan(5);
    expect([...written].filter((command) => !seen.has(command))).toEqual([]);
    for (const { tenant, command } of buttons) {
      expect(tenant).toBe('zeta');
      expect(Object.keys(CASES)).toContain(command);
    }
  });

  it('is refused every command and every button there, whatever they type and wherever', {
    timeout: 120_000,
  }, async () => {
    const before = await zetaNow(world);
    const all = ['ana', 'cus', 'star', 'none'].flatMap((user) =>
      WAYS(user).flatMap((way) =>
        [...Object.keys(CASES).flatMap(lines), ...buttons.flatMap(typedBy)].map((line) => ({ way, line })),
      ),
    );
    await inBatches(all, async ({ way, line }) => {
      const shown = text(await world.answer(ask(line, way)));
      expect({ line, way, code: /MDR_[A-Z_]+/.exec(shown)?.[0] }).toEqual({ line, way, code: 'MDR_FORBIDDEN' });
      expect(shows(shown, line)).toBe(false);
    });
    expect(await zetaNow(world)).toBe(before);
  });

  it('reaches none of them from their own tenant, by number, id, name, value or a button made up', {
    timeout: 120_000,
  }, async () => {
    const before = await zetaNow(world);
    const places = (user: string): Partial<Ask>[] => [
      who(user, { tenant: 'acme' }),
      inSlack(user, user === 'cus' ? 'CSHARED' : 'C0ALERTS'),
    ];
    const all = ['ana', 'cus'].flatMap((user) =>
      places(user).flatMap((way) =>
        [...Object.keys(CASES).flatMap((name) => lines(name)), ...buttons.flatMap(typedBy)].map((line) => ({
          way,
          line,
        })),
      ),
    );
    await inBatches(all, async ({ way, line }) => {
      const shown = text(await world.answer(ask(line, way)));
      expect({ line, way, leaks: shows(shown, line) }).toEqual({ line, way, leaks: false });
      expect({ line, zeta: /Zeta/.test(shown) }).toEqual({ line, zeta: false });
      // The tenant is named by the channel and the flag both: the flag does not win.
      const named = text(await world.answer(ask(`${line} --tenant zeta`, way)));
      expect({ line, named: /MDR_(FORBIDDEN|COMMAND_USAGE)/.test(named) }).toEqual({ line, named: true });
    });
    expect(await zetaNow(world)).toBe(before);
  });

  it('is told whose records an answer shows, on every path on which the channel does not say it', async () => {
    for (const way of [who('ana', { tenant: 'acme' }), who('ana', {}), inSlack('ana', 'D1', { direct: true })])
      for (const line of ['alerts', 'alert 1', 'help', 'status', 'people', 'publish 1'])
        expect(text(await world.answer(ask(line, way)))).toContain('Tenant: Acme (acme)');
    expect(text(await world.answer(ask('help --tenant acme', inSlack('ana', 'C0ALERTS'))))).toContain(
      'Tenant: Acme (acme)',
    );
  });
});
