import clipUrl from '/clip.webm?url';

/** A video source that a page shows and processes. */
export interface Source {
  readonly stream: MediaStream;
  /** Runs when the source ends by itself, for example when a camera is unplugged. */
  onEnded: (() => void) | undefined;
  stop(): void;
}

const FRAME_RATE = 30;

/** The bundled sample clip, in a loop. */
export async function openClip(): Promise<Source> {
  const video = document.createElement('video');
  video.muted = true;
  video.loop = true;
  video.playsInline = true;
  video.src = clipUrl;
  await video.play();

  // Only some browsers can capture a <video>. All of them can capture a canvas.
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

/** The user's camera. The browser asks for permission first. */
export async function openCamera(): Promise<Source> {
  if (!navigator.mediaDevices) {
    throw new Error(
      'Browsers offer the camera only to secure pages. Open this page over https or from localhost.',
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

/** Describes why the camera failed, by the name of the `DOMException`. */
export function cameraProblem(cause: unknown): string {
  switch (cause instanceof DOMException ? cause.name : '') {
    case 'NotAllowedError':
      return 'Camera permission was denied. Allow the camera in the address bar, then select it again.';
    case 'NotFoundError':
      return 'No camera was found. Connect a camera, then select it again.';
    case 'NotReadableError':
      return 'The camera does not respond. Another program may be using it.';
    default:
      return `The camera failed: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
