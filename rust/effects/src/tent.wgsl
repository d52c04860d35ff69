// The tent filter in exact integers. tent.rs is its CPU twin and documents the formula.

// First and one-past-last source pixel of the filter window of target pixel `x` of `target_length`.
fn tent_window(x: i32, source_length: i32, target_length: i32) -> vec2<i32> {
    let center = (2 * x + 1) * source_length;
    let reach = 2 * max(source_length, target_length);
    let step = 2 * target_length;
    let before = center - reach - target_length;
    let first = select(before / step + 1, 0, before < 0);
    let end = min((center + reach - target_length + step - 1) / step, source_length);
    return vec2(first, end);
}

// Weight of source pixel `i`, not yet divided by the sum over the window.
fn tent_weight(i: i32, x: i32, source_length: i32, target_length: i32) -> f32 {
    let distance = abs((2 * i + 1) * target_length - (2 * x + 1) * source_length);
    return f32(2 * max(source_length, target_length) - distance);
}
