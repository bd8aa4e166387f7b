//! Everything by name, number or pinyin initials.

use domain::{
    Actor, Fault, Permission,
    overview::{Found, FoundKind},
};
use pinyin::ToPinyin;
use sqlx::AnyConnection;

use crate::{incidents, systems};

/// What is given back at most.
const LIMIT: usize = 20;

pub(super) async fn read(conn: &mut AnyConnection, actor: &Actor, text: &str) -> Result<Vec<Found>, Fault> {
    let wanted = text.trim().to_lowercase();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let reach = actor.reach(Permission::Read);
    let mut found = Vec::new();
    for system in systems::all(conn, &reach).await? {
        if let Some(rank) = rank(&wanted, &[&system.name, &system.key]) {
            let (title, subtitle, href) = (system.name, system.team_name, format!("/systems/{}", system.id));
            found.push((rank, Found { kind: FoundKind::System, title, subtitle, href }));
        }
    }
    for incident in incidents::open(conn, &reach).await? {
        if let Some(rank) = rank(&wanted, &[&incident.title, &incident.number.to_string()]) {
            let (title, href) = (format!("#{} {}", incident.number, incident.title), format!("/incidents/{}", incident.id));
            found.push((rank, Found { kind: FoundKind::Incident, title, subtitle: incident.state.name().to_owned(), href }));
        }
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

/// The first letters of the syllables and words: `zfwg` for 支付网关, `bl` for bank-link.
fn initials(name: &str) -> String {
    let mut out = String::new();
    let mut fresh = true;
    for c in name.chars() {
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
    name.chars().map(|c| c.to_pinyin().map_or_else(|| c.to_lowercase().to_string(), |syllable| syllable.plain().to_owned())).collect()
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
