//! Values of JavaScript to what reads the engine's options: options in their ranges, or an error.
#![no_main]

use cyclorama_engine::effects::{Background, Layout};
use cyclorama_fuzz::check_message;
use cyclorama_fuzz::javascript::Value;
use cyclorama_web::plain::{self, BackgroundKind, EngineOptions, ProcessOptions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: Value| {
    match plain::background(&value) {
        Ok(BackgroundKind::Plain(Background::Blur { radius })) => {
            assert!(radius > 0.0 && radius <= Background::MAX_RADIUS, "a radius of {radius}");
        }
        Ok(BackgroundKind::Plain(_)) => {}
        Ok(
            BackgroundKind::Image(Layout { position, .. }) | BackgroundKind::Video(Layout { position, .. }),
        ) => {
            assert!(position.iter().all(|share| (0.0..=1.0).contains(share)), "a position of {position:?}");
        }
        Err(error) => check_message(&error),
    }
    match plain::blending(&value) {
        Ok(blending) => assert!((0.0..=1.0).contains(&blending.light_wrap), "{blending:?}"),
        Err(error) => check_message(&error),
    }
    if let Err(error) = plain::matting(&value) {
        check_message(&error);
    }
    if let Err(error) = plain::read::<EngineOptions>("options", &value) {
        check_message(&error);
    }
    if let Err(error) = plain::read::<ProcessOptions>("options", &value) {
        check_message(&error);
    }
});
