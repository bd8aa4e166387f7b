//! What a page asks: a span, a choice in every dimension, an order.

use serde::{Deserialize, Serialize};

use super::Dimension;
use crate::{Fault, Span, Wording, form::Typed};

/// Values that may be chosen in one dimension.
const MAX_CHOSEN: usize = 50;

/// Chosen values by dimension; an empty list chooses everything. Systems are named by their key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Filter {
    /// Keys of systems.
    pub system: Vec<String>,
    /// Links.
    pub link: Vec<String>,
    /// Merchants.
    pub merchant: Vec<String>,
    /// Channels.
    pub channel: Vec<String>,
    /// Result codes: counts only failures with one of them.
    pub code: Vec<String>,
}

impl Filter {
    /// The dimensions one can choose in.
    pub const DIMENSIONS: [Dimension; 5] = [Dimension::System, Dimension::Link, Dimension::Merchant, Dimension::Channel, Dimension::Code];

    /// Reads the query parameters `system`, `link`, `merchant`, `channel`, `code`, each of which may be repeated.
    pub fn read(typed: &Typed) -> Result<Self, Fault> {
        let mut filter = Self::default();
        for dimension in Self::DIMENSIONS {
            let chosen = filter.list(dimension);
            for value in typed.all(dimension.name()).iter().map(|v| v.trim()).filter(|v| !v.is_empty()) {
                if value.chars().count() > 80 {
                    return Err(Fault::invalid(dimension.name(), value, Wording::new("expect-at-most-characters").with("max", 80)));
                }
                if !chosen.iter().any(|c| c == value) {
                    chosen.push(value.to_owned());
                }
            }
            if chosen.len() > MAX_CHOSEN {
                let expected = Wording::new("expect-transaction-at-most-values").with("max", MAX_CHOSEN);
                return Err(Fault::invalid(dimension.name(), chosen.len(), expected));
            }
        }
        Ok(filter)
    }

    fn list(&mut self, dimension: Dimension) -> &mut Vec<String> {
        match dimension {
            Dimension::System => &mut self.system,
            Dimension::Link => &mut self.link,
            Dimension::Merchant => &mut self.merchant,
            Dimension::Channel => &mut self.channel,
            Dimension::Code | Dimension::Currency => &mut self.code,
        }
    }

    /// What is chosen in a dimension.
    pub fn chosen(&self, dimension: Dimension) -> &[String] {
        match dimension {
            Dimension::System => &self.system,
            Dimension::Link => &self.link,
            Dimension::Merchant => &self.merchant,
            Dimension::Channel => &self.channel,
            Dimension::Code => &self.code,
            Dimension::Currency => &[],
        }
    }

    /// Every choice as dimension and value, in order: the chips of the page.
    pub fn choices(&self) -> impl Iterator<Item = (Dimension, &str)> {
        Self::DIMENSIONS.into_iter().flat_map(|d| self.chosen(d).iter().map(move |v| (d, v.as_str())))
    }

    /// Whether everything is chosen.
    pub fn is_empty(&self) -> bool {
        self.choices().next().is_none()
    }

    /// The same filter with one more value: what a click on it gives.
    #[must_use]
    pub fn with(mut self, dimension: Dimension, value: &str) -> Self {
        let list = self.list(dimension);
        if !list.iter().any(|v| v == value) {
            list.push(value.to_owned());
        }
        self
    }

    /// The same filter without a value: what its chip gives.
    #[must_use]
    pub fn without(mut self, dimension: Dimension, value: &str) -> Self {
        self.list(dimension).retain(|v| v != value);
        self
    }
}

/// Order of the tables of slices; always the most notable first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Most failures.
    #[default]
    Failures,
    /// Most transactions.
    Volume,
    /// Lowest success rate.
    Rate,
}

impl Sort {
    /// Stable text name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Failures => "failures",
            Self::Volume => "volume",
            Self::Rate => "rate",
        }
    }

    /// Reads a text name; the empty text is the default.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        match text {
            "" | "failures" => Ok(Self::Failures),
            "volume" => Ok(Self::Volume),
            "rate" => Ok(Self::Rate),
            _ => Err(Fault::invalid("sort", text, Wording::new("expect-one-of").with("choices", "failures, volume, rate"))),
        }
    }
}

/// What a page asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The span.
    pub span: Span,
    /// The choice.
    pub filter: Filter,
    /// IANA zone whose days and weeks are meant; UTC where it is unknown.
    pub zone: String,
    /// Order of the tables.
    pub sort: Sort,
    /// Rows of each table at most.
    pub top: usize,
}
