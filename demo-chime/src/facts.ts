import type { Backend, Metrics } from 'cyclorama';

const backends: Record<Backend, string> = {
  webgpu: 'WebGPU',
  webgl: 'The processor, with WebGL2 for the effects',
};

const edges = { guided: 'guided edges', bilateral: 'bilateral edges', none: 'edges as they are' };

/** What the frames run on. */
export function backendWords({
  backend,
  adapter,
  fallbackAdapter,
}: Pick<Metrics, 'backend' | 'adapter' | 'fallbackAdapter'>): string {
  return `${backends[backend]} · ${adapter}${fallbackAdapter ? ', emulated on the processor and slow' : ''}`;
}

/** How much is done for a frame at the moment. */
export function qualityWords({
  level,
  framesPerSegmentation,
  outputScale,
  refinement,
}: Metrics['quality']): string {
  const frames =
    framesPerSegmentation === 1 ? 'a mask for each frame' : `a mask for ${framesPerSegmentation} frames`;
  const size = outputScale === 1 ? 'full size' : `${outputScale * 100} % of the size`;
  return `QualityLevel ${level} · ${frames} · ${size} · ${edges[refinement]}`;
}
