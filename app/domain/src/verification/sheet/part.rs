//! One part of both files, as it is judged.

use super::{BadSheet, Found, LeftOut, Metric, Points, below, counter, long::Part, note::Note, side_by_side, units};
use crate::verification::{columns, say::plain};

/// So many times as much or as little of everything is told.
const MUCH: f64 = 2.0;

impl Part {
    /// What it holds, once its cells are numbers that can be held against each other.
    pub(super) fn found(mut self) -> Result<Found, BadSheet> {
        let mut notes = units::read(&mut self.tables);
        notes.extend(below::blank(&mut self.tables));
        let (counters, doubtful) = counter::take_steps(&mut self.tables);
        notes.extend(counters);
        let [before, after] = &self.tables.sheets;
        let mut found = side_by_side(before, after)?;
        let named = |name: &str| self.label.as_ref().map_or_else(|| name.to_owned(), |label| format!("{name}{{{label}}}"));
        let fails = self
            .label
            .as_ref()
            .is_some_and(|label| label.split(", ").any(|one| columns::failed(&columns::Words::of(""), one) == Some(true)));
        for (name, why) in std::mem::take(&mut found.left_out) {
            match why {
                // More of what failed is worse.
                LeftOut::Everything if fails => {
                    let points = Points::Measure { baseline: before.numbers(&name), candidate: after.numbers(&name) };
                    found.metrics.push(Metric::new(name, points));
                    continue;
                }
                // What holds numbers and is not read is missing.
                LeftOut::Words if units::unread(&name, &self.tables.told_by(&name)) => {
                    notes.push(Note::Unread(named(&name)));
                    let none = Points::Measure { baseline: Vec::new(), candidate: Vec::new() };
                    found.metrics.push(Metric { missing_baseline: 1.0, missing_candidate: 1.0, ..Metric::new(name, none) });
                    continue;
                }
                LeftOut::Everything => {
                    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len().max(1) as f64;
                    let times = mean(after.numbers(&name)) / mean(before.numbers(&name));
                    if times.is_finite() && !(1.0 / MUCH..=MUCH).contains(&times) {
                        notes.push(Note::Much { name: named(&name), times: plain(times) });
                    }
                }
                _ => {}
            }
            found.left_out.push((name, why));
        }
        // Steps that are as good may be those of a level that is not.
        for name in doubtful {
            notes.push(Note::Level(named(&name)));
            let none = Points::Measure { baseline: Vec::new(), candidate: Vec::new() };
            let as_it_stands = Metric::new(format!("{name} as it stands"), none);
            found.metrics.push(Metric { missing_baseline: 1.0, missing_candidate: 1.0, ..as_it_stands });
        }
        found.metrics.iter_mut().for_each(|metric| metric.name = named(&metric.name));
        found.notes = notes;
        Ok(found)
    }
}

impl Found {
    /// Adds what another part of the same files holds.
    pub(super) fn add(&mut self, other: Self) {
        self.metrics.extend(other.metrics);
        self.left_out
            .extend(other.left_out.into_iter().filter(|(name, _)| self.left_out.iter().all(|(own, _)| own != name)).collect::<Vec<_>>());
        self.untimed.extend(other.untimed.into_iter().filter(|side| !self.untimed.contains(side)).collect::<Vec<_>>());
        self.note(other.notes);
    }

    /// Adds what is to be known, once.
    pub(super) fn note(&mut self, notes: Vec<Note>) {
        for note in notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }
}
