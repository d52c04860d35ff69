//! The GPU pass of the stage `resample`.

use bytemuck::{Pod, Zeroable};

use crate::background::{Placement, Region};
use crate::gpu::wgsl::include_wgsl;
use crate::gpu::{FULLSCREEN, FullscreenPass, Shader, render_target, uniform, view};
use crate::{Size, StageEncoder};

/// Images have 8 bits, and so have their scaled copies.
const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

pub(crate) fn source() -> String {
    FULLSCREEN.to_owned() + include_wgsl!("../tent.wgsl") + include_wgsl!("resample.wgsl")
}

/// `Placement` of the shader.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct PlacementUniform {
    pub source_corner: [u32; 2],
    pub source_size: [u32; 2],
    pub target_corner: [u32; 2],
    pub target_size: [u32; 2],
    pub mirror: [u32; 4],
}

impl From<Placement> for PlacementUniform {
    fn from(Placement { source, target, mirror }: Placement) -> Self {
        let corner = |Region { x, y, .. }: Region| [x, y];
        let size = |Region { size, .. }: Region| [size.width, size.height];
        Self {
            source_corner: corner(source),
            source_size: size(source),
            target_corner: corner(target),
            target_size: size(target),
            mirror: [mirror.into(), 0, 0, 0],
        }
    }
}

/// Scales with the tent filter in two passes, rows and columns: the filter of [`Preprocess`](crate::Preprocess) as fragment
/// shaders.
pub(crate) struct ResamplePass {
    device: wgpu::Device,
    rows: FullscreenPass,
    columns: FullscreenPass,
}

/// Resources that scale one texture with one placement.
pub(crate) struct Resampled {
    rows: wgpu::BindGroup,
    narrowed: wgpu::TextureView,
    columns: wgpu::BindGroup,
    /// The scaled image.
    pub result: wgpu::TextureView,
}

impl ResamplePass {
    pub fn new(device: &wgpu::Device) -> Self {
        let shader = Shader::new(device, "resample", source);
        let pass = |entry| FullscreenPass::new(&shader, entry, FORMAT);
        Self { device: device.clone(), rows: pass("rows"), columns: pass("columns") }
    }

    /// Compiles the pipelines on the first call.
    pub fn compile(&self) {
        self.rows.compile();
        self.columns.compile();
    }

    /// Creates the resources that scale a texture onto another of the size `size`.
    pub fn prepare(&self, texture: &wgpu::Texture, placement: Placement, size: Size) -> Resampled {
        let narrowed_size = Size { width: placement.target.size.width, height: placement.source.size.height };
        let placement = uniform(&self.device, "resample", &PlacementUniform::from(placement));
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

    /// Records the passes that scale the texture's current content.
    pub fn encode(&self, encoder: &mut StageEncoder<'_>, resampled: &Resampled) {
        let Resampled { rows, narrowed, columns, result } = resampled;
        self.rows.draw(encoder, "resample/rows", narrowed, rows);
        self.columns.draw(encoder, "resample/columns", result, columns);
    }
}
