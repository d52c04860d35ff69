import clipUrl from '/clip.webm?url';

/** A video to be shown and processed. */
export interface Source {
  readonly stream: MediaStream;
  /** Runs when the video ends by itself, such as a camera that is unplugged. */
  onEnded: (() => void) | undefined;
  stop(): void;
}

const FRAME_RATE = 30;

/** The bundled clip, over and over. */
export async function openClip(): Promise<Source> {
  const video = document.createElement('video');
  video.muted = true;
  video.loop = true;
  video.playsInline = true;
  video.src = clipUrl;
  await video.play();

  // Only some browsers can capture a <video>; all can capture a canvas.
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext('2d', { alpha: false });
  let request = 0;
  const draw = () => {
    context?.drawImage(video, 0, 0);
    request = video.requestVideoFrameCallback(draw);
  };
  draw();
  const stream = canvas.captureStream(FRAME_RATE);
  return {
    stream,
    onEnded: undefined,
    stop() {
      video.cancelVideoFrameCallback(request);
      video.pause();
      stopTracks(stream);
    },
  };
}

/** The user's camera, after the browser has asked for it. */
export async function openCamera(): Promise<Source> {
  if (!navigator.mediaDevices) {
    throw new Error(
      'Browsers offer the camera only to secure pages: open this one over https or from localhost.',
    );
  }
  const stream = await navigator.mediaDevices
    .getUserMedia({
      video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: FRAME_RATE } },
    })
    .catch((cause: unknown) => {
      throw new Error(cameraProblem(cause), { cause });
    });
  const source: Source = { stream, onEnded: undefined, stop: () => stopTracks(stream) };
  for (const track of stream.getVideoTracks()) track.onended = () => source.onEnded?.();
  return source;
}

/** Why a camera cannot be had, by the name of the `DOMException`. */
export function cameraProblem(cause: unknown): string {
  switch (cause instanceof DOMException ? cause.name : '') {
    case 'NotAllowedError':
      return 'The camera was not allowed. Allow it in the address bar, then choose it again.';
    case 'NotFoundError':
      return 'No camera was found. Plug one in, then choose it again.';
    case 'NotReadableError':
      return 'The camera does not answer: another program may be using it.';
    default:
      return `The camera cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
