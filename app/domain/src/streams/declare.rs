//! Giving dimensions their places, so that what was counted before keeps its meaning.

use super::{Dimension, DraftDimension, PLACES};
use crate::{Fault, Timestamp, Wording};

/// The dimensions of a stream for which nothing is declared.
pub fn usual() -> Vec<Dimension> {
    let dimension = |key: &str, place, wide| Dimension {
        key: key.to_owned(),
        label: String::new(),
        place,
        limit: None,
        wide,
        field: String::new(),
        retired_at: None,
    };
    vec![dimension("link", 0, false), dimension("merchant", 1, true), dimension("channel", 2, false)]
}

/// What is declared now over what was: known keys keep their place, new ones take a free one, those that are missing retire. A
/// retired one that comes back has its place again; one that retired before `forgotten` leaves its place to others.
///
/// Refused are more than there are places for, and a wide dimension that would be narrow: latency was not kept by it so far.
pub fn declare(before: &[Dimension], now: Vec<DraftDimension>, at: Timestamp, forgotten: Timestamp) -> Result<Vec<Dimension>, Fault> {
    let kept: Vec<&Dimension> = before
        .iter()
        .filter(|old| now.iter().any(|new| new.key == old.key) || old.retired_at.is_none_or(|retired| retired >= forgotten))
        .collect();
    let going = kept.iter().filter(|old| !now.iter().any(|new| new.key == old.key)).map(|old| old.key.clone()).collect::<Vec<_>>();
    let mut taken = [false; PLACES];
    for dimension in &kept {
        taken[dimension.at()] = true;
    }
    let mut all = Vec::with_capacity(PLACES);
    for new in now {
        let old = kept.iter().find(|old| old.key == new.key);
        if old.is_some_and(|old| old.wide && !new.wide) {
            return Err(Fault::invalid("dimensions", &new.key, Wording::new("streams-expect-wide").with("key", &new.key)));
        }
        let place = match old {
            Some(old) => old.place,
            None => {
                let free = taken.iter().position(|taken| !taken);
                let free = free.ok_or_else(|| Fault::invalid("dimensions", &new.key, no_place(&going)))?;
                taken[free] = true;
                u8::try_from(free).unwrap_or_default()
            }
        };
        all.push(Dimension { key: new.key, label: new.label, place, limit: new.limit, wide: new.wide, field: new.field, retired_at: None });
    }
    for old in kept {
        if !all.iter().any(|dimension| dimension.key == old.key) {
            all.push(Dimension { retired_at: Some(old.retired_at.unwrap_or(at)), ..old.clone() });
        }
    }
    Ok(all)
}

/// All places are taken: by what is asked for, or also by what goes and is still kept.
fn no_place(going: &[String]) -> Wording {
    if going.is_empty() {
        Wording::new("streams-expect-few").with("max", PLACES)
    } else {
        Wording::new("streams-expect-place").with("retired", going.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drafts(keys: &[&str]) -> Vec<DraftDimension> {
        keys.iter()
            .map(|key| DraftDimension {
                key: (*key).to_owned(),
                label: String::new(),
                limit: None,
                wide: *key == "merchant",
                field: String::new(),
            })
            .collect()
    }

    fn shown(dimensions: &[Dimension]) -> Vec<(&str, u8, bool)> {
        dimensions.iter().map(|d| (d.key.as_str(), d.place, d.retired_at.is_some())).collect()
    }

    #[test]
    fn places_stay_whatever_is_done() {
        let (at, later) = (Timestamp(100), Timestamp(200));
        let grown = declare(&usual(), drafts(&["region", "merchant", "link"]), at, Timestamp(0)).unwrap();
        assert_eq!(shown(&grown), [("region", 3, false), ("merchant", 1, false), ("link", 0, false), ("channel", 2, true)]);
        // What comes back has its place again; what is gone for long leaves it to others.
        let back = declare(&grown, drafts(&["channel", "merchant"]), later, Timestamp(0)).unwrap();
        assert_eq!(shown(&back), [("channel", 2, false), ("merchant", 1, false), ("region", 3, true), ("link", 0, true)]);
        let reused = declare(&back, drafts(&["merchant", "device"]), later, Timestamp(1_000)).unwrap();
        assert_eq!(shown(&reused), [("merchant", 1, false), ("device", 0, false), ("channel", 2, true)]);
    }

    #[test]
    fn there_are_eight_places() {
        let nine = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
        let full = declare(&[], drafts(&nine[..8]), Timestamp(1), Timestamp(0)).unwrap();
        let fault = declare(&[], drafts(&nine), Timestamp(1), Timestamp(0)).unwrap_err();
        assert_eq!(fault.problems()[0].expected.key, "streams-expect-few");
        let fault = declare(&full, drafts(&nine[1..]), Timestamp(1), Timestamp(0)).unwrap_err();
        assert_eq!(fault.problems()[0].expected.key, "streams-expect-place");
        let mut narrow = drafts(&["merchant"]);
        narrow[0].wide = false;
        assert_eq!(declare(&usual(), narrow, Timestamp(1), Timestamp(0)).unwrap_err().problems()[0].expected.key, "streams-expect-wide");
    }
}
