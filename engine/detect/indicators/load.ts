import type { IndicatorRecord } from '../../store/indicators.js';
import { TableBuilder } from './memory/builder.js';
import type { TableData } from './memory/table.js';
import type { IndicatorType } from './types.js';

/** Most that one tenant's own indicators may take of the room, so that nobody's feed crowds out everybody else's. */
export const MAX_OWN = 250_000;

export interface Loaded {
  /** By owner. */
  tables: Map<string, TableData>;
  /** Left out for want of room, and because they could not be kept. */
  leftOut: number;
  lost: number;
}

/**
 * Build the tables of every owner.
 * @param records the most confident first: the others are left out when there are more than `max`
 */
export async function loadTables(records: AsyncIterable<IndicatorRecord>, max: number): Promise<Loaded> {
  const builders = new Map<string, TableBuilder>();
  let total = 0;
  let leftOut = 0;
  let lost = 0;
  for await (const { tenant, type, value, source, confidence, expires, threat, exact } of records) {
    let builder = builders.get(tenant);
    if (!builder) {
      builder = new TableBuilder();
      builders.set(tenant, builder);
    }
    if (total >= max || (tenant !== '*' && builder.size >= MAX_OWN)) leftOut++;
    else if (builder.add({ type: type as IndicatorType, value, source, confidence, expires, threat }, exact)) total++;
    else lost++;
  }
  const tables = new Map<string, TableData>();
  for (const [owner, builder] of builders) {
    const { data, crowded } = builder.build();
    lost += crowded;
    tables.set(owner, data);
  }
  return { tables, leftOut, lost };
}
