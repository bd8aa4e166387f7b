//! Everything by name, number or pinyin initials.

use domain::{
    Actor, Fault, PageRequest, Permission,
    overview::{Found, FoundKind},
};
use pinyin::ToPinyin;

use super::Areas;
use crate::{Context, systems};

/// What is given back at most.
const LIMIT: usize = 20;

/// How many of the newest of each kind are looked through.
const LOOK: u32 = 300;

pub(super) async fn read(ctx: &Context, areas: &Areas, actor: &Actor, text: &str) -> Result<Vec<Found>, Fault> {
    let wanted = text.trim().to_lowercase();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let page = PageRequest { after: None, limit: LOOK };
    let mut found = Vec::new();
    let mut add = |kind, names: &[&str], title: String, subtitle: String, href: String| {
        if let Some(rank) = rank(&wanted, names) {
            found.push((rank, Found { kind, title, subtitle, href }));
        }
    };
    for s in systems::all(&mut *ctx.db.read().await?, &actor.reach(Permission::Read)).await? {
        let href = format!("/systems/{}", s.id);
        add(FoundKind::System, &[&s.name, &s.key], s.name.clone(), s.team_name, href);
    }
    for i in areas.incidents.list(actor, &Default::default(), &page).await?.items {
        let (label, href) = (i.label(), format!("/incidents/{}", i.id));
        add(
            FoundKind::Incident,
            &[&i.title, &label, &i.number.to_string()],
            format!("{label} {}", i.title),
            i.state.name().to_owned(),
            href,
        );
    }
    for c in areas.changes.list(actor, &Default::default(), &page).await?.items {
        let (number, href) = (format!("CHG-{}", c.number), format!("/changes/{}", c.id));
        add(
            FoundKind::Change,
            &[&c.title, &number, &c.number.to_string()],
            format!("{number} {}", c.title),
            c.state.name().to_owned(),
            href,
        );
    }
    for t in areas.tools.list(actor, &Default::default(), &page).await?.items {
        let (name, href) = (t.definition.name.clone(), format!("/tools/{}", t.id));
        add(FoundKind::Tool, &[&name], name.clone(), t.team_name, href);
    }
    found.sort_by_key(|(rank, _)| *rank);
    Ok(found.into_iter().map(|(_, found)| found).take(LIMIT).collect())
}

/// How well one of the names fits, 0 best: equal, begins with, initials begin with, holds.
fn rank(wanted: &str, names: &[&str]) -> Option<u8> {
    let wanted = wanted.trim_start_matches('#');
    names
        .iter()
        .filter_map(|name| {
            let lower = name.to_lowercase();
            if lower == wanted {
                Some(0)
            } else if lower.starts_with(wanted) {
                Some(1)
            } else if initials(name).starts_with(wanted) || spelled(name).starts_with(wanted) {
                Some(2)
            } else if lower.contains(wanted) {
                Some(3)
            } else {
                None
            }
        })
        .min()
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
        assert_eq!(rank("gate", &["gateway"]), Some(1));
        assert_eq!(rank("way", &["gateway"]), Some(3));
        assert_eq!(rank("#12", &["title", "12"]), Some(0));
        assert_eq!(rank("x", &["gateway"]), None);
    }
}
