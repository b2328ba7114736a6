import type { Apply } from '../types.js';

/** What mdr says by itself: that a time runs out, or that a task is due. */
export const clocks: { readonly call: Apply<'call'> } = {
  call: (_record, { entry }) => ({ set: {}, said: [entry] }),
};
