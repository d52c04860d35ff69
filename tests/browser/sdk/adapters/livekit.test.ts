import { createLocalVideoTrack, LocalVideoTrack, Room } from 'livekit-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CycloramaTrackProcessor } from '../../../../ts/src/adapters/livekit.js';
import { countWorkers, type FrameContent, openCamera, VideoObserver } from '../helpers/camera.js';

const BLUE = { kind: 'color', color: '#2040c0' } as const;
const GREEN = { kind: 'color', color: '#0a5c36' } as const;
const [BLUE_LEVELS, GREEN_LEVELS] = [
  [32, 64, 192],
  [10, 92, 54],
];
/** The backend that starts fastest on a software GPU. */
const backend = 'webgl';
const TIMEOUT = { timeout: 60_000, interval: 100 };

let track: LocalVideoTrack;
let observer: VideoObserver;
let workers: ReturnType<typeof countWorkers>;

beforeEach(async () => {
  workers = countWorkers();
  vi.spyOn(navigator.mediaDevices, 'getUserMedia').mockImplementation(
    async () => new MediaStream([await openCamera()]),
  );
  track = await createLocalVideoTrack();
  const video = track.attach() as HTMLVideoElement;
  observer = await new VideoObserver(video, BLUE_LEVELS).open();
});

afterEach(() => {
  observer.close();
  track.detach();
  track.stop();
  workers.close();
  vi.restoreAllMocks();
});

test('a track shows the effect through all of LiveKit’s operations, and is released', async () => {
  await seesAgain('camera');
  const processor = await CycloramaTrackProcessor.create({ backend, effect: BLUE });
  const events: string[] = [];
  processor.addEventListener('error', ({ detail }) => events.push(detail.code));
  processor.addEventListener('recovered', ({ detail }) => events.push(detail.backend));
  await track.setProcessor(processor);
  expect(track.getProcessor()).toBe(processor);
  expect(track.mediaStreamTrack).toBe(processor.processedTrack);
  await seesAgain('person before the color');
  observer.contents.clear();

  await processor.setEffect(GREEN);
  await seesAgain('person before the color', GREEN_LEVELS);

  // Another camera replaces a stopped one immediately.
  await track.restartTrack();
  expect(track.mediaStreamTrack).toBe(processor.processedTrack);
  await seesAgain('person before the color');

  await track.mute();
  await vi.waitFor(() => expect(processor.processedTrack?.readyState).toBe('ended'), TIMEOUT);
  expect(track.mediaStreamTrack).toBe(processor.processedTrack);
  await track.unmute();
  await seesAgain('person before the color');

  // A failed restart does not fall back to the camera.
  const ended = await openCamera();
  ended.stop();
  await expect(processor.restart({ track: ended })).rejects.toMatchObject({ code: 'option' });
  expect(track.mediaStreamTrack).toBe(processor.processedTrack);

  workers.all.at(-1)?.terminate();
  await vi.waitFor(() => expect(events).toEqual(['worker', 'webgl']), TIMEOUT);
  await vi.waitFor(() => expect(processor.processedTrack?.readyState).toBe('live'), TIMEOUT);
  await seesAgain('person before the color');
  expect([...observer.contents]).not.toContain('camera');

  const { background, processedTrack } = processor;
  await track.stopProcessor();
  expect([processor.background, processedTrack?.readyState]).toEqual([undefined, 'ended']);
  await expect(background?.setEffect(BLUE)).rejects.toMatchObject({ code: 'destroyed' });
  await seesAgain('camera');
  // A worker that the test terminates by hand fires no event.
  expect(workers.alive).toBe(0);

  // The processor keeps its last effect, because LiveKit may store processors in a room's defaults.
  await track.setProcessor(processor);
  await seesAgain('person before the color');
  track.stop();
  await vi.waitFor(() => expect(workers.alive).toBe(0), TIMEOUT);
});

test('a processor created synchronously loads when it is set, and replaces another one', async () => {
  const first = new CycloramaTrackProcessor({ backend, effect: GREEN });
  expect(workers.all).toHaveLength(0);
  const room = new Room({ videoCaptureDefaults: { processor: first } });
  const [camera] = await room.localParticipant.createTracks({ video: true });
  expect(camera?.getProcessor()).toBe(first);
  expect(camera?.mediaStreamTrack).toBe(first.processedTrack);
  camera?.stop();
  await vi.waitFor(() => expect(workers.alive).toBe(0), TIMEOUT);

  const opened = track.mediaStreamTrack;
  await track.setProcessor(first);
  const connection = new RTCPeerConnection();
  const sender = connection.addTrack(track.mediaStreamTrack);
  const sent = vi.spyOn(sender, 'replaceTrack');
  track.sender = sender;
  await first.setEffect(BLUE);
  await first.setQuality('balanced');
  expect(sent, 'nothing else is sent during a change of processors').not.toHaveBeenCalled();

  // Here and below LiveKit itself sends the camera for a moment, as docs/privacy.md documents.
  const second = new CycloramaTrackProcessor({ backend });
  await second.setEffect(BLUE);
  await track.setProcessor(second);
  expect(sent.mock.calls).toEqual([[opened], [second.processedTrack]]);
  await seesAgain('person before the color');
  expect(first.background).toBeUndefined();
  expect(workers.alive).toBe(1);

  sent.mockClear();
  const restarting = track.restartTrack();
  track.stop();
  await restarting;
  expect(sent.mock.calls.map(([given]) => given?.readyState)).toEqual(['ended']);
  connection.close();
});

test('a published track that ends with its worker is replaced in the call and on the page, without the app', async () => {
  const processor = await CycloramaTrackProcessor.create({ backend, effect: BLUE });
  await track.setProcessor(processor);
  await seesAgain('person before the color');
  observer.contents.clear();
  const connection = new RTCPeerConnection();
  const sender = connection.addTrack(track.mediaStreamTrack);
  track.sender = sender;
  track.sid = 'TR_camera';
  const lost = processor.processedTrack;
  workers.all.at(-1)?.terminate();
  await vi.waitFor(() => {
    expect(processor.processedTrack?.readyState).toBe('live');
    expect(sender.track).toBe(processor.processedTrack);
  }, TIMEOUT);
  if (lost?.readyState === 'ended') expect(sender.track).not.toBe(lost);
  expect([track.mediaStreamTrack, track.isUpstreamPaused]).toEqual([processor.processedTrack, false]);
  await seesAgain('person before the color');
  expect([...observer.contents]).not.toContain('camera');
  connection.close();
});

test('a processor that cannot start leaves the track without one, and no resource open', async () => {
  const broken = new CycloramaTrackProcessor({ model: new URL('/no/model.tflite', location.href) });
  await expect(track.setProcessor(broken)).rejects.toMatchObject({ code: 'asset' });
  expect(track.getProcessor()).toBeUndefined();
  expect(broken.background).toBeUndefined();

  const given = new LocalVideoTrack(await openCamera());
  const late = new CycloramaTrackProcessor({ backend, effect: BLUE });
  const setting = given.setProcessor(late);
  await vi.waitFor(() => expect(workers.all).not.toHaveLength(0), TIMEOUT);
  await late.destroy();
  await expect(setting).rejects.toMatchObject({ code: 'destroyed' });
  await vi.waitFor(() => expect(workers.alive).toBe(0), TIMEOUT);
  given.mediaStreamTrack.stop();

  const ended = new LocalVideoTrack(await openCamera());
  ended.mediaStreamTrack.stop();
  const refused = new CycloramaTrackProcessor({ backend, effect: BLUE });
  await expect(ended.setProcessor(refused)).rejects.toMatchObject({ code: 'option' });
  expect([refused.background, workers.alive]).toEqual([undefined, 0]);
});

/** Waits for a new frame, and then until the video shows something. */
async function seesAgain(content: FrameContent, color?: readonly number[]): Promise<void> {
  if (color) observer.color = color;
  await observer.frame();
  await vi.waitFor(() => expect(observer.inspect()).toBe(content), TIMEOUT);
}
