import type { webApi } from '@slack/bolt';
import type { Log } from '../../../engine/log.js';

const MOST = 500;

const logger = (say: (level: 'debug' | 'warn', words: string) => void): webApi.Logger => {
  const words = (parts: unknown[]) => parts.map(String).join(' ').slice(0, MOST);
  return {
    // The SDK's debug lines hold whole messages.
    debug: () => {},
    info: (...parts) => say('debug', words(parts)),
    warn: (...parts) => say('warn', words(parts)),
    error: (...parts) => say('warn', words(parts)),
    setLevel: () => {},
    getLevel: () => 'info' as webApi.LogLevel,
    setName: () => {},
  };
};

/** The SDK's log lines in ours. Its errors are warnings here: what fails for good is thrown, and logged where it is caught. */
export function sdkLogger(log: Log): webApi.Logger {
  const child = log.child({ surface: 'slack' });
  return logger((level, words) => child[level](words));
}

/** For checks that report by themselves. */
export const silentLogger: webApi.Logger = logger(() => {});
