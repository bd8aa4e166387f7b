//! What an environment is made of, as whoever brings evidence knows it, and a fingerprint of that.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::Wording;

/// Most facts, and most characters of a name and of a value.
const MOST: (usize, usize, usize) = (40, 40, 200);

/// `name=value`, by name: `cpu=4`, `database=postgres 16.3`, `replicas=3`.
pub type Facts = BTreeMap<String, String>;

/// Reads facts, one a line or with `;` between them. Names count in any case.
pub fn read_facts(text: &str) -> Result<Facts, Wording> {
    let mut facts = Facts::new();
    for part in text.split(['\n', ';']).map(str::trim).filter(|part| !part.is_empty()) {
        let wrong = || Wording::new("evidence-expect-fact").with("fact", part.chars().take(40).collect::<String>());
        let (name, value) = part.split_once('=').map(|(name, value)| (name.trim().to_lowercase(), value.trim())).ok_or_else(wrong)?;
        let known = name.chars().all(|letter| letter.is_alphanumeric() || "._- ".contains(letter));
        let fits = (1..=MOST.1).contains(&name.chars().count()) && (1..=MOST.2).contains(&value.chars().count());
        if !known || !fits || crate::text::one_line(value).is_err() || facts.insert(name, value.to_owned()).is_some() {
            return Err(wrong());
        }
    }
    if facts.len() > MOST.0 { Err(Wording::new("evidence-expect-facts").with("max", MOST.0)) } else { Ok(facts) }
}

/// The name of an environment and what that is made of, where both stand in one, as `pre: cpu=4; replicas=3`.
pub fn composite(text: &str) -> Option<(&str, Facts)> {
    let (name, facts) = text.split_once(':')?;
    let facts = read_facts(facts).ok().filter(|facts| !facts.is_empty())?;
    Some((name.trim(), facts)).filter(|(name, _)| !name.is_empty())
}

/// The facts as [`read_facts`] reads them, one a line.
pub fn facts_text(facts: &Facts) -> String {
    facts.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n")
}

/// Facts that stand in a file, as far as they can be read again; none where they cannot.
pub fn sound(facts: Facts) -> Facts {
    if read_facts(&facts_text(&facts)).is_ok_and(|again| again == facts) { facts } else { Facts::new() }
}

/// The same facts have the same mark; nothing is told of none.
pub fn fingerprint(facts: &Facts) -> String {
    if facts.is_empty() {
        return String::new();
    }
    Sha256::digest(facts_text(facts)).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// What differs, as `cpu 4 / 8`; `—` where one of them says nothing.
pub fn differing(a: &Facts, b: &Facts) -> Vec<String> {
    let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    differing_in(names.into_iter(), a, b)
}

/// What of the wanted facts is otherwise or missing, likewise; nothing where all of them are given, whatever is given beside them.
pub fn lacking(wanted: &Facts, given: &Facts) -> Vec<String> {
    differing_in(wanted.keys(), wanted, given)
}

fn differing_in<'a>(names: impl Iterator<Item = &'a String>, a: &Facts, b: &Facts) -> Vec<String> {
    let told = |facts: &Facts, name: &String| facts.get(name).cloned().unwrap_or_else(|| "—".to_owned());
    names.filter(|name| a.get(*name) != b.get(*name)).map(|name| format!("{name} {} / {}", told(a, name), told(b, name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_facts_have_the_same_mark() {
        let a = read_facts("CPU = 4\nreplicas=3; database=postgres 16.3").unwrap();
        let b = read_facts("database=postgres 16.3\nreplicas=3\ncpu=4\n").unwrap();
        assert_eq!((fingerprint(&a), fingerprint(&a).len()), (fingerprint(&b), 16));
        assert_eq!(read_facts(&facts_text(&a)).unwrap(), a);
        let c = read_facts("cpu=8;replicas=3;image=sha256:ab").unwrap();
        assert_ne!(fingerprint(&a), fingerprint(&c));
        assert_eq!(differing(&a, &c), ["cpu 4 / 8", "database postgres 16.3 / —", "image — / sha256:ab"]);
        assert_eq!(lacking(&a, &c), ["cpu 4 / 8", "database postgres 16.3 / —"]);
        assert_eq!((lacking(&Facts::new(), &c), lacking(&a, &a)), (vec![], vec![]));
        assert_eq!((read_facts(" \n").unwrap(), fingerprint(&Facts::new())), (Facts::new(), String::new()));
        for wrong in ["cpu", "=4", "cpu=", "cpu=4;CPU=5", "c<pu=4", "cpu=\u{202e}4"] {
            assert!(read_facts(wrong).is_err(), "{wrong}");
        }
        let file = |name: &str, value: &str| sound(Facts::from([(name.to_owned(), value.to_owned())]));
        assert_eq!(file("cpu", "4").len(), 1);
        for (name, value) in [("a", ""), ("a", "4; b"), ("a", "4\nb=5"), ("A", "4"), ("", "4"), ("a", " 4")] {
            assert_eq!(file(name, value), Facts::new(), "{name:?} {value:?}");
        }
        assert!(read_facts(&(0..41).map(|n| format!("a{n}=1;")).collect::<String>()).is_err());
    }
}
