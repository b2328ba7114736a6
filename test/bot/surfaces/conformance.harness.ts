import { afterEach, expect } from 'vitest';
import { DeliveryError, type FEATURES } from '../../../bot/surfaces/types.js';
import type { Action } from '../../../commands/cards/card.js';
import { consoleKit } from './conformance/console.js';
import { discordKit } from './conformance/discord.js';
import { slackKit } from './conformance/slack.js';
import { terminalKit } from './conformance/terminal.js';
import type { Kit } from './conformance/types.js';

/** Every surface, and how it is started. */
export const SURFACES: [string, () => Promise<Kit>][] = [
  ['Slack over HTTP', () => slackKit('HTTP')],
  ['Slack over Socket Mode', () => slackKit('Socket Mode')],
  ['Discord', discordKit],
  ['the console', consoleKit],
  ['the terminal', terminalKit],
];

/** Starts the surface of a test; it is stopped after that test. */
export function starter(make: () => Promise<Kit>): () => Promise<Kit> {
  let open: Kit | undefined;
  afterEach(async () => {
    await open?.stop();
    open = undefined;
  });
  return async () => {
    open = await make();
    return open;
  };
}

export const can = ({ surface }: Kit, feature: (typeof FEATURES)[number]) => surface.supports.has(feature);

/** The error of a delivery that has to fail. */
export async function failure(delivery: Promise<unknown>): Promise<DeliveryError> {
  const error = await delivery.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DeliveryError);
  return error as DeliveryError;
}

export const action = (rest: Partial<Action> = {}): Action => ({
  id: 'one',
  label: 'Acknowledge',
  command: 'ack',
  tenant: 'acme',
  record: '17',
  ...rest,
});
