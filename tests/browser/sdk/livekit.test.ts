import { createLocalVideoTrack, LocalVideoTrack, Room } from 'livekit-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CycloramaTrackProcessor } from '../../../ts/src/adapters/livekit.js';
import { countWorkers, Onlooker, openCamera, type Sight } from './camera.js';

const BLUE = { kind: 'color', color: '#2040c0' } as const;
const GREEN = { kind: 'color', color: '#0a5c36' } as const;
const [BLUE_LEVELS, GREEN_LEVELS] = [
  [32, 64, 192],
  [10, 92, 54],
];
/** The quickest to be made where a processor stands for the GPU. */
const backend = 'webgl';
const PATIENCE = { timeout: 60_000, interval: 100 };

let track: LocalVideoTrack;
let onlooker: Onlooker;
let workers: ReturnType<typeof countWorkers>;

beforeEach(async () => {
  workers = countWorkers();
  vi.spyOn(navigator.mediaDevices, 'getUserMedia').mockImplementation(
    async () => new MediaStream([await openCamera()]),
  );
  track = await createLocalVideoTrack();
  const video = track.attach() as HTMLVideoElement;
  onlooker = await new Onlooker(video, BLUE_LEVELS).open();
});

afterEach(() => {
  onlooker.close();
  track.detach();
  track.stop();
  workers.close();
  vi.restoreAllMocks();
});

test('a track shows the effect through all that LiveKit does to it, and lets go of it', async () => {
  await seesAgain('camera');
  const processor = await CycloramaTrackProcessor.create({ backend, effect: BLUE });
  const told: string[] = [];
  processor.addEventListener('error', ({ detail }) => told.push(detail.code));
  processor.addEventListener('recovered', ({ detail }) => told.push(detail.backend));
  await track.setProcessor(processor);
  expect(track.getProcessor()).toBe(processor);
  expect(track.mediaStreamTrack).toBe(processor.processedTrack);
  await seesAgain('person before the colour');
  onlooker.sights.clear();

  await processor.setEffect(GREEN);
  await seesAgain('person before the colour', GREEN_LEVELS);

  // Another camera, at once in the place of one that was stopped.
  await track.restartTrack();
  expect(track.mediaStreamTrack).toBe(processor.processedTrack);
  await seesAgain('person before the colour');

  await track.mute();
  await vi.waitFor(() => expect(processor.processedTrack?.readyState).toBe('ended'), PATIENCE);
  expect(track.mediaStreamTrack).toBe(processor.processedTrack);
  await track.unmute();
  await seesAgain('person before the colour');

  // What cannot be restarted does not fall back on the camera.
  const ended = await openCamera();
  ended.stop();
  await expect(processor.restart({ track: ended })).rejects.toMatchObject({ code: 'option' });
  expect(track.mediaStreamTrack).toBe(processor.processedTrack);

  workers.all.at(-1)?.terminate();
  await vi.waitFor(() => expect(told).toEqual(['worker', 'webgl']), PATIENCE);
  await vi.waitFor(() => expect(processor.processedTrack?.readyState).toBe('live'), PATIENCE);
  await seesAgain('person before the colour');
  expect([...onlooker.sights]).not.toContain('camera');

  const { background, processedTrack } = processor;
  await track.stopProcessor();
  expect([processor.background, processedTrack?.readyState]).toEqual([undefined, 'ended']);
  await expect(background?.setEffect(BLUE)).rejects.toMatchObject({ code: 'destroyed' });
  await seesAgain('camera');
  // The one that was terminated by hand is not told of its end.
  expect(workers.alive).toBe(0);

  // With what was chosen last, as LiveKit keeps a processor among a room's defaults.
  await track.setProcessor(processor);
  await seesAgain('person before the colour');
  track.stop();
  await vi.waitFor(() => expect(workers.alive).toBe(0), PATIENCE);
});

test('a processor that is made at once loads when it is set, and takes the place of another', async () => {
  const first = new CycloramaTrackProcessor({ backend, effect: GREEN });
  expect(workers.all).toHaveLength(0);
  const room = new Room({ videoCaptureDefaults: { processor: first } });
  const [camera] = await room.localParticipant.createTracks({ video: true });
  expect(camera?.getProcessor()).toBe(first);
  expect(camera?.mediaStreamTrack).toBe(first.processedTrack);
  camera?.stop();
  await vi.waitFor(() => expect(workers.alive).toBe(0), PATIENCE);

  const opened = track.mediaStreamTrack;
  await track.setProcessor(first);
  const connection = new RTCPeerConnection();
  const sender = connection.addTrack(track.mediaStreamTrack);
  const sent = vi.spyOn(sender, 'replaceTrack');
  track.sender = sender;
  await first.setEffect(BLUE);
  await first.setQuality('balanced');
  expect(sent, 'nothing else is sent where a processor is changed').not.toHaveBeenCalled();

  // Here and below the camera itself is sent for a moment, which is LiveKit's doing: docs/privacy.md says so.
  const second = new CycloramaTrackProcessor({ backend });
  await second.setEffect(BLUE);
  await track.setProcessor(second);
  expect(sent.mock.calls).toEqual([[opened], [second.processedTrack]]);
  await seesAgain('person before the colour');
  expect(first.background).toBeUndefined();
  expect(workers.alive).toBe(1);

  sent.mockClear();
  const restarting = track.restartTrack();
  track.stop();
  await restarting;
  expect(sent.mock.calls.map(([given]) => given?.readyState)).toEqual(['ended']);
  connection.close();
});

test('where a published track ends with its worker, another one is sent and shown, and nobody has to do a thing', async () => {
  const processor = await CycloramaTrackProcessor.create({ backend, effect: BLUE });
  await track.setProcessor(processor);
  await seesAgain('person before the colour');
  onlooker.sights.clear();
  const connection = new RTCPeerConnection();
  const sender = connection.addTrack(track.mediaStreamTrack);
  track.sender = sender;
  track.sid = 'TR_camera';
  const lost = processor.processedTrack;
  workers.all.at(-1)?.terminate();
  await vi.waitFor(() => {
    expect(processor.processedTrack?.readyState).toBe('live');
    expect(sender.track).toBe(processor.processedTrack);
  }, PATIENCE);
  if (lost?.readyState === 'ended') expect(sender.track).not.toBe(lost);
  expect([track.mediaStreamTrack, track.isUpstreamPaused]).toEqual([processor.processedTrack, false]);
  await seesAgain('person before the colour');
  expect([...onlooker.sights]).not.toContain('camera');
  connection.close();
});

test('a processor that cannot be made leaves the track without one, and nothing behind', async () => {
  const broken = new CycloramaTrackProcessor({ model: new URL('/no/model.tflite', location.href) });
  await expect(track.setProcessor(broken)).rejects.toMatchObject({ code: 'asset' });
  expect(track.getProcessor()).toBeUndefined();
  expect(broken.background).toBeUndefined();

  const given = new LocalVideoTrack(await openCamera());
  const late = new CycloramaTrackProcessor({ backend, effect: BLUE });
  const setting = given.setProcessor(late);
  await vi.waitFor(() => expect(workers.all).not.toHaveLength(0), PATIENCE);
  await late.destroy();
  await expect(setting).rejects.toMatchObject({ code: 'destroyed' });
  await vi.waitFor(() => expect(workers.alive).toBe(0), PATIENCE);
  given.mediaStreamTrack.stop();

  const ended = new LocalVideoTrack(await openCamera());
  ended.mediaStreamTrack.stop();
  const refused = new CycloramaTrackProcessor({ backend, effect: BLUE });
  await expect(ended.setProcessor(refused)).rejects.toMatchObject({ code: 'option' });
  expect([refused.background, workers.alive]).toEqual([undefined, 0]);
});

/** Waits for a new frame, and for a sight from then on. */
async function seesAgain(sight: Sight, color?: readonly number[]): Promise<void> {
  if (color) onlooker.color = color;
  await onlooker.frame();
  await vi.waitFor(() => expect(onlooker.look()).toBe(sight), PATIENCE);
}
