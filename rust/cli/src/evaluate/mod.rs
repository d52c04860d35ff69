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
    effects::{Background, Image as Picture, MattingOptions, Size},
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
    jobs::place,
    models, network, one_line, pictures,
    pictures::Format,
    progress::{self, milliseconds},
    write_stdout,
};

/// Runs `cyclorama evaluate`.
///
/// # Errors
/// Whatever stops the command before the first pair, a GPU that fails on the way, a result that cannot be written, or
/// [`Error::NothingEvaluated`]. A pair that cannot be used is no error: it is listed in the report and on standard
/// error.
pub(crate) fn run(arguments: &EvaluateArguments) -> Result<(), Error> {
    let pairs = pairs::find(&arguments.images, &arguments.masks)?;
    check_results(arguments, &pairs)?;
    let model = models::locate(&arguments.network.model, &arguments.network.folder)?;

    let start = Instant::now();
    let (mut stills, backend) = network::prepare(&model, arguments.network.backend)?;
    let setup_ms = milliseconds(start.elapsed());
    let Size { width, height } = stills.mask_size();
    let steady = arguments.sequence && !arguments.no_steady;
    stills.set_matting(MattingOptions { refinement: arguments.refine.into(), temporal_smoothing: steady });
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
                // The frames on either side of it do not follow one another.
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
        method: Method::new(arguments, steady),
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
        pictures::write_rgb(path, &sheet.draw())?;
    }
    Ok(())
}

/// Refuses results that would overwrite one another or a file that is to be read.
fn check_results(arguments: &EvaluateArguments, pairs: &[Result<Files, Error>]) -> Result<(), Error> {
    if let Some(path) = arguments.sheet.as_ref().filter(|path| Format::of(path) != Some(Format::Png)) {
        return Err(Error::SheetFormat { path: path.clone() });
    }
    let read: HashSet<_> =
        pairs.iter().flatten().flat_map(|pair| [place(&pair.image), place(&pair.mask)]).collect();
    let mut written = HashSet::new();
    for path in [&arguments.json, &arguments.markdown, &arguments.sheet].into_iter().flatten() {
        if read.contains(&place(path)) {
            return Err(Error::OverwritesInput { path: path.clone() });
        }
        if !written.insert(place(path)) {
            return Err(Error::ResultTwice { path: path.clone() });
        }
    }
    Ok(())
}

/// Whether an error would meet every other pair as well.
fn stops(error: &Error) -> bool {
    match error {
        Error::Process { source, .. } => !matches!(source, EngineError::Effect(_) | EngineError::Frame(_)),
        _ => false,
    }
}

/// What is carried from one picture to the next.
struct Evaluation {
    stills: Stills,
    soft_masks: bool,
    /// From one frame to the next, in a sequence.
    interval: Option<Duration>,
    /// The mask found in the frame before and its true one, in a sequence.
    previous: Option<(Mask, Mask)>,
    sheet: Option<Sheet>,
}

impl Evaluation {
    /// Measures one picture.
    ///
    /// # Errors
    /// What is wrong with the picture or its mask, or the GPU's failure.
    fn add(&mut self, files: Files) -> Result<ImageReport, Error> {
        let picture = pictures::read(&files.image)?;
        let truth = pictures::read(&files.mask)?;
        if truth.size() != picture.size() {
            let (mask, picture) = (truth.size(), picture.size());
            return Err(Error::MaskSize { path: files.mask, mask, picture });
        }
        let truth = true_mask(&truth, self.soft_masks);
        // With nothing behind, what is left of a pixel is the weight that the compositor gives it.
        let since = self.interval.filter(|_| self.previous.is_some());
        let (cutout, times) =
            pollster::block_on(self.stills.composite(&picture, &Background::Transparent, since))
                .map_err(|source| Error::Process { path: files.image.clone(), source })?;
        let found = mask_of(&cutout, |[_, _, _, weight]| weight);

        let pair = compare(&found, &truth);
        let (tolerance, band) = (found.diagonal_share(TOLERANCE), found.diagonal_share(BAND));
        let previous = self.previous.take();
        let figures = Figures {
            iou: iou(&pair),
            boundary: boundary(&pair, tolerance).into(),
            halo: halo(&pair, band),
            // Frames of two sizes are no clip.
            flicker: previous.and_then(|(found, truth)| flicker(&compare(&found, &truth), &pair).ok()),
        };
        if let Some(sheet) = &mut self.sheet {
            let stills = &self.stills;
            sheet.offer(figures.iou, || {
                let probability = pollster::block_on(stills.probability(&picture))
                    .map_err(|source| Error::Process { path: files.image.clone(), source })?;
                let network = pictures::mask(&probability, stills.mask_size());
                Ok(Row::new(&files.image, &picture, &truth, &network, &cutout))
            })?;
        }
        if self.interval.is_some() {
            self.previous = Some((found, truth));
        }
        let Size { width, height } = picture.size();
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
    Pair::new(found, truth).expect("a mask is kept only beside a true one of its picture's size")
}

/// The person that a picture of a mask shows: its brightest channel as it looks on black, and all or nothing of it
/// unless the mask is `soft`.
fn true_mask(mask: &Picture, soft: bool) -> Mask {
    mask_of(mask, |[r, g, b, alpha]| {
        let level = (u16::from(r.max(g).max(b)) * u16::from(alpha)).div_ceil(255) as u8;
        if soft || level == 0 { level } else { u8::MAX }
    })
}

fn mask_of(picture: &Picture, level: impl Fn([u8; 4]) -> u8) -> Mask {
    let Size { width, height } = picture.size();
    let levels = picture.pixels().as_chunks().0.iter().map(|pixel| level(*pixel)).collect();
    Mask::new(width, height, levels).expect("a picture has pixels, and a level was made of each")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_but_black_is_the_person_unless_masks_are_soft() {
        let pixels =
            [[0, 0, 0, 255], [255, 255, 255, 255], [0, 1, 0, 255], [90, 90, 90, 255], [255, 0, 0, 0]];
        let size = Size { width: 5, height: 1 };
        let mask = Picture::new(size, pixels.concat()).unwrap();
        assert_eq!(true_mask(&mask, false).levels(), [0, 255, 255, 255, 0]);
        assert_eq!(true_mask(&mask, true).levels(), [0, 255, 1, 90, 0]);
    }
}
