use super::scaled_background::ScaledBackground;
use super::{check_sampled, clear, uniform};
use crate::blur::pass::BlurPass;
use crate::brightness::pass::BrightnessPass;
use crate::composite::light_map_size;
use crate::composite::pass::{BackgroundInput, CompositeParams, CompositePass, Kind};
use crate::hide::pass::HidePass;
use crate::matte::pass::Matte;
use crate::memo::Memo;
use crate::resample::pass::ResamplePass;
use crate::{Background, Blending, BlurStrength, EffectError, Image, Layout, Size, StageEncoder};

/// Replaces the background of a frame: the stages `blur`, `brightness` and `composite`, and `hide` for frames whose matte
/// cannot be trusted.
///
/// Every method records into the caller's encoder and submits nothing. Submit every encoder that was recorded without an
/// error: the first one that shows a background image also scales it. If it did not run, call
/// [`Compositor::refresh_background`]. Textures, buffers and bind groups are reused until a size, a texture or the
/// background changes. They keep the last frame's texture alive.
///
/// Outputs are opaque, except for [`Background::Transparent`]: then they have premultiplied alpha, as canvases expect.
pub struct Compositor {
    device: wgpu::Device,
    queue: wgpu::Queue,
    output: wgpu::TextureFormat,
    blur: BlurPass,
    resample: ResamplePass,
    brightness: BrightnessPass,
    composite: CompositePass,
    hide: HidePass,
    background: GpuBackground,
    blending: Blending,
    params: Memo<CompositeParams, wgpu::Buffer>,
}

/// A background on the GPU.
enum GpuBackground {
    Blur {
        radius: f32,
    },
    Image(Box<ScaledBackground>),
    /// RGBA in `[0, 1]`.
    Color([f32; 4]),
    Transparent,
}

impl Compositor {
    /// Composites into outputs of the format `output`. The initial background is a medium blur. Pipelines are compiled when a
    /// background or blending is set, and the others with the first frame that needs them.
    ///
    /// # Errors
    /// [`EffectError::OutputFormat`] for a format that is not a renderable color format or that is sRGB. The passes write
    /// sRGB-encoded colors, which such a format would encode again.
    pub fn new(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        output: wgpu::TextureFormat,
    ) -> Result<Self, EffectError> {
        let features = output.guaranteed_format_features(device.features());
        let float = matches!(output.sample_type(None, None), Some(wgpu::TextureSampleType::Float { .. }));
        let renderable = features.allowed_usages.contains(wgpu::TextureUsages::RENDER_ATTACHMENT);
        if !float || !renderable || output.is_srgb() {
            return Err(EffectError::OutputFormat { format: output });
        }
        Ok(Self {
            device: device.clone(),
            queue: queue.clone(),
            output,
            blur: BlurPass::new(device),
            resample: ResamplePass::new(device),
            brightness: BrightnessPass::new(device),
            composite: CompositePass::new(device, output),
            hide: HidePass::new(device, output),
            background: GpuBackground::Blur { radius: BlurStrength::Medium.radius() },
            blending: Blending::default(),
            params: Memo::default(),
        })
    }

    /// Sets the background from the next frame on, and compiles its pipelines. An image is uploaded with the queue's next
    /// submission.
    ///
    /// # Errors
    /// Those of [`Background::check`], and [`EffectError::SizeAboveLimit`] for an image larger than the device's textures.
    /// The background does not change then.
    pub fn set_background(&mut self, background: &Background) -> Result<(), EffectError> {
        background.check()?;
        self.background = match background {
            Background::Blur { radius } => GpuBackground::Blur { radius: *radius },
            Background::Image { image, layout } => {
                GpuBackground::Image(ScaledBackground::new(self.upload(image)?, *layout).into())
            }
            Background::Color([r, g, b]) => {
                GpuBackground::Color([*r, *g, *b, u8::MAX].map(|level| f32::from(level) / 255.0))
            }
            Background::Transparent => GpuBackground::Transparent,
        };
        self.compile();
        Ok(())
    }

    /// Sets a texture as the background image from the next frame on. Its alpha is ignored.
    ///
    /// The image is scaled to the frame's size once. Call this again when its content changes, as for a video: for the
    /// same texture and layout all resources are reused.
    ///
    /// # Errors
    /// A texture that cannot be sampled, or [`EffectError::Position`]. The background does not change then.
    pub fn set_background_texture(
        &mut self,
        texture: &wgpu::Texture,
        layout: Layout,
    ) -> Result<(), EffectError> {
        check_sampled("background", texture)?;
        layout.check()?;
        if let GpuBackground::Image(image) = &mut self.background
            && image.is_of(texture, layout)
        {
            image.refresh();
            return Ok(());
        }
        self.background = GpuBackground::Image(ScaledBackground::new(texture.clone(), layout).into());
        self.compile();
        Ok(())
    }

    /// Scales the background image again with the next frame. Call this if a submission did not run.
    pub fn refresh_background(&mut self) {
        if let GpuBackground::Image(image) = &mut self.background {
            image.refresh();
        }
    }

    /// Sets light wrap and brightness matching from the next frame on.
    ///
    /// # Errors
    /// Those of [`Blending::check`]. The blending does not change then.
    pub fn set_blending(&mut self, blending: Blending) -> Result<(), EffectError> {
        blending.check()?;
        self.blending = blending;
        // Only an image has pipelines that depend on the blending.
        if let GpuBackground::Image(_) = self.background {
            self.compile();
        }
        Ok(())
    }

    /// Compiles the pipelines of the background, which the next frame then finds.
    fn compile(&self) {
        let Self { blur, resample, brightness, composite, background, blending, .. } = self;
        composite.compile(match background {
            GpuBackground::Blur { .. } => {
                blur.compile();
                Kind::Blur
            }
            GpuBackground::Image(_) => {
                resample.compile();
                if blending.match_brightness {
                    brightness.compile();
                    Kind::BrightenedImage
                } else {
                    Kind::Image
                }
            }
            GpuBackground::Color(_) => Kind::Color,
            GpuBackground::Transparent => Kind::Transparent,
        });
    }

    /// Records the passes that composite the person of `frame` over the background.
    ///
    /// `frame` is a texture that a linear filter can read, with `TEXTURE_BINDING`. Its alpha is ignored. `matte` is the
    /// matte of this frame. `output` is the first level of a texture of the frame's size and of the format of
    /// [`Compositor::new`], with `RENDER_ATTACHMENT`. Where alpha is 1, the frame's pixels stay unchanged.
    ///
    /// # Errors
    /// A size out of range, a texture that cannot be bound, or an output unlike the one described. Nothing is recorded
    /// then.
    pub fn encode<'a>(
        &mut self,
        encoder: impl Into<StageEncoder<'a>>,
        frame: &wgpu::Texture,
        matte: &Matte,
        output: &wgpu::TextureView,
    ) -> Result<(), EffectError> {
        let frame_size = check_sampled("frame", frame)?;
        let output_size = self.check_output(output)?;
        if output_size != frame_size {
            return Err(EffectError::OutputSize { frame: frame_size, output: output_size });
        }

        let encoder = &mut encoder.into();
        let Self { device, blur, resample, brightness, composite, background, blending, params, .. } = self;
        let mut color = [0.0; 4];
        let input = match background {
            GpuBackground::Blur { radius } => {
                BackgroundInput::Blur(blur.encode(encoder, frame, matte, *radius))
            }
            GpuBackground::Image(background) => {
                let image = background.encode(encoder, resample, frame_size);
                let light_map = background.encode_light_map(encoder, resample, light_map_size(frame_size));
                if blending.match_brightness {
                    let gain = brightness.encode(encoder, matte, &light_map);
                    BackgroundInput::BrightenedImage { image, light_map, gain }
                } else {
                    BackgroundInput::Image { image, light_map }
                }
            }
            GpuBackground::Color(background) => {
                color = *background;
                BackgroundInput::Color
            }
            GpuBackground::Transparent => BackgroundInput::Transparent,
        };
        let values = CompositeParams::new(color, blending.light_wrap);
        let params = params.get(values, || uniform(device, "composite", &values));
        composite.encode(encoder.last(), frame, matte, &input, params, output);
        Ok(())
    }

    /// Records the passes that fill `output` with a placeholder frame, in which the camera's image is not recognizable.
    ///
    /// For a blurred background that is the whole of `frame`, blurred beyond recognition and stretched to the output, or
    /// black without a frame. For other backgrounds it is the background alone, and `frame` is not read.
    ///
    /// # Errors
    /// A frame that cannot be sampled, or an output unlike that of [`Compositor::encode`]. Only its size may differ.
    /// Nothing is recorded then.
    pub fn encode_hidden<'a>(
        &mut self,
        encoder: impl Into<StageEncoder<'a>>,
        frame: Option<&wgpu::Texture>,
        output: &wgpu::TextureView,
    ) -> Result<(), EffectError> {
        let output_size = self.check_output(output)?;
        let encoder = &mut encoder.into();
        let Self { resample, hide, background, .. } = self;
        match (background, frame) {
            (GpuBackground::Blur { .. }, Some(frame)) => {
                check_sampled("frame", frame)?;
                hide.encode_frame(encoder, resample, frame, output);
            }
            (GpuBackground::Blur { .. }, None) => clear(encoder, "hide", output, wgpu::Color::BLACK),
            (GpuBackground::Image(image), _) => {
                let image = image.encode(encoder, resample, output_size);
                hide.encode_background(encoder, &image, output);
            }
            (GpuBackground::Color(color), _) => {
                let [r, g, b, a] = color.map(f64::from);
                clear(encoder, "hide", output, wgpu::Color { r, g, b, a });
            }
            (GpuBackground::Transparent, _) => clear(encoder, "hide", output, wgpu::Color::TRANSPARENT),
        }
        Ok(())
    }

    /// Checks that `output` can be rendered to, and returns its size.
    fn check_output(&self, output: &wgpu::TextureView) -> Result<Size, EffectError> {
        let texture = output.texture();
        let (expected, found) = (self.output, texture.format());
        if found != expected {
            return Err(EffectError::OutputMismatch { expected, found });
        }
        let needed = wgpu::TextureUsages::RENDER_ATTACHMENT;
        if !texture.usage().contains(needed) {
            return Err(EffectError::TextureUsage { what: "output", needed });
        }
        if texture.dimension() != wgpu::TextureDimension::D2 || texture.sample_count() != 1 {
            return Err(EffectError::TextureShape { what: "output" });
        }
        let size = Size::of(texture);
        size.check("output", Size::MAX_SIDE)?;
        Ok(size)
    }

    fn upload(&self, image: &Image) -> Result<wgpu::Texture, EffectError> {
        let size = image.size();
        size.check("background", self.device.limits().max_texture_dimension_2d)?;
        let texture = self.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("background"),
            size: size.extent(),
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba8Unorm,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(size.width * 4),
            rows_per_image: None,
        };
        let opaque = image.over_black();
        self.queue.write_texture(texture.as_image_copy(), opaque.pixels(), layout, size.extent());
        Ok(texture)
    }
}
