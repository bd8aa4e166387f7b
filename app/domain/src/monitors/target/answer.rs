//! The answer of a URL, and how it is judged.

use super::{HttpTarget, HttpVersion, MatchMode, json, tls::expiry};
use crate::{Timestamp, monitors::Reason};

/// An answer, as far as it is judged.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// Its status.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// Where it redirects to, as a whole URL.
    pub location: Option<String>,
    /// Its body.
    pub body: Vec<u8>,
    /// Whether the body went on after what was read of it.
    pub cut: bool,
    /// When the certificate ends, where one was shown.
    pub tls_expires_at: Option<Timestamp>,
    /// The version of HTTP that was spoken, e.g. `HTTP/2.0`.
    pub version: String,
}

impl HttpTarget {
    /// Judges an answer: the reason and its detail. The order is that in which a person would look.
    pub fn judge(&self, heard: &Heard, now: Timestamp) -> (Reason, String) {
        if !self.expected.has(heard.status) {
            return (Reason::Status, format!("{}, expected {}", heard.status, self.expected));
        }
        if self.http_version == HttpVersion::Two && heard.version != "HTTP/2.0" {
            return (Reason::HttpVersion, format!("{}, expected HTTP/2", heard.version));
        }
        if !self.redirect_to.is_empty() && heard.location.as_deref() != Some(&self.redirect_to) {
            return (Reason::Redirect, format!("to {}, expected {}", heard.location.as_deref().unwrap_or("nowhere"), self.redirect_to));
        }
        if let Some(Err(said)) = self.header.as_ref().map(|header| header.judge(&heard.headers)) {
            return (Reason::Header, said);
        }
        let holds = self.body_match.holds(&heard.body);
        // What was found in a part stands in the whole; what was not found may still come.
        let certain = !heard.cut || holds != (self.body_match.mode == MatchMode::Lacks);
        if certain && !holds {
            return (Reason::Body, format!("{} “{}”", self.body_match.mode, self.body_match.text));
        }
        let long = heard.body.len() > json::MOST;
        if let Some(Err(why)) = self.json.as_ref().filter(|_| !heard.cut && !long).map(|json| json.judge(&heard.body)) {
            return (Reason::Json, why);
        }
        if let (Some(days), Some(end)) = (self.tls_days, heard.tls_expires_at)
            && let Some(soon) = expiry(end, days, now)
        {
            return soon;
        }
        if !certain || (heard.cut && self.json.is_some()) {
            return (Reason::Unseen, format!("only the first {} KiB of the body were read", heard.body.len() >> 10));
        }
        if long && self.json.is_some() {
            return (Reason::Unseen, format!("JSON of more than {} KiB is not looked at", json::MOST >> 10));
        }
        (Reason::Fine, String::new())
    }

    /// Whether the body of the answer is looked at.
    pub fn wants_body(&self) -> bool {
        self.body_match.mode != MatchMode::None || self.json.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::http::tests::target, *};
    use crate::{
        monitors::{BodyMatch, HeaderMatch, JsonMatch, JsonOp},
        time::DAY,
    };

    #[test]
    fn the_first_thing_wrong_is_the_reason() {
        let (now, soon, late) = (Timestamp(0), Some(Timestamp(13 * DAY)), Some(Timestamp(15 * DAY)));
        let heard = |status, body: &str, end| Heard { status, body: body.as_bytes().to_vec(), tls_expires_at: end, ..Heard::default() };
        let reason = |status, body: &str, end| target().judge(&heard(status, body, end), now).0;
        assert_eq!(reason(200, "all ok", late), Reason::Fine);
        assert_eq!(reason(200, "all ok", None), Reason::Fine);
        assert_eq!(reason(500, "no", soon), Reason::Status);
        assert_eq!(reason(200, "no", soon), Reason::Body);
        assert_eq!(reason(200, "all ok", soon), Reason::Expiry);
        assert_eq!(target().judge(&heard(200, "ok", soon), now).1, "1970-01-14T00:00:00.000Z (13 d left, 14 d wanted)");
    }

    #[test]
    fn redirect_header_and_json_are_judged() {
        let heard = Heard {
            status: 200,
            headers: vec![("cache-control".into(), "no-store".into()), ("x-state".into(), "up".into())],
            location: Some("https://example.org/next".into()),
            body: br#"{"ok":1}"#.to_vec(),
            cut: false,
            tls_expires_at: None,
            version: "HTTP/1.1".into(),
        };
        let with = |change: fn(&mut HttpTarget)| {
            let mut target = HttpTarget { body_match: BodyMatch::any(), tls_days: None, ..target() };
            change(&mut target);
            target.judge(&heard, Timestamp(0)).0
        };
        assert_eq!(with(|t| t.redirect_to = "https://example.org/next".into()), Reason::Fine);
        assert_eq!(with(|t| t.redirect_to = "https://example.org/".into()), Reason::Redirect);
        assert_eq!(with(|t| t.http_version = HttpVersion::Two), Reason::HttpVersion);
        let of = |mode, text: &str| Some(HeaderMatch { name: "Cache-Control".into(), value: BodyMatch { mode, text: text.into() } });
        for (given, right) in [
            (of(MatchMode::Contains, "no-store"), Reason::Fine),
            (of(MatchMode::Contains, "public"), Reason::Header),
            (of(MatchMode::Lacks, "public"), Reason::Fine),
            (of(MatchMode::Lacks, "no-store"), Reason::Header),
            (Some(HeaderMatch { name: "X-Gone".into(), value: BodyMatch { mode: MatchMode::Regex, text: "^".into() } }), Reason::Header),
        ] {
            let target = HttpTarget { body_match: BodyMatch::any(), header: given, ..target() };
            assert_eq!(target.judge(&heard, Timestamp(0)).0, right, "{:?}", target.header);
        }
        let json = |value: &str| Some(JsonMatch { path: "$.ok".into(), op: JsonOp::Equals, value: value.into() });
        for (value, right) in [("1", Reason::Fine), ("0", Reason::Json)] {
            assert_eq!(HttpTarget { body_match: BodyMatch::any(), json: json(value), ..target() }.judge(&heard, Timestamp(0)).0, right);
        }
    }

    #[test]
    fn of_a_part_of_a_body_only_what_is_certain_is_said() {
        let heard = |cut, end| Heard { status: 200, body: br#"{"ok":1}"#.to_vec(), cut, tls_expires_at: end, ..Heard::default() };
        let reason = |mode, text: &str, json: bool, cut| {
            let json = json.then(|| JsonMatch { path: "$.ok".into(), op: JsonOp::Exists, value: String::new() });
            let target = HttpTarget { body_match: BodyMatch { mode, text: text.into() }, json, ..target() };
            target.judge(&heard(cut, None), Timestamp(0)).0
        };
        for (mode, text, json, whole, part) in [
            (MatchMode::None, "", false, Reason::Fine, Reason::Fine),
            (MatchMode::Contains, "ok", false, Reason::Fine, Reason::Fine),
            (MatchMode::Contains, "gone", false, Reason::Body, Reason::Unseen),
            (MatchMode::Regex, "o.", false, Reason::Fine, Reason::Fine),
            (MatchMode::Regex, "g.ne", false, Reason::Body, Reason::Unseen),
            (MatchMode::Lacks, "ok", false, Reason::Body, Reason::Body),
            (MatchMode::Lacks, "gone", false, Reason::Fine, Reason::Unseen),
            (MatchMode::None, "", true, Reason::Fine, Reason::Unseen),
            (MatchMode::Lacks, "ok", true, Reason::Body, Reason::Body),
        ] {
            assert_eq!((reason(mode, text, json, false), reason(mode, text, json, true)), (whole, part), "{mode} {text} {json}");
        }
        let json = Some(JsonMatch { path: "$[0]".into(), op: JsonOp::Absent, value: String::new() });
        let long = |bytes: usize| Heard { body: format!("[{}1]", " ".repeat(bytes - 3)).into_bytes(), ..heard(false, None) };
        for (bytes, right) in [(super::json::MOST, Reason::Json), (super::json::MOST + 1, Reason::Unseen)] {
            let target = HttpTarget { body_match: BodyMatch::any(), json: json.clone(), ..target() };
            assert_eq!(target.judge(&long(bytes), Timestamp(0)).0, right, "{bytes}");
        }
        let unseen = HttpTarget { body_match: BodyMatch { mode: MatchMode::Contains, text: "gone".into() }, ..target() };
        assert_eq!(unseen.judge(&heard(true, Some(Timestamp(DAY))), Timestamp(0)).0, Reason::Expiry, "that is certain");
    }
}
