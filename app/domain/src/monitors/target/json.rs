//! What a JSON answer must hold at a path (RFC 9535).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::compile;
use crate::{
    Wording,
    form::{Check, one_of},
    words::words,
};

/// Bytes of an answer that are read as JSON: what is read takes many times the room.
pub(super) const MOST: usize = 1 << 20;

words! {
    /// How what stands at the path is compared.
    pub enum JsonOp {
        /// It is this.
        Equals = "equals",
        /// It is something else.
        Differs = "differs",
        /// It is less.
        Below = "below",
        /// It is more.
        Above = "above",
        /// Its text contains this.
        Contains = "contains",
        /// Its text matches the regular expression.
        Regex = "regex",
        /// Something stands there.
        Exists = "exists",
        /// Nothing stands there.
        Absent = "absent",
    }
}

/// What a JSON answer must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JsonMatch {
    /// The path, e.g. `$.checks[?@.name == 'db'].status`.
    pub path: String,
    /// How it is compared.
    pub op: JsonOp,
    /// With what; empty for `exists` and `absent`.
    pub value: String,
}

impl JsonMatch {
    /// Reads `json_path`, `json_op` and `json_value`; `None` where no path is given.
    pub(super) fn parse(check: &mut Check<'_>) -> Option<Option<Self>> {
        let path = check.optional("json_path", |text| {
            let text = text.trim();
            if text.chars().count() > 500 {
                return Err(Wording::new("expect-at-most-characters").with("max", 500));
            }
            path(text).map_err(|why| Wording::new("monitors-expect-json-path").with("why", why))?;
            Ok(text.to_owned())
        });
        let op = check.optional("json_op", |text| JsonOp::parse(text).ok_or_else(|| one_of(JsonOp::ALL)));
        let op = op?.unwrap_or(JsonOp::Equals);
        let given = path.as_ref().is_some_and(Option::is_some);
        let value = check.field("json_value", |text| match op {
            _ if !given => Ok(String::new()),
            JsonOp::Exists | JsonOp::Absent => Ok(String::new()),
            _ if text.chars().count() > 500 => Err(Wording::new("expect-at-most-characters").with("max", 500)),
            JsonOp::Below | JsonOp::Above if text.trim().parse::<f64>().is_err() => Err(Wording::new("monitors-expect-number")),
            JsonOp::Regex => {
                compile(text).map_err(|why| Wording::new("monitors-expect-regex").with("why", why))?;
                Ok(text.to_owned())
            }
            _ => Ok(text.to_owned()),
        });
        let value = value?;
        Some(path?.map(|path| Self { path, op, value }))
    }

    /// Whether the answer holds what it must, else what stands there instead. Where the path leads to several places, one
    /// of them is enough.
    pub fn judge(&self, body: &[u8]) -> Result<(), String> {
        let json: Value = serde_json::from_slice(body).map_err(|error| format!("not JSON: {error}"))?;
        let found = query(&self.path, &json);
        let holds = match self.op {
            JsonOp::Exists => !found.is_empty(),
            JsonOp::Absent => found.is_empty(),
            _ => found.iter().any(|value| self.holds(value)),
        };
        if holds {
            return Ok(());
        }
        let said = if found.is_empty() {
            "nothing".to_owned()
        } else {
            found.iter().take(3).map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        Err(format!("{}: {said}, expected {} {}", self.path, self.op, self.value).trim_end().to_owned())
    }

    fn holds(&self, value: &Value) -> bool {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let number = || Some((value.as_f64().or_else(|| text.parse().ok())?, self.value.trim().parse::<f64>().ok()?));
        let same = || match number() {
            Some((is, wanted)) => (is - wanted).abs() <= f64::EPSILON * is.abs().max(wanted.abs()),
            None => text == self.value,
        };
        match self.op {
            JsonOp::Equals => same(),
            JsonOp::Differs => !same(),
            JsonOp::Below => number().is_some_and(|(is, wanted)| is < wanted),
            JsonOp::Above => number().is_some_and(|(is, wanted)| is > wanted),
            JsonOp::Contains => text.contains(&self.value),
            JsonOp::Regex => compile(&self.value).is_ok_and(|regex| regex.is_match(&text)),
            JsonOp::Exists | JsonOp::Absent => false,
        }
    }
}

// The browser compares nothing: what reads paths would only make its program larger.
#[cfg(not(target_arch = "wasm32"))]
fn path(text: &str) -> Result<serde_json_path::JsonPath, String> {
    serde_json_path::JsonPath::parse(text).map_err(|error| error.to_string())
}

#[cfg(target_arch = "wasm32")]
fn path(_: &str) -> Result<(), String> {
    Ok(())
}

#[cfg(not(target_arch = "wasm32"))]
fn query<'a>(text: &str, json: &'a Value) -> Vec<&'a Value> {
    path(text).map(|path| path.query(json).all()).unwrap_or_default()
}

#[cfg(target_arch = "wasm32")]
fn query<'a>(_: &str, _: &'a Value) -> Vec<&'a Value> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_what_is_compared() {
        let body = br#"{"status":"UP","lag":12.0,"ready":true,"checks":[{"name":"db","ok":1},{"name":"mq","ok":0}],"none":null}"#;
        for (path, op, value, holds) in [
            ("$.status", JsonOp::Equals, "UP", true),
            ("$.status", JsonOp::Differs, "UP", false),
            ("$.lag", JsonOp::Equals, "12", true),
            ("$.lag", JsonOp::Below, "12.5", true),
            ("$.lag", JsonOp::Above, "12.5", false),
            ("$.ready", JsonOp::Equals, "true", true),
            ("$.none", JsonOp::Equals, "null", true),
            ("$.checks[?@.name == 'mq'].ok", JsonOp::Equals, "0", true),
            ("$.checks[?@.ok == 0]", JsonOp::Absent, "", false),
            ("$.gone", JsonOp::Absent, "", true),
            ("$.gone", JsonOp::Differs, "x", false),
            ("$..name", JsonOp::Regex, "^m", true),
            ("$.status", JsonOp::Contains, "P", true),
        ] {
            let given = JsonMatch { path: path.into(), op, value: value.into() };
            assert_eq!(given.judge(body).is_ok(), holds, "{path} {op} {value}: {:?}", given.judge(body));
        }
        let given = JsonMatch { path: "$.status".into(), op: JsonOp::Equals, value: "DOWN".into() };
        assert_eq!(given.judge(body).unwrap_err(), "$.status: \"UP\", expected equals DOWN");
        assert!(given.judge(b"<html>").unwrap_err().starts_with("not JSON"));
        assert!(path("$.a[").is_err() && path("a").is_err());
    }
}
