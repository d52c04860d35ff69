import type { Figure, Report, Row } from '../src/benchmark/report';

/** Statistics around a median. */
export function figure(median: number, more: Partial<Figure> = {}): Figure {
  return {
    clock: 'gpu',
    median,
    mad: median / 50,
    p5: median * 0.9,
    p95: median * 1.2,
    min: median * 0.8,
    n: 40,
    ...more,
  };
}

export function row(more: Partial<Row> = {}): Row {
  return {
    system: 'cyclorama',
    version: '0.1.0',
    model: 'selfie_segmentation_landscape',
    modelSize: [256, 144],
    backend: 'webgpu',
    precision: 'f32',
    refinement: 'guided',
    input: [1280, 720],
    stages: {
      inference: { cpu: figure(0.4, { clock: 'cpu' }), gpu: figure(2) },
      composite: { cpu: figure(0.2, { clock: 'cpu' }), gpu: figure(1) },
    },
    ranges: { inference: figure(2), segmentation: figure(2.5), frame: figure(5, { clock: 'completed' }) },
    framesPerSecond: figure(180, { clock: 'completed', n: 5 }),
    quality: { reference: 'selfie_segmentation, guided', iou: 0.96, boundaryF: 0.91 },
    ...more,
  };
}

export function report(rows: Row[], more: Partial<Report> = {}): Report {
  return {
    schema: 'cyclorama-benchmark/1',
    date: '2026-11-21T19:00:00.000Z',
    cyclorama: '0.1.0',
    by: 'page',
    machine: {
      cores: 8,
      browser: 'Chromium 156',
      adapter: { name: 'a card', software: false, timestamps: true, f16: true },
    },
    source: { kind: 'clip', name: 'clip.webm' },
    settings: { rounds: 5, framesPerRound: 8, warmUp: 3 },
    rows,
    ...more,
  };
}
