//! How evidence is called: words and tones.

use domain::evidence::{EvidenceKind, EvidenceVerdict, Facts};

use crate::{components::Tone, t};

/// A kind in a few words.
pub fn kind_word(kind: EvidenceKind) -> String {
    t!(&format!("evidence-kind-{kind}"))
}

/// A kind in a few words, with what custom evidence is of.
pub fn kind_named(kind: EvidenceKind, custom: &str) -> String {
    if custom.is_empty() { kind_word(kind) } else { t!("evidence-kind-named", kind = kind_word(kind), name = custom) }
}

/// What an environment is made of, side by side.
pub fn say_facts(facts: &Facts) -> String {
    facts.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ")
}

/// What it shows in one word.
pub fn verdict_word(verdict: EvidenceVerdict) -> String {
    t!(&format!("evidence-verdict-{verdict}"))
}

/// The tone of that.
pub fn verdict_tone(verdict: EvidenceVerdict) -> Tone {
    match verdict {
        EvidenceVerdict::Passed => Tone::Ok,
        EvidenceVerdict::Failed => Tone::P1,
        EvidenceVerdict::Inconclusive => Tone::NoData,
    }
}
