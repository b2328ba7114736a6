import { Counter, type Registry } from 'prom-client';

/** A counter of a door, the one that is there when the door is opened a second time. */
export function counterOf(registry: Registry, name: string, help: string, labels: string[]): Counter {
  const there = registry.getSingleMetric(name) as Counter | undefined;
  return there ?? new Counter({ name, help, labelNames: labels, registers: [registry] });
}
