//! The stage `import`: from whatever holds a frame in the browser to memory.

use cyclorama_engine::effects::{Picture, Size};
use cyclorama_engine::{Graphics, ImportTimestamps};
use wasm_bindgen::{JsCast, JsValue};

use crate::copying::Copier;
use crate::drawing::Drawing;
use crate::error::Error;
use crate::javascript::VideoFrame;
use crate::options::ImportPath;
use crate::source::Source;

/// Reads frames into memory, where the network takes them, rather than to a texture first: reading back a texture has
/// the processor wait for the GPU.
pub(crate) struct Importer {
    graphics: Graphics,
    copier: Copier,
    drawing: Drawing,
    /// The memory of a picture that is done with.
    memory: Vec<u8>,
    /// What the last background was brought to.
    texture: Option<wgpu::Texture>,
}

impl Importer {
    /// There is one way only, whatever the path.
    pub(crate) fn new(graphics: &Graphics, _path: ImportPath) -> Result<Self, Error> {
        Ok(Self {
            graphics: graphics.clone(),
            copier: Copier::new(),
            drawing: Drawing::new(true),
            memory: Vec::new(),
            texture: None,
        })
    }

    /// The frame in memory, and that no timestamps were written.
    pub(crate) async fn import(
        &mut self,
        value: &JsValue,
        _timestamps: Option<&ImportTimestamps>,
    ) -> Result<(Picture, bool), Error> {
        Ok((self.read(value).await?, false))
    }

    async fn read(&mut self, value: &JsValue) -> Result<Picture, Error> {
        let source = self.source(value)?;
        if let Some(video) = source.value.dyn_ref::<VideoFrame>()
            && source.is_copied_as_shown(video)
            && let Some(bytes) = self.copier.copy(&source, video).await
        {
            self.memory.resize(bytes.length() as usize, 0);
            bytes.copy_to(&mut self.memory);
        } else {
            self.draw(&source)?;
        }
        self.picture(&source)
    }

    /// Takes a picture back that is done with, whose memory the next one is read into.
    pub(crate) fn recycle(&mut self, picture: Picture) {
        self.memory = picture.into_pixels();
    }

    /// A background as a texture, valid until the next call.
    pub(crate) async fn import_texture(&mut self, value: &JsValue) -> Result<wgpu::Texture, Error> {
        let picture = self.read(value).await?;
        self.upload(picture)
    }

    /// As [`Importer::import_texture`], within the call.
    pub(crate) fn import_now(&mut self, value: &JsValue) -> Result<wgpu::Texture, Error> {
        let source = self.source(value)?;
        self.draw(&source)?;
        let picture = self.picture(&source)?;
        self.upload(picture)
    }

    fn source(&self, value: &JsValue) -> Result<Source, Error> {
        let source = Source::of(value)?;
        self.graphics.check_size(Size { width: source.width, height: source.height })?;
        Ok(source)
    }

    fn picture(&mut self, &Source { width, height, .. }: &Source) -> Result<Picture, Error> {
        Ok(Picture::new(Size { width, height }, std::mem::take(&mut self.memory))?)
    }

    fn upload(&mut self, picture: Picture) -> Result<wgpu::Texture, Error> {
        let texture = self.graphics.upload(&picture, self.texture.take())?;
        self.recycle(picture);
        self.texture = Some(texture.clone());
        Ok(texture)
    }

    /// Draws what the browser does not hand over by itself, and reads the drawing.
    fn draw(&mut self, source: &Source) -> Result<(), Error> {
        let pixels = self.drawing.pixels(source)?;
        self.memory.resize(pixels.length() as usize, 0);
        pixels.copy_to(&mut self.memory);
        Ok(())
    }
}
