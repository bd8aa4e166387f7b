//! Matchers that are held against many labels: each value once, and no more of it than is good for others.

use std::collections::HashMap;

use super::{Labels, Matcher, work};

/// Matchers, and what they said of the values that they saw.
pub struct Trial<'m> {
    matchers: Vec<&'m Matcher>,
    known: HashMap<(usize, String), bool>,
    left: usize,
}

impl<'m> Trial<'m> {
    /// Of these matchers.
    pub fn new(matchers: impl IntoIterator<Item = &'m Matcher>) -> Self {
        Self { matchers: matchers.into_iter().collect(), known: HashMap::new(), left: work::TRIAL }
    }

    /// Whether the labels satisfy every matcher; `None` where that is too much work by now.
    pub fn all(&mut self, labels: &Labels) -> Option<bool> {
        for at in 0..self.matchers.len() {
            let value = labels.get(self.matchers[at].name()).map_or("", String::as_str);
            if !self.takes(at, value)? {
                return Some(false);
            }
        }
        Some(true)
    }

    /// Whether one of the texts satisfies the only matcher; everything does where there is none.
    pub fn any(&mut self, texts: &[String]) -> Option<bool> {
        if self.matchers.is_empty() {
            return Some(true);
        }
        for text in texts {
            if self.takes(0, text)? {
                return Some(true);
            }
        }
        Some(false)
    }

    fn takes(&mut self, at: usize, value: &str) -> Option<bool> {
        let matcher = self.matchers[at];
        if matcher.size == 0 {
            return Some(matcher.takes(value));
        }
        let key = (at, value.to_owned());
        if let Some(known) = self.known.get(&key) {
            return Some(*known);
        }
        self.left = self.left.checked_sub(matcher.cost(value))?;
        let said = matcher.takes(value);
        self.known.insert(key, said);
        Some(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::matcher::parse_matcher;

    fn labels(value: &str) -> Labels {
        [("instance".to_owned(), value.to_owned())].into()
    }

    #[test]
    fn a_value_that_comes_again_costs_nothing_and_what_costs_too_much_is_not_done() {
        let matchers = [parse_matcher("instance=~\"db.*\"").unwrap(), parse_matcher("zone!=\"b\"").unwrap()];
        let mut trial = Trial::new(&matchers);
        for _ in 0..100_000 {
            assert_eq!((trial.all(&labels("db1")), trial.all(&labels("web1"))), (Some(true), Some(false)));
        }
        // A few letters that stand for a thousand repetitions.
        let matchers = [parse_matcher("instance=~\"(?:.*){1000}x\"").unwrap()];
        let mut trial = Trial::new(&matchers);
        assert!((0..20_000).any(|at| trial.all(&labels(&format!("{at}{}", "x".repeat(4_000)))).is_none()));
        let mut names = Trial::new(&matchers);
        assert_eq!((names.any(&["x".to_owned()]), Trial::new([]).any(&[])), (Some(true), Some(true)));
    }
}
