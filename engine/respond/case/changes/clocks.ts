import { bounded } from '../text.js';
import type { Apply } from '../types.js';

type Kinds = 'call-clock' | 'call-task' | 'breach';

/** What mdr says by itself: that a time of the contract runs out, or that a task is due. */
export const clocks: { readonly [K in Kinds]: Apply<K> } = {
  'call-clock'(record, { clock: kind, due, told, text, calls }) {
    const clock = record.clocks.find((one) => one.kind === kind);
    // Somebody moved the case on meanwhile, or another process called.
    if (!clock || clock.met !== null || clock.due !== due || clock.told >= told) return null;
    return {
      set: { clocks: record.clocks.map((one) => (one === clock ? { ...clock, told } : one)) },
      said: [{ kind: 'clock', text, calls }],
    };
  },

  /** The provider's own lane: what a breach means to law is not for everybody who reads along. */
  breach(_record, { text, breach, calls }) {
    return { set: { breach }, said: [{ kind: 'breach', text: bounded(text), ...(calls && { calls }) }] };
  },

  'call-task'(record, { task: id, due, text, calls }) {
    const task = record.tasks.find((one) => one.id === id);
    if (task?.state !== 'open' || task.due !== due || task.told === due) return null;
    return {
      set: { tasks: record.tasks.map((one) => (one === task ? { ...task, told: due } : one)) },
      said: [{ kind: 'reminded', lane: task.lane, text, calls }],
    };
  },
};
