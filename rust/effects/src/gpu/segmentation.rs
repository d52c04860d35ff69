use crate::Size;

/// The model's input and output for one frame.
#[derive(Debug, Clone)]
pub struct Segmentation<'a> {
    /// The model's input, which is the frame scaled to the mask's size: f32 `[1, height, width, 3]`, RGB in `[0, 1]`,
    /// tightly packed, in a buffer with the usage `STORAGE`.
    pub guide: wgpu::BufferBinding<'a>,
    /// The model's output, which is the probability of a person at each pixel: f32 `[1, height, width, 1]` in `[0, 1]`, in
    /// a buffer as for `guide`. An implausible mask counts as background everywhere: see
    /// [`MaskStatus`](crate::MaskStatus).
    pub probability: wgpu::BufferBinding<'a>,
    /// The mask's width and height, at most [`Matting::MAX_SIDE`](crate::Matting::MAX_SIDE).
    pub size: Size,
}
