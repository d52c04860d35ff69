'use client';

import { CycloramaError, VirtualBackground } from 'cyclorama';
import { useEffect, useRef, useState } from 'react';
import { drawRoom } from './room';

/** A camera image of a room, and the same image with a blurred room. */
export function Background() {
  const camera = useRef<HTMLCanvasElement>(null);
  const result = useRef<HTMLCanvasElement>(null);
  const [status, setStatus] = useState('starting');

  useEffect(() => {
    const end = new AbortController();
    blur(camera.current, result.current, end.signal).then(setStatus, (error) => {
      const code = error instanceof CycloramaError ? error.code : 'unknown';
      if (!end.signal.aborted) setStatus(`failed: ${code}: ${error}`);
    });
    return () => end.abort();
  }, []);

  return (
    <>
      <canvas id="camera" ref={camera} width={640} height={360} />
      <canvas id="result" ref={result} width={640} height={360} />
      <p id="status" role="status">
        {status}
      </p>
    </>
  );
}

async function blur(
  camera: HTMLCanvasElement | null,
  result: HTMLCanvasElement | null,
  signal: AbortSignal,
): Promise<string> {
  if (!camera || !result) return 'starting';
  await drawRoom(camera);
  const background = await VirtualBackground.create({ effect: { kind: 'blur', strength: 'high' }, signal });
  const { image, outcome } = await background.processFrame(camera);
  result.getContext('2d')?.drawImage(image, 0, 0);
  image.close();
  await background.destroy();
  return `done: ${outcome}`;
}
