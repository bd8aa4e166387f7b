//! How evidence is called: words and tones.

use domain::{
    Wording,
    evidence::{Comparison, EvidenceKind, EvidenceVerdict, Facts},
};

use crate::{components::Tone, i18n::say_wording, t, visit::current_locale};

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

/// Why a comparison came out as it did.
pub fn say_why(judged: &Comparison) -> String {
    say_wording(current_locale(), &judged.why)
}

/// What was kept of a comparison, where it begins with what these runs come to: that is said in the reader's language, and what somebody
/// added stays as it is.
pub fn say_kept(judged: &Comparison, note: &str) -> Option<String> {
    let after = |told: &str| note.strip_prefix(told).filter(|rest| rest.is_empty() || rest.starts_with('\n')).map(str::to_owned);
    let (open, rest): (&[Wording], String) = match (after(&judged.told()), after(&judged.reason)) {
        (Some(rest), _) => (judged.open.as_slice(), rest),
        (None, Some(rest)) => (&[][..], rest),
        (None, None) => return None,
    };
    let said = std::iter::once(say_why(judged)).chain(open.iter().map(|wording| say_wording(current_locale(), wording)));
    Some(said.collect::<Vec<_>>().join("\n") + &rest)
}
