//! The stage `output`: the canvas that frames are rendered to, and its bitmaps.

use cyclorama_engine::effects::Size;
use cyclorama_engine::{EngineError, GpuContext, Reason};
use wasm_bindgen::JsCast;
use web_sys::{ImageBitmap, OffscreenCanvas};

use super::Watch;
use crate::drawing::Drawing;
use crate::error::{Error, frame};
use crate::source::Source;

/// An offscreen canvas of the frames' size.
pub(crate) struct Output<W> {
    gpu: GpuContext,
    canvas: OffscreenCanvas,
    surface: wgpu::Surface<'static>,
    configuration: wgpu::SurfaceConfiguration,
    watch: W,
}

/// Creates a canvas of one pixel.
pub(crate) fn canvas() -> Result<OffscreenCanvas, Error> {
    OffscreenCanvas::new(1, 1).map_err(|thrown| frame("no canvas can be created", &thrown))
}

/// Creates the surface of a canvas, for wgpu.
pub(crate) fn surface(
    instance: &wgpu::Instance,
    canvas: &OffscreenCanvas,
) -> Result<wgpu::Surface<'static>, Error> {
    let surface = instance
        .create_surface(wgpu::SurfaceTarget::OffscreenCanvas(canvas.clone()))
        .map_err(|error| EngineError::Unsupported(Reason::new("no GPU canvas can be created", error)))?;
    Ok(surface)
}

impl<W: Watch> Output<W> {
    pub(crate) fn new(
        gpu: &GpuContext,
        canvas: OffscreenCanvas,
        surface: wgpu::Surface<'static>,
        alpha_mode: wgpu::CompositeAlphaMode,
    ) -> Result<Self, Error> {
        let capabilities = surface.get_capabilities(gpu.adapter());
        let format = capabilities
            .formats
            .iter()
            .copied()
            .find(|format| !format.is_srgb() && format.block_copy_size(None) == Some(4))
            .ok_or_else(|| EngineError::Unsupported("the canvas offers no 8-bit format".into()))?;
        let configuration = wgpu::SurfaceConfiguration {
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
            format,
            color_space: wgpu::SurfaceColorSpace::default(),
            width: 1,
            height: 1,
            present_mode: wgpu::PresentMode::AutoVsync,
            desired_maximum_frame_latency: 2,
            alpha_mode,
            view_formats: Vec::new(),
        };
        surface.configure(gpu.device(), &configuration);
        let watch = W::new(&canvas, gpu)?;
        Ok(Self { gpu: gpu.clone(), canvas, surface, configuration, watch })
    }

    pub(crate) fn format(&self) -> wgpu::TextureFormat {
        self.configuration.format
    }

    /// Fails if the device behind the canvas is lost.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.watch.lost() {
            Some(reason) => Err(EngineError::DeviceLost(reason).into()),
            None => Ok(()),
        }
    }

    /// A handle that waits for the GPU while frames run.
    pub(crate) fn completion(&self) -> W::Completion {
        self.watch.completion()
    }

    /// Waits until the GPU has completed all submissions so far.
    pub(crate) async fn completed(&self) {
        self.watch.completed().await;
    }

    /// Returns the next frame's target. Fails without effect for a size that the GPU does not support.
    pub(crate) fn begin(&mut self, width: u32, height: u32) -> Result<Target, Error> {
        self.check()?;
        self.gpu.check_size(Size { width, height })?;
        if (self.configuration.width, self.configuration.height) != (width, height) {
            self.configuration.width = width;
            self.configuration.height = height;
            self.surface.configure(self.gpu.device(), &self.configuration);
        }
        let mut current = self.surface.get_current_texture();
        if matches!(current, wgpu::CurrentSurfaceTexture::Lost) {
            // Firefox drops the configuration of a canvas when its image is taken.
            self.surface.configure(self.gpu.device(), &self.configuration);
            current = self.surface.get_current_texture();
        }
        let (wgpu::CurrentSurfaceTexture::Success(texture)
        | wgpu::CurrentSurfaceTexture::Suboptimal(texture)) = current
        else {
            return Err(EngineError::Gpu(format!("the canvas has no texture: {current:?}").into()).into());
        };
        let view = texture.texture.create_view(&wgpu::TextureViewDescriptor::default());
        Ok(Target { texture, view })
    }

    /// Whether a bitmap shows the last rendered image.
    ///
    /// For some WebGL canvases, `transferToImageBitmap` of WebKitGTK returns the previous image, which could be a frame of the
    /// camera that must not be shown.
    pub(crate) fn is_current(&mut self) -> Result<bool, Error> {
        let mut drawing = Drawing::new(true);
        for color in [wgpu::Color::RED, wgpu::Color::GREEN, wgpu::Color::BLUE] {
            let target = self.begin(TEST_SIDE, TEST_SIDE)?;
            self.clear(&target, color);
            let bitmap = self.finish(target)?;
            let source = Source::of(&bitmap)?;
            let pixels = drawing.pixels(&source)?.to_vec();
            source.value.unchecked_into::<ImageBitmap>().close();
            let expected = [color.r, color.g, color.b].map(|value| (value * 255.0) as u8);
            let is_same = |(&value, expected): (&u8, u8)| value.abs_diff(expected) <= TOLERANCE;
            if !pixels.chunks_exact(4).all(|pixel| pixel.iter().zip(expected).all(is_same)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn clear(&self, target: &Target, color: wgpu::Color) {
        let mut encoder =
            self.gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("clear"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &target.view,
                resolve_target: None,
                depth_slice: None,
                ops: wgpu::Operations { load: wgpu::LoadOp::Clear(color), store: wgpu::StoreOp::Store },
            })],
            ..Default::default()
        });
        self.gpu.queue().submit([encoder.finish()]);
    }

    /// Returns the image that was rendered to the target. Only a bitmap has the right content of a WebGPU canvas on software
    /// adapters too. On hardware nothing is copied.
    pub(crate) fn finish(&self, target: Target) -> Result<ImageBitmap, Error> {
        drop(target.view);
        self.gpu.queue().present(target.texture);
        self.canvas
            .transfer_to_image_bitmap()
            .map_err(|thrown| frame("the finished frame cannot be read from its canvas", &thrown))
    }
}

/// The error for a canvas that failed [`Output::is_current`].
pub(crate) const NOT_CURRENT: &str = "the canvas returns another image than the one that was rendered";

/// Width and height of the canvas during its test, in pixels.
const TEST_SIDE: u32 = 16;

/// The largest accepted difference of a bitmap's color, in levels of 0 to 255.
const TOLERANCE: u8 = 3;

/// The canvas's current texture, not yet presented.
pub(crate) struct Target {
    texture: wgpu::SurfaceTexture,
    pub(crate) view: wgpu::TextureView,
}
