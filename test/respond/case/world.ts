import { contractOf } from '../../../engine/respond/case/contract.js';
import { newCase, type Opening } from '../../../engine/respond/case/create.js';
import type { Cause } from '../../../engine/respond/case/types.js';
import type { Case } from '../../../engine/store/cases.js';
import { profileSchema } from '../../../engine/store/tenants.js';
import { NOW } from '../../commands/world.js';

export const ana = { id: 'ana', name: 'Ana Silva' };
export const bo = { id: 'bo', name: 'Bo Anders' };

let requests = 0;
/** Where a change comes from: each call another request, unless one is given. */
export const cause = (more: Partial<Cause> = {}): Cause => ({
  ...{ by: ana, now: NOW, request: `r${++requests}` },
  contract: contractOf({ profile: profileSchema.parse({}) }),
  ...more,
});

export const share = (number: number) => ({
  ...{ number, title: `Alert ${number}`, simulated: false, rules: ['r1'], techniques: ['T1003.001'] },
  observables: [{ kind: 'host' as const, value: `ws${number}` }],
});

export const aCase = (more: Partial<Opening> = {}, number = 4): Case =>
  newCase(
    'acme',
    number,
    {
      ...{
        origin: `o${number}`,
        title: 'Stolen account',
        type: 'account-compromise',
        severity: 'high',
        priority: 'P2',
      },
      ...{ alerts: [share(12)], lead: ana, reason: '' },
      ...more,
    },
    cause({ request: `open-${number}` }),
  );
