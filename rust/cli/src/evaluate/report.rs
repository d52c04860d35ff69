//! The results, as `--json` writes them.

use std::path::PathBuf;

use clap::ValueEnum as _;
use cyclorama_engine::StageTimings;
use cyclorama_quality::{BAND, Boundary, TOLERANCE};
use serde::Serialize;

use crate::{arguments::EvaluateArguments, progress::milliseconds};

/// The results of `cyclorama evaluate`. Timings are wall-clock milliseconds.
#[derive(Serialize)]
pub(crate) struct Report {
    pub model: PathBuf,
    pub backend: String,
    /// Width and height of the model's masks, which the compositor upsamples to each image.
    pub mask_size: [u32; 2],
    /// Preparing the backend and the model.
    pub setup_ms: f64,
    pub method: Method,
    pub evaluated: usize,
    pub mean: Figures,
    pub median_times_ms: Times,
    /// The images of the sheet, from top to bottom.
    pub sheet_rows: Vec<PathBuf>,
    pub images: Vec<ImageReport>,
    pub skipped: Vec<Skipped>,
}

/// The settings that the results depend on.
#[derive(Serialize)]
pub(crate) struct Method {
    /// The alpha from which a pixel belongs to the person, for `IoU` and outlines.
    pub threshold: f64,
    /// Whether gray levels of ground-truth masks were read as alpha.
    pub soft_masks: bool,
    /// The mask refinement: `none`, `bilateral` or `guided`.
    pub refinement: String,
    /// Whether temporal smoothing was applied.
    pub temporal_smoothing: bool,
    /// The tolerance between outlines, as a fraction of the image's diagonal.
    pub boundary_tolerance: f64,
    /// The width of the band around the person, as a fraction of the image's diagonal.
    pub halo_band: f64,
}

/// The metrics of an image, or their means.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Figures {
    pub iou: f64,
    pub boundary: BoundaryFigures,
    /// `None` if the ground truth is empty or covers the whole image.
    pub halo: Option<f64>,
    /// From the previous frame of a sequence to this one.
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

/// The stages, each until its work completed.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Times {
    pub preprocess: f64,
    pub inference: f64,
    pub refine: f64,
    /// With a transparent background.
    pub composite: f64,
}

/// An image or mask that could not be used. The error names it.
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
    pub(crate) fn new(arguments: &EvaluateArguments, temporal_smoothing: bool) -> Self {
        let refinement = arguments.refine.to_possible_value().expect("every refinement has a name");
        Self {
            threshold: 0.5,
            soft_masks: arguments.soft_masks,
            refinement: refinement.get_name().to_owned(),
            temporal_smoothing,
            boundary_tolerance: TOLERANCE,
            halo_band: BAND,
        }
    }
}

impl Figures {
    /// The mean of each metric over the images that have it. There must be at least one image.
    pub(crate) fn mean(images: &[ImageReport]) -> Self {
        let mean_of = |figure: fn(&Self) -> Option<f64>| {
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
    /// The median of each stage, which the one-time costs of the first image do not affect.
    pub(crate) fn median(images: &[ImageReport]) -> Self {
        let median = |stage: fn(&Self) -> f64| {
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
    fn means_skip_images_without_the_metric() {
        let mean = Figures::mean(&[image(0.5, None, 0.0), image(1.0, Some(0.25), 0.0)]);
        assert_eq!((mean.iou, mean.halo, mean.flicker), (0.75, Some(0.25), None));
    }

    #[test]
    fn medians_are_not_affected_by_a_slow_start() {
        let images = [900.0, 2.0, 4.0, 3.0].map(|time| image(1.0, None, time));
        assert_eq!(Times::median(&images).inference, 3.5);
        assert_eq!(Times::median(&images[..1]).inference, 900.0);
    }
}
