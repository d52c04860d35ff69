// How much of a pixel is person, from its probability; kept in sync with cpu.rs, which says why.
fn soft_step(probability: f32) -> f32 {
    return smoothstep(0.1, 0.9, probability);
}
