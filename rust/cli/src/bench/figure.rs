//! Statistics of timings.

use serde::Serialize;

/// The clock of a timing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Clock {
    /// Wall clock of the calling thread until it had done its work or submitted it to the GPU.
    Cpu,
    /// The GPU's own timestamps.
    Gpu,
    /// Wall clock until the GPU had completed the work.
    Completed,
}

/// The distribution of one quantity over all rounds, in milliseconds or frames per second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Figure {
    pub clock: Clock,
    pub median: f64,
    /// The median absolute deviation from the median.
    pub mad: f64,
    pub p5: f64,
    pub p95: f64,
    pub min: f64,
    /// The number of values.
    pub n: usize,
}

impl Figure {
    /// `None` if there are no values.
    pub(crate) fn of(clock: Clock, values: &[f64]) -> Option<Self> {
        let sorted = sorted(values.iter().copied());
        let min = *sorted.first()?;
        let median = quantile(&sorted, 0.5);
        let distances = self::sorted(sorted.iter().map(|value| (value - median).abs()));
        Some(Self {
            clock,
            median,
            mad: quantile(&distances, 0.5),
            p5: quantile(&sorted, 0.05),
            p95: quantile(&sorted, 0.95),
            min,
            n: sorted.len(),
        })
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The quantile of sorted values at `fraction`, interpolated linearly.
fn quantile(sorted: &[f64], fraction: f64) -> f64 {
    let at = (sorted.len() - 1) as f64 * fraction;
    let (low, high) = (at.floor() as usize, at.ceil() as usize);
    sorted[low] + (sorted[high] - sorted[low]) * (at - low as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_computed_from_sorted_values() {
        let figure = Figure::of(Clock::Cpu, &[5.0, 1.0, 4.0, 2.0, 3.0]).unwrap();
        assert_eq!((figure.median, figure.mad, figure.min, figure.n), (3.0, 1.0, 1.0, 5));
        assert!((figure.p5 - 1.2).abs() < 1e-12 && (figure.p95 - 4.8).abs() < 1e-12, "{figure:?}");
    }

    #[test]
    fn one_slow_frame_affects_neither_median_nor_mad() {
        let figure = Figure::of(Clock::Gpu, &[2.0, 2.0, 3.0, 3.0, 900.0]).unwrap();
        assert_eq!((figure.median, figure.mad), (3.0, 1.0));
    }

    #[test]
    fn no_values_give_no_statistics() {
        assert_eq!(Figure::of(Clock::Completed, &[]), None);
    }
}
