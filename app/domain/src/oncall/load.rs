//! What being on call costs people: how often they were paged, how often at night, in how many hours.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::PersonRef;
use crate::{Timestamp, id::UserId, time::HOUR};

/// Somebody was paged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Who.
    pub person: UserId,
    /// When.
    pub at: Timestamp,
}

/// What it cost one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Burden {
    /// Who.
    pub person: PersonRef,
    /// How often they were paged.
    pub pages: i64,
    /// How often between 22:00 and 08:00 of their zone.
    pub at_night: i64,
    /// Hours of the clock in which they were paged once or more.
    pub hours: i64,
}

/// Adds up what it cost each, the heaviest burden first. Each person comes with their zone.
pub fn burdens(pages: &[Page], people: &BTreeMap<UserId, (PersonRef, TimeZone)>) -> Vec<Burden> {
    let mut each: BTreeMap<&UserId, (i64, i64, BTreeSet<i64>)> = BTreeMap::new();
    for page in pages {
        let Some((_, zone)) = people.get(&page.person) else { continue };
        let hour = page.at.jiff().to_zoned(zone.clone()).hour();
        let sum = each.entry(&page.person).or_default();
        sum.0 += 1;
        sum.1 += i64::from(!(8..22).contains(&hour));
        sum.2.insert(page.at.0.div_euclid(HOUR));
    }
    let mut burdens: Vec<Burden> = each
        .into_iter()
        .filter_map(|(id, (pages, at_night, hours))| {
            let (person, _) = people.get(id)?;
            Some(Burden { person: person.clone(), pages, at_night, hours: i64::try_from(hours.len()).unwrap_or(i64::MAX) })
        })
        .collect();
    burdens.sort_by(|a, b| (b.pages, b.at_night).cmp(&(a.pages, a.at_night)).then_with(|| a.person.name.cmp(&b.person.name)));
    burdens
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{MINUTE, zone};

    #[test]
    fn nights_are_those_of_the_person() {
        let id = |n: u8| UserId::parse(&format!("00000000-0000-7000-8000-00000000000{n}")).unwrap();
        let person = |n, name: &str, tz| (id(n), (PersonRef { id: id(n), name: name.into(), absent: false }, zone(tz).unwrap()));
        let people = [person(1, "Lena", "Europe/Berlin"), person(2, "Wei", "Asia/Shanghai")].into();
        // 14:30 UTC: afternoon in Berlin, half past ten in the evening in Shanghai.
        let at = Timestamp::parse_rfc3339("2025-03-14T14:30:00Z").unwrap();
        let page = |n, at| Page { person: id(n), at };
        let told: Vec<_> =
            burdens(&[page(1, at), page(2, at), page(2, at.plus(10 * MINUTE)), page(2, at.plus(HOUR)), page(3, at)], &people)
                .into_iter()
                .map(|b| (b.person.name, b.pages, b.at_night, b.hours))
                .collect();
        assert_eq!(told, [("Wei".to_owned(), 3, 3, 2), ("Lena".to_owned(), 1, 0, 1)]);
    }
}
