//! The stage `import`: from an object of the browser to memory.

use cyclorama_engine::effects::{Image, Size};
use cyclorama_engine::{GpuContext, ImportTimestamps};
use wasm_bindgen::{JsCast, JsValue};

use crate::background::ImageImporter;
use crate::copying::Copier;
use crate::drawing::Drawing;
use crate::error::Error;
use crate::gpu;
use crate::javascript::VideoFrame;
use crate::plain::ImportPath;
use crate::source::Source;

/// Reads frames into memory for the model on the CPU. The way over a texture would make the CPU wait for the readback.
pub(crate) struct Importer {
    gpu: GpuContext,
    copier: Copier,
    drawing: Drawing,
    /// The memory of a recycled image.
    memory: Vec<u8>,
    /// The texture for backgrounds.
    texture: Option<wgpu::Texture>,
}

impl gpu::Importer for Importer {
    type Device = GpuContext;
    type Frame = Image;

    /// Ignores the path: there is only one.
    fn new(gpu: &GpuContext, _path: ImportPath) -> Result<Self, Error> {
        Ok(Self {
            gpu: gpu.clone(),
            copier: Copier::new(true),
            drawing: Drawing::new(true),
            memory: Vec::new(),
            texture: None,
        })
    }

    /// Never writes timestamps.
    async fn import(
        &mut self,
        value: &JsValue,
        _timestamps: Option<&ImportTimestamps>,
    ) -> Result<(Image, bool), Error> {
        Ok((self.read(value).await?, false))
    }

    fn recycle(&mut self, image: Image) {
        self.memory = image.into_pixels();
    }
}

impl ImageImporter for Importer {
    type Image = wgpu::Texture;

    async fn import_image(&mut self, value: &JsValue) -> Result<&wgpu::Texture, Error> {
        let image = self.read(value).await?;
        self.upload(image)
    }

    fn import_image_now(&mut self, value: &JsValue) -> Result<&wgpu::Texture, Error> {
        let source = self.source(value)?;
        self.draw(&source)?;
        let image = self.image(&source)?;
        self.upload(image)
    }
}

impl Importer {
    async fn read(&mut self, value: &JsValue) -> Result<Image, Error> {
        let source = self.source(value)?;
        if let Some(video) = source.value.dyn_ref::<VideoFrame>()
            && source.is_copied_as_shown(video)
            && let Some(bytes) = self.copier.copy(video).await
        {
            self.memory.resize(bytes.length() as usize, 0);
            bytes.copy_to(&mut self.memory);
        } else {
            self.draw(&source)?;
        }
        self.image(&source)
    }

    fn source(&self, value: &JsValue) -> Result<Source, Error> {
        let source = Source::of(value)?;
        self.gpu.check_size(Size { width: source.width, height: source.height })?;
        Ok(source)
    }

    fn image(&mut self, &Source { width, height, .. }: &Source) -> Result<Image, Error> {
        Ok(Image::new(Size { width, height }, std::mem::take(&mut self.memory))?)
    }

    fn upload(&mut self, image: Image) -> Result<&wgpu::Texture, Error> {
        let texture = self.gpu.upload(&image, self.texture.take())?;
        gpu::Importer::recycle(self, image);
        Ok(self.texture.insert(texture))
    }

    /// Draws a source that the browser does not convert, and reads the drawing.
    fn draw(&mut self, source: &Source) -> Result<(), Error> {
        let pixels = self.drawing.pixels(source)?;
        self.memory.resize(pixels.length() as usize, 0);
        pixels.copy_to(&mut self.memory);
        Ok(())
    }
}
