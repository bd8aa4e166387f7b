//! Rows whose cells nothing but blanks part.

use super::columns::{missing, number};

/// The cells of rows that came as one each, where blanks part them into numbers behind what comes first: `1 5`, or a whole series in one
/// line. `None` where there is nothing to part, or words are among them: `2014-04-01 00:00:00 5` may mean anything.
pub(super) fn parted(rows: &[Vec<String>]) -> Option<Vec<Vec<String>>> {
    if rows.iter().any(|row| row.len() > 1) {
        return None;
    }
    let lines = || rows.iter().flatten().map(|cell| cell.trim_start_matches('\u{feff}')).filter(|cell| !cell.trim().is_empty());
    let count = |line: &str| line.split_whitespace().count();
    let figures = |line: &str| line.split_whitespace().skip(1).all(|cell| missing(cell) || !number(cell).is_nan());
    let first = lines().next()?;
    let (widest, narrowest) = (lines().skip(1).map(count).max(), lines().skip(1).map(count).min());
    let headed = !figures(first);
    // A line that stands alone is a series where it is long; what stands above is a header where it names every column.
    let several = match (widest, narrowest) {
        (Some(widest), Some(narrowest)) => widest > 1 && count(first) > 1 && (!headed || widest == narrowest && widest == count(first)),
        _ => !headed && count(first) >= 4,
    };
    (several && lines().skip(1).all(figures)).then(|| lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect())
}
