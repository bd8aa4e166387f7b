//! Which messages of a channel are one to whoever reads it: that of an incident and those of the alerts with which it began or ended.
//!
//! Each keeps its row and its key; one message carries them all. Programs are sent every one of them.

use std::collections::HashMap;

use super::Notify;
use crate::{Timestamp, time::MINUTE};

/// Written further apart than this, they are told apart.
const MOMENT: i64 = MINUTE;

/// A message that waits.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a> {
    /// What it tells.
    pub event: Notify,
    /// The incident that it concerns.
    pub incident: Option<&'a str>,
    /// When it was written.
    pub at: Timestamp,
}

impl Notify {
    /// Whether this tells that an incident begins, or ends, and the other one that an alert does the same.
    pub fn takes_in(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::IncidentOpened | Self::IncidentReopened, Self::AlertFiring) | (Self::IncidentResolved, Self::AlertResolved)
        )
    }
}

/// Puts what waits into messages, each of them a list of places, that of the one in whose name it goes first. An alert goes with the
/// message of its incident that was written nearest to its own; what stands alone stays where it stood.
pub fn joined(pieces: &[Piece<'_>]) -> Vec<Vec<usize>> {
    let mut leads: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, piece) in pieces.iter().enumerate() {
        if let Some(incident) = piece.incident
            && matches!(piece.event, Notify::IncidentOpened | Notify::IncidentReopened | Notify::IncidentResolved)
        {
            leads.entry(incident).or_default().push(place);
        }
    }
    let apart = |one: usize, other: usize| pieces[one].at.since(pieces[other].at).abs();
    let lead_of = |place: usize| {
        let leads = leads.get(pieces[place].incident?)?.iter().copied();
        leads
            .filter(|lead| pieces[*lead].event.takes_in(pieces[place].event) && apart(*lead, place) < MOMENT)
            .min_by_key(|lead| apart(*lead, place))
    };
    let mut messages: Vec<Vec<usize>> = (0..pieces.len()).map(|place| vec![place]).collect();
    for place in 0..pieces.len() {
        if let Some(lead) = lead_of(place) {
            messages[place].clear();
            messages[lead].push(place);
        }
    }
    messages.retain(|message| !message.is_empty());
    messages
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SECOND;

    #[test]
    fn an_incident_and_the_alerts_of_that_moment_are_one_message() {
        let piece = |event, incident, seconds: i64| Piece { event, incident, at: Timestamp(seconds * SECOND) };
        let (firing, over) = (Notify::AlertFiring, Notify::AlertResolved);
        let (opened, reopened, resolved) = (Notify::IncidentOpened, Notify::IncidentReopened, Notify::IncidentResolved);
        let (one, two) = (Some("1"), Some("2"));
        let cases: [(&[Piece<'_>], &[&[usize]]); 7] = [
            (&[], &[]),
            // In whichever order they were written, and however many alerts there are.
            (&[piece(firing, one, 0), piece(opened, one, 0), piece(firing, one, 1)], &[&[1, 0, 2]]),
            // Nor that of another incident, nor what came much later, nor an end.
            (&[piece(opened, one, 0), piece(firing, two, 0), piece(firing, one, 60), piece(over, one, 0)], &[&[0], &[1], &[2], &[3]]),
            (&[piece(resolved, one, 0), piece(over, one, 0), piece(firing, one, 0)], &[&[0, 1], &[2]]),
            // After a day off: each goes with its own moment.
            (
                &[
                    piece(opened, one, 0),
                    piece(firing, one, 0),
                    piece(resolved, one, 30),
                    piece(over, one, 30),
                    piece(reopened, one, 50),
                    piece(firing, one, 50),
                ],
                &[&[0, 1], &[2, 3], &[4, 5]],
            ),
            (&[piece(firing, None, 0), piece(opened, None, 0), piece(Notify::Test, None, 0)], &[&[0], &[1], &[2]]),
            (&[piece(Notify::Page, one, 0), piece(opened, one, 0)], &[&[0], &[1]]),
        ];
        for (pieces, expected) in cases {
            assert_eq!(joined(pieces), expected, "{pieces:?}");
        }
    }
}
