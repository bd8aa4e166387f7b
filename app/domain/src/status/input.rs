//! What editors of status pages type, and what the API sends.

use super::{Component, Harm, NoticeState};
use crate::{
    Fault, Timestamp, Wording,
    form::{Check, Typed},
    id::TeamId,
    incidents::{Ref, moment},
    people::parse_zone,
    text::{Key, Name, Prose},
};

/// Names of the fields of a page.
pub const PAGE_FIELDS: &[&str] = &["slug", "title", "about", "team", "public", "host", "zone", "components", "version"];
/// Names of the fields of a notice.
pub const NOTICE_FIELDS: &[&str] = &["title", "state", "impact", "affects", "text", "incident", "began", "zone"];

/// Most components of a page.
const MOST: usize = 60;

/// A component as it is written: `Group / Name = system-key`, the group may be left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentInput {
    /// What it stands under.
    pub group: String,
    /// Its name.
    pub name: Name,
    /// Key of the system.
    pub system: Key,
}

/// A component as it is written.
pub fn component_line(component: &Component) -> String {
    let group = if component.group.is_empty() { String::new() } else { format!("{} / ", component.group) };
    format!("{group}{} = {}", component.name, component.system_key)
}

fn component(line: &str) -> Option<ComponentInput> {
    let (name, system) = line.rsplit_once('=')?;
    let (group, name) = name.split_once(" / ").unwrap_or(("", name));
    let group = if group.trim().is_empty() { String::new() } else { Name::parse(group).ok()?.into_string() };
    Some(ComponentInput { group, name: Name::parse(name).ok()?, system: Key::parse(system).ok()? })
}

/// A page, new or edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageInput {
    /// Its place.
    pub slug: Key,
    /// Its title.
    pub title: Name,
    /// A sentence or two.
    pub about: Prose,
    /// The team that edits it.
    pub team: TeamId,
    /// Whether anybody may read it.
    pub public: bool,
    /// A host of its own; empty for none, `None` where nothing was said of it.
    pub host: Option<String>,
    /// IANA name of the zone of its times and days; `None` where nothing was said of it.
    pub zone: Option<String>,
    /// Its components.
    pub components: Vec<ComponentInput>,
    /// The version that was read.
    pub version: Option<i64>,
}

impl PageInput {
    /// Reads the [`PAGE_FIELDS`]; `components` has one on each line, or is a list of such lines.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(PAGE_FIELDS);
        let slug = check.field("slug", Key::parse);
        let title = check.field("title", Name::parse);
        let about = check.field("about", Prose::parse);
        let team = check.field("team", |text| TeamId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let host = if typed.has("host") { check.field("host", host).map(Some) } else { Some(None) };
        let zone = if typed.has("zone") { check.field("zone", zone).map(Some) } else { Some(None) };
        let lines = typed.all("components").iter().flat_map(|text| text.lines()).map(str::trim).filter(|line| !line.is_empty());
        let mut components = Vec::new();
        for line in lines {
            match component(line) {
                Some(component) if components.len() < MOST => components.push(component),
                _ => check.problem("components", Wording::new("status-expect-component").with("line", line).with("max", MOST)),
            }
        }
        let version = if typed.get("version").is_empty() { Some(None) } else { check.number("version", 1, i64::MAX).map(Some) };
        let public = typed.has("public");
        let (slug, title, about, team, host, zone, version) = check.finish((slug, title, about, team, host, zone, version))?;
        Ok(Self { slug, title, about, team, public, host, zone, components, version })
    }
}

/// The name of a zone; UTC where nothing is typed.
fn zone(text: &str) -> Result<String, Wording> {
    if text.trim().is_empty() { Ok("UTC".to_owned()) } else { parse_zone(text) }
}

/// A host name in lower case without a port, or nothing. No address: there is a letter in its last part.
fn host(text: &str) -> Result<String, Wording> {
    let text = text.trim().to_ascii_lowercase();
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    let good = text.is_empty()
        || text.len() <= 253 && text.contains('.') && text.split('.').all(label) && !text.ends_with(|last: char| last.is_ascii_digit());
    if good { Ok(text) } else { Err(Wording::new("status-expect-host")) }
}

fn one_of<'a>(words: impl Iterator<Item = &'a str>) -> Wording {
    Wording::new("expect-one-of").with("choices", words.collect::<Vec<_>>().join(", "))
}

fn state(text: &str) -> Result<NoticeState, Wording> {
    NoticeState::parse(text).ok_or_else(|| one_of(NoticeState::ALL.iter().map(|state| state.name())))
}

fn said(text: &str) -> Result<Prose, Wording> {
    if text.trim().is_empty() { Err(Wording::new("expect-something")) } else { Prose::parse(text) }
}

/// What customers are told of for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeInput {
    /// One line.
    pub title: Name,
    /// Where it stands.
    pub state: NoticeState,
    /// How bad it is.
    pub impact: Harm,
    /// Names of the components that it concerns.
    pub affects: Vec<String>,
    /// What is said.
    pub text: Prose,
    /// The incident behind it.
    pub incident: Option<Ref>,
    /// When it began; `None` for now.
    pub began: Option<Timestamp>,
}

impl NoticeInput {
    /// Reads the [`NOTICE_FIELDS`]; `affects` is repeatable.
    pub fn parse(typed: &Typed, now: Timestamp) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(NOTICE_FIELDS);
        let title = check.field("title", Name::parse);
        let state = check.field("state", state);
        let impact = check.field("impact", |text| Harm::parse(text).ok_or_else(|| one_of(Harm::ALL.iter().map(|harm| harm.name()))));
        let text = check.field("text", said);
        let incident = check.optional("incident", |text| Ref::parse(text.trim()).ok_or_else(|| Wording::new("incidents-expect-incident")));
        let began = check.optional("began", |text| {
            moment(text, typed.get("zone")).and_then(|at| if at <= now { Ok(at) } else { Err(Wording::new("deployments-expect-past")) })
        });
        let affects = typed.all("affects").to_vec();
        let (title, state, impact, text, incident, began) = check.finish((title, state, impact, text, incident, began))?;
        Ok(Self { title, state, impact, affects, text, incident, began })
    }
}

/// What customers are told next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateInput {
    /// Where it stands.
    pub state: NoticeState,
    /// What is said.
    pub text: Prose,
}

impl UpdateInput {
    /// Reads `state` and `text`.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["state", "text"]);
        let state = check.field("state", state);
        let text = check.field("text", said);
        let (state, text) = check.finish((state, text))?;
        Ok(Self { state, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        Typed::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn components_are_lines() {
        let read = |text: &str| {
            let team = "00000000-0000-7000-8000-000000000001";
            PageInput::parse(&typed(&[("slug", "pay"), ("title", "Pay"), ("team", team), ("components", text)])).map(|page| page.components)
        };
        let found = read("Cards / Card payments = gateway\n\nRefunds=ledger").unwrap();
        assert_eq!((found[0].group.as_str(), found[0].name.as_str(), found[0].system.as_str()), ("Cards", "Card payments", "gateway"));
        assert_eq!((found[1].group.as_str(), found[1].system.as_str()), ("", "ledger"));
        assert_eq!(read("no system").unwrap_err().problems()[0].field, "components");
    }

    #[test]
    fn hosts_are_names() {
        for good in ["", "status.example.org", "STATUS.Example.org"] {
            assert!(host(good).is_ok(), "{good}");
        }
        for bad in ["status", "http://status.example.org", "a.b:80", "a..b", "-a.b", "evil.test/x", "10.0.0.1"] {
            assert!(host(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn customers_are_told_something() {
        let fault =
            NoticeInput::parse(&typed(&[("title", ""), ("state", "fine"), ("impact", ""), ("began", "2999-01-01T00:00")]), Timestamp(0));
        let fields: Vec<_> = fault.unwrap_err().problems().iter().map(|p| p.field.clone()).collect();
        assert_eq!(fields, ["title", "state", "impact", "text", "began"]);
    }
}
