//! What was measured, as `--json` writes it.

use std::path::PathBuf;

use clap::ValueEnum as _;
use cyclorama_engine::StageTimings;
use cyclorama_quality::{BAND, Boundary, TOLERANCE};
use serde::Serialize;

use crate::{arguments::EvaluateArguments, progress::milliseconds};

/// Everything that `cyclorama evaluate` found. Times are wall-clock milliseconds.
#[derive(Serialize)]
pub(crate) struct Report {
    pub model: PathBuf,
    pub backend: String,
    /// Width and height of the network's masks, which the compositor enlarges to each picture.
    pub mask_size: [u32; 2],
    /// Getting the backend and the network ready.
    pub setup_ms: f64,
    pub method: Method,
    pub evaluated: usize,
    pub mean: Figures,
    pub median_times_ms: Times,
    /// The pictures of the sheet, from the top.
    pub sheet_rows: Vec<PathBuf>,
    pub images: Vec<ImageReport>,
    pub skipped: Vec<Skipped>,
}

/// What the figures depend on.
#[derive(Serialize)]
pub(crate) struct Method {
    /// The weight from which a pixel is the person's, for `IoU` and outlines.
    pub threshold: f64,
    /// Whether the grey of true masks was taken as coverage.
    pub soft_masks: bool,
    /// What made masks follow the pictures' edges: `none`, `bilateral` or `guided`.
    pub refinement: String,
    /// Whether masks were steadied by those of the frames before.
    pub steady: bool,
    /// How far outlines may be apart, as a share of the picture's diagonal.
    pub boundary_tolerance: f64,
    /// The width of the band outside of the person, as a share of the picture's diagonal.
    pub halo_band: f64,
}

/// A picture's figures, or their means.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Figures {
    pub iou: f64,
    pub boundary: BoundaryFigures,
    /// None where a picture has nobody, or nothing but a person.
    pub halo: Option<f64>,
    /// From the frame before to this one, in a sequence.
    pub flicker: Option<f64>,
}

#[derive(Clone, Copy, Serialize)]
pub(crate) struct BoundaryFigures {
    pub f: f64,
    pub precision: f64,
    pub recall: f64,
}

#[derive(Serialize)]
pub(crate) struct ImageReport {
    pub image: PathBuf,
    pub mask: PathBuf,
    pub width: u32,
    pub height: u32,
    pub boundary_tolerance_pixels: u32,
    pub halo_band_pixels: u32,
    #[serde(flatten)]
    pub figures: Figures,
    pub times_ms: Times,
}

/// The stages, each until its work was completed.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Times {
    pub preprocess: f64,
    pub inference: f64,
    pub refine: f64,
    /// With nothing behind the person.
    pub composite: f64,
}

/// A picture or mask that could not be used; the error names it.
#[derive(Serialize)]
pub(crate) struct Skipped {
    pub error: String,
}

impl From<Boundary> for BoundaryFigures {
    fn from(Boundary { f, precision, recall }: Boundary) -> Self {
        Self { f, precision, recall }
    }
}

impl From<StageTimings> for Times {
    fn from(StageTimings { preprocess, inference, refine, composite }: StageTimings) -> Self {
        let [preprocess, inference, refine, composite] =
            [preprocess, inference, refine, composite].map(milliseconds);
        Self { preprocess, inference, refine, composite }
    }
}

impl Method {
    pub(crate) fn new(arguments: &EvaluateArguments, steady: bool) -> Self {
        let refinement = arguments.refine.to_possible_value().expect("every refinement has a name");
        Self {
            threshold: 0.5,
            soft_masks: arguments.soft_masks,
            refinement: refinement.get_name().to_owned(),
            steady,
            boundary_tolerance: TOLERANCE,
            halo_band: BAND,
        }
    }
}

impl Figures {
    /// The mean of each figure over the pictures that have it; there has to be one picture at least.
    pub(crate) fn mean(images: &[ImageReport]) -> Self {
        let mean_of = |figure: fn(&Figures) -> Option<f64>| {
            let values: Vec<f64> = images.iter().filter_map(|image| figure(&image.figures)).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        let always = |figure| mean_of(figure).unwrap_or(f64::NAN);
        Self {
            iou: always(|figures| Some(figures.iou)),
            boundary: BoundaryFigures {
                f: always(|figures| Some(figures.boundary.f)),
                precision: always(|figures| Some(figures.boundary.precision)),
                recall: always(|figures| Some(figures.boundary.recall)),
            },
            halo: mean_of(|figures| figures.halo),
            flicker: mean_of(|figures| figures.flicker),
        }
    }
}

impl Times {
    /// The median of each stage: the first picture pays for what is made once.
    pub(crate) fn median(images: &[ImageReport]) -> Self {
        let median = |stage: fn(&Times) -> f64| {
            let mut times: Vec<f64> = images.iter().map(|image| stage(&image.times_ms)).collect();
            times.sort_by(f64::total_cmp);
            (times[(times.len() - 1) / 2] + times[times.len() / 2]) / 2.0
        };
        Self {
            preprocess: median(|times| times.preprocess),
            inference: median(|times| times.inference),
            refine: median(|times| times.refine),
            composite: median(|times| times.composite),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(iou: f64, halo: Option<f64>, milliseconds: f64) -> ImageReport {
        ImageReport {
            image: PathBuf::new(),
            mask: PathBuf::new(),
            width: 1,
            height: 1,
            boundary_tolerance_pixels: 1,
            halo_band_pixels: 1,
            figures: Figures {
                iou,
                boundary: BoundaryFigures { f: iou, precision: iou, recall: iou },
                halo,
                flicker: None,
            },
            times_ms: Times {
                preprocess: milliseconds,
                inference: milliseconds,
                refine: milliseconds,
                composite: milliseconds,
            },
        }
    }

    #[test]
    fn means_leave_out_pictures_without_the_figure() {
        let mean = Figures::mean(&[image(0.5, None, 0.0), image(1.0, Some(0.25), 0.0)]);
        assert_eq!((mean.iou, mean.halo, mean.flicker), (0.75, Some(0.25), None));
    }

    #[test]
    fn medians_are_not_moved_by_a_slow_start() {
        let images = [900.0, 2.0, 4.0, 3.0].map(|time| image(1.0, None, time));
        assert_eq!(Times::median(&images).inference, 3.5);
        assert_eq!(Times::median(&images[..1]).inference, 900.0);
    }
}
