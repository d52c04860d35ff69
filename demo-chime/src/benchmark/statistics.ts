import type { Clock, Figure } from './report';

/** A quantile with linear interpolation. NaN without values. */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * fraction;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  if (low === undefined || high === undefined) return Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The median absolute deviation: a spread that a single outlier does not change. */
export function medianDeviation(values: readonly number[]): number {
  const middle = median(values);
  return median(values.map((value) => Math.abs(value - middle)));
}

/** The statistics of values for a report. `undefined` without values. Five significant digits keep links short. */
export function figure(values: readonly number[], clock: Clock): Figure | undefined {
  if (values.length === 0) return undefined;
  const round = (value: number) => Number(value.toPrecision(5));
  return {
    clock,
    median: round(median(values)),
    mad: round(medianDeviation(values)),
    p5: round(quantile(values, 0.05)),
    p95: round(quantile(values, 0.95)),
    min: round(Math.min(...values)),
    n: values.length,
  };
}

/**
 * Frames per second from the times when frames were output, in milliseconds, with `inFlight` frames in flight at once.
 *
 * The first frames fill the pipeline and are output early. The measurement starts with the last of these.
 */
export function rateOf(out: readonly number[], inFlight: number): number {
  const [first = Number.NaN, last = Number.NaN] = [out[inFlight - 1], out.at(-1)];
  return ((out.length - inFlight) * 1000) / (last - first);
}
