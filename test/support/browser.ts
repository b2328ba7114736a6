import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

/** Nothing that would call home or need a graphics card; `--no-sandbox` because tests often run as root in a container. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Path of the machine's Chromium (`CHROME_PATH` comes first), or null when there is none. */
export function chromePath(): string | null {
  return [process.env.CHROME_PATH, ...CANDIDATES].find((path) => path && existsSync(path)) ?? null;
}

/** @returns a headless browser, or null when the machine has none, so that tests can skip saying so */
export async function openBrowser(): Promise<Browser | null> {
  const executablePath = chromePath();
  return executablePath ? chromium.launch({ executablePath, headless: true, args: FLAGS }) : null;
}
