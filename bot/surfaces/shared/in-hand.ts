/** Longest wait for answers in hand when stopping. */
const FINISH_MS = 20_000;

/** Work that was begun and must be finished before a surface stops. */
export function inHand() {
  const running = new Set<Promise<void>>();
  return {
    /** @param work must not reject */
    add(work: Promise<void>): void {
      running.add(work);
      void work.finally(() => running.delete(work));
    },
    /** Until all of it is finished, or patience is over. */
    async done(): Promise<void> {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, FINISH_MS);
      });
      await Promise.race([Promise.allSettled(running), patience]);
      clearTimeout(timer);
    },
  };
}
