//! The stage `output`: the canvas that frames are rendered to, and the bitmaps taken off it.

use cyclorama_engine::{EngineError, Gpu};
use web_sys::{ImageBitmap, OffscreenCanvas};

use crate::error::{Error, frame};

/// An offscreen WebGPU canvas of the frames' size.
pub(crate) struct Output {
    gpu: Gpu,
    canvas: OffscreenCanvas,
    surface: wgpu::Surface<'static>,
    configuration: wgpu::SurfaceConfiguration,
}

impl Output {
    pub(crate) fn new(gpu: &Gpu) -> Result<Self, Error> {
        let unsupported = |message: String| Error::Engine(EngineError::Unsupported(message));
        let canvas = OffscreenCanvas::new(1, 1).map_err(|thrown| frame("no canvas can be made", &thrown))?;
        let surface = gpu
            .instance()
            .create_surface(wgpu::SurfaceTarget::OffscreenCanvas(canvas.clone()))
            .map_err(|error| unsupported(format!("no WebGPU canvas can be made: {error}")))?;
        let capabilities = surface.get_capabilities(gpu.adapter());
        let format = capabilities
            .formats
            .iter()
            .copied()
            .find(|format| !format.is_srgb() && format.block_copy_size(None) == Some(4))
            .ok_or_else(|| unsupported("the canvas offers no 8-bit format".into()))?;
        let configuration = wgpu::SurfaceConfiguration {
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
            format,
            color_space: wgpu::SurfaceColorSpace::default(),
            width: 1,
            height: 1,
            present_mode: wgpu::PresentMode::AutoVsync,
            desired_maximum_frame_latency: 2,
            alpha_mode: wgpu::CompositeAlphaMode::PreMultiplied,
            view_formats: Vec::new(),
        };
        surface.configure(gpu.device(), &configuration);
        Ok(Self { gpu: gpu.clone(), canvas, surface, configuration })
    }

    pub(crate) fn format(&self) -> wgpu::TextureFormat {
        self.configuration.format
    }

    /// The next frame's target.
    pub(crate) fn begin(&mut self, width: u32, height: u32) -> Result<Target, Error> {
        if (self.configuration.width, self.configuration.height) != (width, height) {
            self.configuration.width = width;
            self.configuration.height = height;
            self.surface.configure(self.gpu.device(), &self.configuration);
        }
        let current = self.surface.get_current_texture();
        let (wgpu::CurrentSurfaceTexture::Success(texture)
        | wgpu::CurrentSurfaceTexture::Suboptimal(texture)) = current
        else {
            return Err(EngineError::Gpu(format!("the canvas gave no texture: {current:?}")).into());
        };
        let view = texture.texture.create_view(&wgpu::TextureViewDescriptor::default());
        Ok(Target { texture, view })
    }

    /// What was rendered to the target. A bitmap is the one way off a WebGPU canvas that is right on software adapters
    /// too; on hardware nothing is copied.
    pub(crate) fn finish(&self, target: Target) -> Result<ImageBitmap, Error> {
        drop(target.view);
        self.gpu.queue().present(target.texture);
        self.canvas
            .transfer_to_image_bitmap()
            .map_err(|thrown| frame("the finished frame cannot be taken off its canvas", &thrown))
    }
}

/// A texture of the canvas that awaits its picture.
pub(crate) struct Target {
    texture: wgpu::SurfaceTexture,
    pub(crate) view: wgpu::TextureView,
}
