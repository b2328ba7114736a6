import type { About } from '../../../engine/breach/evidence/types.js';

export const SECRET = 'a key for tests, of 32 characters or more';
export const about = (request: string): About => ({
  ...{
    case: 1,
    name: 'disk.img',
    source: 'upload',
    by: { id: 'ana', name: 'Ana Silva' },
    how: 'dd',
    why: 'a test',
    request,
  },
});
