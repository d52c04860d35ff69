//! A picture scaled onto a texture of another size: the background picture, and the hiding frame's coarse grid.

pub(crate) mod cpu;
#[cfg(test)]
mod test;

use crate::background::{Placement, Region};
use crate::gpu::{FullscreenPass, render_target, uniform, view};
use crate::{Size, StageEncoder};

/// The pictures scaled here are 8-bit, and so are their scaled forms.
const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// Scales with the tent filter, in two passes: rows, columns. The same filter as
/// [`Preprocess`](crate::Preprocess), as fragment shaders.
pub(crate) struct ResamplePass {
    device: wgpu::Device,
    rows: FullscreenPass,
    columns: FullscreenPass,
}

/// What scales one texture by one placement.
pub(crate) struct Resampled {
    rows: wgpu::BindGroup,
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

    /// Makes what scaling a texture onto another of the given size takes.
    pub fn prepare(
        &self,
        texture: &wgpu::Texture,
        Placement { source, target, mirror }: Placement,
        size: Size,
    ) -> Resampled {
        let rectangle = |Region { x, y, size }: Region| [x, y, size.width, size.height];
        // Kept in sync with `Placement` in `resample.wgsl`.
        let placement = [rectangle(source), rectangle(target), [mirror.into(), 0, 0, 0]];
        let placement = uniform(&self.device, "resample", &placement);
        let narrowed_size = Size { width: target.size.width, height: source.size.height };
        let narrowed = render_target(&self.device, "resample", narrowed_size, FORMAT);
        let bind = |pass: &FullscreenPass, source: &wgpu::TextureView| {
            pass.bind(&[(0, placement.as_entire_binding()), (1, wgpu::BindingResource::TextureView(source))])
        };
        Resampled {
            rows: bind(&self.rows, &view(texture)),
            columns: bind(&self.columns, &narrowed),
            narrowed,
            result: render_target(&self.device, "resample", size, FORMAT),
        }
    }

    /// Records the passes that scale what the texture shows now.
    pub fn encode(&self, encoder: &mut StageEncoder<'_>, resampled: &Resampled) {
        let Resampled { rows, narrowed, columns, result } = resampled;
        self.rows.draw(encoder, "resample/rows", narrowed, rows);
        self.columns.draw(encoder, "resample/columns", result, columns);
    }
}
