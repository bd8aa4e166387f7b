//! The URL of the page being rendered, and its neighbours: the state of a page is its URL.

use crate::visit::use_visit;

/// A path and its query, as pairs in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Here {
    /// The path, e.g. `/incidents`.
    pub path: String,
    pairs: Vec<(String, String)>,
}

impl Here {
    /// The page being rendered.
    pub fn now() -> Self {
        Self::parse(&use_visit().path_and_query)
    }

    /// Reads a path with its query.
    pub fn parse(path_and_query: &str) -> Self {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let pairs = form_urlencoded::parse(query.as_bytes())
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        Self { path: path.to_owned(), pairs }
    }

    /// First value of a parameter, or the empty text.
    pub fn get(&self, name: &str) -> &str {
        self.pairs.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    /// Every value of a parameter.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Every parameter in order.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The same list without any filter: only how it is drawn stays.
    #[must_use]
    pub fn cleared(&self) -> Self {
        Self { path: self.path.clone(), pairs: self.pairs.iter().filter(|(name, _)| name == "view").cloned().collect() }
    }

    /// The same page without a parameter.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.pairs.retain(|(n, _)| n != name);
        self
    }

    /// The same page with a parameter set to one value; an empty value takes it away.
    #[must_use]
    pub fn with(self, name: &str, value: impl ToString) -> Self {
        let mut there = self.without(name);
        let value = value.to_string();
        if !value.is_empty() {
            there.pairs.push((name.to_owned(), value));
        }
        there
    }

    /// The same page with one value of a repeated parameter added, or taken away where it is there.
    #[must_use]
    pub fn toggled(mut self, name: &str, value: &str) -> Self {
        let before = self.pairs.len();
        self.pairs.retain(|(n, v)| !(n == name && v == value));
        if self.pairs.len() == before {
            self.pairs.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Another path with the same query, e.g. the CSV of a list.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// The URL.
    pub fn href(&self) -> String {
        if self.pairs.is_empty() {
            return self.path.clone();
        }
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.pairs).finish();
        format!("{}?{query}", self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::Here;

    #[test]
    fn neighbours_keep_the_rest_of_the_query() {
        let here = Here::parse("/incidents?state=triage&state=open&sort=-started&after=9.x&q=");
        assert_eq!(here.clone().without("after").with("sort", "name").href(), "/incidents?state=triage&state=open&sort=name");
        assert_eq!(here.clone().toggled("state", "open").without("after").href(), "/incidents?state=triage&sort=-started");
        assert_eq!(here.without("state").without("sort").without("after").href(), "/incidents");
    }
}
