import { list, times } from '../../say.js';
import { findingOf } from '../finding.js';
import { OF_MACHINES } from '../logins/signin.js';
import { keyOf, note, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import type { HuntFields, Model } from './types.js';

interface Sign {
  time: number;
  id: string;
  weight: number;
  what: string;
  actor: string;
}
interface Target {
  last: number;
  first: number;
  /** When it was made, if that was seen; when it first had all rights. */
  made: number;
  mighty: number;
  signs: Sign[];
}
interface State {
  first: number;
  targets: Table<Target>;
  /** Who gives rights, with the days on which they did, newest last. */
  actors: Table<{ last: number; days: number[] }>;
}

const DAY = 86_400_000;
const LEARN = 7;
const MAX = 20_000;
const SPEAKS = 0.6;
/** Somebody who gives rights on so many earlier days does so for a living. */
const HABIT = 3;
const MIGHTY =
  /admin|root|wheel|sudo|owner|privileged|domain controllers|(?:backup|account|server|print) operators|enterprise|schema/i;
const JOINS = /^group-member-added$|addusertogroup|add member to (?:role|group)|addmember|usermod.*-a?g/i;
const POLICIES =
  /^(?:attach|put)(?:user|role|group)policy$|^createpolicyversion$|^setdefaultpolicyversion$|setiampolicy|updateassumerolepolicy|^grant/i;

const model: Model<State> = {
  name: 'privilege-rise',
  title: 'An account that becomes mighty',
  summary:
    'An account is put into a group of administrators, gets rights or uses them for the first time, by somebody who does not do that.',
  needs: {
    data: 'account and group changes (Windows security log, cloud, directory)',
    fields: ['user.name', 'event.action'],
  },
  baseline: { words: `Who gave rights on earlier days, and who had them, over ${LEARN} days.`, days: LEARN },
  speaks: SPEAKS,
  techniques: ['T1098', 'T1078'],
  tactic: 'privilege-escalation',
  start: () => ({ first: 0, targets: table(), actors: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const what = riseOf(ecs);
      if (!what || ecs['event.outcome'] === 'failure') continue;
      state.first ||= time;
      const { actor, target, text, weight, kind } = what;
      const row = rowOf(
        state.targets,
        keyOf(target),
        (): Target => ({ last: 0, first: time, made: 0, mighty: 0, signs: [] }),
      );
      row.last = Math.max(row.last, time);
      const learned = time - state.first > LEARN * DAY;
      if (kind === 'made') {
        row.made = time;
        continue;
      }
      if (kind === 'use') {
        if (row.mighty === 0 && learned) remember(row.signs, { time, id, weight, what: text, actor }, 20);
        row.mighty ||= time;
        continue;
      }
      const who = rowOf(state.actors, keyOf(actor), () => ({ last: 0, days: [] as number[] }));
      who.last = Math.max(who.last, time);
      const day = Math.floor(time / DAY);
      const habit = who.days.filter((each) => each < day).length >= HABIT;
      if (who.days.at(-1) !== day) remember(who.days, day, 10);
      if (!learned) continue;
      const fresh = who.days.length <= 1 ? 0.25 : 0;
      const self = actor === target ? 0.3 : 0;
      const young = row.made > 0 && time - row.made < DAY ? 0.2 : 0;
      const weighs = (weight + fresh + self + young) * (habit ? 0.3 : 1);
      const said = [
        text,
        ...(self ? ['by itself'] : []),
        ...(fresh ? [`by ${actor}, who never did that`] : []),
        ...(young ? ['hours after it was made'] : []),
      ];
      remember(row.signs, { time, id, weight: weighs, what: said.join(', '), actor }, 20);
    }
    prune(state.targets, MAX);
    prune(state.actors, MAX);
    return state;
  },

  judge(state, now, known) {
    return Object.entries(state.targets.rows).flatMap(([key, row]) => {
      const signs = row.signs.filter(({ time }) => time > now - DAY && time <= now);
      if (signs.length === 0) return [];
      const [name = ''] = partsOf(key);
      const different = new Map(signs.map((sign) => [sign.what, sign.weight]));
      const weight = [...different.values()].reduce((sum, each) => sum + each, 0);
      const score = 1 - Math.exp(-1.5 * weight);
      if (score < (known?.floor ?? SPEAKS)) return [];
      const actors: string[] = [];
      for (const { actor } of signs) note(actors, actor, 10);
      return findingOf(model, `${name}:${Math.floor(signs[0]!.time / DAY)}`, {
        entity: { kind: 'user', name },
        related: actors,
        from: signs[0]!.time,
        to: signs.at(-1)!.time,
        score,
        words: `${name}: ${list([...different.keys()], 4)}. ${times(state.actors.size, 'account')} gave rights here in ${Math.round((now - state.first) / DAY)} days.`,
        evidence: signs.map(({ id }) => id),
        numbers: { signs: different.size, weight, actors: state.actors.size },
      });
    });
  },
};
export default model;

interface Rise {
  kind: 'join' | 'policy' | 'use' | 'made';
  actor: string;
  target: string;
  text: string;
  weight: number;
}

function riseOf(ecs: HuntFields): Rise | null {
  const action = ecs['event.action']?.slice(0, 100) ?? '';
  const actor = nameOf(ecs['user.name']);
  if (!actor) return null;
  if (action === 'user-created' || /^createuser$|^add user$/i.test(action)) {
    const made = nameOf(ecs['user.target.name']);
    return made ? { kind: 'made', actor, target: made, text: '', weight: 0 } : null;
  }
  if (action === 'privileges-assigned')
    return { kind: 'use', actor, target: actor, text: 'signed in with all rights for the first time', weight: 0.35 };
  if (action === 'sid-history-added')
    return {
      kind: 'policy',
      actor,
      target: nameOf(ecs['user.target.name']) || actor,
      text: 'was given another account’s SID',
      weight: 0.5,
    };
  if (JOINS.test(action)) {
    // Windows names the group where others name the member.
    const member = nameOf(ecs['group.member']);
    const group = (
      ecs['group.name'] ??
      (member ? ecs['user.target.name'] : undefined) ??
      ecs['user.target.name'] ??
      ''
    ).slice(0, 80);
    const target = member || (ecs['group.name'] ? nameOf(ecs['user.target.name']) : '') || actor;
    const mighty = MIGHTY.test(group) || /role/i.test(action);
    return { kind: 'join', actor, target, text: `was put into ${group || 'a group'}`, weight: mighty ? 0.4 : 0.05 };
  }
  if (!POLICIES.test(action)) return null;
  return {
    kind: 'policy',
    actor,
    target: nameOf(ecs['user.target.name']) || actor,
    text: `was given rights (${action})`,
    weight: 0.35,
  };
}

/** An account's name; of a distinguished name the first part. Machines and nobody are left out. */
function nameOf(value: string | undefined): string {
  const name = (/^cn=([^,]+)/i.exec(value ?? '')?.[1] ?? value ?? '').toLowerCase().slice(0, 128);
  return OF_MACHINES.test(name) ? '' : name;
}
