import { DAY_MS } from '../activity.js';
import type { Means, RequirementReport, Retention, Status } from './types.js';

/** From what may be said at best to what must be said at worst. */
const GRAVITY: readonly Status[] = ['covered', 'outside', 'open', 'gaps', 'not-kept', 'silent', 'no-rule'];

type Found = Pick<RequirementReport, 'requirement' | 'rules' | 'sources' | 'response'>;
type Verdict = Pick<RequirementReport, 'status' | 'because'>;

/**
 * What can be said of a requirement. The gravest of what its means say; the sentences of all of them.
 * Nothing here says that a requirement is met: that is the assessor's word.
 */
export function judge(found: Found, retention: Retention, now: number): Verdict {
  const verdicts = found.requirement.by.map((means) => BY_MEANS[means](found, retention, now));
  const status = verdicts.reduce<Status>(
    (worst, verdict) => (GRAVITY.indexOf(verdict.status) > GRAVITY.indexOf(worst) ? verdict.status : worst),
    'covered',
  );
  // Two means may say the same of the log sources: once is enough.
  const sentences = verdicts.flatMap(({ because }) => because.split(/(?<=\.) (?=[A-Z0-9])/)).filter(Boolean);
  return { status, because: [...new Set(sentences)].join(' ') };
}

const many = (count: number, one: string, more = `${one}s`) => `${count} ${count === 1 ? one : more}`;

const BY_MEANS: Record<Means, (found: Found, retention: Retention, now: number) => Verdict> = {
  rules({ rules, sources }) {
    const working = rules.filter(({ disabled }) => !disabled);
    const off = rules.length - working.length;
    if (working.length === 0)
      return { status: 'no-rule', because: off ? 'Every rule for this is switched off.' : 'No rule watches for this.' };
    const heard = working.filter((rule) => rule.heard).length;
    const switched = off ? ` ${many(off, 'further rule is', 'further rules are')} switched off.` : '';
    if (heard === 0)
      return {
        status: 'silent',
        because: `${many(working.length, 'rule watches', 'rules watch')} for this, but none of what they read arrived.${switched}`,
      };
    const watched = `${heard} of ${many(working.length, 'rule')} had events to watch.${switched}`;
    // A rule does not watch on days when its log source is silent.
    const days = sources.length > 0 ? gapsOf(sources) : { status: 'covered' as const, because: '' };
    return { status: days.status, because: `${watched} ${days.because}`.trim() };
  },
  sources: ({ sources }) => {
    if (sources.length === 0)
      return { status: 'silent', because: 'None of the log sources that show this sent anything.' };
    return gapsOf(sources);
  },
  gaps: ({ sources }) =>
    sources.length === 0 ? { status: 'silent', because: 'No log source sent anything.' } : gapsOf(sources),
  response({ response, sources }) {
    if (!response || response.alerts === 0)
      return sources.length > 0
        ? { status: 'covered', because: 'No alert in the period.' }
        : { status: 'silent', because: 'No alert, and no events that could have raised one.' };
    const { alerts, acknowledged, closed, open, late } = response;
    const because = `${many(alerts, 'alert')}: ${acknowledged} acknowledged, ${closed} closed, ${open} untouched; ${late} waited longer than a day.`;
    return { status: open > 0 || late > 0 ? 'open' : 'covered', because };
  },
  retention({ requirement }, retention, now) {
    const first = retention.firstDay === null ? null : Date.parse(retention.firstDay);
    const days = first === null ? 0 : Math.floor((now - first) / DAY_MS) + 1;
    const because =
      'Events as they came in are not archived here: only those that a rule matched are kept, with their detection and alert. ' +
      `The oldest events counted here are ${many(days, 'day')} old${requirement.keepDays ? `; ${requirement.keepDays} days are asked for` : ''}. ` +
      'Show the retention of the archive that the logs also go to.';
    return { status: 'not-kept', because };
  },
  outside: ({ requirement }) => ({ status: 'outside', because: `Logs do not show this. ${requirement.beyond}`.trim() }),
};

function gapsOf(sources: Found['sources']): Verdict {
  const gappy = sources.filter(({ silent }) => silent > 0);
  if (gappy.length === 0)
    return { status: 'covered', because: `${many(sources.length, 'log source')} sent on every day.` };
  return {
    status: 'gaps',
    because: `${gappy.length} of ${many(sources.length, 'log source')} had days without any event.`,
  };
}
