//! What a search found for an incident, among what a message tells of it.

use serde::Deserialize;

use super::Telling;
use crate::slices::{Explanation, sentence};

/// The text, and below it what was found, in a sentence; the text alone where nothing was.
pub(super) fn under(text: String, telling: &Telling<'_>) -> String {
    let Ok(found) = Explanation::deserialize(&telling.data["finding"]) else { return text };
    let said = sentence(&found, telling.locale, telling.zone);
    if text.is_empty() { said } else { format!("{text}\n{said}") }
}
