//! Texts with places for variables.

use std::collections::BTreeMap;

use super::{BadScript, Values, script::wrong};

/// Text with places for variables.
#[derive(Debug, Clone, PartialEq)]
pub struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(String),
    Number,
    Variable(String),
}

impl Template {
    pub(super) fn parse(text: &str, field: &str, known: &BTreeMap<String, Values>) -> Result<Self, BadScript> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after.split_once("}}").ok_or_else(|| wrong(field, text, "}} after every {{"))?;
            let name = name.trim();
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(match name {
                "n" => Piece::Number,
                name if known.contains_key(name) => Piece::Variable(name.to_owned()),
                name => return Err(wrong(field, name, "the name of a variable, or n")),
            });
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        pieces.retain(|piece| *piece != Piece::Text(String::new()));
        Ok(Self(pieces))
    }

    /// The text, where it is the same each time.
    pub fn constant(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Bytes of the longest text that it gives.
    pub(super) fn longest(&self, variables: &BTreeMap<String, Values>) -> usize {
        let digits = |number: i64| number.to_string().len();
        let of = |piece: &Piece| match piece {
            Piece::Text(own) => own.len(),
            Piece::Number => digits(i64::MAX),
            Piece::Variable(name) => match variables.get(name) {
                Some(Values::List(list)) => list.iter().map(String::len).max().unwrap_or(0),
                Some(Values::Range { from, to }) => digits(*from).max(digits(*to)),
                None => 0,
            },
        };
        self.0.iter().fold(0, |sum, piece| sum.saturating_add(of(piece)))
    }

    /// The text for the request of this number.
    pub fn fill(&self, n: u64, variables: &BTreeMap<String, Values>) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(own) => text.push_str(own),
                Piece::Number => text.push_str(&n.to_string()),
                Piece::Variable(name) => match variables.get(name) {
                    Some(Values::List(list)) => {
                        text.push_str(list.get(usize::try_from(n % list.len().max(1) as u64).unwrap_or(0)).map_or("", String::as_str));
                    }
                    Some(Values::Range { from, to }) => {
                        let length = u64::try_from(to - from).unwrap_or(0) + 1;
                        text.push_str(&(from + i64::try_from(n % length).unwrap_or(0)).to_string());
                    }
                    None => {}
                },
            }
        }
        text
    }
}
