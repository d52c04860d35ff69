//! The stage `import`: from whatever holds a frame in the browser to memory.

use cyclorama_engine::effects::{Picture, Size};
use cyclorama_engine::{EngineError, Graphics, ImportTimestamps};
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::OffscreenCanvas;

use crate::error::{Error, frame};
use crate::javascript::{Canvas2d, VideoFrame, object};
use crate::options::ImportPath;
use crate::source::Source;

/// Reads frames into memory, where the network takes them, rather than to a texture first: reading back a texture has
/// the processor wait for the GPU.
pub(crate) struct Importer {
    graphics: Graphics,
    bytes: Uint8Array,
    canvas: Option<(OffscreenCanvas, Canvas2d)>,
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
            bytes: Uint8Array::new_with_length(0),
            canvas: None,
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
            && source.copy_rgba(video, &mut self.bytes).await
        {
            self.memory.resize(self.bytes.length() as usize, 0);
            self.bytes.copy_to(&mut self.memory);
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
        let (width, height) = (source.width, source.height);
        let context = match &self.canvas {
            Some((canvas, context)) if (canvas.width(), canvas.height()) == (width, height) => context,
            _ => &self.canvas.insert(canvas_2d(width, height)?).1,
        };
        let size = (f64::from(width), f64::from(height));
        context
            .draw_image(&source.value, 0.0, 0.0, size.0, size.1)
            .map_err(|thrown| frame("the frame cannot be drawn", &thrown))?;
        let pixels = context
            .get_image_data(0.0, 0.0, size.0, size.1)
            .map_err(|thrown| frame("the frame cannot be read", &thrown))?
            .data();
        self.memory.resize(pixels.length() as usize, 0);
        pixels.copy_to(&mut self.memory);
        Ok(())
    }
}

/// A canvas in memory, on whose black the frames are laid.
fn canvas_2d(width: u32, height: u32) -> Result<(OffscreenCanvas, Canvas2d), Error> {
    let failed = |thrown: JsValue| frame("no canvas can be made", &thrown);
    let canvas = OffscreenCanvas::new(width, height).map_err(failed)?;
    let options = object([("alpha", false.into()), ("willReadFrequently", true.into())]);
    let context: Canvas2d = canvas
        .get_context_with_context_options("2d", &options)
        .map_err(failed)?
        .ok_or_else(|| {
            EngineError::Unsupported("this browser has no 2D context for an OffscreenCanvas".into())
        })?
        .unchecked_into();
    // Nothing of the frame before shows through one that is see-through.
    context.set_global_composite_operation("copy");
    Ok((canvas, context))
}
