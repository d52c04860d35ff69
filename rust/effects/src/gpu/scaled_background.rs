use crate::memo::Memo;
use crate::resample::pass::{ResamplePass, Resampled};
use crate::{Layout, Size, StageEncoder};

/// A background image on the GPU with its scaled copies.
pub(crate) struct ScaledBackground {
    texture: wgpu::Texture,
    layout: Layout,
    scaled: Scaled,
    light_map: Scaled,
}

/// The image scaled to one size.
#[derive(Default)]
struct Scaled {
    made: Memo<Size, Resampled>,
    /// Whether it shows the texture's current content.
    fresh: bool,
}

impl ScaledBackground {
    /// Takes a texture that can be sampled and a checked layout.
    pub fn new(texture: wgpu::Texture, layout: Layout) -> Self {
        Self { texture, layout, scaled: Scaled::default(), light_map: Scaled::default() }
    }

    /// Whether this is the background of a texture and layout.
    pub fn is_of(&self, texture: &wgpu::Texture, layout: Layout) -> bool {
        self.texture == *texture && self.layout == layout
    }

    /// Marks the scaled copies as outdated.
    pub fn refresh(&mut self) {
        self.scaled.fresh = false;
        self.light_map.fresh = false;
    }

    /// Returns the image at the size `size`. Records the passes that scale it, unless it is up to date.
    pub fn encode(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        resample: &ResamplePass,
        size: Size,
    ) -> wgpu::TextureView {
        self.scaled.encode(encoder, resample, &self.texture, self.layout, size)
    }

    /// Returns the light map: the image at a small `size`, as light wrap and brightness use it.
    pub fn encode_light_map(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        resample: &ResamplePass,
        size: Size,
    ) -> wgpu::TextureView {
        self.light_map.encode(encoder, resample, &self.texture, self.layout, size)
    }
}

impl Scaled {
    fn encode(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        resample: &ResamplePass,
        texture: &wgpu::Texture,
        layout: Layout,
        size: Size,
    ) -> wgpu::TextureView {
        let Self { made, fresh } = self;
        let scaled = made.get(size, || {
            *fresh = false;
            resample.prepare(texture, layout.place(Size::of(texture), size), size)
        });
        if !std::mem::replace(fresh, true) {
            resample.encode(encoder, scaled);
        }
        scaled.result.clone()
    }
}
