import type { Detection } from '../store/detections.js';
import type { TenantStore } from '../store/index.js';

const MOST = 20;
/** Of those, at most so many that only events name: whoever writes the log could name any number. */
const MOST_WRITTEN = 10;
const MAX_ALERTS = 200;
const MAX_EXAMPLES = 400;
const MAX_TEXT = 32_768;
const CVE = /\bCVE[-_](\d{4})[-_](\d{4,7})\b/gi;

type Naming = Pick<Detection, 'rule'> & { event: Pick<Detection['event'], 'original'> };

const inText = (text: string): string[] =>
  [...text.slice(0, MAX_TEXT).matchAll(CVE)].map(([, year, number]) => `CVE-${year}-${number}`);

/** Vulnerabilities that detections name: first those of their rules' tags and titles, then those that stand in the events. */
export function cvesIn(detections: readonly Naming[]): string[] {
  const said = new Set(detections.flatMap(({ rule }) => [...(rule.cves ?? []), ...inText(rule.title)]));
  const written = new Set(detections.flatMap(({ event }) => inText(event.original)).filter((cve) => !said.has(cve)));
  return [...said, ...[...written].slice(0, MOST_WRITTEN)].slice(0, MOST);
}

/** Those of alerts, by the example of each of their rules. @param alerts their numbers */
export async function cvesOf(
  store: Pick<TenantStore, 'alerts' | 'detections'>,
  alerts: readonly number[],
): Promise<string[]> {
  const found = await store.alerts.find(
    { number: { $in: [...alerts].slice(0, MAX_ALERTS) } },
    { limit: MAX_ALERTS, fields: { 'rules.example': 1 } },
  );
  const examples = found.flatMap(({ rules }) => rules.map(({ example }) => example)).slice(0, MAX_EXAMPLES);
  if (examples.length === 0) return [];
  const page = {
    sort: { _id: 1 as const },
    limit: MAX_EXAMPLES,
    fields: { rule: 1 as const, 'event.original': 1 as const },
  };
  return cvesIn(await store.detections.find({ _id: { $in: examples } }, page));
}
