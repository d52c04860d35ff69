//! The GPU pass of the stage `hide`.

use super::grid_size;
use crate::background::Fit;
use crate::gpu::wgsl::include_wgsl;
use crate::gpu::{FULLSCREEN, FullscreenPass, Shader, linear_sampler, uniform};
use crate::memo::Memo;
use crate::resample::pass::{ResamplePass, Resampled};
use crate::{Size, StageEncoder};

const LABEL: &str = "hide";

pub(crate) fn source() -> String {
    FULLSCREEN.to_owned() + include_wgsl!("hide.wgsl")
}

/// Renders a frame blurred beyond recognition, or a background image alone.
pub(crate) struct HidePass {
    device: wgpu::Device,
    sampler: wgpu::Sampler,
    smooth_grid: FullscreenPass,
    background_alone: FullscreenPass,
    bound_frame: Memo<(wgpu::Texture, Size), (Resampled, wgpu::BindGroup)>,
    bound_background: Memo<wgpu::TextureView, wgpu::BindGroup>,
}

impl HidePass {
    pub fn new(device: &wgpu::Device, output: wgpu::TextureFormat) -> Self {
        let shader = Shader::new(device, LABEL, source);
        let pass = |entry| FullscreenPass::new(&shader, entry, output);
        Self {
            device: device.clone(),
            sampler: linear_sampler(device),
            smooth_grid: pass("smooth_grid"),
            background_alone: pass("background_alone"),
            bound_frame: Memo::default(),
            bound_background: Memo::default(),
        }
    }

    /// Records the passes that blur a checked frame beyond recognition.
    pub fn encode_frame(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        resample: &ResamplePass,
        frame: &wgpu::Texture,
        output: &wgpu::TextureView,
    ) {
        let Self { device, sampler, smooth_grid, bound_frame, .. } = self;
        let output_size = Size::of(output.texture());
        let (grid, resources) = bound_frame.get((frame.clone(), output_size), || {
            let frame_size = Size::of(frame);
            let size = grid_size(frame_size);
            let grid = resample.prepare(frame, Fit::Fill.place(frame_size, size), size);
            let output_size = [output_size.width as f32, output_size.height as f32, 0.0, 0.0];
            let resources = smooth_grid.bind(&[
                (0, wgpu::BindingResource::Sampler(sampler)),
                (1, wgpu::BindingResource::TextureView(&grid.result)),
                (3, uniform(device, LABEL, &output_size).as_entire_binding()),
            ]);
            (grid, resources)
        });
        resample.encode(encoder, grid);
        smooth_grid.draw(encoder, LABEL, output, resources);
    }

    /// Records the pass that renders an image of the output's size.
    pub fn encode_background(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        background: &wgpu::TextureView,
        output: &wgpu::TextureView,
    ) {
        let resources = self.bound_background.get(background.clone(), || {
            self.background_alone.bind(&[(2, wgpu::BindingResource::TextureView(background))])
        });
        self.background_alone.draw(encoder, LABEL, output, resources);
    }
}
