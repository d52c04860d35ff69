/**
 * A timer that keeps its pace while the tab is hidden, where a page's own goes once a second. Is sent the time between
 * two ticks in milliseconds, any number of times, and sends `null` at each.
 */
let timer: ReturnType<typeof setInterval> | undefined;

addEventListener('message', ({ data }: MessageEvent<number>) => {
  clearInterval(timer);
  timer = setInterval(() => postMessage(null), data);
});
