//! The report as text.

use std::fmt::Write as _;

use super::report::{Figures, Report};

/// The means as a table for the terminal.
pub(crate) fn summary(report: &Report) -> String {
    let mut text = format!("{}\n{}\n\n", subject(report), count(report));
    for [name, value, meaning] in rows(report) {
        writeln!(text, "{name:<18}  {value:>8}  {meaning}").expect("writing to a String cannot fail");
    }
    text
}

/// Means, the metrics of each image, skipped pairs and the rows of the sheet.
pub(crate) fn markdown(report: &Report) -> String {
    let mut text = format!("# Evaluation\n\n{}\n{}\n\n", subject(report), count(report));
    text.push_str("| metric | mean | meaning |\n|---|---|---|\n");
    for [name, value, meaning] in rows(report) {
        writeln!(text, "| {name} | {value} | {meaning} |").expect("writing to a String cannot fail");
    }
    text.push_str("\n## Images\n\n| image | IoU | boundary F | halo | flicker |\n|---|---|---|---|---|\n");
    for image in &report.images {
        let Figures { iou, boundary, halo, flicker } = &image.figures;
        let [iou, f, halo, flicker] = [Some(*iou), Some(boundary.f), *halo, *flicker].map(figure);
        let image = cell(&image.image.display().to_string());
        writeln!(text, "| {image} | {iou} | {f} | {halo} | {flicker} |")
            .expect("writing to a String cannot fail");
    }
    if !report.sheet_rows.is_empty() {
        text.push_str(
            "\n## Sheet\n\nThe images with the lowest IoU, in ascending order. Each row: image, ground truth, segmentation mask, alpha matte, \
             composite.\n\n",
        );
        for image in &report.sheet_rows {
            writeln!(text, "1. {}", image.display()).expect("writing to a String cannot fail");
        }
    }
    if !report.skipped.is_empty() {
        text.push_str("\n## Skipped\n\n");
        for skipped in &report.skipped {
            writeln!(text, "- {}", skipped.error).expect("writing to a String cannot fail");
        }
    }
    text
}

fn subject(report: &Report) -> String {
    let [width, height] = report.mask_size;
    format!(
        "{} on {}: {width}x{height} masks, refinement {}{}, compared at the size of each image.",
        report.model.display(),
        report.backend,
        report.method.refinement,
        if report.method.temporal_smoothing { ", temporal smoothing" } else { "" }
    )
}

fn count(report: &Report) -> String {
    format!("{} evaluated, {} skipped.", report.evaluated, report.skipped.len())
}

/// Name, value and meaning of each mean.
fn rows(report: &Report) -> Vec<[String; 3]> {
    let (mean, times, method) = (&report.mean, &report.median_times_ms, &report.method);
    let percent = |fraction: f64| format!("{:.1} % of the diagonal", fraction * 100.0);
    let threshold = format!("threshold {:.1}", method.threshold);
    let (tolerance, band) = (percent(method.boundary_tolerance), percent(method.halo_band));
    let rows = [
        ("IoU", Some(mean.iou), format!("overlap of the areas, {threshold}; 1 is best")),
        (
            "boundary F",
            Some(mean.boundary.f),
            format!("agreement of the outlines within {tolerance}; 1 is best"),
        ),
        (
            "boundary precision",
            Some(mean.boundary.precision),
            "fraction of the matte's outline that is correct".to_owned(),
        ),
        (
            "boundary recall",
            Some(mean.boundary.recall),
            "fraction of the true outline that was found".to_owned(),
        ),
        ("halo", mean.halo, format!("original background within {band} around the person; 0 is best")),
        (
            "flicker",
            mean.flicker,
            "change per frame minus the true change, over all pixels; 0 is best".to_owned(),
        ),
    ];
    let mut rows: Vec<_> = rows
        .into_iter()
        .filter(|(_, value, _)| value.is_some())
        .map(|(name, value, meaning)| [name.to_owned(), figure(value), meaning])
        .collect();
    for (stage, time) in [
        ("preprocess", times.preprocess),
        ("inference", times.inference),
        ("refine", times.refine),
        ("composite", times.composite),
    ] {
        rows.push([stage.to_owned(), format!("{time:.2} ms"), "median".to_owned()]);
    }
    rows
}

fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"))
}

/// Escapes text for a table cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
