//! The GPU pass of the stage `composite`.

use bytemuck::{Pod, Zeroable};

use crate::StageEncoder;
use crate::gpu::wgsl::include_wgsl;
use crate::gpu::{FULLSCREEN, FullscreenPass, Shader, linear_sampler, nearest_sampler, view};
use crate::matte::pass::{self as matte, Matte};
use crate::memo::Memo;

const LABEL: &str = "composite";

pub(crate) fn source() -> String {
    matte::source() + FULLSCREEN + include_wgsl!("composite.wgsl")
}

/// The kinds of backgrounds, each with an entry point of its own.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Blur,
    Image,
    BrightenedImage,
    Color,
    Transparent,
}

/// The background of one frame, as the pass reads it.
#[derive(Clone, PartialEq)]
pub(crate) enum BackgroundInput {
    /// The blurred background, of any size.
    Blur(wgpu::TextureView),
    /// An image of the frame's size, and its light map.
    Image { image: wgpu::TextureView, light_map: wgpu::TextureView },
    /// An image and its light map with a gain.
    BrightenedImage { image: wgpu::TextureView, light_map: wgpu::TextureView, gain: wgpu::TextureView },
    /// The color of the [`CompositeParams`].
    Color,
    /// No background.
    Transparent,
}

impl BackgroundInput {
    fn kind(&self) -> Kind {
        match self {
            Self::Blur(_) => Kind::Blur,
            Self::Image { .. } => Kind::Image,
            Self::BrightenedImage { .. } => Kind::BrightenedImage,
            Self::Color => Kind::Color,
            Self::Transparent => Kind::Transparent,
        }
    }
}

/// `CompositeParams` of the shader.
#[derive(Clone, Copy, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct CompositeParams {
    pub color: [f32; 4],
    pub light_wrap: f32,
    padding: [f32; 3],
}

impl CompositeParams {
    pub fn new(color: [f32; 4], light_wrap: f32) -> Self {
        Self { color, light_wrap, padding: [0.0; 3] }
    }
}

/// Mixes frame and background by alpha, at full size.
pub(crate) struct CompositePass {
    linear: wgpu::Sampler,
    nearest: wgpu::Sampler,
    over_blur: FullscreenPass,
    over_image: FullscreenPass,
    over_brightened_image: FullscreenPass,
    over_color: FullscreenPass,
    over_nothing: FullscreenPass,
    bound: Memo<(wgpu::Texture, Matte, BackgroundInput, wgpu::Buffer), wgpu::BindGroup>,
}

impl CompositePass {
    pub fn new(device: &wgpu::Device, output: wgpu::TextureFormat) -> Self {
        let shader = Shader::new(device, LABEL, source);
        let pass = |entry| FullscreenPass::new(&shader, entry, output);
        Self {
            linear: linear_sampler(device),
            nearest: nearest_sampler(device),
            over_blur: pass("over_blur"),
            over_image: pass("over_image"),
            over_brightened_image: pass("over_brightened_image"),
            over_color: pass("over_color"),
            over_nothing: pass("over_nothing"),
            bound: Memo::default(),
        }
    }

    /// Compiles the pipeline for backgrounds of this kind on the first call.
    pub fn compile(&self, kind: Kind) {
        self.pass(kind).compile();
    }

    fn pass(&self, kind: Kind) -> &FullscreenPass {
        match kind {
            Kind::Blur => &self.over_blur,
            Kind::Image => &self.over_image,
            Kind::BrightenedImage => &self.over_brightened_image,
            Kind::Color => &self.over_color,
            Kind::Transparent => &self.over_nothing,
        }
    }

    /// Records the pass for a checked frame and output of the same size. `params` is a uniform buffer of
    /// [`CompositeParams`].
    pub fn encode(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        frame: &wgpu::Texture,
        matte: &Matte,
        background: &BackgroundInput,
        params: &wgpu::Buffer,
        output: &wgpu::TextureView,
    ) {
        let mut bound = std::mem::take(&mut self.bound);
        let pass = self.pass(background.kind());
        let key = (frame.clone(), matte.clone(), background.clone(), params.clone());
        let resources = bound.get(key, || {
            let texture = |binding, view| (binding, wgpu::BindingResource::TextureView(view));
            let frame = view(frame);
            let mut resources = vec![
                (0, wgpu::BindingResource::Sampler(&self.linear)),
                (9, wgpu::BindingResource::Sampler(&self.nearest)),
                texture(1, &frame),
                texture(2, &matte.coefficients),
            ];
            let colors = [texture(3, &matte.foreground), texture(4, &matte.background)];
            let params = (8, params.as_entire_binding());
            match background {
                BackgroundInput::Blur(image) => resources.push(texture(5, image)),
                BackgroundInput::Image { image, light_map } => {
                    resources.extend([texture(5, image), texture(6, light_map), params]);
                }
                BackgroundInput::BrightenedImage { image, light_map, gain } => {
                    resources.extend([texture(5, image), texture(6, light_map), texture(7, gain), params]);
                }
                BackgroundInput::Color => resources.push(params),
                BackgroundInput::Transparent => {}
            }
            if !matches!(background, BackgroundInput::Blur(_)) {
                resources.extend(colors);
            }
            pass.bind(&resources)
        });
        pass.draw(encoder, LABEL, output, resources);
        self.bound = bound;
    }
}
