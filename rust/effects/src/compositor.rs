use crate::backdrop::Backdrop;
use crate::blur::BlurPass;
use crate::brightness::BrightnessPass;
use crate::composite::{Behind, CompositePass, glow_size};
use crate::gpu::{check_sampled, clear, uniform};
use crate::hide::HidePass;
use crate::matte::Matte;
use crate::memo::Memo;
use crate::resample::ResamplePass;
use crate::{Background, Blending, BlurStrength, EffectError, Layout, Picture, Size, StageEncoder};

/// Shows the person of a frame in front of another background: the stages `blur`, `brightness` and `composite`, and
/// `hide` for the frames without a matte to trust.
///
/// Every method records into the caller's encoder and submits nothing; an encoder without an error is to be submitted,
/// for a background picture is scaled in the first one that shows it. Textures, buffers and bind groups are kept
/// between frames and made anew only when a size, a texture or the background changes; those kept hold on to the last
/// frame's texture.
///
/// Outputs are opaque, but for [`Background::Transparent`]: then they have premultiplied alpha, as canvases take it.
pub struct Compositor {
    device: wgpu::Device,
    queue: wgpu::Queue,
    output: wgpu::TextureFormat,
    blur: BlurPass,
    resample: ResamplePass,
    brightness: BrightnessPass,
    composite: CompositePass,
    hide: HidePass,
    effect: Effect,
    blending: Blending,
    /// Colour and light wrap as `Look` in `composite.wgsl`, by their values.
    look: Memo<[f32; 8], wgpu::Buffer>,
}

/// A background on the GPU.
enum Effect {
    Blur {
        radius: f32,
    },
    Image(Box<Backdrop>),
    /// RGBA in `[0, 1]`.
    Color([f32; 4]),
    Transparent,
}

impl Compositor {
    /// Compiles the pipelines for outputs of the format `output`, in the beginning with a background of medium blur.
    ///
    /// # Errors
    /// [`EffectError::OutputFormat`] for a format that is not a renderable colour format, or that is sRGB: the passes
    /// write encoded colours, which such a format would encode again.
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
            effect: Effect::Blur { radius: BlurStrength::Medium.radius() },
            blending: Blending::default(),
            look: Memo::default(),
        })
    }

    /// Chooses the background from the next frame on. A picture is uploaded with the queue's next submission.
    ///
    /// # Errors
    /// As [`Background::check`], or [`EffectError::SizeAboveLimit`] for a picture larger than the device's textures.
    /// The background then stays what it was.
    pub fn set_background(&mut self, background: &Background) -> Result<(), EffectError> {
        background.check()?;
        self.effect = match background {
            Background::Blur { radius } => Effect::Blur { radius: *radius },
            Background::Image { picture, layout } => {
                Effect::Image(Backdrop::new(self.upload(picture)?, *layout).into())
            }
            Background::Color([r, g, b]) => {
                Effect::Color([*r, *g, *b, u8::MAX].map(|level| f32::from(level) / 255.0))
            }
            Background::Transparent => Effect::Transparent,
        };
        Ok(())
    }

    /// Chooses a picture that is a texture already, from the next frame on; its alpha is ignored.
    ///
    /// The picture is scaled to the frame once. When its content changes, as a video's does, call this again: for the
    /// same texture and layout nothing is made anew.
    ///
    /// # Errors
    /// A texture that cannot be sampled, or [`EffectError::Position`]. The background then stays what it was.
    pub fn set_background_texture(
        &mut self,
        texture: &wgpu::Texture,
        layout: Layout,
    ) -> Result<(), EffectError> {
        check_sampled("background", texture)?;
        layout.check()?;
        if let Effect::Image(backdrop) = &mut self.effect
            && backdrop.refresh(texture, layout)
        {
            return Ok(());
        }
        self.effect = Effect::Image(Backdrop::new(texture.clone(), layout).into());
        Ok(())
    }

    /// Chooses how backgrounds are made to belong with the person, from the next frame on.
    ///
    /// # Errors
    /// As [`Blending::check`]. The blending then stays what it was.
    pub fn set_blending(&mut self, blending: Blending) -> Result<(), EffectError> {
        blending.check()?;
        self.blending = blending;
        Ok(())
    }

    /// Records the passes that show the person of `frame` in front of the background.
    ///
    /// `frame` is any texture that a linear filter can read, with `TEXTURE_BINDING`; its alpha is ignored. `matte` is
    /// that of this very frame. `output` is the first level of a texture of the frame's size and of the format given to
    /// [`Compositor::new`], with `RENDER_ATTACHMENT`. Where all is person, the frame's pixels come out unchanged.
    ///
    /// # Errors
    /// A size out of range, a texture that cannot be bound, or another output than described. Nothing is recorded then.
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
        let Self { device, blur, resample, brightness, composite, effect, blending, look, .. } = self;
        let mut color = [0.0; 4];
        let behind = match effect {
            Effect::Blur { radius } => Behind::Blur(blur.encode(encoder, frame, matte, *radius)),
            Effect::Image(backdrop) => {
                let picture = backdrop.encode(encoder, resample, frame_size);
                let glow = backdrop.encode_glow(encoder, resample, glow_size(frame_size));
                if blending.match_brightness {
                    let gain = brightness.encode(encoder, matte, &glow);
                    Behind::BrightenedImage { picture, glow, gain }
                } else {
                    Behind::Image { picture, glow }
                }
            }
            Effect::Color(of_effect) => {
                color = *of_effect;
                Behind::Color
            }
            Effect::Transparent => Behind::Nothing,
        };
        let [r, g, b, a] = color;
        let look_values = [r, g, b, a, blending.light_wrap, 0.0, 0.0, 0.0];
        let look = look.get(look_values, || uniform(device, "composite", &look_values));
        composite.encode(encoder.last(), frame, matte, &behind, look, output);
        Ok(())
    }

    /// Records the passes that fill `output` with a picture that gives nothing of the frame away.
    ///
    /// With a blurred background that is the whole of `frame`, blurred beyond recognition and stretched to the output,
    /// or black without a frame. With any other it is the background alone, and `frame` is not looked at.
    ///
    /// # Errors
    /// A frame that cannot be sampled, or an output unlike that of [`Compositor::encode`] but for its size, which is
    /// free. Nothing is recorded then.
    pub fn encode_hidden<'a>(
        &mut self,
        encoder: impl Into<StageEncoder<'a>>,
        frame: Option<&wgpu::Texture>,
        output: &wgpu::TextureView,
    ) -> Result<(), EffectError> {
        let output_size = self.check_output(output)?;
        let encoder = &mut encoder.into();
        let Self { resample, hide, effect, .. } = self;
        match (effect, frame) {
            (Effect::Blur { .. }, Some(frame)) => {
                check_sampled("frame", frame)?;
                hide.encode_frame(encoder, resample, frame, output);
            }
            (Effect::Blur { .. }, None) => clear(encoder, "hide", output, wgpu::Color::BLACK),
            (Effect::Image(backdrop), _) => {
                let backdrop = backdrop.encode(encoder, resample, output_size);
                hide.encode_background(encoder, &backdrop, output);
            }
            (Effect::Color(color), _) => {
                let [r, g, b, a] = color.map(f64::from);
                clear(encoder, "hide", output, wgpu::Color { r, g, b, a });
            }
            (Effect::Transparent, _) => clear(encoder, "hide", output, wgpu::Color::TRANSPARENT),
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

    fn upload(&self, picture: &Picture) -> Result<wgpu::Texture, EffectError> {
        let size = picture.size();
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
        let opaque = picture.on_black();
        self.queue.write_texture(texture.as_image_copy(), opaque.pixels(), layout, size.extent());
        Ok(texture)
    }
}
