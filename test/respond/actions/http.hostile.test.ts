import { describe, expect, it } from 'vitest';
import { fillHeader, fillUrl } from '../../../engine/respond/actions/http/fill.js';
import { checkAction } from '../../../engine/respond/actions/requests.js';
import { defender, graph, okta } from './http.products.js';
import { httpWorlds } from './http.world.js';

const { on } = await httpWorlds();

describe('hostile', () => {
  it('values stay values: in paths, queries, literals and headers', async () => {
    const values = { base: 'https://x.example', user: "a/b?c#d'e", up: '..', line: 'a\r\nX: y' };
    const filled = new URL(fillUrl('{base}/u/{user}/z', values, { $f: "n eq '{user|odata}'" }));
    expect(filled.pathname.split('/').map(decodeURIComponent)).toEqual(['', 'u', "a/b?c#d'e", 'z']);
    expect([...filled.searchParams]).toEqual([['$f', "n eq 'a/b?c#d''e'"]]);
    expect([filled.host, filled.hash]).toEqual(['x.example', '']);
    expect(() => fillUrl('{base}/u/{up}/z', values, {})).toThrow(/change the address/);
    expect(() => fillHeader('Bearer {line}', values)).toThrow(/header/);
    const { answer, did } = defender();
    const { w, server } = await on('microsoft-defender', answer);
    const asking = { action: 'isolate-host', args: { host: "ws01' or '1' eq '1" }, reason: '', case: null };
    await expect(checkAction(w.parts, asking)).rejects.toMatchObject({ code: 'MDR_ACTION_BAD' });
    expect(server.asks).toEqual([]);
    expect(did).toEqual([]);
    for (const user of ["o'brien@acme.com", '../admin', '%2e%2e/x', 'a?b=c', 'jane@acme.com/extra'])
      await expect(
        checkAction((await on('microsoft-entra', graph().answer)).w.parts, {
          action: 'disable-user',
          args: { user },
          reason: '',
          case: null,
        }),
        user,
      ).rejects.toBeDefined();
  });

  it('addresses inside are reached only where the operator allows them', async () => {
    const { w, server } = await on('okta', okta().answer, () => []);
    const asking = { action: 'disable-user', args: { user: 'jane' }, reason: '', case: null };
    await expect(checkAction(w.parts, asking)).rejects.toMatchObject({ code: 'MDR_NOTIFY_URL' });
    for (const base of [
      'https://169.254.169.254',
      'https://[::1]',
      'https://10.0.0.1',
      'https://localhost',
      'file:///etc/passwd',
    ]) {
      w.acme.tenant.connectors!.http!.okta!.values.base = base;
      await expect(checkAction(w.parts, asking), base).rejects.toThrow();
    }
    expect(server.asks).toEqual([]);
  });

  it('an answer that is endless, no JSON, or a refusal is a failure, and its words are not shown', async () => {
    for (const reply of [
      { status: 500, json: { secret: 'x' } },
      { status: 302, json: {} },
      { status: 200, json: { status: 'x'.repeat(2_000_000) } },
    ]) {
      const { w } = await on('okta', () => reply);
      const failed = checkAction(w.parts, { action: 'disable-user', args: { user: 'jane' }, reason: '', case: null });
      if (reply.status === 200 || reply.status >= 300)
        await expect(failed).rejects.toMatchObject({ code: 'MDR_ACTION_FAILED' });
    }
  });
});
