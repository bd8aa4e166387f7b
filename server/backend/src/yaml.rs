//! YAML that somebody sends: bounded before it is read.

use std::cell::Cell;

use domain::{Fault, Problem, Wording};
use serde::de::{self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess as _, Visitor};

/// Largest file that is read, in bytes.
pub(crate) const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Lists and objects within each other, at most: a catalogue needs five.
const MAX_DEPTH: usize = 32;
/// Brackets that open, at most. The reader's work grows with their number times how deep they stand within each other, so
/// this bounds it whatever hides them from the look at the depth: a tenth of a second.
const MAX_BRACKETS: usize = 60_000;

/// A file that is bounded, with what it says once and merges elsewhere (`<<`) put in its places.
///
/// # Errors
/// It is no YAML, or another thing than is wanted.
pub fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    if !text.contains("<<") {
        return serde_norway::from_str(text).map_err(|error| error.to_string());
    }
    let mut value: serde_norway::Value = serde_norway::from_str(text).map_err(|error| error.to_string())?;
    value.apply_merge().and_then(|()| serde_norway::from_value(value)).map_err(|error| error.to_string())
}

/// Looks at a file as its reader will see it, without keeping any of it, until so many bytes were seen.
struct Weigh<'a>(&'a Cell<usize>);

impl Weigh<'_> {
    fn take<E: de::Error>(&self, bytes: usize) -> Result<(), E> {
        self.0.set(self.0.get().saturating_sub(bytes + 16));
        if self.0.get() == 0 { Err(E::custom("too much")) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for Weigh<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Weigh<'_> {
    type Value = ();

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("anything")
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<(), E> {
        self.take(1)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        self.take(8)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<(), E> {
        self.take(8)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        self.take(8)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.take(text.len())
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.take(1)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.take(1)?;
        while list.next_element_seed(Weigh(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.take(1)?;
        while map.next_key_seed(Weigh(self.0))?.is_some() {
            map.next_value_seed(Weigh(self.0))?;
        }
        Ok(())
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<(), A::Error> {
        let room = self.0;
        let ((), value) = tagged.variant_seed(self)?;
        value.newtype_variant_seed(Weigh(room))
    }
}

/// Refuses, in one look at the letters, what would keep the reader busy: files that are too large, or nested too deeply.
pub(crate) fn bounded(text: &str) -> Result<(), Fault> {
    if text.len() > MOST_BYTES {
        let unsaid = Wording::new("unsaid-characters").with("count", text.chars().count());
        return Err(Fault::Invalid(vec![Problem::unsaid(
            "yaml",
            unsaid,
            Wording::new("expect-at-most-characters").with("max", MOST_BYTES),
        )]));
    }
    if text.trim().is_empty() {
        return Err(Fault::invalid("yaml", "", Wording::new("expect-something")));
    }
    let (mut depth, mut brackets) = (0_usize, 0);
    for (number, line) in text.lines().enumerate() {
        let start = line.trim_start();
        // `- - - -` nests lists on one line. A line that begins with a dash stands in no bracket.
        let dashes = start.split(' ').take_while(|word| matches!(*word, "-" | "?")).take(MAX_DEPTH + 1).count();
        if dashes > 0 {
            depth = dashes;
        }
        let mut before = b' ';
        for letter in start.bytes() {
            match letter {
                // In the middle of a word it is a letter like any other.
                b'[' | b'{' if matches!(before, b' ' | b'\t' | b'[' | b'{' | b',' | b':' | b'-' | b'?' | b'"' | b'\'') => {
                    depth += 1;
                    brackets += 1;
                }
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            before = letter;
            if depth > MAX_DEPTH || brackets > MAX_BRACKETS {
                return Err(Fault::invalid("yaml", "", Wording::new("systems-expect-shallow").with("line", number + 1)));
            }
        }
    }
    // What is said once and meant in many places is read anew in each of them.
    if text.contains('&') && text.contains('*') {
        let room = Cell::new(4 * text.len() + (1 << 20));
        let heavy = Weigh(&room).deserialize(serde_norway::Deserializer::from_str(text)).is_err() && room.get() == 0;
        if heavy {
            return Err(Fault::invalid("yaml", "", Wording::new("systems-expect-unfolded")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Option<String> {
        bounded(text).err().map(|fault| fault.problems()[0].expected.key.to_string())
    }

    #[test]
    fn what_unfolds_beyond_reason_is_not_read() {
        let wide = format!("v: &b [&a {}{}]\nw: [{}]\n", "x".repeat(20_000), ", *a".repeat(1_000), "*b, ".repeat(70));
        let many = format!("v: &e {{{}}}\nw:\n{}", "k: vvvvvvvvvvvvvvv, ".repeat(30), "- *e\n".repeat(60_000));
        let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            laughs += &format!("a{level}: &a{level} [{}]\n", format!("*a{}, ", level - 1).repeat(9));
        }
        for bad in [wide, many] {
            assert_eq!(refused(&bad).as_deref(), Some("systems-expect-unfolded"), "{bad:.40}");
        }
        // The reader itself gives this one up.
        assert!(refused(&laughs).is_some() || read::<serde_json::Value>(&laughs).is_err());
        for good in [
            "a: &a {x: 1}\nb: {<<: *a, y: 2}\nc: !tag {d: *a}\n".to_owned(),
            format!("route: &r [one, two]\nroutes:\n{}", "- *r\n".repeat(200)),
            "text: R&D is 5 * 5".to_owned(),
        ] {
            assert_eq!(refused(&good), None, "{good:.40}");
        }
    }
}
