import type { Clock, Figure } from './report';

/** The value below which the share `fraction` of all values lies, between neighbours in proportion; NaN of none. */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * fraction;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  if (low === undefined || high === undefined) return Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The median of the distances from the median: a spread that one late frame does not move. */
export function medianDeviation(values: readonly number[]): number {
  const middle = median(values);
  return median(values.map((value) => Math.abs(value - middle)));
}

/** Values summed up for a report; `undefined` of none. Digits beyond the fifth say nothing and make links long. */
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
 * Frames per second of when frames came out, in milliseconds, with `underWay` of them on their way at once.
 *
 * Whoever makes them waits for the last frame but one, so that the first few come out at once, without the work of those after them: what
 * counts begins with the last of these.
 */
export function rateOf(out: readonly number[], underWay: number): number {
  const [first = Number.NaN, last = Number.NaN] = [out[underWay - 1], out.at(-1)];
  return ((out.length - underWay) * 1000) / (last - first);
}
