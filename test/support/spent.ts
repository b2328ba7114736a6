/** Starts to count this process's processor time. @returns a function that says how much was spent since, ms: others on this machine do not count */
export function spending(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
}

/** Processor time that work took, ms. */
export function took(work: () => void): number {
  const spent = spending();
  work();
  return spent();
}
