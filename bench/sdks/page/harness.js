/**
 * Runs one contender in the page: the camera's track goes in, and a worker consumes the output track.
 *
 * @typedef {object} Contest what a contender's `start` receives.
 * @property {MediaStreamTrack} track of the camera.
 * @property {number} width of the camera's frames.
 * @property {number} height
 * @property {number} frameRate
 * @property {string} packages URL of the folder with the npm packages, with a slash at the end.
 *
 * @typedef {object} Running
 * @property {MediaStreamTrack} track the output.
 * @property {number} [created] time when the SDK's script was loaded and its start began, in ms since 1970, if it is known.
 * @property {() => Promise<Status>} [status] the SDK's own figures, if it reports any.
 *
 * @typedef {object} Status
 * @property {string} backend in use.
 * @property {number} dropped frames since the start.
 * @property {Record<string, number>} stages median time of each stage, in ms of its thread.
 *
 * @typedef {object} Seen a frame that the consumer read.
 * @property {number} time of its arrival, in ms since 1970.
 * @property {number} [number] of the frame in the film.
 * @property {'raw' | 'processed' | 'other'} [kind] missing if the marker was not read.
 */

const folder = new URL('../../../', import.meta.url).href;
const now = () => performance.timeOrigin + performance.now();
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const consumer = new Worker(new URL('consumer.js', import.meta.url), { type: 'module' });
consumer.addEventListener('message', ({ data }) => data.error && console.error(`consumer: ${data.error}`));
let requests = 0;

/** The consumer's frames so far. With `take` it forgets them. */
function ask(request) {
  requests += 1;
  const id = requests;
  return new Promise((resolve) => {
    const listen = ({ data }) => {
      if (data.id !== id) return;
      consumer.removeEventListener('message', listen);
      resolve(data);
    };
    consumer.addEventListener('message', listen);
    consumer.postMessage({ id, ...request });
  });
}

/** Start time and duration of long tasks, in ms. */
const longTasks = [];
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) {
    longTasks.push({ time: performance.timeOrigin + startTime, duration });
  }
}).observe({ type: 'longtask' });

function consume(track, role) {
  const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 30 });
  consumer.postMessage({ readable, role }, [readable]);
}

let settings;
let camera;
/** @type {Running} */
let running;

globalThis.harness = {
  /** Opens the camera and lets it run for a second, before any contender is timed. */
  async openCamera({ width, height, frameRate }) {
    const video = { width: { exact: width }, height: { exact: height }, frameRate: { exact: frameRate } };
    settings = { width, height, frameRate };
    [camera] = (await navigator.mediaDevices.getUserMedia({ video })).getVideoTracks();
    const reader = new MediaStreamTrackProcessor({ track: camera }).readable.getReader();
    for (let frame = 0; frame < frameRate; frame++) (await reader.read()).value.close();
    await reader.cancel();
  },

  /**
   * Loads a contender, starts it and consumes its output, until two seconds after the first processed frame.
   *
   * @param {{ module: string, options?: object }} contender
   * @param {number} limit longest wait for that frame, in ms.
   * @returns {Promise<{ started: number, created?: number, output: Seen[] }>} `started` is the time before the contender's script was
   *   requested.
   */
  async start({ module, options }, limit) {
    const started = now();
    const { start } = await import(`../contenders/${module}`);
    running = await start({ track: camera, ...settings, packages: `${folder}npm/`, ...options });
    consume(running.track, 'output');
    for (;;) {
      await pause(100);
      const { output } = await ask({});
      const first = output.find(({ kind }) => kind === 'processed');
      if (now() > (first ? first.time + 2_000 : started + limit)) break;
    }
    const { output } = await ask({ mode: 'count', take: true });
    return { started, created: running.created, output };
  },

  /** Counts the output's frames for a while. */
  async count(milliseconds) {
    longTasks.length = 0;
    await ask({ mode: 'count', take: true });
    const begin = now();
    await pause(milliseconds);
    const { output, sizes } = await ask({ take: true });
    return { begin, end: now(), output, sizes, longTasks };
  },

  /** Reads the marker in the output and in the camera's own frames for a while. */
  async compare(milliseconds) {
    const clone = camera.clone();
    await ask({ mode: 'read', take: true });
    consume(clone, 'camera');
    await pause(milliseconds);
    const seen = await ask({ mode: 'count', take: true });
    clone.stop();
    return { output: seen.output, camera: seen.camera };
  },

  status: async () => running.status?.(),

  /** The adapters of this browser. */
  async adapters() {
    const context = new OffscreenCanvas(1, 1).getContext('webgl2');
    const names = context?.getExtension('WEBGL_debug_renderer_info');
    const webgl = names ? context.getParameter(names.UNMASKED_RENDERER_WEBGL) : undefined;
    const info = (await navigator.gpu?.requestAdapter())?.info;
    const webgpu = info && [info.vendor, info.architecture, info.description].filter(Boolean).join(' ');
    return { webgl, webgpu };
  },
};
