//! The speed of one core: the scale for the times of the CPU's stages.

use std::{hint::black_box, time::Instant};

use fearless_simd::{Level, Simd, dispatch, f32x8, prelude::*};

use super::figure::{Clock, Figure};

/// More than the caches of a core hold.
const COPIED_BYTES: usize = 1 << 26;
/// Multiply-adds in flight. Each waits for the one before it, which takes about four cycles, and a core starts two in a cycle.
const CHAINS: usize = 12;
const STEPS: usize = 1 << 20;

/// Measurements of one core, one in each round of the benchmark.
#[derive(Default)]
pub(crate) struct Peaks {
    copies: Vec<f64>,
    multiply_adds: Vec<f64>,
    memory: [Vec<u8>; 2],
}

impl Peaks {
    /// Takes some 20 ms.
    pub(crate) fn measure(&mut self) {
        let [from, to] = &mut self.memory;
        from.resize(COPIED_BYTES, 1);
        to.resize(COPIED_BYTES, 2);
        let start = Instant::now();
        to.copy_from_slice(black_box(from));
        let bytes = (2 * COPIED_BYTES) as f64;
        self.copies.push(bytes / 1e9 / start.elapsed().as_secs_f64());
        black_box(to);

        let start = Instant::now();
        black_box(dispatch!(Level::new(), simd => multiply_adds(simd)));
        let operations = (2 * 8 * CHAINS * STEPS) as f64;
        self.multiply_adds.push(operations / 1e9 / start.elapsed().as_secs_f64());
    }

    /// Gigabytes per second, read and written, of copying memory.
    pub(crate) fn memory_copy(&self) -> Option<Figure> {
        Figure::of(Clock::Cpu, &self.copies)
    }

    /// Gigaflops per second of multiply-adds of float32.
    pub(crate) fn multiply_adds(&self) -> Option<Figure> {
        Figure::of(Clock::Cpu, &self.multiply_adds)
    }
}

#[inline(always)]
fn multiply_adds<S: Simd>(simd: S) -> f32 {
    let [factor, term] = [0.999, 0.001].map(|value| f32x8::splat(simd, black_box(value)));
    let mut sums = [term; CHAINS];
    for _ in 0..STEPS {
        for sum in &mut sums {
            *sum = sum.mul_add(factor, term);
        }
    }
    sums.iter().flat_map(|sum| sum.as_slice()).sum()
}
