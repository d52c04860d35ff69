import { startTimer } from '../live/numbered.js';
import { drawScene, loadAstronaut } from '../sdk/helpers/scene.js';

/** A camera before the scene. */
export interface SceneCamera {
  track: MediaStreamTrack;
  /** How many frames it has delivered. */
  readonly given: number;
  /** Delivers frames of another size from now on. */
  resize(width: number, height: number): void;
  /** Stops delivering frames. The track ends. */
  close(): void;
}

/** The size that the scene is drawn in, once. Its squares remain squares in a frame of 180 lines. */
const [WIDTH, HEIGHT] = [640, 360];
/** How many positions the person sways through. They are drawn once, because drawing takes longer than copying. */
const POSITIONS = 16;

let positions: Promise<ImageBitmap[]> | undefined;

/** The scene, once for each position of the person. */
export function loadPositions(): Promise<ImageBitmap[]> {
  positions ??= drawPositions();
  return positions;
}

async function drawPositions(): Promise<ImageBitmap[]> {
  const person = await loadAstronaut();
  const [canvas, context] = openCanvas(WIDTH, HEIGHT);
  const drawn: ImageBitmap[] = [];
  for (let position = 0; position < POSITIONS; position += 1) {
    drawScene(context, person, (position / POSITIONS) * Math.PI);
    drawn.push(await createImageBitmap(canvas));
  }
  return drawn;
}

/** Opens a camera that delivers frames of the scene at a rate per second. */
export async function openSceneCamera(width: number, height: number, rate: number): Promise<SceneCamera> {
  const scene = await loadPositions();
  const [canvas, context] = openCanvas(width, height);
  const stream = canvas.captureStream(0);
  const [track] = stream.getVideoTracks();
  if (!track) throw new Error('the canvas gave no track');
  const capture = ('requestFrame' in track ? track : stream) as CanvasCaptureMediaStreamTrack;
  let given = 0;
  const timer = startTimer(1000 / rate, () => {
    context.drawImage(scene[given % scene.length] as ImageBitmap, 0, 0, canvas.width, canvas.height);
    capture.requestFrame();
    given += 1;
  });
  return {
    track,
    get given() {
      return given;
    },
    resize: (width, height) => void Object.assign(canvas, { width, height }),
    close() {
      timer.terminate();
      track.stop();
    },
  };
}

function openCanvas(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (!context) throw new Error('there is no 2D context for the camera');
  return [canvas, context];
}
