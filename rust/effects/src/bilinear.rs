/// The two source pixels that a linear filter mixes, and the weight of the second.
#[derive(Clone, Copy)]
pub(crate) struct Mix {
    first: usize,
    second: usize,
    fraction: f32,
}

/// Returns the taps of `target` evenly spaced samples on an axis of `source` pixels, clamped to the edge, as a sampler
/// takes them at the texture coordinates `(x + 0.5) / target`.
pub(crate) fn axis(source: u32, target: u32) -> Vec<Mix> {
    let last = source as usize - 1;
    let scale = f64::from(source) / f64::from(target);
    let mix = |x: u32| {
        let position = ((f64::from(x) + 0.5) * scale - 0.5).max(0.0);
        let first = (position as usize).min(last);
        Mix { first, second: (first + 1).min(last), fraction: (position - position.floor()) as f32 }
    };
    (0..target).map(mix).collect()
}

/// Samples `N` channels between four pixels: two in each of the rows of `down`.
pub(crate) fn sample<P: Copy, const N: usize>(
    pixels: &[P],
    width: usize,
    across: Mix,
    down: Mix,
    channels: impl Fn(P) -> [f32; N],
) -> [f32; N] {
    let row = |y: usize| {
        let first = channels(pixels[y * width + across.first]);
        let second = channels(pixels[y * width + across.second]);
        lerp(first, second, across.fraction)
    };
    lerp(row(down.first), row(down.second), down.fraction)
}

fn lerp<const N: usize>(first: [f32; N], second: [f32; N], fraction: f32) -> [f32; N] {
    std::array::from_fn(|i| first[i] + (second[i] - first[i]) * fraction)
}
