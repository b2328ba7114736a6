const SILENCE_MS = 40_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/**
 * The stream of notices, opened again whenever it ends. After each opening, `refetch` is called: what happened in between is fetched.
 * @param {{ notice: (notice: any) => void, refetch: () => void, state: (now: 'live' | 'lost') => void, check: () => Promise<unknown>, over: () => void }} told
 */
export function openLive(told) {
  let source;
  let watchdog;
  let retry;
  let wait = FIRST_WAIT_MS;

  function alive() {
    clearTimeout(watchdog);
    watchdog = setTimeout(again, SILENCE_MS);
  }

  function again() {
    source?.close();
    clearTimeout(watchdog);
    clearTimeout(retry);
    told.state('lost');
    // A stream does not tell why it failed, a request does: when the session is over, it leads to the door.
    retry = setTimeout(() => told.check().then(open, again), wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }

  function open() {
    clearTimeout(retry);
    source?.close();
    source = new EventSource('/api/stream');
    alive();
    source.addEventListener('ready', () => {
      wait = FIRST_WAIT_MS;
      alive();
      told.state('live');
      told.refetch();
    });
    source.addEventListener('beat', alive);
    source.addEventListener('resync', told.refetch);
    source.addEventListener('notice', (event) => {
      alive();
      told.notice(JSON.parse(event.data));
    });
    source.addEventListener('over', told.over);
    source.onerror = again;
  }

  addEventListener('online', open);
  addEventListener('offline', again);
  // A page that leaves closes its stream; one that comes back from the browser's cache opens it again.
  addEventListener('pagehide', () => source?.close());
  addEventListener('pageshow', (event) => event.persisted && open());
  open();
}
