//! The secret that goes with a target: typed, sealed, never shown again.

use super::Target;
use crate::{
    Wording,
    form::{Check, Typed},
};

/// What to do about the secret of a target. Has no `Debug` that would tell it.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretInput {
    /// It stays as it is, where there is one.
    Keep,
    /// There is none any more.
    Forget,
    /// It is this.
    Given(String),
}

impl std::fmt::Debug for SecretInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Keep => "Keep",
            Self::Forget => "Forget",
            Self::Given(_) => "Given(…)",
        })
    }
}

impl SecretInput {
    /// Reads the field in which the secret of this target is typed: empty keeps what is stored, `forget` drops it.
    pub(super) fn parse(target: &Target, check: &mut Check<'_>, typed: &Typed) -> Option<Self> {
        let Some(field) = target.secret_field() else { return Some(Self::Forget) };
        check.field(field, |text| match text {
            "" if typed.has("forget") => Ok(Self::Forget),
            "" => Ok(Self::Keep),
            text if text.len() > 2_000 => Err(Wording::new("expect-at-most-characters").with("max", 2_000)),
            text if text.chars().any(char::is_control) => Err(Wording::new("expect-no-control-characters")),
            text => Ok(Self::Given(text.to_owned())),
        })
    }
}
