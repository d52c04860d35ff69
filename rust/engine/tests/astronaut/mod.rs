use cyclorama_engine::effects::{Image, Size};
use cyclorama_testing::root;

/// The photo of the astronaut.
pub fn astronaut() -> Image {
    let image =
        image::open(root().join("tests/data/astronaut.png")).expect("the image is part of the repository");
    let image = image.into_rgba8();
    let size = Size { width: image.width(), height: image.height() };
    Image::new(size, image.into_raw()).expect("as many bytes as pixels")
}
