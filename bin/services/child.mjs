import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './probe.mjs';
import { ServiceError } from './tools.mjs';

/** @typedef {{ kind: string, url: string, pid: number, port: number }} Running a service that was started */

const READY_MS = 60_000;
const STOP_MS = 15_000;

/** Command line of a process; empty when there is none (or only its remains). @param {number} pid */
function commandOf(pid) {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

/** Whether the recorded process is still this service: its number may belong to another program by now. @param {Running} running */
const isStill = (running) => new RegExp(`\\b${running.port}\\b`).test(commandOf(running.pid));

/**
 * @param {Running | undefined} running
 * @param {(port: number) => Promise<boolean>} answers
 */
export async function isUp(running, answers) {
  return running !== undefined && isStill(running) && (await answers(running.port));
}

/**
 * Stop a service: SIGTERM, and SIGKILL when it has not ended in time.
 * @param {Running} running
 */
export async function end(running) {
  const deadline = Date.now() + STOP_MS;
  for (let signal = /** @type {NodeJS.Signals} */ ('SIGTERM'), sent = false; isStill(running); await sleep(30)) {
    if (!sent) process.kill(running.pid, signal);
    sent = true;
    if (Date.now() > deadline && signal === 'SIGTERM') {
      signal = 'SIGKILL';
      sent = false;
    }
  }
}

/** @param {string} file */
const tail = (file) => readFileSync(file, 'utf8').trim().split('\n').slice(-3).join(' | ').slice(-600);

/**
 * Start a service on a free port and wait until it answers.
 * @param {{
 *   kind: string,
 *   program: string,
 *   args: (port: number) => string[],
 *   url: (port: number) => string,
 *   logFile: string,
 *   ready: RegExp,
 *   answers: (port: number) => Promise<boolean>,
 *   record: (running: Running) => void,
 * }} service `ready`: what its log says once it listens; `record` is called before it is up, so that no crash of ours loses sight of it
 * @returns {Promise<Running>}
 * @throws ServiceError MDR_SERVICE_DOWN with the end of the service's log
 */
export async function launch(service) {
  mkdirSync(dirname(service.logFile), { recursive: true });
  const port = await freePort();
  const log = openSync(service.logFile, 'w');
  // A process group of its own: Ctrl-C reaches us only, and the service ends after the last worker has finished with it.
  const child = spawn(service.program, service.args(port), { stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  let ended = '';
  child.on('error', (error) => {
    ended = error.message;
  });
  child.on('exit', (code, signal) => {
    ended ||= `ended with ${signal ?? `code ${code}`}`;
  });
  child.unref();
  const running = { kind: service.kind, url: service.url(port), pid: child.pid ?? 0, port };
  if (child.pid) service.record(running);
  const deadline = Date.now() + READY_MS;
  while (!ended && Date.now() < deadline) {
    // The log line proves that the answer comes from this process, not from one that took the port before it.
    if (service.ready.test(readFileSync(service.logFile, 'utf8')) && (await service.answers(port))) return running;
    await sleep(25);
  }
  if (!ended) await end(running);
  throw new ServiceError(
    'MDR_SERVICE_DOWN',
    `${service.kind} ${ended || 'did not answer in time'}: ${tail(service.logFile)}`,
    `Its whole log is ${service.logFile}.`,
  );
}
