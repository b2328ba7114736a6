import { CLOSE_REASONS } from '../../engine/store/alerts.js';
import { CASE_STATES, CASE_TYPES, PRIORITIES, SEVERITIES } from '../../engine/store/cases.js';
import { done, oneOf, reasonIn, takeCase, type Verb, wrongCase } from './words.js';

const MOVES = CASE_STATES.filter((state) => state !== 'closed');
const text = (words: readonly string[]): string => words.join(' ').trim();

export const state: Verb = {
  name: 'state',
  usage: '[n] <state> <why…>',
  example: 'case state 4 contain ws01 is off the network',
  says: `moves it on: ${CASE_STATES.join(' → ')}; which moves are legal it says itself`,
  role: 'responder',
  run(context, args) {
    const { number, rest } = takeCase(state, context, args);
    const to = oneOf(state, 'state', rest[0], MOVES);
    return done(context, number, { kind: 'state', to, reason: reasonIn(state, rest.slice(1)) });
  },
};

export const close: Verb = {
  name: 'close',
  usage: '[n] <reason> <what it was…>',
  example: 'case close 4 true_positive the account was disabled, nothing left the network',
  says: `closes it as ${CLOSE_REASONS.join(', ')}; open tasks have to be done or dropped first`,
  role: 'responder',
  run(context, args) {
    const { number, rest } = takeCase(close, context, args);
    const outcome = oneOf(close, 'reason', rest[0], CLOSE_REASONS);
    return done(context, number, { kind: 'close', outcome, reason: reasonIn(close, rest.slice(1)) });
  },
};

export const reopen: Verb = {
  name: 'reopen',
  usage: '[n] <why…>',
  example: 'case reopen 4 it was seen again on ws07',
  says: 'opens a closed one again; its clocks begin anew',
  role: 'responder',
  run(context, args) {
    const { number, rest } = takeCase(reopen, context, args);
    return done(context, number, { kind: 'reopen', reason: reasonIn(reopen, rest) });
  },
};

export const severity: Verb = {
  name: 'severity',
  usage: '[n] <severity> <why…>',
  example: 'case severity 4 critical a domain controller is touched',
  says: `how bad it is: ${SEVERITIES.join(', ')}; the clocks of the contract follow`,
  role: 'responder',
  run(context, args) {
    const { number, rest } = takeCase(severity, context, args);
    const to = oneOf(severity, 'severity', rest[0], SEVERITIES);
    return done(context, number, { kind: 'severity', to, reason: reasonIn(severity, rest.slice(1)) });
  },
};

export const priority: Verb = {
  name: 'priority',
  usage: '[n] <priority> <why…>',
  example: 'case priority 4 P1 the board meets tomorrow',
  says: `how soon it is worked on: ${PRIORITIES.join(', ')}`,
  role: 'responder',
  run(context, args) {
    const { number, rest } = takeCase(priority, context, args);
    const to = oneOf(priority, 'priority', rest[0], PRIORITIES);
    return done(context, number, { kind: 'priority', to, reason: reasonIn(priority, rest.slice(1)) });
  },
};

export const title: Verb = {
  name: 'title',
  usage: '[n] <title…>',
  example: 'case title 4 Stolen account of a clerk, used from abroad',
  says: 'gives it another title; a customer who is shown the case reads it',
  role: 'responder',
  run(context, args) {
    const { number, rest } = takeCase(title, context, args, true);
    if (text(rest) === '') throw wrongCase(title, 'what is it called?');
    return done(context, number, { kind: 'title', to: text(rest), reason: '' });
  },
};

export const type: Verb = {
  name: 'type',
  usage: '[n] <type> [why…]',
  example: 'case type 4 phishing',
  says: `what kind of incident it is: ${CASE_TYPES.join(', ')}`,
  role: 'responder',
  run(context, args) {
    const { number, rest } = takeCase(type, context, args);
    const to = oneOf(type, 'type', rest[0], CASE_TYPES);
    return done(context, number, { kind: 'type', to, reason: text(rest.slice(1)) });
  },
};
