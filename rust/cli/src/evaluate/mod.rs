//! `cyclorama evaluate`.

mod pairs;
mod report;
mod sheet;
mod text;

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use cyclorama_engine::{
    EngineError, Stills,
    effects::{Background, Image, MattingOptions, Size},
};
use cyclorama_quality::{BAND, Mask, Pair, TOLERANCE, boundary, flicker, halo, iou};

use self::{
    pairs::Files,
    report::{Figures, ImageReport, Method, Report, Skipped, Times},
    sheet::{Row, Sheet},
};
use crate::{
    Error,
    arguments::EvaluateArguments,
    files,
    images::{self, Format},
    jobs::resolved,
    models, one_line,
    progress::{self, milliseconds},
    write_stdout,
};

/// Runs `cyclorama evaluate`.
///
/// # Errors
/// An error before the first pair, a GPU failure, an output that cannot be written, or [`Error::NothingEvaluated`]. A pair
/// that cannot be used is not an error: it is listed in the report and on standard error.
pub(crate) fn run(arguments: &EvaluateArguments) -> Result<(), Error> {
    let pairs = pairs::find(&arguments.images, &arguments.masks)?;
    check_results(arguments, &pairs)?;
    let model = models::locate(&arguments.model.name, &arguments.model.folder)?;

    let start = Instant::now();
    let (mut stills, backend) = models::load(&model, arguments.model.backend)?;
    let setup_ms = milliseconds(start.elapsed());
    let Size { width, height } = stills.mask_size();
    let temporal_smoothing = arguments.sequence && !arguments.no_temporal_smoothing;
    stills.set_matting(MattingOptions { refinement: arguments.refine.into(), temporal_smoothing });
    let mut evaluation = Evaluation {
        stills,
        interval: arguments.sequence.then(|| Duration::from_secs_f64(arguments.frame_rate.recip())),
        soft_masks: arguments.soft_masks,
        previous: None,
        sheet: arguments.sheet.is_some().then(Sheet::default),
    };

    let progress = progress::bar(pairs.len());
    let mut images = Vec::with_capacity(pairs.len());
    let mut skipped = Vec::new();
    for pair in pairs {
        match pair.and_then(|files| evaluation.add(files)) {
            Ok(image) => images.push(image),
            Err(error) if stops(&error) => return Err(error),
            Err(error) => {
                // The frames before and after it are not consecutive.
                evaluation.previous = None;
                progress.suspend(|| eprintln!("skipped: {}", one_line(&error)));
                skipped.push(Skipped { error: one_line(&error) });
            }
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    if images.is_empty() {
        let (images, masks) = (arguments.images.clone(), arguments.masks.clone());
        return Err(Error::NothingEvaluated { images, masks, skipped: skipped.len() });
    }

    let report = Report {
        model,
        backend,
        mask_size: [width, height],
        setup_ms,
        method: Method::new(arguments, temporal_smoothing),
        evaluated: images.len(),
        mean: Figures::mean(&images),
        median_times_ms: Times::median(&images),
        sheet_rows: evaluation.sheet.as_ref().map(Sheet::images).unwrap_or_default(),
        images,
        skipped,
    };
    write_stdout(&text::summary(&report))?;
    if let Some(path) = &arguments.json {
        files::write(path, format!("{:#}\n", serde_json::json!(report)))?;
    }
    if let Some(path) = &arguments.markdown {
        files::write(path, text::markdown(&report))?;
    }
    if let (Some(path), Some(sheet)) = (&arguments.sheet, evaluation.sheet) {
        images::write_rgb(path, &sheet.draw())?;
    }
    Ok(())
}

/// Refuses outputs that would overwrite one another or an input file.
fn check_results(arguments: &EvaluateArguments, pairs: &[Result<Files, Error>]) -> Result<(), Error> {
    if let Some(path) = arguments.sheet.as_ref().filter(|path| Format::of(path) != Some(Format::Png)) {
        return Err(Error::SheetFormat { path: path.clone() });
    }
    let read: HashSet<_> =
        pairs.iter().flatten().flat_map(|pair| [resolved(&pair.image), resolved(&pair.mask)]).collect();
    let mut written = HashSet::new();
    for path in [&arguments.json, &arguments.markdown, &arguments.sheet].into_iter().flatten() {
        if read.contains(&resolved(path)) {
            return Err(Error::OverwritesInput { path: path.clone() });
        }
        if !written.insert(resolved(path)) {
            return Err(Error::ResultTwice { path: path.clone() });
        }
    }
    Ok(())
}

/// Whether an error affects all pairs.
fn stops(error: &Error) -> bool {
    match error {
        Error::Process { source, .. } => !matches!(source, EngineError::Effect(_) | EngineError::Frame(_)),
        _ => false,
    }
}

/// The state of an evaluation.
struct Evaluation {
    stills: Stills,
    soft_masks: bool,
    /// The time between two frames of a sequence.
    interval: Option<Duration>,
    /// The matte of the previous frame of a sequence, and its ground truth.
    previous: Option<(Mask, Mask)>,
    sheet: Option<Sheet>,
}

impl Evaluation {
    /// Evaluates one image.
    ///
    /// # Errors
    /// An invalid image or mask, or a GPU failure.
    fn add(&mut self, files: Files) -> Result<ImageReport, Error> {
        let image = images::read(&files.image)?;
        let truth = images::read(&files.mask)?;
        if truth.size() != image.size() {
            let (mask, image) = (truth.size(), image.size());
            return Err(Error::MaskSize { path: files.mask, mask, image });
        }
        let truth = ground_truth(&truth, self.soft_masks);
        // Without a background, the alpha of the result is the matte that the compositor used.
        let since = self.interval.filter(|_| self.previous.is_some());
        let (cutout, times) =
            pollster::block_on(self.stills.composite(&image, &Background::Transparent, since))
                .map_err(|source| Error::Process { path: files.image.clone(), source })?;
        let found = mask_of(&cutout, |[_, _, _, alpha]| alpha);

        let pair = compare(&found, &truth);
        let (tolerance, band) = (found.diagonal_fraction(TOLERANCE), found.diagonal_fraction(BAND));
        let previous = self.previous.take();
        let figures = Figures {
            iou: iou(&pair),
            boundary: boundary(&pair, tolerance).into(),
            halo: halo(&pair, band),
            // Frames of different sizes are not part of one clip.
            flicker: previous.and_then(|(found, truth)| flicker(&compare(&found, &truth), &pair).ok()),
        };
        if let Some(sheet) = &mut self.sheet {
            let stills = &self.stills;
            sheet.offer(figures.iou, || {
                let probability = pollster::block_on(stills.probability(&image))
                    .map_err(|source| Error::Process { path: files.image.clone(), source })?;
                let mask = images::mask(&probability, stills.mask_size());
                Ok(Row::new(&files.image, &image, &truth, &mask, &cutout))
            })?;
        }
        if self.interval.is_some() {
            self.previous = Some((found, truth));
        }
        let Size { width, height } = image.size();
        Ok(ImageReport {
            image: files.image,
            mask: files.mask,
            width,
            height,
            boundary_tolerance_pixels: tolerance,
            halo_band_pixels: band,
            figures,
            times_ms: Times::from(times),
        })
    }
}

fn compare<'a>(found: &'a Mask, truth: &'a Mask) -> Pair<'a> {
    Pair::new(found, truth).expect("a mask and its ground truth have the same size")
}

/// The ground truth that an image stores: its brightest channel on black. Unless `soft`, all levels but 0 count as 255.
fn ground_truth(mask: &Image, soft: bool) -> Mask {
    mask_of(mask, |[r, g, b, alpha]| {
        let level = (u16::from(r.max(g).max(b)) * u16::from(alpha)).div_ceil(255) as u8;
        if soft || level == 0 { level } else { u8::MAX }
    })
}

fn mask_of(image: &Image, level: impl Fn([u8; 4]) -> u8) -> Mask {
    let Size { width, height } = image.size();
    let levels = image.pixels().as_chunks().0.iter().map(|pixel| level(*pixel)).collect();
    Mask::new(width, height, levels).expect("an image has pixels and one level for each")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_levels_but_black_are_the_person_unless_masks_are_soft() {
        let pixels =
            [[0, 0, 0, 255], [255, 255, 255, 255], [0, 1, 0, 255], [90, 90, 90, 255], [255, 0, 0, 0]];
        let size = Size { width: 5, height: 1 };
        let mask = Image::new(size, pixels.concat()).unwrap();
        assert_eq!(ground_truth(&mask, false).levels(), [0, 255, 255, 255, 0]);
        assert_eq!(ground_truth(&mask, true).levels(), [0, 255, 1, 90, 0]);
    }
}
