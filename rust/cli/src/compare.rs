//! `cyclorama compare`.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
};

use cyclorama_engine::effects::Size;
use cyclorama_quality::{Image, ImagePair, PixelsPerDegree, flip};
use image::RgbImage;
use serde::Serialize;

use crate::{
    Error,
    arguments::CompareArguments,
    images::{self, Format},
    jobs::{images_in, resolved},
    print_error, progress, table, write_stdout,
};

/// The results, as `--json` prints them.
#[derive(Serialize)]
struct Report {
    pixels_per_degree: f64,
    max_flip: Option<f64>,
    images: Vec<PairReport>,
}

#[derive(Serialize)]
struct PairReport {
    #[serde(flatten)]
    pair: Pair,
    #[serde(flatten)]
    outcome: Outcome,
}

/// Two images to compare, and the output map of their differences.
#[derive(Serialize)]
struct Pair {
    a: PathBuf,
    b: PathBuf,
    map: Option<PathBuf>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Outcome {
    Compared(Figures),
    Failed { error: String },
}

#[derive(Clone, Copy, Serialize)]
struct Figures {
    width: u32,
    height: u32,
    /// The mean over all pixels, in 0..=1.
    mean_flip: f64,
    /// The largest of any channel of any pixel, in levels of 0 to 255.
    largest_difference: u8,
}

/// Runs `cyclorama compare`.
///
/// # Errors
/// An error before the first pair, the error of the only pair, or [`Error::SomeFailed`] after printing the error of each
/// pair. A difference above the limit is an error.
pub(crate) fn run(arguments: &CompareArguments) -> Result<(), Error> {
    let pixels_per_degree = arguments.pixels_per_degree.unwrap_or_default();
    let pairs = plan(arguments)?;
    let folders = arguments.a.is_dir();
    let mut report = Report {
        pixels_per_degree: pixels_per_degree.get(),
        max_flip: arguments.max_flip,
        images: Vec::with_capacity(pairs.len()),
    };

    let progress = progress::bar(pairs.len());
    let mut failures = Vec::new();
    for pair in pairs {
        let outcome = match compare(&pair, pixels_per_degree) {
            Ok(figures) => {
                failures.extend(above_limit(&pair, figures.mean_flip, arguments.max_flip));
                Outcome::Compared(figures)
            }
            Err(error) => {
                let outcome = Outcome::Failed { error: error.to_string() };
                failures.push(error);
                outcome
            }
        };
        report.images.push(PairReport { pair, outcome });
        progress.inc(1);
    }
    progress.finish_and_clear();

    write_stdout(&match (arguments.json, folders) {
        (true, _) => format!("{:#}\n", serde_json::json!(report)),
        (false, true) => rows(&report),
        (false, false) => line(&report),
    })?;
    match failures.len() {
        0 => Ok(()),
        1 if !folders => Err(failures.remove(0)),
        failed => {
            failures.iter().for_each(print_error);
            Err(Error::SomeFailed { failed, total: report.images.len() })
        }
    }
}

/// Pairs the images before any work starts. For folders it pairs all names of either.
///
/// # Errors
/// A missing path, a folder without images, or a map that cannot be written.
fn plan(CompareArguments { a, b, map, .. }: &CompareArguments) -> Result<Vec<Pair>, Error> {
    let is_folder = |path: &Path| match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.is_dir()),
        Err(source) => Err(Error::Read { path: path.to_owned(), source }),
    };
    let pairs = match (is_folder(a)?, is_folder(b)?) {
        (false, false) => vec![Pair { a: a.clone(), b: b.clone(), map: map.clone() }],
        (true, true) => {
            let mut names = BTreeSet::new();
            for folder in [a, b] {
                names.extend(
                    images_in(folder)?.iter().filter_map(|path| path.file_name()).map(OsStr::to_owned),
                );
            }
            let pair = |name: OsString| Pair {
                a: a.join(&name),
                b: b.join(&name),
                map: map.as_ref().map(|folder| folder.join(&name).with_extension("png")),
            };
            names.into_iter().map(pair).collect()
        }
        _ => return Err(Error::ImageAndFolder { a: a.clone(), b: b.clone() }),
    };
    check_maps(&pairs)?;
    Ok(pairs)
}

/// Refuses maps that are not PNG, or that would overwrite one another or an input image.
fn check_maps(pairs: &[Pair]) -> Result<(), Error> {
    let read: HashSet<_> = pairs.iter().flat_map(|pair| [resolved(&pair.a), resolved(&pair.b)]).collect();
    let mut written = HashMap::new();
    for Pair { a, map, .. } in pairs {
        let Some(path) = map.clone() else { continue };
        if Format::of(&path) != Some(Format::Png) {
            return Err(Error::MapFormat { path });
        }
        if read.contains(&resolved(&path)) {
            return Err(Error::OverwritesInput { path });
        }
        if let Some(first) = written.insert(resolved(&path), a.clone()) {
            return Err(Error::SameName { path, first, second: a.clone() });
        }
    }
    Ok(())
}

/// Compares two images and writes the map of their differences if requested.
fn compare(Pair { a, b, map }: &Pair, pixels_per_degree: PixelsPerDegree) -> Result<Figures, Error> {
    let (a_image, b_image) = (images::read(a)?, images::read(b)?);
    let (a_size, b_size) = (a_image.size(), b_image.size());
    if a_size != b_size {
        let (a, b) = (a.clone(), b.clone());
        return Err(Error::ImageSizes { a, b, a_size, b_size });
    }
    let Size { width, height } = a_size;
    let [a, b] = [&a_image, &b_image]
        .map(|image| Image::new(width, height, image.pixels()).expect("an image has four bytes per pixel"));
    let pair = ImagePair::new(&a, &b).expect("the sizes were compared");
    let flip = flip(&pair, pixels_per_degree);
    if let Some(path) = map {
        let image = RgbImage::from_raw(width, height, flip.heat_map());
        images::write_rgb(path, &image.expect("a map has three bytes per pixel"))?;
    }
    Ok(Figures { width, height, mean_flip: flip.mean, largest_difference: pair.largest_difference() })
}

fn above_limit(Pair { a, b, .. }: &Pair, mean: f64, limit: Option<f64>) -> Option<Error> {
    let limit = limit.filter(|limit| mean > *limit)?;
    Some(Error::AboveMaxFlip { a: a.clone(), b: b.clone(), mean, limit })
}

/// A line for a pair.
fn line(report: &Report) -> String {
    let line = |PairReport { pair, outcome }: &PairReport| {
        let Outcome::Compared(Figures { width, height, mean_flip, largest_difference }) = outcome else {
            return None;
        };
        let (a, b) = (pair.a.display(), pair.b.display());
        Some(format!(
            "{a}, {b} ({width}x{height}): mean FLIP {mean_flip:.6}, largest difference {largest_difference}\n"
        ))
    };
    report.images.iter().filter_map(line).collect()
}

/// A table of the pairs.
fn rows(report: &Report) -> String {
    let mut rows = vec![["IMAGE", "SIZE", "MEAN FLIP", "LARGEST DIFFERENCE"].map(str::to_owned)];
    rows.extend(report.images.iter().filter_map(|PairReport { pair, outcome }| {
        let Outcome::Compared(figures) = outcome else { return None };
        let name = pair.a.file_name().unwrap_or_default().display().to_string();
        let size = format!("{}x{}", figures.width, figures.height);
        Some([name, size, format!("{:.6}", figures.mean_flip), figures.largest_difference.to_string()])
    }));
    table::align(&rows)
}
