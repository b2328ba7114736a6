import type { Late } from '../../engine/lateness.js';
import type { Tenant } from '../../engine/store/tenants.js';
import { clip } from '../words/arguments.js';
import type { Card } from './card.js';
import { counted } from './labels.js';

const MINUTE_MS = 60_000;

/** `posting to slack is 4 min behind: rate limit`. @param now epoch ms */
export function lateLine({ surface, since, why }: Pick<Late, 'surface' | 'since' | 'why'>, now: number): string {
  const minutes = Math.max(1, Math.floor((now - since) / MINUTE_MS));
  return `posting to ${surface} is ${minutes} min behind${why ? `: ${clip(why, 200)}` : ''}`;
}

/** That a chat is behind, or has caught up. */
export function latenessCard(
  { surface, start, late, now }: { surface: string; start: number; late: readonly Late[]; now: number },
  tenant: Tenant,
): Card {
  const [oldest] = late;
  const owner = `${tenant.name} (${tenant._id})`;
  if (!oldest)
    return {
      title: `Posting to ${surface} has caught up`,
      tone: 'ok',
      blocks: [
        {
          kind: 'text',
          text: [`Messages of ${owner} waited from `, { time: start }, ' on. All of them are there now.'],
        },
        { kind: 'note', text: 'Nothing to do.' },
      ],
    };
  const line = lateLine(oldest, now);
  const waiting = late.reduce((sum, one) => sum + one.waiting, 0);
  return {
    title: `${line.charAt(0).toUpperCase()}${line.slice(1)}`,
    tone: 'medium',
    blocks: [
      {
        kind: 'text',
        text: `${counted(waiting, 'thread or message', 'threads and messages')} of ${owner} ${waiting === 1 ? 'waits' : 'wait'}. Nothing is lost: they follow in order.`,
      },
      {
        kind: 'note',
        text: ['Next: until then the console shows everything; ', { code: '/mdr status' }, ' how it goes.'],
      },
    ],
  };
}
