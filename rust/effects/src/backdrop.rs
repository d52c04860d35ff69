use crate::memo::Memo;
use crate::resample::{ResamplePass, Resampled};
use crate::{Layout, Size};

/// A background picture on the GPU, and the same at the output's size.
pub(crate) struct Backdrop {
    texture: wgpu::Texture,
    layout: Layout,
    scaled: Memo<Size, Resampled>,
    /// Whether `scaled` does not show what the texture does.
    stale: bool,
}

impl Backdrop {
    /// For a texture that can be sampled and a checked layout.
    pub fn new(texture: wgpu::Texture, layout: Layout) -> Self {
        Self { texture, layout, scaled: Memo::default(), stale: true }
    }

    /// Has the picture scaled anew if it is this one; `false` if it is another texture or laid out otherwise.
    pub fn refresh(&mut self, texture: &wgpu::Texture, layout: Layout) -> bool {
        let same = self.texture == *texture && self.layout == layout;
        self.stale |= same;
        same
    }

    /// The picture at the size `size`; records the passes that scale it, unless that is what was done last.
    pub fn encode(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        resample: &ResamplePass,
        size: Size,
    ) -> wgpu::TextureView {
        let Self { texture, layout, scaled, stale } = self;
        let scaled = scaled.get(size, || {
            *stale = true;
            resample.prepare(texture, layout.place(Size::of(texture), size), size)
        });
        if std::mem::take(stale) {
            resample.encode(encoder, scaled);
        }
        scaled.result.clone()
    }
}
