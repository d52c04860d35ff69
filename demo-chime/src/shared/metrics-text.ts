import type { Backend, Metrics } from 'cyclorama';

const backends: Record<Backend, string> = {
  webgpu: 'WebGPU',
  webgl: 'CPU with WebGL2 effects',
};

const refinements = { guided: 'guided filter', bilateral: 'bilateral filter', none: 'no edge refinement' };

/** Describes the backend and the GPU adapter. */
export function backendText({
  backend,
  adapter,
  fallbackAdapter,
}: Pick<Metrics, 'backend' | 'adapter' | 'fallbackAdapter'>): string {
  return `${backends[backend]} · ${adapter}${fallbackAdapter ? ' (emulated on the CPU, slow)' : ''}`;
}

/** Describes the current quality level. */
export function qualityText({
  level,
  framesPerSegmentation,
  outputScale,
  refinement,
}: Metrics['quality']): string {
  const masks =
    framesPerSegmentation === 1 ? 'a mask per frame' : `a mask per ${framesPerSegmentation} frames`;
  const size = outputScale === 1 ? 'full size' : `${outputScale * 100} % size`;
  return `Level ${level} · ${masks} · ${size} · ${refinements[refinement]}`;
}
