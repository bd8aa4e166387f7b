//! Gaps: what is missing is filled by what stood at the same place of the seasons around it.

/// The values without gaps, from the first known one on; `None` where none is known. A gap shorter than a season is bridged by a
/// line where it is short, and by the same place of neighbouring seasons, moved to the level around, where it is not.
pub(super) fn fill(values: &[f64], seasons: &[usize]) -> Option<Vec<f64>> {
    let first = values.iter().position(|value| value.is_finite())?;
    let values = &values[first..];
    let mut filled = values.to_vec();
    let season = seasons.last().or(seasons.first()).copied();
    let mut at = 0;
    while at < values.len() {
        if values[at].is_finite() {
            at += 1;
            continue;
        }
        let end = values[at..].iter().position(|value| value.is_finite()).map_or(values.len(), |next| at + next);
        let before = filled[at - 1];
        let after = values.get(end).copied().unwrap_or(before);
        let short = end - at <= 3 && end < values.len();
        for place in at..end {
            let share = (place + 1 - at) as f64 / (end + 1 - at) as f64;
            let line = before + (after - before) * share;
            filled[place] = season.filter(|_| !short).and_then(|season| around(values, &filled, place, season)).unwrap_or(line);
        }
        at = end;
    }
    Some(filled)
}

/// The mean of the nearest known values a whole number of seasons away.
fn around(values: &[f64], filled: &[f64], place: usize, season: usize) -> Option<f64> {
    let before = (1..=3).filter_map(|k| place.checked_sub(k * season)).map(|at| filled[at]).find(|value| value.is_finite());
    let after = (1..=3).filter_map(|k| values.get(place + k * season)).copied().find(|value| value.is_finite());
    match (before, after) {
        (Some(before), Some(after)) => Some(f64::midpoint(before, after)),
        (one, other) => one.or(other),
    }
}
