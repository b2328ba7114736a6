import type { Said } from './said.js';

const MINE =
  / (?:mine|my (?:alerts?|list|plate|queue|stuff|own|open|work|name|desk)|am i|i am|i own|i have|do i|have i|(?:assigned|given|belongs?|belonging) to me) /;
const NOBODY = / (?:unassigned|unowned|nobody|no one|noone|not assigned|without (?:an )?(?:owner|assignee)|no owner) /;
const EVERYTHING =
  /(?: (?:including|incl|include|also|even|plus)(?: the| those)? (?:closed|resolved)| (?:the )?whole list| closed and open| open and closed) /;
const NOT_CLOSED = / not (?:yet )?(?:closed|resolved|finished|done) /;

/** What was asked about alerts as words of `/mdr alerts`: `high host dc01 since yesterday`. */
export function alertsArgs(said: Said): readonly string[] {
  const period = said.period();
  const owner = said.one('person');
  return [
    ...stateOf(said, period.length > 0),
    ...said.all('level').map(({ value }) => value),
    ...(owner === null && said.matches(MINE) ? ['mine'] : []),
    ...(said.matches(NOBODY) ? ['unassigned'] : []),
    ...(owner === null ? [] : ['owner', owner]),
    ...said.all('host', 'user', 'ip', 'domain', 'hash', 'file').flatMap(({ kind, value }) => [kind, value]),
    ...period,
  ];
}

/** Open is what one gets without a time; with one, everything of that time. */
function stateOf(said: Said, hasPeriod: boolean): string[] {
  if (said.matches(EVERYTHING)) return ['all'];
  if (said.matches(NOT_CLOSED)) return hasPeriod ? ['open'] : [];
  if (said.says('closed', 'close', 'resolved', 'finished')) return ['closed'];
  if (said.says('acknowledged', 'acked')) return ['acknowledged'];
  if (said.says('open', 'unresolved', 'outstanding')) return hasPeriod ? ['open'] : [];
  return said.matches(/ (?:new alerts?|anything new|something new|what is new|any new) /) && !hasPeriod && !names(said)
    ? ['new']
    : [];
}

const names = (said: Said): boolean =>
  (['host', 'user', 'ip', 'domain', 'hash', 'file'] as const).some((kind) => said.has(kind));
