//! What the passes of one stage are recorded into, and the timestamps around them.

/// Where the GPU is to note when a stage begins and ends: two queries of a set of [`wgpu::QueryType::Timestamp`].
#[derive(Debug, Clone, Copy)]
pub struct StageTimestamps<'a> {
    /// The set; the device has [`wgpu::Features::TIMESTAMP_QUERY`].
    pub queries: &'a wgpu::QuerySet,
    /// The query that the beginning of the stage's first pass writes.
    pub begin: u32,
    /// The query that the end of its last pass writes.
    pub end: u32,
}

/// The caller's encoder as one stage records into it.
///
/// Made of an encoder alone (`&mut encoder` will do where one of these is asked for), its passes write no timestamps.
pub struct StageEncoder<'a> {
    encoder: &'a mut wgpu::CommandEncoder,
    timestamps: Option<StageTimestamps<'a>>,
    begun: bool,
    ends: bool,
}

impl<'a> StageEncoder<'a> {
    /// An encoder whose passes write `timestamps`, if there are any to write. They are written by the stage's own passes, as
    /// WebGPU knows no other way: what the GPU does between two stages, waiting included, is in neither's time.
    pub fn new(encoder: &'a mut wgpu::CommandEncoder, timestamps: Option<StageTimestamps<'a>>) -> Self {
        Self { encoder, timestamps, begun: false, ends: false }
    }

    /// The next pass is the stage's last.
    pub(crate) fn last(&mut self) -> &mut Self {
        self.ends = true;
        self
    }

    /// Begins a pass of kernels.
    pub(crate) fn compute(&mut self, label: &str) -> wgpu::ComputePass<'_> {
        let timestamp_writes = self.writes().map(|(queries, begin, end)| wgpu::ComputePassTimestampWrites {
            query_set: queries,
            beginning_of_pass_write_index: begin,
            end_of_pass_write_index: end,
        });
        self.encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some(label), timestamp_writes })
    }

    /// Begins a pass that renders to the whole of `target`.
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
                // Clearing rather than loading spares tiled GPUs from fetching pixels that are all overwritten.
                ops: wgpu::Operations { load: wgpu::LoadOp::Clear(clear), store: wgpu::StoreOp::Store },
            })],
            timestamp_writes,
            ..Default::default()
        })
    }

    /// What the next pass is to write: nothing, unless it is the first or the last.
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
