//! What else is to be known of a comparison. It changes no verdict: it says how sure one may be of it.

use serde::{Deserialize, Serialize};

use crate::{
    Wording,
    verification::{Warning, plain},
};

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum LookWarning {
    /// Minutes differ more than chance makes them: the interval is wider for it.
    OverDispersed {
        /// How many times as much.
        times: f64,
    },
    /// Neighbouring slots hang together: they count as fewer.
    Dependent {
        /// How many times fewer.
        times: f64,
    },
    /// Slots are spread otherwise about their middle (Brown & Forsythe).
    Spread {
        /// Probability of as much by chance.
        p: f64,
    },
    /// Slots have another form (Cramér & von Mises).
    Form {
        /// Probability of as much by chance.
        p: f64,
    },
    /// Too few slots to judge the slowest, and those there are lie beyond the margin: it does not pass.
    FewSlowest,
    /// Beyond the margin by itself, but not surely among all comparisons (Holm).
    Holm {
        /// How many there are.
        questions: u32,
    },
}

impl LookWarning {
    /// Those of a judgement that say something of a look.
    pub(super) fn of(warning: &Warning) -> Option<Self> {
        Some(match warning {
            Warning::Dispersed(times) | Warning::DispersedBeyond(times) => Self::OverDispersed { times: *times },
            Warning::Dependent(times) => Self::Dependent { times: *times },
            Warning::Spread(p) => Self::Spread { p: *p },
            Warning::Form(p) => Self::Form { p: *p },
            Warning::FewSlowest => Self::FewSlowest,
            Warning::Holm { questions, .. } => Self::Holm { questions: u32::try_from(*questions).unwrap_or(u32::MAX) },
            _ => return None,
        })
    }

    /// As a sentence.
    pub fn wording(self) -> Wording {
        let p = |p: f64| if p < 1e-4 { "< 0.0001".to_owned() } else { format!("{p:.4}") };
        match self {
            Self::OverDispersed { times } => Wording::new("changes-warning-over-dispersed").with("times", plain(times)),
            Self::Dependent { times } => Wording::new("changes-warning-dependent").with("times", plain(times)),
            Self::Spread { p: chance } => Wording::new("changes-warning-spread").with("p", p(chance)),
            Self::Form { p: chance } => Wording::new("changes-warning-form").with("p", p(chance)),
            Self::FewSlowest => Wording::new("changes-warning-few-slowest"),
            Self::Holm { questions } => Wording::new("changes-warning-holm").with("questions", questions),
        }
    }
}
