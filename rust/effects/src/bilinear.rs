/// The two source pixels that a linear filter mixes, and the share of the second.
#[derive(Clone, Copy)]
pub(crate) struct Mix {
    first: usize,
    second: usize,
    share: f32,
}

/// Where `target` evenly spread samples fall on an axis of `source` pixels, clamped to the edge: what a sampler does
/// at the texture coordinate `(x + 0.5) / target`.
pub(crate) fn axis(source: u32, target: u32) -> Vec<Mix> {
    let last = source as usize - 1;
    let scale = f64::from(source) / f64::from(target);
    let mix = |x: u32| {
        let position = ((f64::from(x) + 0.5) * scale - 0.5).max(0.0);
        let first = (position as usize).min(last);
        Mix { first, second: (first + 1).min(last), share: (position - position.floor()) as f32 }
    };
    (0..target).map(mix).collect()
}

/// Samples one channel, or each of several, between four pixels of the rows that `down` names.
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
        lerp(first, second, across.share)
    };
    lerp(row(down.first), row(down.second), down.share)
}

fn lerp<const N: usize>(first: [f32; N], second: [f32; N], share: f32) -> [f32; N] {
    std::array::from_fn(|i| first[i] + (second[i] - first[i]) * share)
}
