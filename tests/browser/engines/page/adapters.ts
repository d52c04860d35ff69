/** The package's other entry points, each from its first frame on. */
import type { VideoFrameBuffer, VideoFrameProcessor } from 'amazon-chime-sdk-js';
import type { BackendChoice, Effect } from 'cyclorama';
import { ChimeVideoFrameProcessor } from 'cyclorama/chime';
import { CycloramaTrackProcessor } from 'cyclorama/livekit';
import { BackgroundTransform } from 'cyclorama/streams';
import { LocalVideoTrack } from 'livekit-client';
import { Pipeline } from '../../sdk/adapters/pipeline.ts';
import { countMarker } from '../../sdk/helpers/scene.ts';
import { type FrameContent, inspectFrame, pixelsOf } from './frame-content.ts';
import { Camera, ended, paint } from './scenes.ts';
import { type TrackFrame, Watcher } from './watcher.ts';

const BLUE: Effect = { kind: 'color', color: '#2040c0' };
const GREEN: Effect = { kind: 'color', color: '#0a5c36' };
const GREEN_LEVELS = [10, 92, 54];

export interface AdapterReport {
  /** Every frame under the first effect, from the first on. */
  first: FrameContent[];
  /** Every frame since the second effect was set. */
  second: FrameContent[];
  /** The first frame after `pause()`. */
  paused: FrameContent;
}

/** Amazon Chime's pipeline. */
export async function chime(backend: BackendChoice): Promise<AdapterReport> {
  const processor = await ChimeVideoFrameProcessor.create({ backend, effect: BLUE, quality: 'high' });
  const seen: FrameContent[] = [];
  const watched: VideoFrameProcessor = {
    async process(buffers: VideoFrameBuffer[]) {
      const camera = await pixelsIn(buffers);
      const made = await processor.process(buffers);
      // The SDK starts with an empty canvas, before its video has a frame.
      if (camera && countMarker(camera) > 0) {
        const [buffer] = made;
        if (buffer && buffer.width > 0) seen.push(inspectFrame(await buffer.asCanvasImageSource(), camera));
      }
      return made;
    },
    destroy: () => processor.destroy(),
  };
  const pipeline = new Pipeline(watched);
  await pipeline.start();
  await take(3, pipeline);
  const first = seen.splice(0);
  await processor.setEffect(GREEN);
  // The frame in flight still has the previous effect.
  await pipeline.next();
  seen.length = 0;
  await take(3, pipeline);
  const second = seen.splice(0);
  await processor.pause();
  await pipeline.next();
  seen.length = 0;
  await pipeline.next();
  const [paused] = seen;
  await pipeline.stop();
  if (!paused) throw new Error('the SDK delivered no frame while the processor was paused');
  return { first, second, paused };
}

async function take(count: number, pipeline: Pipeline): Promise<void> {
  for (let frame = 0; frame < count; frame += 1) await pipeline.next();
}

async function pixelsIn([buffer]: VideoFrameBuffer[]): Promise<ImageData | undefined> {
  return buffer && buffer.width > 0 ? pixelsOf(await buffer.asCanvasImageSource()) : undefined;
}

/** Frames of an app's own streams. */
export async function transform(backend: BackendChoice): Promise<AdapterReport & { done: boolean }> {
  const replaced = await BackgroundTransform.create({ backend, effect: BLUE, quality: 'high' });
  const [writer, reader] = [replaced.writable.getWriter(), replaced.readable.getReader()];
  const cameras = [await paint('a'), await paint('b')];
  let timestamp = 0;
  /** Processes frames of two cameras in turn, so that a repeated previous frame is always wrong. */
  const pass = async (count: number) => {
    const seen: FrameContent[] = [];
    for (let index = 0; index < count; index += 1) {
      const camera = cameras[index % 2] as HTMLCanvasElement;
      timestamp += 100_000;
      const writing = writer.write(new VideoFrame(camera, { timestamp }));
      const { value: frame } = await reader.read();
      await writing;
      if (!frame) throw new Error('the stream ended');
      if (frame.timestamp !== timestamp)
        throw new Error(`received a frame of ${frame.timestamp} µs instead of ${timestamp}`);
      seen.push(inspectFrame(frame, pixelsOf(camera)));
      frame.close();
    }
    return seen;
  };
  const first = await pass(4);
  await replaced.background.setEffect(GREEN);
  const second = await pass(4);
  // A paused background outputs nothing.
  const { background } = replaced;
  await background.pause();
  const { image } = await background.processFrame(cameras[1] as HTMLCanvasElement);
  const paused = inspectFrame(image, pixelsOf(cameras[1] as HTMLCanvasElement));
  image.close();
  const [{ done }] = await Promise.all([reader.read(), writer.close()]);
  await background.destroy();
  return { first, second, paused, done };
}

export interface LiveKitReport {
  /** Every frame of the processed track, in order. */
  trackFrames: TrackFrame[];
  /** The frames since the first one before the new color. */
  afterEffect: TrackFrame[];
  /** Whether LiveKit sends the processed track. */
  sent: boolean;
  /** The processed track's state once LiveKit has stopped the track. */
  state: MediaStreamTrackState;
}

/** LiveKit's own track. */
export async function livekit(backend: BackendChoice): Promise<LiveKitReport> {
  const processor = await CycloramaTrackProcessor.create({ backend, effect: BLUE });
  const camera = await Camera.open('a');
  const track = new LocalVideoTrack(camera.track, undefined, true);
  await track.setProcessor(processor);
  const { processedTrack } = processor;
  if (!processedTrack) throw new Error('the processor has no track');
  const watcher = await Watcher.of(processedTrack);
  const { trackFrames } = watcher;
  await watcher.person('a');
  await processor.setEffect(GREEN);
  const changed = trackFrames.indexOf(await watcher.person('a', GREEN_LEVELS));
  await watcher.person('a', GREEN_LEVELS);
  const afterEffect = trackFrames.slice(changed);
  const sent = track.mediaStreamTrack === processedTrack;
  // stopProcessor() asks the camera for constraints that Firefox's captured canvas cannot meet.
  track.stop();
  await ended(processedTrack);
  watcher.close();
  camera.stop();
  return { trackFrames, afterEffect, sent, state: processedTrack.readyState };
}
