//! What a page asks: a span, a choice in every dimension, an order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Fault, Span, Wording,
    form::Typed,
    streams::{RESERVED, key_of_dimension},
};

/// Values that may be chosen in one dimension.
const MAX_CHOSEN: usize = 50;
/// Dimensions in which one may choose at a time.
const MAX_DIMENSIONS: usize = 16;
/// The field of a form that holds choices in dimensions that have no field of their own.
pub const WHERE: &str = "where";

/// Chosen values; an empty list chooses everything. Systems are named by their key, streams as `system/stream`. A stream takes part
/// only if it has every dimension in which something is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Filter {
    /// Keys of systems.
    pub system: Vec<String>,
    /// Names of streams.
    pub stream: Vec<String>,
    /// Result codes: counts only failures with one of them.
    pub code: Vec<String>,
    /// Values by dimension, e.g. of `link`, `merchant`, `channel`.
    #[serde(flatten)]
    pub dims: BTreeMap<String, Vec<String>>,
}

impl Filter {
    /// Reads the query parameters `system`, `stream`, `code`, and those that are named like a dimension (`link`, `region`), each of which
    /// may be repeated. Whether some stream has such a dimension is asked where streams are known.
    pub fn read(typed: &Typed) -> Result<Self, Fault> {
        let mut filter = Self::default();
        for name in typed.names().filter(|name| matches!(*name, "system" | "stream" | "code") || key_of_dimension(name).is_ok()) {
            let mut chosen: Vec<String> = Vec::new();
            for value in typed.all(name).iter().map(|v| v.trim()).filter(|v| !v.is_empty()) {
                if value.chars().count() > 80 {
                    return Err(Fault::invalid(name, value, Wording::new("expect-at-most-characters").with("max", 80)));
                }
                if !chosen.iter().any(|c| c == value) {
                    chosen.push(value.to_owned());
                }
            }
            if chosen.len() > MAX_CHOSEN {
                let expected = Wording::new("expect-transaction-at-most-values").with("max", MAX_CHOSEN);
                return Err(Fault::invalid(name, chosen.len(), expected));
            }
            if !chosen.is_empty() {
                *filter.list(name) = chosen;
            }
        }
        if filter.dims.len() > MAX_DIMENSIONS {
            let expected = Wording::new("expect-transaction-at-most-values").with("max", MAX_DIMENSIONS);
            return Err(Fault::invalid("dimensions", filter.dims.len(), expected));
        }
        Ok(filter)
    }

    /// Reads the fields of a form: these stand for a dimension each, with commas or repeated; `where` holds choices in further ones,
    /// as `region=eu, stream=shop/web`.
    pub fn of_fields(typed: &Typed, fields: &[(&str, &str)]) -> Result<Self, Fault> {
        let mut chosen = Typed::default();
        for (field, dimension) in fields {
            for value in typed.all(field).iter().flat_map(|text| text.split(',')) {
                chosen.add(*dimension, value.trim());
            }
        }
        for one in typed.all(WHERE).iter().flat_map(|text| text.split(',')).map(str::trim).filter(|one| !one.is_empty()) {
            let (key, value) = one.split_once('=').map(|(key, value)| (key.trim(), value.trim())).unwrap_or_default();
            let known = key == "stream" || fields.iter().any(|(_, dimension)| *dimension == key) || key_of_dimension(key).is_ok();
            if !known || value.is_empty() {
                return Err(Fault::invalid(WHERE, one, Wording::new("expect-transaction-where")));
            }
            chosen.add(key, value);
        }
        Self::read(&chosen)
    }

    /// Its choices between braces, as matchers are written: `{link="L3", code="05"}`; nothing where it chooses nothing.
    pub fn braced(&self) -> String {
        let chosen: Vec<String> = self.choices().map(|(dimension, value)| format!("{dimension}={value:?}")).collect();
        if chosen.is_empty() { String::new() } else { format!("{{{}}}", chosen.join(", ")) }
    }

    /// Writes what [`Self::of_fields`] reads. The system is another field's.
    pub fn fill_fields(&self, typed: &mut Typed, fields: &[(&str, &str)]) {
        let mut others = Vec::new();
        for (dimension, value) in self.choices().filter(|(dimension, _)| *dimension != "system") {
            match fields.iter().find(|(_, known)| *known == dimension) {
                Some((field, _)) => typed.add(*field, value),
                None => others.push(format!("{dimension}={value}")),
            }
        }
        if !others.is_empty() {
            typed.set(WHERE, others.join(", "));
        }
    }

    /// Whether a parameter of a URL has a meaning of its own and is no dimension.
    pub fn is_reserved(name: &str) -> bool {
        RESERVED.contains(&name)
    }

    fn list(&mut self, dimension: &str) -> &mut Vec<String> {
        match dimension {
            "system" => &mut self.system,
            "stream" => &mut self.stream,
            "code" => &mut self.code,
            other => self.dims.entry(other.to_owned()).or_default(),
        }
    }

    /// What is chosen in a dimension, or among systems, streams and codes.
    pub fn chosen(&self, dimension: &str) -> &[String] {
        match dimension {
            "system" => &self.system,
            "stream" => &self.stream,
            "code" => &self.code,
            other => self.dims.get(other).map_or(&[], Vec::as_slice),
        }
    }

    /// The dimensions in which something is chosen, with the values.
    pub fn dimensions(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.dims.iter().filter(|(_, values)| !values.is_empty()).map(|(key, values)| (key.as_str(), values.as_slice()))
    }

    /// The dimensions in which one value alone is chosen, with that value.
    pub fn singled(&self) -> impl Iterator<Item = (&str, &str)> {
        self.dimensions().filter_map(|(key, values)| match values {
            [value] => Some((key, value.as_str())),
            _ => None,
        })
    }

    /// Every choice as dimension and value, in order: the chips of the page.
    pub fn choices(&self) -> impl Iterator<Item = (&str, &str)> {
        let first = [("system", self.system.as_slice()), ("stream", self.stream.as_slice())];
        first
            .into_iter()
            .chain(self.dimensions())
            .chain([("code", self.code.as_slice())])
            .flat_map(|(key, values)| values.iter().map(move |value| (key, value.as_str())))
    }

    /// The key of the one system that is chosen as a whole; `None` where anything else is.
    pub fn one_system(&self) -> Option<&str> {
        match &self.system[..] {
            [system] if self.choices().count() == 1 => Some(system),
            _ => None,
        }
    }

    /// Whether everything is chosen.
    pub fn is_empty(&self) -> bool {
        self.choices().next().is_none()
    }

    /// The same filter with one more value: what a click on it gives.
    #[must_use]
    pub fn with(mut self, dimension: &str, value: &str) -> Self {
        let list = self.list(dimension);
        if !list.iter().any(|v| v == value) {
            list.push(value.to_owned());
        }
        self
    }

    /// The same filter with nothing but one value in a dimension.
    #[must_use]
    pub fn only(mut self, dimension: &str, value: &str) -> Self {
        *self.list(dimension) = vec![value.to_owned()];
        self
    }

    /// The same filter without a value: what its chip gives.
    #[must_use]
    pub fn without(mut self, dimension: &str, value: &str) -> Self {
        self.list(dimension).retain(|v| v != value);
        self
    }
}

/// Which tables are wanted beside totals and chart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Tables {
    /// All of them.
    #[default]
    All,
    /// Those of these dimensions, `code`, `system` and `stream` among them.
    Of(Vec<String>),
}

impl Tables {
    /// Whether a table is wanted.
    pub fn has(&self, dimension: &str) -> bool {
        match self {
            Self::All => true,
            Self::Of(wanted) => wanted.iter().any(|one| one == dimension),
        }
    }

    /// Reads the query parameter `tables`, repeated or with commas; absent: all; `none`: none.
    pub fn read(typed: &Typed) -> Self {
        if !typed.has("tables") {
            return Self::All;
        }
        let each = typed.all("tables").iter().flat_map(|text| text.split(',')).map(str::trim);
        Self::Of(each.filter(|name| !name.is_empty() && *name != "none").map(str::to_owned).collect())
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
    /// Which tables.
    pub tables: Tables,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_before_there_were_streams_still_reads() {
        let old: Filter = serde_json::from_str(r#"{"system":[],"link":["L1"],"merchant":[],"channel":[],"code":["51"]}"#).unwrap();
        assert_eq!(old.choices().collect::<Vec<_>>(), [("link", "L1"), ("code", "51")]);
        let back: Filter = serde_json::from_str(&serde_json::to_string(&old).unwrap()).unwrap();
        assert_eq!(back, old);
        assert!(serde_json::from_str::<Filter>("{}").unwrap().is_empty());
    }

    #[test]
    fn a_form_chooses_in_any_dimension() {
        let fields = [("link", "link"), ("excused", "code")];
        let typed = |pairs: &[(&str, &str)]| Typed::from_pairs(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        let filter =
            Filter::of_fields(&typed(&[("link", "a, b"), ("excused", "51"), ("where", "region=eu, stream=shop/web ,region=us")]), &fields);
        let filter = filter.unwrap();
        let choices: Vec<_> = filter.choices().collect();
        assert_eq!(choices, [("stream", "shop/web"), ("link", "a"), ("link", "b"), ("region", "eu"), ("region", "us"), ("code", "51")]);
        let mut back = Typed::default();
        filter.fill_fields(&mut back, &fields);
        assert_eq!((back.all("link").len(), back.get("where")), (2, "stream=shop/web, region=eu, region=us"));
        assert_eq!(Filter::of_fields(&back, &fields).unwrap(), filter);
        for wrong in ["region", "=eu", "region=", "Region=eu", "from=now", "system=pay"] {
            let fault = Filter::of_fields(&typed(&[("where", wrong)]), &fields).unwrap_err();
            assert_eq!(fault.problems()[0].field, "where", "{wrong}");
        }
    }

    #[test]
    fn parameters_named_like_a_dimension_choose() {
        let pairs =
            [("from", "now-1h"), ("region", "eu"), ("region", "us"), ("code", "51"), ("Region", "x"), ("sort", "rate"), ("link", "")];
        let filter = Filter::read(&Typed::from_pairs(pairs.map(|(n, v)| (n.to_owned(), v.to_owned())))).unwrap();
        assert_eq!(filter.choices().collect::<Vec<_>>(), [("region", "eu"), ("region", "us"), ("code", "51")]);
        assert!(filter.clone().with("region", "eu") == filter && filter.without("code", "51").code.is_empty());
    }
}
