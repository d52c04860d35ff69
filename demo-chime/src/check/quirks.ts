/** Tests known deviations of browsers. Runs on the page and in a worker. */
import { describe, within } from './limit';
import type { Finding, Place } from './report';

/** The timeout of one probe, in milliseconds. */
const LIMIT = 6_000;

interface Answer extends Pick<Finding, 'figures'> {
  /** `undefined` if the browser lacks the interface. */
  conforms: boolean | undefined;
  detail: string;
}

interface Quirk {
  id: string;
  title: string;
  /** The checks that show whether Cyclorama works around a deviation. `*` stands for the groups of the place. */
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

/** Tests every known quirk in one place. */
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
    // A missing interface cannot deviate.
    answer = { conforms: error instanceof ReferenceError ? undefined : false, detail: describe(error) };
  }
  const { conforms, ...rest } = answer;
  if (conforms === undefined) return { ...named, status: 'unavailable', ...rest };
  if (conforms) return { ...named, status: 'passed', ...rest };
  const groups = ['webgpu', 'webgl', 'cpu'].map((backend) => `${backend}-${place}`);
  const checks = shownBy.flatMap((check) => groups.map((group) => check.replace('*', group)));
  return { ...named, status: 'deviates', ...rest, shownBy: [...new Set(checks)] };
}

/** Some browsers ignore `format` and copy the frame's own bytes. Others read chroma from the wrong place. */
async function probeCopyTo(): Promise<Answer> {
  if (typeof VideoFrame === 'undefined') return { conforms: undefined, detail: 'no VideoFrame' };
  const wrong: string[] = [];
  for (const [format, chroma] of Object.entries(HALVES)) {
    const [left, right] = await colorsOf(format as keyof typeof HALVES, chroma);
    const isRight = left && right && left[0] > 200 && left[2] < 60 && right[0] < 60 && right[2] > 200;
    if (!isRight) wrong.push(`${format}: ${left ?? 'nothing'} and ${right ?? 'nothing'}`);
  }
  const detail =
    wrong.length === 0 ? Object.keys(HALVES).join(', ') : `${wrong.join('; ')} (expected red and blue)`;
  return { conforms: wrong.length === 0, detail };
}

/** The chroma of a frame of 4x2 pixels whose left half is red and whose right half is blue. */
const HALVES = { I420: [90, 240, 240, 110], NV12: [90, 240, 240, 110] };

type Pixel = [red: number, green: number, blue: number];

/** The colors of such a frame's first and last pixel, as `copyTo` converts them. */
async function colorsOf(format: 'I420' | 'NV12', chroma: number[]): Promise<[Pixel?, Pixel?]> {
  const frame = new VideoFrame(Uint8Array.of(81, 81, 41, 41, 81, 81, 41, 41, ...chroma), {
    format,
    codedWidth: 4,
    codedHeight: 2,
    timestamp: 0,
  });
  try {
    const bytes = new Uint8Array(32);
    await frame.copyTo(bytes, { format: 'RGBA' });
    const pixel = (index: number) => [...bytes.subarray(index * 4, index * 4 + 3)] as Pixel;
    return [pixel(0), pixel(3)];
  } catch {
    return [];
  } finally {
    frame.close();
  }
}

/** Some browsers return the drawing before the latest one. */
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
  return {
    conforms: reds.join() === '51,102,153',
    detail: `${reds.join(', ')} (expected 51, 102, 153)`,
    figures: preservingCost(),
  };
}

/** The cost of reading a 1280x720 image from a WebGL2 canvas, with and without a preserved drawing buffer: medians in milliseconds. */
function preservingCost(): Record<string, number> {
  const ways = [false, true].map((preserveDrawingBuffer) => {
    const canvas = new OffscreenCanvas(1280, 720);
    const gl = canvas.getContext('webgl2', { antialias: false, preserveDrawingBuffer });
    return { canvas, gl, times: [] as number[] };
  });
  // Both variants take turns, so that the machine's load affects them equally.
  for (let round = 0; round < 25; round += 1) {
    for (const { canvas, gl, times } of ways) {
      const start = performance.now();
      gl?.clearColor(round / 25, 0, 0, 1);
      gl?.clear(gl.COLOR_BUFFER_BIT);
      redOf(canvas.transferToImageBitmap());
      times.push(performance.now() - start);
    }
  }
  const [swapped = Number.NaN, preserved = Number.NaN] = ways.map(({ gl, times }) => {
    gl?.getExtension('WEBGL_lose_context')?.loseContext();
    return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
  });
  return { swapped, preserved };
}

/** Some browsers leave the promise pending during a read. */
async function probePipe(): Promise<Answer> {
  const stop = new AbortController();
  let isCanceled = false;
  const source = new ReadableStream({
    cancel() {
      isCanceled = true;
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
  const state = isCanceled ? 'canceled' : 'not canceled';
  return { conforms: outcome === 'rejected', detail: `${outcome}, source ${state}` };
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
