//! Backgrounds with images of the browser.

use cyclorama_engine::EngineError;
use cyclorama_engine::effects::{Background, Blending, Layout};
use wasm_bindgen::JsValue;

use crate::error::Error;
use crate::options::JsBackground;

/// Imports images from the browser's objects.
pub(crate) trait ImageImporter {
    /// An image in the form that an engine composites.
    type Image: Clone;

    /// Imports an image. It is valid until the next call that succeeds.
    async fn import_image(&mut self, value: &JsValue) -> Result<&Self::Image, Error>;

    /// Imports an image as [`ImageImporter::import_image`] does, but synchronously. For single images: it is slow on
    /// software adapters.
    fn import_image_now(&mut self, value: &JsValue) -> Result<&Self::Image, Error>;
}

/// The part of an engine that shows backgrounds. The methods have the names and meanings of those of the engines.
pub(crate) trait ShowsBackground {
    /// [`ImageImporter::Image`].
    type Image;

    fn set_background(&mut self, background: &Background) -> Result<(), EngineError>;

    fn set_background_image(&mut self, image: &Self::Image, layout: Layout) -> Result<(), EngineError>;

    fn set_blending(&mut self, blending: Blending) -> Result<(), EngineError>;
}

/// A background whose image is imported.
pub(crate) enum ImportedBackground<I: ImageImporter> {
    Plain(Background),
    Image(I::Image, Layout),
    /// A video and its first image.
    Video(Video<I>, I::Image),
}

/// A video as a background, whose images the caller passes.
pub(crate) struct Video<I> {
    layout: Layout,
    /// An importer keeps one image, so the video needs its own.
    importer: Box<I>,
}

impl<I: ImageImporter> ImportedBackground<I> {
    /// Reads a background of JavaScript. `importer` makes an importer for its image, if it has one.
    pub(crate) fn read(
        value: &JsValue,
        importer: impl FnOnce() -> Result<I, Error>,
    ) -> Result<(Self, Blending), Error> {
        let blending = JsBackground::read_blending(value)?;
        let background = match JsBackground::read(value)? {
            JsBackground::Plain(background) => Self::Plain(background),
            JsBackground::Image(image, layout) => {
                Self::Image(importer()?.import_image_now(&image).map_err(Error::background)?.clone(), layout)
            }
            JsBackground::Video(image, layout) => {
                let mut importer = Box::new(importer()?);
                let image = importer.import_image_now(&image).map_err(Error::background)?.clone();
                Self::Video(Video { layout, importer }, image)
            }
        };
        Ok((background, blending))
    }

    /// Shows the background in an engine. Returns the video, if it is one.
    pub(crate) fn show(
        self,
        engine: &mut impl ShowsBackground<Image = I::Image>,
        blending: Blending,
    ) -> Result<Option<Video<I>>, Error> {
        engine.set_blending(blending)?;
        match self {
            Self::Plain(background) => engine.set_background(&background)?,
            Self::Image(image, layout) => engine.set_background_image(&image, layout)?,
            Self::Video(video, image) => {
                engine.set_background_image(&image, video.layout)?;
                return Ok(Some(video));
            }
        }
        Ok(None)
    }
}

impl<I: ImageImporter> Video<I> {
    /// Shows a newer image of the video, unless `image` is missing.
    pub(crate) async fn refresh(
        &mut self,
        engine: &mut impl ShowsBackground<Image = I::Image>,
        image: &JsValue,
    ) -> Result<(), Error> {
        if image.is_undefined() || image.is_null() {
            return Ok(());
        }
        let image = self.importer.import_image(image).await.map_err(Error::background)?;
        Ok(engine.set_background_image(image, self.layout)?)
    }
}
