import { byTime, packEntry, unpackEntry } from './member.js';
import type { Cell, Entry, Held, State } from './types.js';

/**
 * Windows in memory, for one pass over files: nothing is let go, so it also shows what the bounded windows in Redis
 * ought to find. Deferred windows are judged when everything has been read.
 */
export function memoryState(): State {
  const cells = new Map<string, { cell: Cell; members: Map<string, number> }>();
  const waiting = new Map<string, Cell>();
  const keyOf = (tenant: string, { correlation, group, bucket }: Cell) =>
    `${tenant}\n${correlation.info.id}\n${bucket}\n${group}`;

  function held(tenant: string, cell: Cell): Held {
    const members: [string, number][] = [];
    for (const step of [-1, 0, 1]) {
      const near = cells.get(keyOf(tenant, { ...cell, bucket: cell.bucket + step }));
      if (near) for (const member of near.members) members.push(member);
    }
    return { entries: members.sort(byTime).map(([member, time]): Entry => unpackEntry(member, time)), late: 0, cut: 0 };
  }

  return {
    async add(tenant, additions) {
      for (const { cell, entries } of additions) {
        const key = keyOf(tenant, cell);
        let own = cells.get(key);
        if (!own) {
          own = { cell, members: new Map() };
          cells.set(key, own);
        }
        const { judge } = cell.correlation;
        for (const entry of entries) own.members.set(packEntry(entry, judge.classOf), entry.time);
        if (judge.deferred) waiting.set(key, cell);
      }
      return additions.map(({ cell }) => held(tenant, cell));
    },
    async due(tenant, correlations, _now, limit) {
      const chosen = new Set(correlations);
      return [...waiting]
        .filter(([key, cell]) => key.startsWith(`${tenant}\n`) && chosen.has(cell.correlation))
        .slice(0, limit)
        .map(([, cell]) => cell);
    },
    async close(tenant, cell) {
      return held(tenant, cell);
    },
    async done(tenant, cell) {
      waiting.delete(keyOf(tenant, cell));
    },
  };
}
