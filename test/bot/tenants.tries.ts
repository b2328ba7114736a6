import { renderText } from '../../bot/cards/text.js';
import type { Ask } from '../../bot/surfaces/types.js';
import type { Action, Card } from '../../commands/cards/card.js';
import { investigationCard } from '../../commands/cards/investigation.js';
import { answerActions, answeredCard, draftCard } from '../../commands/cards/question.js';
import { reminderActions } from '../../commands/cards/reminder.js';
import { stormCard } from '../../commands/cards/storm.js';
import type { Investigation } from '../../engine/investigate/types.js';
import { testQueues, testStore } from '../support/services.js';
import { ALERT, CASES, DIGEST, OPEN, SECRET } from './tenants.cases.js';
import { fill } from './tenants.world.js';

/** What people of another tenant try on zeta's records: lines with everything that only zeta has, and its buttons. */
export async function tenantTries() {
  const { store } = await testStore();
  const { queues } = await testQueues();
  const world = await fill(store, queues);
  const lines = (command: string): string[] => [
    ...(CASES[command] ?? []).map((line) =>
      line.replace('LETTER', world.letter).replace('ZETA-PREVIEW', `${OPEN}:${DIGEST}`),
    ),
    ...(world.commands.find(({ name }) => name === command)?.examples ?? []),
  ];
  // What zeta's own admin is offered: every button of every card, before anybody touches anything.
  const cards: Card[] = [];
  for (const line of [...Object.values(CASES).flat(), 'publish 72', 'tune 73', 'alert 71', 'alert 73'])
    if (
      /^(actions$|actions show|alerts?|tune (list|show|\d)|publish \d+$|rules|deadletters|help|status|tenant|people$|oncall$|compliance|numbers|report \d+( versions| publish)?$|case (show|list|timeline \d+$|\d|publish \d)|brief \d|breach( \d+| show \d+|$)|review (\d+$|L61)|playbook( list all| of \d+| show \d+|$)|notify$|menu$|form |digest$|remind$|storm|hunt (71|runs|records)$)/.test(
        line,
      ) &&
      !/replay/.test(line)
    )
      cards.push(
        await world.answer({
          surface: 'terminal',
          user: 'zed',
          channel: 't',
          thread: null,
          text: line,
          tenant: 'zeta',
        }),
      );
  // A terminal has no channel to post into.
  const asks = { surface: 'slack', user: 'Uzed', channel: 'CZETA', thread: null, tenant: null };
  for (const text of ['numbers', `report ${ALERT}`, `hunt ${ALERT}`]) cards.push(await world.answer({ ...asks, text }));
  // And those of messages that no command answers with: a reminder's call, a storm.
  const storm = {
    _id: 's',
    tenant: 'zeta',
    number: 1,
    surface: 'slack',
    channel: 'CZETA',
    turn: 1,
    began: 1,
    ended: null,
  };
  const facts = { count: 1, levels: {}, rules: [], entities: [], of: { rules: 0, entities: 0 }, top: [] };
  cards.push(stormCard(storm, facts, world.zeta.tenant));
  const actions = [...reminderActions(1, 'zeta'), ...answerActions(1, 'zeta')];
  cards.push({ title: '', tone: 'neutral', blocks: [{ kind: 'actions', actions }] });
  const nothing = {
    chain: [],
    gaps: [],
    who: [],
    what: [],
    when: [],
    how: [],
    impact: [],
    mitigation: [],
    observables: [],
  };
  const found: Investigation = {
    ...{
      tenant: 'zeta',
      alert: 71,
      alerts: [71],
      version: 1,
      made: 1,
      title: 't',
      level: 'high',
      score: 60,
      reasons: [],
    },
    ...{ ...nothing, blast: { touched: [], reachable: [], untouched: [] }, events: {} },
    ...{ spent: { queries: 0, ms: 0, cut: [] }, simulated: false },
  };
  cards.push(investigationCard(found, 'zeta', 'zed'));
  const [asked] = await world.zeta.questions.find();
  cards.push(draftCard(asked!, world.zeta.tenant), answeredCard(asked!, true));
  const buttons = [...new Map(cards.flatMap(actionsOf).map((action) => [JSON.stringify(action), action])).values()];
  return { world, lines, buttons };
}

const actionsOf = (card: Card): Action[] =>
  card.blocks.flatMap((block) => (block.kind === 'actions' ? block.actions : []));
export const typedBy = (action: Action): string[] =>
  (action.choices ?? [{ value: '' }]).map(({ value }) => `${action.command} ${action.record} ${value}`.trim());
export const text = (card: Card) => renderText(card, { width: 250 });
/** What a person typed may be said back to them. */
export const shows = (shown: string, line: string): boolean =>
  shown.replaceAll(line.includes(SECRET) ? SECRET : '\0', '').includes(SECRET);
export async function inBatches<T>(all: readonly T[], work: (each: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += 12) await Promise.all(all.slice(at, at + 12).map(work));
}

export const who = (user: string, more: Partial<Ask>): Partial<Ask> => ({
  user,
  surface: 'terminal',
  channel: 't',
  ...more,
});
export const inSlack = (user: string, channel: string, more: Partial<Ask> = {}) =>
  who(`U${user}`, { surface: 'slack', channel, ...more });
/** Ways to come to zeta's records without a role there. */
export const WAYS = (user: string): Partial<Ask>[] => [
  who(user, { tenant: 'zeta' }),
  inSlack(user, 'CZETA'),
  inSlack(user, 'CZSHARED'),
  inSlack(user, 'C0ALERTS', { tenant: 'zeta' }),
  inSlack(user, 'D1', { direct: true, tenant: 'zeta' }),
  who(user, { surface: 'console', channel: 'zeta/alerts' }),
  who(user, { surface: 'console', channel: 'acme/alerts', tenant: 'zeta' }),
];
export const ask = (text: string, more: Partial<Ask>): Ask => ({
  surface: 'terminal',
  user: 'ana',
  channel: 't',
  thread: null,
  tenant: null,
  text,
  ...more,
});
