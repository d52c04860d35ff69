//! A picture scaled onto a texture of another size: the background picture, and the hiding frame's coarse grid.

pub(crate) mod cpu;
#[cfg(test)]
mod test;

use crate::Size;
use crate::background::{Placement, Region};
use crate::gpu::{FullscreenPass, render_target, uniform, view};

/// The pictures scaled here are 8-bit, and so are their scaled forms.
const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// Scales with the tent filter, in two passes: rows, columns. The same filter as
/// [`Preprocess`](crate::Preprocess), as fragment shaders.
pub(crate) struct ResamplePass {
    device: wgpu::Device,
    rows: FullscreenPass,
    columns: FullscreenPass,
}

/// The textures of one placement.
pub(crate) struct Resampled {
    placement: wgpu::Buffer,
    narrowed: wgpu::TextureView,
    columns: wgpu::BindGroup,
    /// The scaled picture.
    pub result: wgpu::TextureView,
}

impl ResamplePass {
    pub fn new(device: &wgpu::Device) -> Self {
        let source = concat!(include_str!("../tent.wgsl"), include_str!("resample.wgsl"));
        let pass = |entry| FullscreenPass::new(device, "resample", source, entry, FORMAT);
        Self { device: device.clone(), rows: pass("rows"), columns: pass("columns") }
    }

    /// Makes what a placement on a texture of the given size takes.
    pub fn prepare(&self, Placement { source, target }: Placement, size: Size) -> Resampled {
        let rectangle = |Region { x, y, size }: Region| [x, y, size.width, size.height];
        // Kept in sync with `Placement` in `resample.wgsl`.
        let placement = uniform(&self.device, "resample", &[rectangle(source), rectangle(target)]);
        let narrowed_size = Size { width: target.size.width, height: source.size.height };
        let narrowed = render_target(&self.device, "resample", narrowed_size, FORMAT);
        let columns = self
            .columns
            .bind(&[(0, placement.as_entire_binding()), (1, wgpu::BindingResource::TextureView(&narrowed))]);
        let result = render_target(&self.device, "resample", size, FORMAT);
        Resampled { placement, narrowed, columns, result }
    }

    /// Records the passes that scale `source` as prepared.
    pub fn encode(&self, encoder: &mut wgpu::CommandEncoder, source: &wgpu::Texture, resampled: &Resampled) {
        let rows = self.rows.bind(&[
            (0, resampled.placement.as_entire_binding()),
            (1, wgpu::BindingResource::TextureView(&view(source))),
        ]);
        self.rows.draw(encoder, "resample/rows", &resampled.narrowed, &rows);
        self.columns.draw(encoder, "resample/columns", &resampled.result, &resampled.columns);
    }
}
