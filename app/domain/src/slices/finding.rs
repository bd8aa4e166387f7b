//! What a search over stored transactions tells: the slices that explain a span, with every figure that proves it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Verdict;
use crate::{
    Fault, Span, Timestamp, Wording,
    form::Typed,
    transactions::{Filter, Money, SAMPLES_SHOWN, SamplesAsked},
    words::words,
};

words! {
    /// What is to be explained.
    pub enum Looked {
        /// Why more failed.
        Success = "success",
        /// Why there were fewer (or more) transactions.
        Volume = "volume",
        /// Why less (or more) money moved.
        Amount = "amount",
    }
    /// What a span was held against.
    pub enum Basis {
        /// The same wall time in the weeks before.
        Weeks = "weeks",
        /// The same wall time on the days before.
        Days = "days",
        /// The hours before.
        Hours = "hours",
        /// Nothing: there was none before.
        Nothing = "nothing",
    }
}

impl Looked {
    /// Reads its name; the empty text is the success rate.
    ///
    /// # Errors
    /// [`Fault::Invalid`] names the field `looked`.
    pub fn read(text: &str) -> Result<Self, Fault> {
        if text.is_empty() {
            return Ok(Self::Success);
        }
        Self::parse(text)
            .ok_or_else(|| Fault::invalid("looked", text, Wording::new("expect-one-of").with("choices", "success, volume, amount")))
    }

    /// Whether failures are counted among transactions; else what is counted is held against a forecast.
    pub fn is_rate(self) -> bool {
        self == Self::Success
    }
}

/// What somebody wants explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The span.
    pub span: Span,
    /// The choice within which slices are looked for.
    pub filter: Filter,
    /// IANA zone whose wall time the weeks before share.
    pub zone: String,
    /// What is to be explained.
    pub looked: Looked,
    /// Codes with which a failure counts as none.
    pub excused: Vec<String>,
}

impl Asked {
    /// Reads the query parameter `excused`, which may be repeated.
    ///
    /// # Errors
    /// [`Fault::Invalid`] where there are too many codes, or one is too long.
    pub fn read_excused(typed: &Typed) -> Result<Vec<String>, Fault> {
        let mut codes = Typed::default();
        typed.all(EXCUSED).iter().for_each(|code| codes.add("code", code.as_str()));
        Ok(Filter::read(&codes)?.code)
    }
}

/// The query parameter for codes with which a failure counts as none.
const EXCUSED: &str = "excused";

/// A value of a dimension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Choice {
    /// Name of the dimension.
    pub dimension: String,
    /// The value; of a system its key.
    pub value: String,
}

/// Failures with one code inside a slice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CodeShare {
    /// The code; empty where senders gave none.
    pub code: String,
    /// Failures with it.
    pub failed: u64,
    /// Failures that were to be expected with it.
    pub expected: f64,
    /// Share of what failed too much that came with it, 0 to 1.
    pub share: f64,
}

/// A slice that explains a part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Culprit {
    /// Which. A dimension in which one value alone was chosen is part of it.
    pub slice: Vec<Choice>,
    /// Codes inside it, the one that explains most first.
    pub codes: Vec<CodeShare>,
    /// Transactions.
    pub total: f64,
    /// Failures; of a volume or amount, what was measured (amounts in minor units).
    pub observed: f64,
    /// What was to be expected of it.
    pub expected: f64,
    /// Share of all that is too much (or too little) that lies in it, 0 to 1.
    pub share: f64,
    /// Of a success rate: where it lies with 95 % certainty, 0 to 1.
    pub low: Option<f64>,
    /// The upper end of that interval.
    pub high: Option<f64>,
    /// The minute in which it began; `null` where no beginning stands out.
    pub since: Option<Timestamp>,
    /// Money at risk: of what failed too much, or what is missing, by currency, in minor units.
    pub money: Vec<Money>,
}

impl Culprit {
    /// Share that succeeded now.
    pub fn rate(&self) -> Option<f64> {
        (self.total > 0.0).then(|| 1.0 - self.observed / self.total)
    }

    /// Share that was to succeed.
    pub fn expected_rate(&self) -> Option<f64> {
        (self.total > 0.0).then(|| 1.0 - (self.expected / self.total).min(1.0))
    }

    /// The value that it has in a dimension.
    pub fn value(&self, dimension: &str) -> Option<&str> {
        self.slice.iter().find(|choice| choice.dimension == dimension).map(|choice| choice.value.as_str())
    }

    /// The code that explains most of it, where one explains at least half.
    pub fn code(&self) -> Option<&CodeShare> {
        self.codes.first().filter(|code| code.share >= 0.5 && !code.code.is_empty())
    }

    /// `link=L3 merchant=M17 code=91`: what it is, in words that need no translation.
    pub fn label(&self) -> String {
        let parts = self.slice.iter().map(|choice| format!("{}={}", choice.dimension, choice.value));
        parts.chain(self.code().map(|code| format!("code={}", code.code))).collect::<Vec<_>>().join(" ")
    }
}

/// How the label of a global finding begins.
pub const EVERYWHERE: char = '*';

/// What is left without the slices.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rest {
    /// Transactions, or the measure.
    pub total: f64,
    /// Failures; of a measure, what was measured.
    pub observed: f64,
    /// What was to be expected.
    pub expected: f64,
}

/// One value of a dimension, by its share of failures (or transactions).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ValueShare {
    /// The value; empty where senders gave none.
    pub value: String,
    /// Share within the selection, 0 to 1.
    pub now: f64,
    /// Share within the baseline, 0 to 1.
    pub before: f64,
}

/// How a dimension differs between the selection and the baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Difference {
    /// Name of the dimension.
    pub dimension: String,
    /// Share that lies elsewhere than before, 0 to 1.
    pub difference: f64,
    /// The values that differ most, the most different first.
    pub values: Vec<ValueShare>,
}

/// What a span was held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Baseline {
    /// Which spans.
    pub basis: Basis,
    /// How many of them held anything, and were usual.
    pub spans: u32,
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Explanation {
    /// What was explained.
    pub looked: Looked,
    /// The span that was counted.
    pub span: Span,
    /// The choice.
    pub filter: Filter,
    /// Codes with which a failure counted as none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excused: Vec<String>,
    /// In a word.
    pub verdict: Verdict,
    /// What it was held against.
    pub baseline: Baseline,
    /// Transactions in the span.
    pub total: f64,
    /// Failures, or the measure.
    pub observed: f64,
    /// What was to be expected.
    pub expected: f64,
    /// The currency of an amount; empty where none is explained.
    pub currency: String,
    /// The slices, the strongest first.
    pub culprits: Vec<Culprit>,
    /// What is left without them; `null` where there are none.
    pub rest: Option<Rest>,
    /// Failures by code over the whole choice, the one that explains most first.
    pub codes: Vec<CodeShare>,
    /// Every dimension, the most different first.
    pub dimensions: Vec<Difference>,
    /// What dimensions that a stream declares are called, by their keys, where they have a label.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Combinations of values that were looked at.
    pub leaves: u64,
    /// Whether those that matter least were put together, because there were too many.
    pub folded: bool,
    /// Stored pieces that do not read; what they held is missing.
    pub damaged: u64,
    /// When it was worked out.
    pub computed_at: Timestamp,
}

impl Explanation {
    /// Whether it says that something is wrong.
    pub fn is_trouble(&self) -> bool {
        matches!(self.verdict, Verdict::Slices | Verdict::Global)
    }

    /// The values that it names, by dimension: those of its slices; where no slice explains it, those that alone were looked at.
    pub fn named(&self) -> Vec<(&str, &str)> {
        if self.verdict == Verdict::Global {
            return self.filter.singled().collect();
        }
        let choices = self.culprits.iter().flat_map(|culprit| &culprit.slice).filter(|choice| !choice.value.is_empty());
        let mut named: Vec<(&str, &str)> = choices.map(|choice| (choice.dimension.as_str(), choice.value.as_str())).collect();
        named.sort_unstable();
        named.dedup();
        named
    }

    /// What it names, in words that need no translation: it is told anew only where this changes.
    pub fn label(&self) -> String {
        match self.verdict {
            Verdict::Slices => self.culprits.iter().take(3).map(Culprit::label).collect::<Vec<_>>().join("; "),
            Verdict::Global => {
                let code = self.codes.first().filter(|code| code.share >= 0.5 && !code.code.is_empty());
                let chosen = self.filter.singled().map(|(dimension, value)| format!("{dimension}={value}"));
                let parts = std::iter::once(EVERYWHERE.to_string()).chain(chosen);
                parts.chain(code.map(|code| format!("code={}", code.code))).collect::<Vec<_>>().join(" ")
            }
            verdict => verdict.name().to_owned(),
        }
    }

    /// The choice within which slices were looked for, narrowed to one of them. What senders left out has no value that could be chosen.
    pub fn narrowed(&self, culprit: &Culprit) -> Filter {
        let choices = culprit.slice.iter().filter(|choice| !choice.value.is_empty());
        choices.fold(self.filter.clone(), |filter, choice| filter.only(&choice.dimension, &choice.value))
    }

    /// The key of the system in which a slice lies, as far as that is known: it says so, its stream does, or one system alone was chosen.
    pub fn system_of<'a>(&'a self, culprit: &'a Culprit) -> Option<&'a str> {
        let only = |chosen: &'a [String]| if let [one] = chosen { Some(one.as_str()) } else { None };
        let stream = || culprit.value("stream").or(only(&self.filter.stream)).map(|full| full.split('/').next().unwrap_or(full));
        culprit.value("system").or_else(stream).or(only(&self.filter.system))
    }

    /// Where failures of what was found are looked for that were kept one by one: of the first slice with the code that explains most
    /// of it, of everything where no slice explains it; `None` where nothing failed too much.
    pub fn samples_asked(&self) -> Option<SamplesAsked> {
        if !self.looked.is_rate() || !self.is_trouble() {
            return None;
        }
        let culprit = self.culprits.first();
        let mut filter = culprit.map_or_else(|| self.filter.clone(), |culprit| self.narrowed(culprit));
        let code = culprit.map_or_else(|| self.codes.first().filter(|code| code.share >= 0.5), Culprit::code);
        if let Some(code) = code.filter(|code| !code.code.is_empty()) {
            filter = filter.only("code", &code.code);
        }
        Some(SamplesAsked { span: self.span, filter, excused: self.excused.clone(), most: SAMPLES_SHOWN })
    }

    /// The page that shows it, for good: a path within the portal.
    pub fn path(&self) -> String {
        let mut path = format!("/transactions/explanation?from={}&to={}", self.span.from.rfc3339(), self.span.to.rfc3339());
        if self.looked != Looked::Success {
            path.push_str("&looked=");
            path.push_str(self.looked.name());
        }
        for (dimension, value) in self.filter.choices().chain(self.excused.iter().map(|code| (EXCUSED, code.as_str()))) {
            path.push('&');
            path.push_str(dimension);
            path.push('=');
            for byte in value.bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    path.push(char::from(byte));
                } else {
                    path.push_str(&format!("%{byte:02X}"));
                }
            }
        }
        path
    }

    /// The same without what only its own page shows.
    #[must_use]
    pub fn brief(mut self) -> Self {
        self.dimensions.clear();
        self.codes.truncate(5);
        self.culprits.truncate(3);
        self.culprits.iter_mut().for_each(|culprit| culprit.codes.truncate(5));
        self
    }
}

/// A stored explanation of an alert or an incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Told {
    /// When something was first found.
    pub first_at: Timestamp,
    /// Whether it is over, and not worked out anew.
    pub settled: bool,
    /// What was found last.
    pub explanation: Explanation,
}
