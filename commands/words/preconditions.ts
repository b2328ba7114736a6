import type { MdrError } from '../../engine/errors.js';
import { isAtLeast, type Role } from '../../engine/store/people.js';
import type { Context } from '../types.js';

/** Whether something may go on; if not, the error that says why and what to do. */
export type Result = { readonly ok: true } | { readonly ok: false; readonly error: MdrError };

/** A question about a context. It answers with a result and throws nothing, so that several can be put together. */
export type Precondition<C> = (context: C) => Result;

/** What is said when a precondition does not hold. */
type Refusal<C> = (context: C) => MdrError;

const YES: Result = { ok: true };

/** A precondition from a plain question and the words for "no". */
export function unless<C>(holds: (context: C) => boolean, refusal: Refusal<C>): Precondition<C> {
  return (context) => (holds(context) ? YES : { ok: false, error: refusal(context) });
}

/** Holds when all hold; the first that does not is the answer. */
export function and<C>(...all: readonly Precondition<C>[]): Precondition<C> {
  return (context) => {
    for (const each of all) {
      const result = each(context);
      if (!result.ok) return result;
    }
    return YES;
  };
}

/** Holds when one holds; when none does, the first one's refusal is the answer: put what people are to hear first. */
export function or<C>(first: Precondition<C>, ...others: readonly Precondition<C>[]): Precondition<C> {
  return (context) => {
    const result = first(context);
    if (result.ok) return result;
    return others.some((each) => each(context).ok) ? YES : result;
  };
}

/** The role: this one or more. */
export const atLeast = <C extends Pick<Context, 'role'>>(role: Role, refusal: Refusal<C>): Precondition<C> =>
  unless((context) => isAtLeast(context.role, role), refusal);

/** The side: the provider's own people. */
export const ofProvider = <C extends Pick<Context, 'person'>>(refusal: Refusal<C>): Precondition<C> =>
  unless(({ person }) => person.side === 'provider', refusal);

/** The lane: the provider's people, where no customer reads along. */
export const inProviderLane = <C extends Pick<Context, 'internal'>>(refusal: Refusal<C>): Precondition<C> =>
  unless(({ internal }) => internal, refusal);

/** The state of the record that a thing is about. */
export const inState = <C extends { record: { state: string } }>(
  states: readonly C['record']['state'][],
  refusal: Refusal<C>,
): Precondition<C> => unless(({ record }) => states.includes(record.state), refusal);

/** For whoever cannot go on without. @throws MdrError of the precondition that does not hold */
export function need<C>(precondition: Precondition<C>, context: C): void {
  const result = precondition(context);
  if (!result.ok) throw result.error;
}
