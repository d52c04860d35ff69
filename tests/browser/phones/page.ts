/** A page with a camera and its background, and what the output shows. The tests of phone behavior drive it. */
import { VirtualBackground } from '../../../ts/src/index.js';
import { readPixels } from '../sdk/helpers/pixels.js';
import { BACKGROUND, countMarker, cut, paintScene } from '../sdk/helpers/scene.js';

const [WIDTH, HEIGHT] = [640, 360];
const BLUE = { kind: 'color', color: '#2040c0' } as const;

/** How `processTrack` makes its track. */
export type TrackPath = 'streams' | 'canvas';

/** A call with a track, or an app's own frames without a track. */
export type Use = TrackPath | 'frames';

const errors: string[] = [];
const events: string[] = [];
/** How many frames showed the effect, and how many showed a pixel of the wall. */
const frames = { blue: 0, raw: 0 };
let background: VirtualBackground | undefined;
let output: MediaStreamTrack | undefined;

async function openCamera(): Promise<MediaStreamTrack> {
  const scene = await paintScene(WIDTH, HEIGHT);
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: WIDTH, height: HEIGHT });
  const paint = () => canvas.getContext('2d', { alpha: false })?.drawImage(scene, 0, 0);
  paint();
  const [camera] = canvas.captureStream(15).getVideoTracks();
  if (!camera) throw new Error('the canvas gave no track');
  setInterval(paint, 66);
  return camera;
}

/** The device's camera, which the browser may revoke. */
async function openDevice(): Promise<MediaStreamTrack> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: WIDTH, height: HEIGHT } });
  const [camera] = stream.getVideoTracks();
  if (!camera) throw new Error('the device has no camera');
  return camera;
}

/** Shows the device's camera from now on. */
async function useDevice(): Promise<void> {
  if (!background) throw new Error('nothing was started');
  show(await background.processTrack(await openDevice()));
}

/** Starts processing. */
async function start(use: Use): Promise<void> {
  if (use === 'canvas') Reflect.deleteProperty(globalThis, 'MediaStreamTrackGenerator');
  background = await VirtualBackground.create({ backend: 'webgl', effect: BLUE });
  background.addEventListener('error', ({ detail }) => errors.push(`${detail.code}: ${detail.message}`));
  background.addEventListener('recovered', () => events.push('recovered'));
  background.addEventListener('track', ({ detail }) => {
    events.push('track');
    show(detail.track);
  });
  if (use === 'frames') await makeFrames(background);
  else show(await background.processTrack(await openCamera()));
}

/** Processes frames of the scene one after the other, without a track. */
async function makeFrames(background: VirtualBackground): Promise<void> {
  const scene = await paintScene(WIDTH, HEIGHT);
  const next = async (): Promise<void> => {
    const { image, outcome } = await background.processFrame(scene);
    if (outcome === 'processed') count(image);
    image.close();
    setTimeout(next, 66);
  };
  await next();
}

/** Counts a frame by what it shows. */
function count(frame: CanvasImageSource): void {
  const pixels = readPixels(frame, WIDTH, HEIGHT);
  const isRaw = BACKGROUND.some((region) => countMarker(cut(pixels, region)) > 0);
  const [red = 0, , blue = 0] = pixels.data;
  if (isRaw) frames.raw += 1;
  else if (blue > 150 && red < 60) frames.blue += 1;
}

function show(track: MediaStreamTrack): void {
  // Frames of another camera come out of the same track.
  if (track !== output) track.addEventListener('ended', () => events.push('ended'));
  output = track;
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = new MediaStream([track]);
  document.body.replaceChildren(video);
  const inspect = () => {
    count(video);
    video.requestVideoFrameCallback(inspect);
  };
  video.requestVideoFrameCallback(inspect);
  // Chromium pauses playback on a page that it freezes, as it does with every page's own videos.
  const play = () => void video.play().catch(() => {});
  document.addEventListener('resume', play);
  play();
}

/** The results so far. */
async function state() {
  return { ...frames, errors, events, output: output?.readyState };
}

/** Memory that the page holds, in MiB. Writing to it makes the system allocate it. */
const held: Uint8Array[] = [];
function hold(mebibytes: number): string {
  try {
    for (let count = 0; count < mebibytes; count += 1) held.push(new Uint8Array(1 << 20).fill(count + 1));
    return 'held';
  } catch (cause) {
    return String(cause);
  }
}

for (const type of ['freeze', 'resume']) document.addEventListener(type, () => events.push(type));

/** Whether the page came out of the back/forward cache, for each time that it was shown. */
const restored: boolean[] = [];
addEventListener('pageshow', ({ persisted }) => restored.push(persisted));

const phone = { start, useDevice, state, hold, restored };
export type Phone = typeof phone;
Object.assign(globalThis, { phone });
