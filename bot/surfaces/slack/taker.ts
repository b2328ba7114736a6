import type { Card } from '../../../commands/cards/card.js';
import type { Clock } from '../../../engine/clock.js';
import type { Log } from '../../../engine/log.js';
import type { Store } from '../../../engine/store/index.js';
import type { AskPlace } from '../../gate.js';
import type { Home } from '../../home.js';
import type { Marks, Message } from '../../marks.js';
import type { Suggest } from '../../suggest.js';
import type { Once } from '../shared/once.js';
import { type Answer, DeliveryError } from '../types.js';
import { type Incoming, typed } from './asks.js';
import type { Reaction, Upload } from './asks-marks.js';
import { timeOfTs } from './asks-views.js';
import { begin, show, submitted } from './dialogs.js';
import type { Gateway } from './gateway.js';
import type { Homes } from './homes.js';
import type { Installs } from './installs.js';
import type { Pending } from './pending.js';
import type { Taker } from './receive.js';
import { patiently, reply, whileWorking } from './replies.js';
import type { Meta } from './views.js';

/** What stands behind dialogs, pins, files, the home page and installations. */
export interface Desk {
  suggest: Suggest;
  home: Home;
  marks: Marks;
  store: Pick<Store, 'installations' | 'channelTeams'>;
  clock: Clock;
}

export interface TakerOptions {
  answer: Answer;
  desk: Desk | undefined;
  gateway: Gateway;
  homes: Homes | null;
  installs: Installs | null;
  once: Once;
  pending: Pending;
  log: Log;
  /** Told of each piece of work, so that stopping can wait for it. */
  working(work: Promise<void>): void;
}

/** What is done with what comes in, each thing once, with nobody waiting for it but the person. */
export function makeTaker({
  answer,
  desk,
  gateway,
  homes,
  installs,
  once,
  pending,
  log,
  working,
}: TakerOptions): Taker {
  async function handle(incoming: Incoming): Promise<void> {
    const { id, team, ask } = incoming;
    const of = gateway.in(team);
    const done = await once.run(id, async () => {
      pending.begin(incoming);
      const answered = incoming.home && desk ? desk.home(`slack:${ask.user}`) : answer({ ...ask, request: id });
      // Waited for below; until then its failure is nobody's.
      answered.catch(() => {});
      const to = await begin(of, incoming, log);
      return whileWorking(of, to, () => answered);
    });
    if (!done) return;
    await show(of, done.to, done.card);
    pending.end(id);
  }

  async function filledIn(incoming: Incoming & { meta: Meta }): Promise<void> {
    const of = gateway.in(incoming.team);
    await once.run(incoming.id, async () => {
      const { message } = incoming.ask;
      const ask = message ? { ...incoming.ask, message: await complete(of, message) } : incoming.ask;
      await submitted(of, answer, incoming, { ...ask, request: incoming.id });
      return true;
    });
  }

  /** With its author's name and its address, as far as Slack says them now. */
  async function complete(of: Gateway, message: Message): Promise<Message> {
    const quietly = (found: Promise<string>, otherwise: string) => found.catch(() => otherwise);
    const [authorName, link] = await Promise.all([
      quietly(of.nameOf(message.author.slice('slack:'.length)), message.authorName),
      message.link || quietly(of.permalink(message.channel, message.message), ''),
    ]);
    return { ...message, authorName, link };
  }

  async function marked({ id, team, ask, message: ts, added, at }: Reaction): Promise<void> {
    if (!desk) return;
    const of = gateway.in(team);
    await once.run(id, async () => {
      const read = await patiently(() => of.reacted(ask.channel, ts));
      const place = { ...ask, thread: read.thread ?? ts };
      const where = { surface: 'slack', channel: ask.channel, message: ts };
      const message: Message = {
        ...{ ...where, at: timeOfTs(ts), author: `slack:${read.user}`, authorName: read.user },
        ...{ text: typed(read.text), link: read.link },
      };
      const card = added
        ? await desk.marks.pin(place, await complete(of, message), at)
        : await desk.marks.unpin(place, where, at);
      if (card) await whisper(of, place, card);
      return true;
    });
  }

  async function keep({ id, team, ask, message, files }: Upload): Promise<void> {
    if (!desk) return;
    const of = gateway.in(team);
    await once.run(id, async () => {
      const said = await complete(of, message);
      for (const file of files) {
        const open = () => patiently(() => of.download(file.url));
        const card = await patiently(() => desk.marks.keep(ask, said, { ...file, open }));
        if (card) await whisper(of, ask, card);
      }
      return true;
    });
  }

  const whisper = (of: Gateway, { channel, user, thread }: AskPlace, card: Card) =>
    reply(of, { kind: 'whisper', channel, user, thread }, card);

  function start(
    what: string,
    { team, ask }: Pick<Incoming, 'team'> & { ask: AskPlace },
    work: () => Promise<void>,
  ): void {
    const { user, channel } = ask;
    const learn = ask.direct ? undefined : installs?.seen(team, channel);
    const running = Promise.all([work(), learn]).then(
      () => {},
      (error) => {
        // What is not there any more is nothing to be sorry about.
        const level = error instanceof DeliveryError && error.kind === 'gone' ? 'info' : 'error';
        log[level]({ error: (error as Error).message, user, channel }, `slack: ${what}`);
      },
    );
    working(running);
  }
  const nowhere = (team: string | null, user: string) => ({
    team,
    ask: { surface: 'slack', user, channel: '', thread: null, direct: true, tenant: null },
  });

  return {
    take: (incoming) => start('an answer was not given', incoming, () => handle(incoming)),
    submit: (incoming) => start('a form was not answered', incoming, () => filledIn(incoming)),
    react: (reaction) => start('a pin was not taken', reaction, () => marked(reaction)),
    upload: (upload) => start('a file was not kept', upload, () => keep(upload)),
    home: (user, team) =>
      start('a home page was not shown', nowhere(team, user), async () => homes?.opened(user, team)),
    gone: (team) => start('an uninstallation was not noted', nowhere(team, ''), async () => installs?.gone(team)),
    async search(ask, kind, said) {
      try {
        return (await desk?.suggest(ask, kind, said)) ?? [];
      } catch (error) {
        log.info({ error: (error as Error).message, user: ask.user }, 'slack: nothing suggested');
        return [];
      }
    },
  };
}
