import { MdrError } from '../../../engine/errors.js';
import { propose } from '../../../engine/respond/actions/requests.js';
import { runSchedule } from '../../../engine/respond/actions/schedule.js';
import { testQueues, testStore } from '../../support/services.js';
import { by, isolate, log, type World } from './world.js';

/** The code of the error with which it ends. */
export const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing was thrown',
    (error: unknown) => (error instanceof MdrError ? error.code : String(error)),
  );

/** A store and queues for worlds; `asked`: ana's request there that ws01 be isolated; `schedule`: what is due by a world's time. */
export async function requestWorlds() {
  const { store } = await testStore();
  const { queues } = await testQueues();
  async function asked(w: World, more = {}, request = `r${Math.random()}`) {
    return (await propose(w.parts, by(w.people.ana), request, isolate('ws01', more))).record;
  }
  const schedule = (w: World) => runSchedule({ store, queues, clock: () => w.now, log });
  return { store, queues, asked, schedule };
}
