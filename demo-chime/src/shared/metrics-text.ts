import type { Backend, Metrics } from 'cyclorama';

const graphics: Record<Exclude<Backend, 'cpu'>, string> = {
  webgpu: 'WebGPU',
  webgl: 'WebGL2 effects, model on the CPU',
};

const refinements = { guided: 'guided filter', bilateral: 'bilateral filter', none: 'no edge refinement' };

/** Describes the backend, and its GPU adapter if it has one. */
export function backendText({
  backend,
  adapter,
  fallbackAdapter,
}: Pick<Metrics, 'backend' | 'adapter' | 'fallbackAdapter'>): string {
  if (backend === 'cpu') return adapter;
  return `${graphics[backend]} · ${adapter}${fallbackAdapter ? ' (emulated on the CPU, slow)' : ''}`;
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
