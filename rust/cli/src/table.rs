//! Tables for the terminal.

use std::fmt::Write as _;

/// Aligns the columns of rows, the first of which holds the headings.
pub(crate) fn align<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    let mut table = String::new();
    for row in rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        writeln!(table, "{}", line.trim_end()).expect("writing to a String cannot fail");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["NAME", "SIZE"], ["é", "1"], ["longer", ""]].map(|row| row.map(str::to_owned));
        assert_eq!(align(&rows), "NAME    SIZE\né       1\nlonger\n");
    }
}
