/**
 * A timer that hidden tabs do not throttle, unlike a page's own. Receives intervals in milliseconds, and
 * posts `null` at each tick.
 */
let timer: ReturnType<typeof setInterval> | undefined;

addEventListener('message', ({ data }: MessageEvent<number>) => {
  clearInterval(timer);
  timer = setInterval(() => postMessage(null), data);
});
