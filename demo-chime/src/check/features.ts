/** Detects the browser's features. Runs on the page and in a worker. */
import { describe, within } from './limit';
import type { Finding, Place } from './report';

/** The timeout of one probe, in milliseconds. */
const LIMIT = 6_000;

/** `true` or a description if the feature exists, else `false`. */
type Answer = boolean | string;

interface Feature {
  id: string;
  title: string;
  /** The only place where the feature can exist. Default: both. */
  only?: Place;
  probe(): Answer | Promise<Answer>;
}

const has = (name: string) => () => name in globalThis;

const features: Feature[] = [
  { id: 'secure', title: 'Secure context', probe: () => isSecureContext },
  { id: 'isolated', title: 'Cross-origin isolation', probe: () => crossOriginIsolated },
  { id: 'cores', title: 'CPU cores', probe: () => String(navigator.hardwareConcurrency ?? false) },
  { id: 'simd', title: 'WebAssembly SIMD', probe: () => WebAssembly.validate(SIMD) },
  {
    id: 'relaxed-simd',
    title: 'WebAssembly relaxed SIMD',
    probe: () => WebAssembly.validate(RELAXED_SIMD),
  },
  { id: 'offscreen', title: 'OffscreenCanvas', probe: has('OffscreenCanvas') },
  { id: 'webgl2', title: 'WebGL2 with half-float targets', probe: probeWebGl },
  { id: 'webgpu', title: 'WebGPU adapter', probe: () => probeWebGpu(({ name }) => name) },
  { id: 'shader-f16', title: 'WebGPU shader-f16', probe: () => probeWebGpu(({ f16 }) => f16) },
  {
    id: 'timestamp-query',
    title: 'WebGPU timestamp-query',
    probe: () => probeWebGpu(({ timestamps }) => timestamps),
  },
  { id: 'video-frame', title: 'VideoFrame (WebCodecs)', probe: has('VideoFrame') },
  { id: 'rotation', title: 'VideoFrame rotation and flip', probe: probeRotation },
  {
    id: 'track-processor',
    title: 'MediaStreamTrackProcessor',
    probe: has('MediaStreamTrackProcessor'),
  },
  {
    id: 'track-generator',
    title: 'MediaStreamTrackGenerator',
    probe: has('MediaStreamTrackGenerator'),
  },
  { id: 'video-track-generator', title: 'VideoTrackGenerator', probe: has('VideoTrackGenerator') },
  { id: 'locks', title: 'Web Locks', probe: () => 'locks' in navigator },
  { id: 'digests', title: 'Digests (crypto.subtle)', probe: () => globalThis.crypto?.subtle !== undefined },
  {
    id: 'capture',
    title: 'captureStream of a canvas',
    only: 'page',
    probe: () => 'captureStream' in HTMLCanvasElement.prototype,
  },
  {
    id: 'frame-callback',
    title: 'requestVideoFrameCallback',
    only: 'page',
    probe: () => 'requestVideoFrameCallback' in HTMLVideoElement.prototype,
  },
  {
    id: 'camera',
    title: 'getUserMedia',
    only: 'page',
    probe: () => navigator.mediaDevices?.getUserMedia !== undefined,
  },
  { id: 'rtc', title: 'RTCPeerConnection', only: 'page', probe: has('RTCPeerConnection') },
];

/** Detects every feature that can exist in a place. */
export async function findFeatures(place: Place): Promise<Finding[]> {
  request = undefined;
  const findings: Finding[] = [];
  for (const { id, title, only, probe } of features) {
    if (only && only !== place) continue;
    findings.push(await find(id, title, place, probe));
  }
  return findings;
}

async function find(id: string, title: string, place: Place, probe: Feature['probe']): Promise<Finding> {
  try {
    const answer = await within(
      Promise.resolve().then(() => probe()),
      LIMIT + 1_000,
    );
    const detail = typeof answer === 'string' ? answer : '';
    return { id, title, place, status: answer ? 'passed' : 'unavailable', detail };
  } catch (error) {
    return { id, title, place, status: 'unavailable', detail: describe(error) };
  }
}

function probeWebGl(): Answer {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl) return false;
  const targets = gl.getExtension('EXT_color_buffer_float') ?? gl.getExtension('EXT_color_buffer_half_float');
  const name = String(gl.getParameter(gl.RENDERER));
  // Browsers allow only a few contexts at a time.
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return targets ? name : false;
}

interface Adapter {
  name: string;
  f16: boolean;
  timestamps: boolean;
}

/** The adapter request that the current probes share. */
let request: Promise<GPUAdapter | null> | undefined;

async function probeWebGpu(read: (adapter: Adapter) => Answer): Promise<Answer> {
  const { gpu } = navigator as Partial<Pick<Navigator, 'gpu'>>;
  // All probes share one request, because some browsers never answer.
  request ??= within(
    gpu?.requestAdapter({ powerPreference: 'high-performance' }) ?? Promise.resolve(null),
    LIMIT,
  );
  const adapter = await request;
  if (!adapter) return false;
  const { vendor, architecture, device, description } = adapter.info;
  return read({
    name: description || [vendor, architecture, device].filter(Boolean).join(' ') || 'unnamed',
    f16: adapter.features.has('shader-f16'),
    timestamps: adapter.features.has('timestamp-query'),
  });
}

function probeRotation(): Answer {
  if (typeof VideoFrame === 'undefined') return false;
  const init = {
    format: 'I420',
    codedWidth: 2,
    codedHeight: 2,
    timestamp: 0,
    rotation: 90,
    flip: true,
  } as const;
  const frame = new VideoFrame(new Uint8Array(6), init) as VideoFrame & { rotation?: number; flip?: boolean };
  const { rotation, flip } = frame;
  frame.close();
  return rotation === 90 && flip === true;
}

// Modules with one SIMD instruction each: `i8x16.popcnt`, and `i8x16.relaxed_swizzle`.
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98,
  11,
]);
const RELAXED_SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2,
  253, 15, 253, 128, 2, 11,
]);
