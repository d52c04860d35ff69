//! The report for people.

use std::fmt::Write as _;

use super::report::{Figures, Report};

/// The means as a table for the terminal.
pub(crate) fn summary(report: &Report) -> String {
    let mut text = format!("{}\n{}\n\n", subject(report), count(report));
    for [name, value, meaning] in rows(report) {
        writeln!(text, "{name:<18}  {value:>8}  {meaning}").expect("a String takes any text");
    }
    text
}

/// Means, figures of each picture, what was skipped and what the sheet shows.
pub(crate) fn markdown(report: &Report) -> String {
    let mut text = format!("# Evaluation\n\n{}\n{}\n\n", subject(report), count(report));
    text.push_str("| figure | mean | meaning |\n|---|---|---|\n");
    for [name, value, meaning] in rows(report) {
        writeln!(text, "| {name} | {value} | {meaning} |").expect("a String takes any text");
    }
    text.push_str(
        "\n## Pictures\n\n| picture | IoU | boundary F | halo | flicker |\n|---|---|---|---|---|\n",
    );
    for image in &report.images {
        let Figures { iou, boundary, halo, flicker } = &image.figures;
        let [iou, f, halo, flicker] = [Some(*iou), Some(boundary.f), *halo, *flicker].map(figure);
        let picture = cell(&image.image.display().to_string());
        writeln!(text, "| {picture} | {iou} | {f} | {halo} | {flicker} |").expect("a String takes any text");
    }
    if !report.sheet_rows.is_empty() {
        text.push_str(
            "\n## Sheet\n\nThe pictures with the lowest IoU, the lowest first. Each row: picture, true mask, the network's mask, mask, \
             composite.\n\n",
        );
        for image in &report.sheet_rows {
            writeln!(text, "1. {}", image.display()).expect("a String takes any text");
        }
    }
    if !report.skipped.is_empty() {
        text.push_str("\n## Skipped\n\n");
        for skipped in &report.skipped {
            writeln!(text, "- {}", skipped.error).expect("a String takes any text");
        }
    }
    text
}

fn subject(report: &Report) -> String {
    let [width, height] = report.mask_size;
    format!(
        "{} on {}: masks of {width}x{height}, refinement {}{}, compared at each picture's size.",
        report.model.display(),
        report.backend,
        report.method.refinement,
        if report.method.steady { ", steadied" } else { "" }
    )
}

fn count(report: &Report) -> String {
    format!("{} evaluated, {} skipped.", report.evaluated, report.skipped.len())
}

/// Name, value and meaning of each mean.
fn rows(report: &Report) -> Vec<[String; 3]> {
    let (mean, times, method) = (&report.mean, &report.median_times_ms, &report.method);
    let percent = |share: f64| format!("{:.1} % of the diagonal", share * 100.0);
    let threshold = format!("cut at {:.1}", method.threshold);
    let (tolerance, band) = (percent(method.boundary_tolerance), percent(method.halo_band));
    let rows = [
        ("IoU", Some(mean.iou), format!("same area, {threshold}; 1 is best")),
        ("boundary F", Some(mean.boundary.f), format!("same outline within {tolerance}; 1 is best")),
        ("boundary precision", Some(mean.boundary.precision), "the mask's outline that is true".to_owned()),
        ("boundary recall", Some(mean.boundary.recall), "the true outline that was found".to_owned()),
        ("halo", mean.halo, format!("background left up to {band} around the person; 0 is best")),
        (
            "flicker",
            mean.flicker,
            "change a frame beside the true change, of all pixels; 0 is best".to_owned(),
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

/// Text that does not end a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
