// The tent filter in exact integers; kept in sync with tent.rs, which says where the formula comes from.

// First and one-past-last source pixel that target pixel `x` of `target_length` draws from.
fn tent_window(x: i32, source_length: i32, target_length: i32) -> vec2<i32> {
    let centre = (2 * x + 1) * source_length;
    let reach = 2 * max(source_length, target_length);
    let step = 2 * target_length;
    let before = centre - reach - target_length;
    let first = select(before / step + 1, 0, before < 0);
    let end = min((centre + reach - target_length + step - 1) / step, source_length);
    return vec2(first, end);
}

// Weight of source pixel `i`, to be divided by the sum over the window.
fn tent_weight(i: i32, x: i32, source_length: i32, target_length: i32) -> f32 {
    let distance = abs((2 * i + 1) * target_length - (2 * x + 1) * source_length);
    return f32(2 * max(source_length, target_length) - distance);
}
