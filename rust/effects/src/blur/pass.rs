//! The GPU pass of the stage `blur`.

use bytemuck::{Pod, Zeroable};

use super::gaussian::{REACH, Reduction, gaussian};
use super::{NEAR, PRIOR};
use crate::gpu::wgsl::{constants, include_wgsl};
use crate::gpu::{FULLSCREEN, FullscreenPass, Shader, linear_sampler, render_target, uniform, view};
use crate::matte::pass::{self as matte, Matte};
use crate::memo::Memo;
use crate::{Size, StageEncoder};

/// Filterable and renderable in WebGPU and, with a widely available extension, in WebGL2. 8 bits would show bands where
/// weights are small, and in the result when it is upsampled.
const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba16Float;

/// Pairs of pixels on one side of the kernel. The linear filter reads a pair with one tap.
const PAIRS: usize = REACH / 2;

pub(crate) fn source() -> String {
    matte::source() + &constants!(PAIRS, NEAR, PRIOR) + FULLSCREEN + include_wgsl!("blur.wgsl")
}

/// A Gaussian blur of the background at reduced size: reduce, quarter as often as needed, across, down.
pub(crate) struct BlurPass {
    device: wgpu::Device,
    sampler: wgpu::Sampler,
    reduce: FullscreenPass,
    quarter: FullscreenPass,
    across: FullscreenPass,
    down: FullscreenPass,
    sized: Memo<(Size, f32), SizedResources>,
    bound: Memo<(wgpu::Texture, Matte, f32), Resources>,
}

/// Resources for one frame size and radius.
struct SizedResources {
    reduction: wgpu::Buffer,
    /// The target of the reduction.
    reduced: wgpu::TextureView,
    /// Bind group and target of each further reduction.
    quarters: Vec<(wgpu::BindGroup, wgpu::TextureView)>,
    blurred_across: wgpu::TextureView,
    across: wgpu::BindGroup,
    down: wgpu::Buffer,
    result: wgpu::TextureView,
}

/// Resources for one frame and matte.
struct Resources {
    reduce: wgpu::BindGroup,
    down: wgpu::BindGroup,
}

/// `Reduction` of the shader.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct ReductionUniform {
    pub size: [u32; 2],
    pub taps: u32,
    padding: u32,
}

/// `Gaussian` of the shader.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct GaussianUniform {
    pub step: [f32; 2],
    pub center_weight: f32,
    pub pairs: u32,
    pub taps: [[f32; 4]; PAIRS],
}

impl GaussianUniform {
    fn new(deviation: f32, step: [f32; 2]) -> Self {
        let weights = gaussian(deviation);
        let mut taps = [[0.0; 4]; PAIRS];
        let mut pairs = 0;
        for (i, (tap, pair)) in taps.iter_mut().zip(weights[1..].chunks_exact(2)).enumerate() {
            let weight = pair[0] + pair[1];
            if weight > 0.0 {
                *tap = [2.0 * i as f32 + 1.0 + pair[1] / weight, weight, 0.0, 0.0];
                pairs = i as u32 + 1;
            }
        }
        Self { step, center_weight: weights[0], pairs, taps }
    }
}

impl BlurPass {
    pub fn new(device: &wgpu::Device) -> Self {
        let shader = Shader::new(device, "blur", source);
        let pass = |entry| FullscreenPass::new(&shader, entry, FORMAT);
        Self {
            device: device.clone(),
            sampler: linear_sampler(device),
            reduce: pass("reduce"),
            quarter: pass("quarter"),
            across: pass("across"),
            down: pass("down"),
            sized: Memo::default(),
            bound: Memo::default(),
        }
    }

    /// Compiles the pipelines of every blur on the first call. Only large radii use the other one.
    pub fn compile(&self) {
        let Self { reduce, across, down, .. } = self;
        for pass in [reduce, across, down] {
            pass.compile();
        }
    }

    /// Records the passes for a checked frame, its matte and a checked radius.
    ///
    /// Returns the blurred background at reduced size.
    pub fn encode(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        frame: &wgpu::Texture,
        matte: &Matte,
        radius: f32,
    ) -> wgpu::TextureView {
        let Self { device, sampler, reduce, quarter, across, down, sized, bound } = self;
        let frame_size = Size::of(frame);
        let sized = sized.get((frame_size, radius), || {
            SizedResources::new(device, sampler, [quarter, across], frame_size, radius)
        });
        let resources = bound.get((frame.clone(), matte.clone(), radius), || {
            let linear = (1, wgpu::BindingResource::Sampler(sampler));
            let background = (5, wgpu::BindingResource::TextureView(&matte.background));
            Resources {
                reduce: reduce.bind(&[
                    (0, sized.reduction.as_entire_binding()),
                    linear.clone(),
                    (2, wgpu::BindingResource::TextureView(&view(frame))),
                    (3, wgpu::BindingResource::TextureView(&matte.coefficients)),
                    background.clone(),
                ]),
                down: down.bind(&[
                    (0, sized.down.as_entire_binding()),
                    linear,
                    (2, wgpu::BindingResource::TextureView(&sized.blurred_across)),
                    background,
                ]),
            }
        });
        reduce.draw(encoder, "blur/reduce", &sized.reduced, &resources.reduce);
        for (resources, target) in &sized.quarters {
            quarter.draw(encoder, "blur/quarter", target, resources);
        }
        across.draw(encoder, "blur/across", &sized.blurred_across, &sized.across);
        down.draw(encoder, "blur/down", &sized.result, &resources.down);
        sized.result.clone()
    }
}

impl SizedResources {
    fn new(
        device: &wgpu::Device,
        sampler: &wgpu::Sampler,
        [pass_quarter, pass_across]: [&FullscreenPass; 2],
        frame: Size,
        radius: f32,
    ) -> Self {
        let Reduction { size, taps, deviation: [across, down] } = Reduction::new(frame, radius);
        let target = |scale: u32| {
            let size = Size { width: size.width * scale, height: size.height * scale };
            render_target(device, "blur", size, FORMAT)
        };
        // At most 8 x 8 samples for each pixel of the first pass: more would leave a GPU few pixels to compute at a time. The
        // mean of means is the mean of all samples.
        let quarterings = taps.ilog2().saturating_sub(2) / 2;
        let reduced = target(1 << (2 * quarterings));
        let mut source = reduced.clone();
        let quarters = (0..quarterings).rev().map(|left| {
            let resources = pass_quarter.bind(&[
                (1, wgpu::BindingResource::Sampler(sampler)),
                (2, wgpu::BindingResource::TextureView(&source)),
            ]);
            source = target(1 << (2 * left));
            (resources, source.clone())
        });
        let quarters: Vec<_> = quarters.collect();
        let reduction = ReductionUniform {
            size: [reduced.texture().width(), reduced.texture().height()],
            taps: taps >> (2 * quarterings),
            padding: 0,
        };
        let kernel = |deviation, step| uniform(device, "blur", &GaussianUniform::new(deviation, step));
        Self {
            reduction: uniform(device, "blur", &reduction),
            reduced,
            quarters,
            across: pass_across.bind(&[
                (0, kernel(across, [1.0 / size.width as f32, 0.0]).as_entire_binding()),
                (1, wgpu::BindingResource::Sampler(sampler)),
                (2, wgpu::BindingResource::TextureView(&source)),
            ]),
            blurred_across: target(1),
            down: kernel(down, [0.0, 1.0 / size.height as f32]),
            result: target(1),
        }
    }
}
