//! Passes JavaScript values to the readers of the engine's options, which must give options in their ranges or an error.

use std::error::Error;

use arbitrary::{Arbitrary, Unstructured};
use cyclorama_engine::effects::{Background, Layout};
use cyclorama_web::plain::{self, EngineOptions, ParsedBackground, ProcessOptions};

use crate::javascript::Value;
use crate::{Outcome, Target, refused};

/// The readers of the engine's options.
pub const OPTIONS: Target = Target { name: "options", run, seeds: Vec::new };

fn run(bytes: &[u8]) -> Outcome {
    let Ok(value) = Value::arbitrary_take_rest(Unstructured::new(bytes)) else { return Outcome::Unusable };
    let outcomes = [
        outcome(plain::background(&value), |background| match background {
            ParsedBackground::Plain(Background::Blur { radius }) => {
                assert!(radius > 0.0 && radius <= Background::MAX_RADIUS, "a radius of {radius}");
            }
            ParsedBackground::Plain(_) => {}
            ParsedBackground::Image(Layout { position, .. })
            | ParsedBackground::Video(Layout { position, .. }) => {
                let inside = position.iter().all(|fraction| (0.0..=1.0).contains(fraction));
                assert!(inside, "a position of {position:?}");
            }
        }),
        outcome(plain::blending(&value), |blending| {
            assert!((0.0..=1.0).contains(&blending.light_wrap), "{blending:?}");
        }),
        outcome(plain::matting(&value), drop),
        outcome(plain::read::<EngineOptions>("options", &value), drop),
        outcome(plain::read::<ProcessOptions>("options", &value), drop),
    ];
    if outcomes.contains(&Outcome::Accepted) { Outcome::Accepted } else { Outcome::Refused }
}

fn outcome<T>(read: Result<T, impl Error>, verify: impl FnOnce(T)) -> Outcome {
    match read {
        Ok(options) => {
            verify(options);
            Outcome::Accepted
        }
        Err(error) => refused(&error),
    }
}
