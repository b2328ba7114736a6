import { renderText } from '../../../bot/cards/text.js';
import { type Card, plain } from '../../../commands/cards/card.js';
import hunt from '../../../commands/hunt.js';
import type { Context } from '../../../commands/types.js';
import { loadRules, ownRules } from '../../../engine/detect/index.js';
import { publishFolders } from '../../../engine/detect/rulesets/catalog.js';
import { startHunting } from '../../../engine/hunt/search/work.js';
import { writeParquet } from '../../../engine/lake/bulk.js';
import { log } from '../../../engine/log.js';
import { startTriage } from '../../../engine/triage/stage.js';
import { liveVerdicts } from '../../../engine/triage/trust.js';
import { addTenant } from '../../commands/world.js';
import { testQueues, testStore } from '../../support/services.js';
import { eventsOf, formats, lakeWith, NOW, ruleExamples } from './world.js';

export const clock = () => NOW;
export const rules = { base: await loadRules([ownRules]) };
const logon = (n: number, more: Record<string, unknown> = {}) =>
  JSON.stringify({
    ...{ Channel: 'Security', EventID: 4625, TimeCreated: new Date(NOW - 3_600_000 - n * 1000).toISOString() },
    ...{ Computer: 'dc01.corp.example', TargetUserName: `user${n % 3}`, TargetDomainName: 'CORP', LogonType: 3 },
    ...{ IpAddress: `203.0.113.${n % 2 ? 9 : 7}`, WorkstationName: 'KALI', RecordNumber: n },
    ...more,
  });
/** Stands in the records of the tenant `other`: acme must never see it. */
export const SECRET = 'other-tenants-secret';

/**
 * Two tenants and a worker that hunts: `acme` with every example of our own rules and some failed logons on dc01 in its lake, and `other`.
 * A line is run as ana, an analyst of acme, in acme's provider channel.
 */
export async function huntWorld() {
  const { root, lake } = await lakeWith([
    ...(await ruleExamples()),
    ...Array.from({ length: 40 }, (_, n) => logon(n)),
    logon(99, { TargetUserName: '=cmd|calc' }),
  ]);
  const { store } = await testStore();
  const { queues } = await testQueues();
  const acme = await addTenant(store, 'acme', 'Acme', [{ surface: 'slack', channel: 'C0SOC', lane: 'provider' }]);
  await addTenant(store, 'other', 'Other');
  await writeParquet(root, 'other', eventsOf([logon(1, { TargetUserName: SECRET })], 'other'));
  await publishFolders(store.rules, { mdr: [ownRules] }, [], log);
  startHunting({ store, queues, lake, formats, rules, clock, log });
  startTriage({ store, queues, clock, verdicts: liveVerdicts(clock) });

  const context = (more: Partial<Context> = {}): Context =>
    ({
      ...{ tenant: acme, queues, clock, alert: null, internal: true, role: 'analyst', commands: [] },
      person: { _id: 'ana', name: 'Ana', side: 'provider' },
      place: { surface: 'slack', channel: 'C0SOC', direct: false, identity: 'slack:Uana' },
      people: async () => [],
      ...more,
    }) as unknown as Context;
  const split = (line: string) =>
    line.match(/"[^"]*"|\S+/g)!.map((word) => (word.startsWith('"') ? word.slice(1, -1) : word));
  /** Run a line, and where it takes longer than an answer waits, look until it is over. */
  async function run(line: string, more: Partial<Context> = {}): Promise<Card> {
    const card = await hunt.run(context({ line: `hunt ${line}`, ...more }), split(line));
    const number = / (runs|waits for a worker)$/.test(plain(card.title))
      ? /Hunt (\d+)/.exec(plain(card.title))![1]!
      : null;
    if (number === null) return card;
    for (let i = 0; i < 300; i++) {
      const again = await hunt.run(context(more), [number]);
      if (!/ (runs|waits for a worker)$/.test(plain(again.title))) return again;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`hunt ${number} did not end`);
  }
  const text = async (line: string, more: Partial<Context> = {}) => renderText(await run(line, more), { width: 240 });
  const latest = async () => (await acme.huntRuns.find({}, { sort: { number: -1 }, limit: 1 }))[0]!;
  return { root, lake, store, queues, acme, context, run, text, latest };
}

export const buttons = (card: Card) => card.blocks.flatMap((block) => (block.kind === 'actions' ? block.actions : []));
