/** How the browser behaves where browsers are known to deviate. Runs on the page and in a worker. */
import { describe, within } from './limit';
import type { Finding, Place } from './report';

/** How long one probe may take, in milliseconds. */
const LIMIT = 6_000;

interface Answer {
  /** `undefined` where the browser lacks the interface. */
  conforms: boolean | undefined;
  detail: string;
}

interface Quirk {
  id: string;
  title: string;
  /** The checks that show whether Cyclorama copes with a deviation; `*` stands for the groups of the place. */
  shownBy: string[];
  probe(): Answer | Promise<Answer>;
}

const quirks: Quirk[] = [
  {
    id: 'copy-to',
    title: 'VideoFrame.copyTo converts to RGBA',
    shownBy: ['*/source-frame', '*/source-video'],
    probe: probeCopyTo,
  },
  {
    id: 'transfer-bitmap',
    title: 'transferToImageBitmap of WebGL2 contains the latest drawing',
    shownBy: ['*/color', '*/image', '*/blur', '*/transparent', '*/pause'],
    probe: probeTransfer,
  },
  {
    id: 'pipe-to',
    title: 'pipeTo ends when its signal aborts',
    shownBy: ['*/camera', '*/destroy'],
    probe: probePipe,
  },
  {
    id: 'gpu-null',
    title: 'navigator.gpu is not null',
    shownBy: ['support/support'],
    probe: () => {
      const { gpu } = navigator as { gpu?: GPU | null };
      return { conforms: gpu !== null, detail: gpu === null ? 'null' : gpu ? 'present' : 'absent' };
    },
  },
  {
    id: 'resize',
    title: 'createImageBitmap resizes',
    shownBy: ['*/image'],
    probe: probeResize,
  },
];

/** Looks at every known quirk in one place. */
export async function findQuirks(place: Place): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const quirk of quirks) findings.push(await find(quirk, place));
  return findings;
}

async function find({ id, title, shownBy, probe }: Quirk, place: Place): Promise<Finding> {
  const named = { id, title, place };
  let answer: Answer;
  try {
    answer = await within(
      Promise.resolve().then(() => probe()),
      LIMIT,
    );
  } catch (error) {
    // What does not exist cannot deviate.
    answer = { conforms: error instanceof ReferenceError ? undefined : false, detail: describe(error) };
  }
  const { conforms, detail } = answer;
  if (conforms === undefined) return { ...named, status: 'unavailable', detail };
  if (conforms) return { ...named, status: 'passed', detail };
  const groups = [`webgpu-${place}`, `webgl-${place}`];
  const checks = shownBy.flatMap((check) => groups.map((group) => check.replace('*', group)));
  return { ...named, status: 'deviates', detail, shownBy: [...new Set(checks)] };
}

/** Some engines ignore `format`, and resolve with the frame's own bytes. */
async function probeCopyTo(): Promise<Answer> {
  if (typeof VideoFrame === 'undefined') return { conforms: undefined, detail: 'no VideoFrame' };
  const frame = new VideoFrame(new Uint8Array(384).fill(128), {
    format: 'I420',
    codedWidth: 16,
    codedHeight: 16,
    timestamp: 0,
  });
  try {
    const size = frame.allocationSize({ format: 'RGBA' });
    const { length: planes } = await frame.copyTo(new Uint8Array(1024), { format: 'RGBA' });
    return {
      conforms: size === 1024 && planes === 1,
      detail: `${size} of 1024 bytes, ${planes} of 1 planes`,
    };
  } finally {
    frame.close();
  }
}

/** Some engines give the drawing before the latest one. */
function probeTransfer(): Answer {
  const canvas = new OffscreenCanvas(16, 16);
  const gl = canvas.getContext('webgl2', { antialias: false });
  if (!gl) return { conforms: undefined, detail: 'no WebGL2 on an OffscreenCanvas' };
  const reds = [0.2, 0.4, 0.6].map((red) => {
    gl.clearColor(red, 0, 0, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    return redOf(canvas.transferToImageBitmap());
  });
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return { conforms: reds.join() === '51,102,153', detail: `${reds.join(', ')} (expected 51, 102, 153)` };
}

/** Some engines leave the promise pending while a read is under way. */
async function probePipe(): Promise<Answer> {
  const stop = new AbortController();
  let isCancelled = false;
  const source = new ReadableStream({
    cancel() {
      isCancelled = true;
    },
  });
  const options = { signal: stop.signal, preventAbort: true, preventClose: true };
  const end = source.pipeTo(new WritableStream(), options).then(
    () => 'resolved',
    () => 'rejected',
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  stop.abort();
  const hangs = new Promise<string>((resolve) =>
    setTimeout(() => resolve('pending after 1.5 seconds'), 1_500),
  );
  const outcome = await Promise.race([end, hangs]);
  const fate = isCancelled ? 'cancelled' : 'not cancelled';
  return { conforms: outcome === 'rejected', detail: `${outcome}, source ${fate}` };
}

async function probeResize(): Promise<Answer> {
  const pixels = new ImageData(8, 8);
  const bitmap = await createImageBitmap(pixels, { resizeWidth: 4, resizeHeight: 2, resizeQuality: 'high' });
  const { width, height } = bitmap;
  bitmap.close();
  return { conforms: width === 4 && height === 2, detail: `${width} × ${height} (expected 4 × 2)` };
}

function redOf(image: ImageBitmap): number | undefined {
  const context = new OffscreenCanvas(16, 16).getContext('2d', { willReadFrequently: true });
  context?.drawImage(image, 0, 0);
  image.close();
  return context?.getImageData(8, 8, 1, 1).data[0];
}
