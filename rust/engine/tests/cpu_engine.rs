//! The engine on the CPU: what its frames show, and which mattes they reuse.

mod planes;

mod astronaut;

use std::time::Duration;

use cyclorama_engine::effects::cpu::{ColorMatrix, Planes, Sampling};
use cyclorama_engine::effects::{Background, Blending, Image, MaskStatus, Size};
use cyclorama_engine::{CpuEngine, FrameTime, MAX_MATTE_AGE};
use cyclorama_testing::model;
use planes::to_i420;
use pollster::block_on;

use astronaut::astronaut;

const GREEN: [u8; 3] = [0, 255, 0];

/// Pixels of the astronaut's face, and of the flag behind her: row, column.
const PERSON: [(usize, usize); 3] = [(110, 225), (140, 215), (420, 250)];
const BACKGROUND: [(usize, usize); 3] = [(20, 20), (60, 480), (250, 500)];

/// An engine that shows persons unchanged over green.
fn engine() -> CpuEngine {
    let mut engine = block_on(CpuEngine::new(&model("selfie_segmentation"))).expect("a supported model");
    engine.set_background(&Background::Color(GREEN)).expect("a color");
    // Light wrap would change all that the model classifies as room.
    engine.set_blending(Blending { light_wrap: 0.0, match_brightness: false }).expect("a strength in range");
    engine
}

/// The output of a frame.
#[derive(Default)]
struct Output {
    planes: Planes,
    alpha: Vec<u8>,
}

impl Output {
    fn pixel(&self, (row, column): (usize, usize)) -> [u8; 3] {
        [0, 1, 2].map(|plane| self.planes.row(plane, row)[column])
    }

    fn rgba(&self) -> Vec<u8> {
        let mut pixels = vec![0; self.planes.size().pixels() * 4];
        self.planes.write_rgba(None, &mut pixels);
        pixels
    }
}

/// The time of a frame that is received `received` after the first.
fn at(received: Duration) -> FrameTime {
    FrameTime { received, timestamp: None }
}

/// Shows a frame, which may reuse the last matte. Returns whether it was segmented.
fn show(engine: &mut CpuEngine, frame: &Planes, received: Duration, output: &mut Output) -> bool {
    let segmented = engine.next(frame, at(received), true).expect("a frame of usable size");
    let is_segmented = segmented.is_segmented;
    segmented.composite(&mut output.planes, &mut output.alpha).expect("a background for every size");
    is_segmented
}

#[test]
fn a_matte_is_reused_only_for_frames_of_its_size_time_and_model() {
    let frame = |width, height| {
        Planes::new(Size { width, height }, Sampling::Full, ColorMatrix::RGB).expect("a small size")
    };
    let (wide, high) = (frame(64, 48), frame(48, 64));
    let (mut engine, mut output) = (engine(), Output::default());
    let mut show = |engine: &mut CpuEngine, frame, received| show(engine, frame, received, &mut output);
    let start = Duration::from_secs(1);
    assert!(show(&mut engine, &wide, start), "the first frame");
    assert!(!show(&mut engine, &wide, start + MAX_MATTE_AGE));
    assert!(!show(&mut engine, &wide, start + MAX_MATTE_AGE), "the matte can still be reused");
    let late = start + MAX_MATTE_AGE + Duration::from_nanos(1);
    assert!(show(&mut engine, &wide, late), "the matte is too old");
    assert!(!show(&mut engine, &wide, late));
    assert!(show(&mut engine, &high, late), "another size");
    assert!(!show(&mut engine, &high, late));
    let other = block_on(CpuEngine::prepare_model(&model("selfie_segmentation_landscape")));
    engine.set_model(other.expect("a supported model"));
    assert!(show(&mut engine, &high, late), "another model");
    assert!(!show(&mut engine, &high, late));
}

#[test]
fn a_matte_that_was_never_shown_is_not_reused() {
    let frame = Planes::from_image(&astronaut());
    let mut engine = engine();
    engine.next(&frame, at(Duration::ZERO), false).expect("a frame of usable size");
    assert!(show(&mut engine, &frame, Duration::ZERO, &mut Output::default()));
}

#[test]
fn a_frame_with_a_reused_matte_shows_its_own_person() {
    let image = astronaut();
    let pixels = image.pixels().iter().map(|level| level / 2 + 128).collect();
    let bright = Image::new(image.size(), pixels).expect("as many bytes as before");
    let [frame, bright] = [&image, &bright].map(Planes::from_image);
    let (mut engine, mut output) = (engine(), Output::default());
    show(&mut engine, &frame, Duration::ZERO, &mut output);
    assert!(!show(&mut engine, &bright, Duration::from_millis(33), &mut output));
    let shown = Output { planes: bright, ..Output::default() };
    for place in PERSON {
        let [expected, found] = [shown.pixel(place), output.pixel(place)];
        assert!(
            expected.iter().zip(found).all(|(a, b)| a.abs_diff(b) <= 1),
            "{expected:?} and {found:?} at {place:?}"
        );
    }
    for place in BACKGROUND {
        assert_eq!(output.pixel(place), GREEN, "at {place:?}");
    }
}

#[test]
fn a_mask_of_the_caller_is_shown_and_not_reused() {
    let image = astronaut();
    let frame = Planes::from_image(&image);
    let (mut engine, mut output) = (engine(), Output::default());
    let all = vec![u8::MAX; image.size().pixels()];
    let segmented =
        engine.segment(&frame, None).and_then(|segmented| segmented.with_mask(image.size(), &all));
    let composited =
        segmented.and_then(|segmented| segmented.composite(&mut output.planes, &mut output.alpha));
    composited.expect("a mask of the frame's size");
    assert!(output.planes == frame, "a person everywhere");
    assert!(show(&mut engine, &frame, Duration::ZERO, &mut output), "the mask of the caller was reused");
    assert_eq!(output.pixel(BACKGROUND[0]), GREEN);

    let error = engine.segment(&frame, None).and_then(|segmented| segmented.with_mask(image.size(), &[255]));
    assert_eq!(error.err().map(|error| error.code()), Some("effect"));
}

#[test]
fn a_transparent_background_has_alpha_and_others_none() {
    let frame = to_i420(&astronaut());
    let (mut engine, mut output) = (engine(), Output::default());
    let width = frame.size().width as usize;
    engine.set_background(&Background::Transparent).expect("a background");
    show(&mut engine, &frame, Duration::ZERO, &mut output);
    let alpha = |places: [(usize, usize); 3]| places.map(|(row, column)| output.alpha[row * width + column]);
    assert_eq!([alpha(PERSON), alpha(BACKGROUND)], [[u8::MAX; 3], [0; 3]]);
    engine.set_background(&Background::Color(GREEN)).expect("a background");
    show(&mut engine, &frame, Duration::ZERO, &mut output);
    assert!(output.alpha.is_empty());
}

/// A camera's frame has a quarter of the colors of an image, and levels of luma that are rounded.
#[test]
fn a_frame_of_a_camera_is_shown_like_an_image() {
    let image = astronaut();
    let backgrounds = [
        Background::Blur { radius: 16.0 },
        Background::Image { image: image.clone(), layout: cyclorama_engine::effects::Fit::Cover.into() },
        Background::Color([200, 90, 20]),
    ];
    let frames = [Planes::from_image(&image), to_i420(&image)];
    for background in backgrounds {
        let [image, camera] = [0, 1].map(|index| {
            let (mut engine, mut output) = (engine(), Output::default());
            engine.set_background(&background).expect("a background that can be shown");
            show(&mut engine, &frames[index], Duration::ZERO, &mut output);
            assert_eq!(engine.mask_status(), MaskStatus::Valid);
            assert_eq!(output.planes.sampling(), frames[index].sampling());
            output.rgba()
        });
        let total: f64 = image.iter().zip(&camera).map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
        let mean = total / image.len() as f64;
        assert!(mean < 1.5, "{background:?}: they differ by {mean} levels on average");
    }
}

#[test]
fn a_placeholder_frame_shows_nothing_of_the_camera() {
    let size = Size { width: 64, height: 48 };
    let (mut engine, mut output) = (engine(), Output::default());
    output.planes = Planes::new(size, Sampling::Full, ColorMatrix::RGB).expect("a small size");
    for (background, color) in
        [(Background::Blur { radius: 16.0 }, [0; 3]), (Background::Color(GREEN), GREEN)]
    {
        engine.set_background(&background).expect("a background that can be shown");
        engine.hide(None, size, &mut output.planes, &mut output.alpha).expect("a small size");
        let is_plain =
            (0..3).all(|plane| output.planes.plane(plane).iter().all(|level| *level == color[plane]));
        assert!(is_plain, "{background:?}");
    }
}
