import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { expect, it } from 'vitest';
import { quickenStrings } from '../engine/quick-strings.js';

/** Whether V8 keeps the methods of strings where its compiler can count on them. */
function isQuick(): boolean {
  setFlagsFromString('--allow-natives-syntax');
  try {
    return new Script('%HasFastProperties(String.prototype)').runInThisContext();
  } finally {
    setFlagsFromString('--no-allow-natives-syntax');
  }
}

it('strings are quick again after a class has extended them', () => {
  expect(isQuick()).toBe(true);
  class Verbatim extends String {}
  expect(new Verbatim('text').length).toBe(4);
  expect(isQuick()).toBe(false);
  quickenStrings();
  expect(isQuick()).toBe(true);
});
