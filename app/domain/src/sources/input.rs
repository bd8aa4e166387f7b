//! What is typed to make or edit a source, and to choose what is kept.

use super::{AuthKind, MOST_CHOICES, Selector, Source, SourceKind};
use crate::{
    Fault, Wording,
    form::{Check, Typed},
    id::SystemId,
    monitors::parse_seconds,
    text::{Name, parse_url},
};

/// Every field there is.
pub const FIELDS: &[&str] =
    &["name", "system", "kind", "url", "interval", "timeout", "accept_invalid", "tenant", "auth", "user", "secret", "version"];

/// A source as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its name.
    pub name: Name,
    /// The system that it belongs to.
    pub system: SystemId,
    /// How it is asked.
    pub kind: SourceKind,
    /// The endpoint, or the base of the query API, without a slash at its end.
    pub url: String,
    /// Seconds between two questions.
    pub interval_s: u32,
    /// Seconds for one answer.
    pub timeout_s: u32,
    /// Whether a certificate that is not valid is accepted.
    pub accept_invalid: bool,
    /// The tenant; empty for none.
    pub tenant: String,
    /// How we show who we are.
    pub auth: AuthKind,
    /// User name.
    pub user: String,
    /// Password or token, where one was typed.
    pub secret: Option<String>,
}

impl Draft {
    /// Reads the fields of [`FIELDS`]; empty optional ones take their defaults (every 30 s, timeout 10 s, no credentials).
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(FIELDS);
        let name = check.field("name", Name::parse);
        let system = check.field("system", |text| SystemId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let kind = check.field("kind", |text| SourceKind::parse(text).ok_or_else(|| one_of(SourceKind::ALL.iter().map(|k| k.name()))));
        let url = check.field("url", |text| parse_url(text).map(|url| url.trim_end_matches('/').to_owned()));
        let interval = check.optional("interval", |text| parse_seconds(text, 5, 3_600));
        let timeout = check.optional("timeout", |text| parse_seconds(text, 1, 60));
        let tenant = check.field("tenant", |text| header_value(text, 150));
        let auth = check.optional("auth", |text| AuthKind::parse(text).ok_or_else(|| one_of(AuthKind::ALL.iter().map(|k| k.name()))));
        let user = check.field("user", |text| header_value(text, 200));
        let secret = check.optional("secret", |text| header_value(text, 4_000));
        let kind_of_auth = auth.flatten().unwrap_or(AuthKind::None);
        if kind_of_auth == AuthKind::Basic && user.as_ref().is_some_and(|user| user.is_empty() || user.contains(':')) {
            check.problem("user", Wording::new("sources-expect-user"));
        }
        if let (Some(interval), Some(timeout)) = (interval, timeout)
            && let Some(timeout) = timeout
            && timeout > interval.unwrap_or(30)
        {
            check.problem("timeout", crate::monitors::expect_duration(1, interval.unwrap_or(30).min(60)));
        }
        let times = interval.zip(timeout);
        let who = user.zip(secret);
        let (name, system, kind, url, times, tenant, who) = check.finish((name, system, kind, url, times, tenant, who))?;
        let interval_s = times.0.unwrap_or(30);
        let (user, secret) = if kind_of_auth == AuthKind::None { Default::default() } else { who };
        Ok(Self {
            name,
            system,
            kind,
            url,
            interval_s,
            timeout_s: times.1.unwrap_or_else(|| interval_s.min(10)),
            accept_invalid: typed.has("accept_invalid"),
            tenant,
            auth: kind_of_auth,
            user: if kind_of_auth == AuthKind::Basic { user } else { String::new() },
            secret,
        })
    }

    /// The fields of what is stored, to fill a form; the secret is not among them.
    pub fn typed(source: &Source) -> Typed {
        let mut typed = Typed::default();
        typed.set("name", &source.name);
        typed.set("system", &source.system.id);
        typed.set("kind", source.kind);
        typed.set("url", &source.url);
        typed.set("interval", source.interval_s);
        typed.set("timeout", source.timeout_s);
        typed.set("tenant", &source.tenant);
        typed.set("auth", source.auth);
        typed.set("user", &source.user);
        typed.set("version", source.version);
        if source.accept_invalid {
            typed.set("accept_invalid", "on");
        }
        typed
    }
}

/// What shall be kept: the ticked metrics (`metric`, repeated) and selectors (`selectors`, one a line).
#[derive(Debug, Clone)]
pub struct Choice {
    /// The selectors, each once, in order.
    pub selectors: Vec<Selector>,
}

impl Choice {
    /// Reads the fields `metric` and `selectors`.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["metric", "selectors"]);
        let ticked = check.each("metric", Selector::parse);
        let lines: Vec<String> = typed.all("selectors").iter().flat_map(|text| text.lines()).map(|line| line.trim().to_owned()).collect();
        let mut written = Vec::new();
        for line in lines.iter().filter(|line| !line.is_empty()) {
            match Selector::parse(line) {
                Ok(selector) => written.push(selector),
                Err(expected) => check.problem("selectors", expected.with("line", line)),
            }
        }
        let (ticked,) = check.finish((ticked,))?;
        let mut selectors: Vec<Selector> = Vec::new();
        for selector in ticked.into_iter().chain(written) {
            if selectors.iter().all(|one| one.as_str() != selector.as_str()) {
                selectors.push(selector);
            }
        }
        if selectors.len() > MOST_CHOICES {
            return Err(Fault::invalid("selectors", selectors.len(), Wording::new("sources-expect-few").with("max", MOST_CHOICES)));
        }
        Ok(Self { selectors })
    }
}

/// What may stand in the value of a header.
fn header_value(text: &str, max: usize) -> Result<String, Wording> {
    let text = text.trim();
    if text.chars().count() > max {
        return Err(Wording::new("expect-at-most-characters").with("max", max));
    }
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) { Ok(text.to_owned()) } else { Err(Wording::new("sources-expect-ascii")) }
}

fn one_of<'a>(words: impl Iterator<Item = &'a str>) -> Wording {
    Wording::new("expect-one-of").with("choices", words.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYSTEM: &str = "0193f2a0-7b1c-7def-8abc-0123456789ab";

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        Typed::from_pairs(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn the_defaults_are_those_of_most_people() {
        let draft = Draft::parse(&typed(&[("name", "p"), ("system", SYSTEM), ("kind", "query"), ("url", "http://p:9090/")])).unwrap();
        assert_eq!((draft.url.as_str(), draft.interval_s, draft.timeout_s, draft.auth), ("http://p:9090", 30, 10, AuthKind::None));
    }

    #[test]
    fn every_problem_is_named_at_once_and_no_secret() {
        let fault = Draft::parse(&typed(&[
            ("name", ""),
            ("system", "x"),
            ("kind", "push"),
            ("url", "p:9090"),
            ("interval", "5"),
            ("timeout", "10"),
            ("auth", "basic"),
            ("user", "a:b"),
            ("secret", "pass\nword"),
            ("colour", "red"),
        ]))
        .unwrap_err();
        let fields: Vec<_> = fault.problems().iter().map(|p| p.field.as_str()).collect();
        assert_eq!(fields, ["colour", "name", "system", "kind", "url", "secret", "user", "timeout"]);
        assert!(!format!("{fault:?}").contains("pass"));
    }

    #[test]
    fn choices_are_ticked_or_written() {
        let choice = Choice::parse(&typed(&[("metric", "up"), ("selectors", "up\n\n a{b=\"c\"} \n")])).unwrap();
        let texts: Vec<_> = choice.selectors.iter().map(Selector::as_str).collect();
        assert_eq!(texts, ["up", "a{b=\"c\"}"]);
        let fault = Choice::parse(&typed(&[("selectors", "a{\nb")])).unwrap_err();
        assert_eq!(fault.problems().len(), 1);
    }
}
