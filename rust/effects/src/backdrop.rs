use crate::memo::Memo;
use crate::resample::{ResamplePass, Resampled};
use crate::{Layout, Size, StageEncoder};

/// A background picture on the GPU, and the same at the sizes it is looked at.
pub(crate) struct Backdrop {
    texture: wgpu::Texture,
    layout: Layout,
    scaled: Scaled,
    glow: Scaled,
}

/// The picture at one size.
#[derive(Default)]
struct Scaled {
    made: Memo<Size, Resampled>,
    /// Whether it shows what the texture does.
    fresh: bool,
}

impl Backdrop {
    /// For a texture that can be sampled and a checked layout.
    pub fn new(texture: wgpu::Texture, layout: Layout) -> Self {
        Self { texture, layout, scaled: Scaled::default(), glow: Scaled::default() }
    }

    /// Has the picture scaled anew if it is this one; `false` if it is another texture or laid out otherwise.
    pub fn refresh(&mut self, texture: &wgpu::Texture, layout: Layout) -> bool {
        let same = self.texture == *texture && self.layout == layout;
        if same {
            self.scaled.fresh = false;
            self.glow.fresh = false;
        }
        same
    }

    /// The picture at the size `size`; records the passes that scale it, unless that is what was done last.
    pub fn encode(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        resample: &ResamplePass,
        size: Size,
    ) -> wgpu::TextureView {
        self.scaled.encode(encoder, resample, &self.texture, self.layout, size)
    }

    /// The same for the size to which the picture is reduced for its light.
    pub fn encode_glow(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        resample: &ResamplePass,
        size: Size,
    ) -> wgpu::TextureView {
        self.glow.encode(encoder, resample, &self.texture, self.layout, size)
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
