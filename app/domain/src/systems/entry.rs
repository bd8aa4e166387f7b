//! One system as it is written down, with teams and other systems named by their keys.

use serde::{Deserialize, Serialize};

use crate::{
    Fault, Wording,
    form::{Check, Typed},
    text::{Key, Name, Prose, parse_url},
};

/// A labelled address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What is there, e.g. `Dashboard`.
    pub label: String,
    /// An `http` or `https` address.
    pub url: String,
}

/// Fields of the form, the JSON object and (without `version`) the YAML entry.
pub const FIELDS: &[&str] = &["key", "name", "team", "tier", "description", "runbook", "links", "needs", "version"];

/// Links that one system may have.
const MAX_LINKS: usize = 20;
/// Systems that one system may name as needed.
const MAX_NEEDS: usize = 100;

/// Fields that a file may leave out, which leaves them as they are.
pub const OPTIONAL: [&str; 4] = ["description", "runbook", "links", "needs"];

/// One system as it is written down. Links keep their order; what it needs is a sorted set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Entry {
    /// Its handle.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Key of the owning team (an id is read as well).
    pub team: String,
    /// 1 (customers stop at once) to 4 (internal).
    pub tier: u8,
    /// Markdown; may be empty.
    pub description: String,
    /// Markdown; may be empty.
    pub runbook: String,
    /// Where more is to be found.
    pub links: Vec<Link>,
    /// Keys of the systems that it needs (ids are read as well), sorted, each once.
    pub needs: Vec<String>,
}

impl Entry {
    /// Reads what was typed; every problem is listed.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(FIELDS);
        let key = check.field("key", Key::parse);
        let name = check.field("name", Name::parse);
        let team = check.field("team", something);
        let tier = check.number("tier", 1, 4);
        let description = check.field("description", Prose::parse);
        let runbook = check.field("runbook", Prose::parse);
        let links = check.each("links", parse_links);
        let needs = check.each("needs", something);
        if links.as_ref().is_some_and(|l| l.iter().flatten().count() > MAX_LINKS) {
            check.problem("links", Wording::new("systems-expect-at-most").with("max", MAX_LINKS));
        }
        if needs.as_ref().is_some_and(|n| n.len() > MAX_NEEDS) {
            check.problem("needs", Wording::new("systems-expect-at-most").with("max", MAX_NEEDS));
        }
        let (key, name, team, tier, description, runbook, links, needs) =
            check.finish((key, name, team, tier, description, runbook, links, needs))?;
        let mut entry = Self {
            key: key.into_string(),
            name: name.into_string(),
            team,
            tier: u8::try_from(tier).unwrap_or(4),
            description: description.into_string(),
            runbook: runbook.into_string(),
            links: links.into_iter().flatten().collect(),
            needs,
        };
        entry.sort();
        Ok(entry)
    }

    /// What a form for this entry shows.
    pub fn typed(&self) -> Typed {
        let mut typed = Typed::default();
        typed.set("key", &self.key);
        typed.set("name", &self.name);
        typed.set("team", &self.team);
        typed.set("tier", self.tier);
        typed.set("description", &self.description);
        typed.set("runbook", &self.runbook);
        typed.set("links", self.links.iter().map(|l| format!("{} {}", l.label, l.url)).collect::<Vec<_>>().join("\n"));
        for need in &self.needs {
            typed.add("needs", need);
        }
        typed
    }

    /// Takes over what a file does not name from the entry that stands. What it names and leaves empty is removed.
    #[must_use]
    pub fn over(mut self, stands: &Self, named: impl Fn(&str) -> bool) -> Self {
        for field in OPTIONAL.iter().filter(|field| !named(field)) {
            match *field {
                "description" => self.description.clone_from(&stands.description),
                "runbook" => self.runbook.clone_from(&stands.runbook),
                "links" => self.links.clone_from(&stands.links),
                _ => self.needs.clone_from(&stands.needs),
            }
        }
        self
    }

    /// Brings what it needs into its one order.
    pub fn sort(&mut self) {
        self.needs.sort();
        self.needs.dedup();
    }
}

fn something(text: &str) -> Result<String, Wording> {
    let text = text.trim();
    if text.is_empty() { Err(Wording::new("expect-something")) } else { Ok(text.to_owned()) }
}

/// Lines `Label https://…`, or one JSON object `{"label": …, "url": …}`. Without a label the address is its own.
fn parse_links(text: &str) -> Result<Vec<Link>, Wording> {
    if let Ok(link) = serde_json::from_str::<Link>(text) {
        return Ok(vec![parse_link(&link.label, &link.url)?]);
    }
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| match line.rsplit_once(char::is_whitespace) {
            Some((label, url)) => parse_link(label, url),
            None => parse_link(line, line),
        })
        .collect()
}

fn parse_link(label: &str, url: &str) -> Result<Link, Wording> {
    let url = parse_url(url).map_err(|_| Wording::new("systems-expect-link"))?;
    let label = match label.trim() {
        "" => url.clone(),
        label if label == url => url.clone(),
        label => Name::parse(label)?.into_string(),
    };
    Ok(Link { label, url })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        Typed::from_pairs(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn the_form_reads_back_what_it_shows() {
        let entry = Entry::parse(&typed(&[
            ("key", "gateway"),
            ("name", "Gateway 网关"),
            ("team", "payments"),
            ("tier", "1"),
            ("links", "Grafana board https://g.example/d/1\nhttps://wiki.example/gw"),
            ("needs", "risk"),
            ("needs", "ledger"),
            ("needs", "risk"),
        ]))
        .unwrap();
        assert_eq!(entry.needs, ["ledger", "risk"]);
        assert_eq!(entry.links[0].label, "Grafana board");
        assert_eq!(entry.links[1].label, "https://wiki.example/gw");
        assert_eq!(Entry::parse(&entry.typed()).unwrap(), entry);
    }

    #[test]
    fn what_a_file_does_not_name_stays() {
        let least = [("key", "gateway"), ("name", "Gateway"), ("team", "payments"), ("tier", "1")];
        let full =
            [&least[..], &[("description", "What"), ("runbook", "How"), ("links", "https://wiki.example"), ("needs", "risk")]].concat();
        let (stands, least) = (Entry::parse(&typed(&full)).unwrap(), Entry::parse(&typed(&least)).unwrap());
        assert_eq!(least.clone().over(&stands, |_| false), stands);
        assert_eq!(least.clone().over(&stands, |_| true), least);
        let cleared = least.over(&stands, |field| field == "links");
        assert_eq!((cleared.links.len(), cleared.runbook.as_str(), cleared.needs.len()), (0, "How", 1));
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let fault = Entry::parse(&typed(&[("key", "No"), ("tier", "5"), ("links", "x ftp://y"), ("owner", "me")])).unwrap_err();
        let fields: Vec<_> = fault.problems().iter().map(|p| p.field.as_str()).collect();
        assert_eq!(fields, ["owner", "key", "name", "team", "tier", "links"]);
    }
}
