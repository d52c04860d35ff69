/// A feature map that the graph computes: a tensor of shape `[1, height, width, channels]`.
#[derive(Clone, Debug)]
pub(super) struct FeatureMap {
    /// Index of the tensor in the file.
    pub(super) tensor: usize,
    /// Height and width.
    pub(super) size: [usize; 2],
    pub(super) channels: usize,
}
