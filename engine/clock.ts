/** The present, in epoch milliseconds. Passed in wherever time matters, so that tests can own it. */
export type Clock = () => number;
export const systemClock: Clock = () => Date.now();
