/**
 * Calls `giveUp` after so many milliseconds, unless what this returns was called before.
 *
 * A timer that fires much too late was suspended with the machine, or its thread was blocked, and so was what is waited for: the
 * time begins again.
 */
export function waitAtMost(milliseconds: number, giveUp: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const wait = () => {
    const begun = performance.now();
    timer = setTimeout(() => {
      if (performance.now() - begun > 2 * milliseconds) wait();
      else giveUp();
    }, milliseconds);
  };
  wait();
  return () => clearTimeout(timer);
}
