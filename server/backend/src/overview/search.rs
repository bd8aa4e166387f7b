//! Everything by name, number or pinyin initials.

use std::sync::Arc;

use domain::{
    Actor, Fault, PageRequest, Permission, Reach, alerts,
    changes::{self, State, number_text, parse_number},
    incidents::{self, Ref},
    monitors,
    overview::{Found, FoundKind},
    page::MAX_PAGE,
    tools::ToolFilter,
};
use pinyin::ToPinyin;

use super::Areas;
use crate::{Context, shared::Shared, systems};

/// What is given back at most.
const LIMIT: usize = 20;

/// How many of a kind that fit, by the database's measure, are looked at.
const LOOK: u32 = 50;

/// How many of what goes on now are looked at for their pinyin.
const NOW: u32 = 100;

/// What was found, each once, with how well it fits.
struct Finds<'a> {
    wanted: &'a str,
    found: Vec<(u8, Found)>,
}

impl Finds<'_> {
    fn add(&mut self, kind: FoundKind, names: &[&str], title: String, subtitle: String, href: String) {
        if let Some(rank) = rank(self.wanted, names)
            && !self.found.iter().any(|(_, found)| found.href == href)
        {
            self.found.push((rank, Found { kind, title, subtitle, href }));
        }
    }
}

/// Systems are few and looked through whole; so are tools, rules, sources, objectives, schedules, status pages and what fires, which are
/// read for all of a few seconds. Incidents, changes and monitors are many: the database finds them by number and by text, and only those
/// that go on now are looked through for their pinyin.
pub(super) async fn read(ctx: &Context, areas: &Areas, toolbox: &Toolbox, actor: &Actor, text: &str) -> Result<Vec<Found>, Fault> {
    let wanted = text.trim().trim_start_matches('#').trim().chars().take(120).collect::<String>().to_lowercase();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut finds = Finds { wanted: &wanted, found: Vec::new() };
    for s in systems::all(&mut *ctx.db.read().await?, &actor.reach(Permission::Read)).await? {
        let href = format!("/systems/{}", s.id);
        finds.add(FoundKind::System, &[&s.name, &s.key], s.name.clone(), s.team_name, href);
    }
    find_incidents(&mut finds, areas, actor).await?;
    find_changes(&mut finds, areas, actor).await?;
    find_monitors(&mut finds, areas, actor).await?;
    for thing in toolbox.get(actor.reach(Permission::Read), named_things(areas, actor)).await?.iter() {
        if let Some(rank) = thing.name.rank(&wanted) {
            finds.found.push((rank, thing.found.clone()));
        }
    }
    let mut found = finds.found;
    found.sort_by_key(|(rank, _)| *rank);
    Ok(found.into_iter().map(|(_, found)| found).take(LIMIT).collect())
}

/// A thing as it is found, with what its name is found by.
pub(super) struct NamedThing {
    found: Found,
    name: Spelt,
}

/// What readers of the same teams find. A name is put into pinyin once, not at each letter that somebody types.
pub(super) type Toolbox = Shared<Reach, Arc<Vec<NamedThing>>>;

async fn named_things(areas: &Areas, actor: &Actor) -> Result<Arc<Vec<NamedThing>>, Fault> {
    let all = PageRequest { after: None, limit: MAX_PAGE };
    let mut things = Vec::new();
    let mut add = |kind: FoundKind, title: &str, subtitle: String, href: String| {
        things.push(NamedThing { found: Found { kind, title: title.to_owned(), subtitle, href }, name: Spelt::new(title) });
    };
    for tool in areas.tools.list(actor, &ToolFilter::default(), &all).await?.items {
        add(FoundKind::Tool, tool.definition.name.as_str(), tool.team_name, format!("/tools/{}", tool.id));
    }
    for rule in areas.rules.list(actor).await? {
        add(FoundKind::Rule, &rule.name, rule.system.name, format!("/rules/{}", rule.id));
    }
    for source in areas.sources.list(actor).await? {
        add(FoundKind::Source, &source.name, source.system.name, format!("/sources/{}", source.id));
    }
    for objective in areas.objectives.list(actor).await? {
        add(FoundKind::Objective, &objective.name, objective.system.name, format!("/objectives/{}", objective.id));
    }
    for schedule in areas.oncall.schedules(actor).await? {
        add(FoundKind::Schedule, &schedule.name, schedule.team_name, format!("/oncall/schedules/{}", schedule.id));
    }
    for page in areas.status.pages(actor).await? {
        add(FoundKind::Status, &page.title, format!("/status/{}", page.slug), format!("/status/{}", page.slug));
    }
    let firing = alerts::Filter { states: vec![alerts::State::Firing, alerts::State::Recovering], ..Default::default() };
    for alert in areas.alerts.list(actor, &firing, &all).await?.items {
        add(FoundKind::Alert, &alert.title, alert.state.name().to_owned(), format!("/alerts/{}", alert.id));
    }
    Ok(Arc::new(things))
}

async fn find_monitors(finds: &mut Finds<'_>, areas: &Areas, actor: &Actor) -> Result<(), Fault> {
    let filter = monitors::Filter { text: finds.wanted.to_owned(), ..Default::default() };
    let page = PageRequest { after: None, limit: u32::try_from(LIMIT).unwrap_or(20) };
    for row in areas.monitors.list(actor, &filter, &page).await?.items {
        let (monitor, href) = (&row.monitor, format!("/monitors/{}", row.monitor.id));
        finds.add(FoundKind::Monitor, &[&monitor.name], monitor.name.clone(), monitor.system.name.clone(), href);
    }
    Ok(())
}

async fn find_incidents(finds: &mut Finds<'_>, areas: &Areas, actor: &Actor) -> Result<(), Fault> {
    let mut filters = vec![(incidents::Filter { text: finds.wanted.to_owned(), ..Default::default() }, LOOK)];
    if let Some(Ref::Number(number)) = Ref::parse(finds.wanted) {
        filters.push((incidents::Filter { text: format!("INC-{number}"), ..Default::default() }, 1));
    }
    if is_pinyin(finds.wanted) {
        filters.push((incidents::Filter { open: true, ..Default::default() }, NOW));
    }
    for (filter, limit) in filters {
        for i in areas.incidents.list(actor, &filter, &PageRequest { after: None, limit }).await?.items {
            let (label, number, href) = (i.label(), i.number.to_string(), format!("/incidents/{}", i.id));
            finds.add(FoundKind::Incident, &[&i.title, &label, &number], format!("{label} {}", i.title), i.state.name().to_owned(), href);
        }
    }
    Ok(())
}

async fn find_changes(finds: &mut Finds<'_>, areas: &Areas, actor: &Actor) -> Result<(), Fault> {
    let mut filters = vec![(changes::Filter { text: finds.wanted.to_owned(), ..Default::default() }, LOOK)];
    if let Some(number) = parse_number(finds.wanted) {
        filters.push((changes::Filter { text: number_text(number), ..Default::default() }, 1));
    }
    if is_pinyin(finds.wanted) {
        let live = State::ALL.iter().copied().filter(|state| state.is_live()).collect();
        filters.push((changes::Filter { states: live, ..Default::default() }, NOW));
    }
    for (filter, limit) in filters {
        for c in areas.changes.list(actor, &filter, &PageRequest { after: None, limit }).await?.items {
            let (label, number, href) = (number_text(c.number), c.number.to_string(), format!("/changes/{}", c.id));
            finds.add(FoundKind::Change, &[&c.title, &label, &number], format!("{label} {}", c.title), c.state.name().to_owned(), href);
        }
    }
    Ok(())
}

/// Whether it may be pinyin: letters only, two at least.
fn is_pinyin(wanted: &str) -> bool {
    wanted.len() >= 2 && wanted.bytes().all(|b| b.is_ascii_lowercase())
}

/// How well one of the names fits, 0 best: equal, begins with, initials begin with, holds.
fn rank(wanted: &str, names: &[&str]) -> Option<u8> {
    let wanted = wanted.trim_start_matches('#');
    names.iter().filter_map(|name| Spelt::new(name).rank(wanted)).min()
}

/// A name in the ways in which it is found.
struct Spelt {
    lower: String,
    /// Initials and spelling from each word on: 支付网关 is `zfwg` in “Payment gateway 支付网关”, too.
    pinyin: Vec<(String, String)>,
}

impl Spelt {
    fn new(name: &str) -> Self {
        let pinyin = words(name).map(|rest| (initials(rest), spelled(rest))).collect();
        Self { lower: name.to_lowercase(), pinyin }
    }

    fn rank(&self, wanted: &str) -> Option<u8> {
        if self.lower == wanted {
            Some(0)
        } else if self.lower.starts_with(wanted) {
            Some(1)
        } else if self.pinyin.iter().any(|(initials, spelled)| initials.starts_with(wanted) || spelled.starts_with(wanted)) {
            Some(2)
        } else if self.lower.contains(wanted) {
            Some(3)
        } else {
            None
        }
    }
}

/// What is left of a name from each of its words on; a word begins after what is no letter, and where Chinese begins.
fn words(name: &str) -> impl Iterator<Item = &str> {
    let mut before = None;
    name.char_indices().filter_map(move |(at, letter)| {
        let begins = letter.is_alphanumeric()
            && before.is_none_or(|before: char| !before.is_alphanumeric() || before.to_pinyin().is_some() != letter.to_pinyin().is_some());
        before = Some(letter);
        begins.then(|| &name[at..])
    })
}

/// Characters of two readings, in the words of this trade in which the rarer one is right.
const READ_AS: [(&str, &str); 4] = [("银行", "银航"), ("行号", "航号"), ("重启", "虫启"), ("重试", "虫试")];

fn as_read(name: &str) -> String {
    READ_AS.iter().fold(name.to_owned(), |name, (word, reading)| name.replace(word, reading))
}

/// The first letters of the syllables and words: `zfwg` for 支付网关, `bl` for bank-link.
fn initials(name: &str) -> String {
    let mut out = String::new();
    let mut fresh = true;
    for c in as_read(name).chars() {
        if let Some(syllable) = c.to_pinyin() {
            out.push_str(syllable.first_letter());
            fresh = true;
        } else if c.is_alphanumeric() {
            if fresh {
                out.extend(c.to_lowercase());
            }
            fresh = false;
        } else {
            fresh = true;
        }
    }
    out
}

/// The whole in pinyin without tones: `zhifuwangguan` for 支付网关.
fn spelled(name: &str) -> String {
    as_read(name)
        .chars()
        .map(|c| c.to_pinyin().map_or_else(|| c.to_lowercase().to_string(), |syllable| syllable.plain().to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_initials_and_spelling() {
        assert_eq!(initials("支付网关"), "zfwg");
        assert_eq!(initials("bank-link 银行"), "blyh");
        assert_eq!(rank("zfw", &["支付网关"]), Some(2));
        assert_eq!(rank("zhifu", &["支付网关"]), Some(2));
        assert_eq!(rank("zfwg", &["Payment gateway 支付网关"]), Some(2), "from any word on");
        assert_eq!(rank("yhtd", &["Bank link银行通道"]), Some(2));
        assert_eq!(rank("gate", &["gateway"]), Some(1));
        assert_eq!(rank("way", &["gateway"]), Some(3));
        assert_eq!(rank("#12", &["title", "12"]), Some(0));
        assert_eq!(rank("x", &["gateway"]), None);
    }
}
