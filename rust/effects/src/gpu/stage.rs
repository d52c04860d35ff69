//! The encoder of one stage, and the timestamps around its passes.

/// The two queries of a set of [`wgpu::QueryType::Timestamp`] that the GPU writes when a stage begins and ends.
#[derive(Debug, Clone, Copy)]
pub struct StageTimestamps<'a> {
    /// The query set. The device has [`wgpu::Features::TIMESTAMP_QUERY`].
    pub queries: &'a wgpu::QuerySet,
    /// The query that the beginning of the stage's first pass writes.
    pub begin: u32,
    /// The query that the end of its last pass writes.
    pub end: u32,
}

/// The caller's encoder while one stage records into it.
///
/// `&mut encoder` converts to a `StageEncoder` whose passes write no timestamps.
pub struct StageEncoder<'a> {
    encoder: &'a mut wgpu::CommandEncoder,
    timestamps: Option<StageTimestamps<'a>>,
    begun: bool,
    ends: bool,
}

impl<'a> StageEncoder<'a> {
    /// Wraps an encoder. Its passes write `timestamps`, if any.
    ///
    /// WebGPU writes timestamps only at the beginning and end of passes. So the time between two stages, waiting included,
    /// counts for neither of them.
    pub fn new(encoder: &'a mut wgpu::CommandEncoder, timestamps: Option<StageTimestamps<'a>>) -> Self {
        Self { encoder, timestamps, begun: false, ends: false }
    }

    /// Marks the next pass as the stage's last, which writes the timestamp of the end.
    pub fn last(&mut self) -> &mut Self {
        self.ends = true;
        self
    }

    /// Begins a compute pass.
    pub fn compute(&mut self, label: &str) -> wgpu::ComputePass<'_> {
        let timestamp_writes = self.writes().map(|(queries, begin, end)| wgpu::ComputePassTimestampWrites {
            query_set: queries,
            beginning_of_pass_write_index: begin,
            end_of_pass_write_index: end,
        });
        self.encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some(label), timestamp_writes })
    }

    /// Begins a render pass over the whole of `target`.
    pub(crate) fn render(
        &mut self,
        label: &str,
        target: &wgpu::TextureView,
        clear: wgpu::Color,
    ) -> wgpu::RenderPass<'_> {
        let timestamp_writes = self.writes().map(|(queries, begin, end)| wgpu::RenderPassTimestampWrites {
            query_set: queries,
            beginning_of_pass_write_index: begin,
            end_of_pass_write_index: end,
        });
        self.encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some(label),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: target,
                depth_slice: None,
                resolve_target: None,
                // All pixels are overwritten: clearing saves tiled GPUs from loading them.
                ops: wgpu::Operations { load: wgpu::LoadOp::Clear(clear), store: wgpu::StoreOp::Store },
            })],
            timestamp_writes,
            ..Default::default()
        })
    }

    /// Returns the queries that the next pass writes: those of the first pass and of the last.
    fn writes(&mut self) -> Option<(&'a wgpu::QuerySet, Option<u32>, Option<u32>)> {
        let StageTimestamps { queries, begin, end } = self.timestamps?;
        let begin = (!self.begun).then_some(begin);
        self.begun = true;
        let end = self.ends.then_some(end);
        (begin.is_some() || end.is_some()).then_some((queries, begin, end))
    }
}

impl<'a> From<&'a mut wgpu::CommandEncoder> for StageEncoder<'a> {
    fn from(encoder: &'a mut wgpu::CommandEncoder) -> Self {
        Self::new(encoder, None)
    }
}
