//! Alerts that somebody posts: with labels of their own, a beginning, and an end that lies ahead while they last.

use super::{
    Labels, Term, TermName, in_language,
    labels::{ALERTNAME, bounded, shortened},
    spoken::SEEN,
};
use crate::{Timestamp, people::Locale};

/// One alert as it is posted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Posted {
    /// What it is; the same labels are the same alert.
    pub labels: Labels,
    /// What is told of it.
    pub annotations: Labels,
    /// When it began.
    pub starts_at: Option<Timestamp>,
    /// When it ends, or ended.
    pub ends_at: Option<Timestamp>,
    /// Where it comes from; an address, or nothing.
    pub url: String,
    /// One line that names it, where the labels do not.
    pub title: Option<String>,
    /// What tells it from others, where that is not the labels.
    pub key: Option<String>,
    /// Nobody named its end: it is over because nobody says it again. [`Posted::settle`] says so.
    pub timeout: bool,
}

/// From when until when an alert counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timing {
    /// When it began; `None` for now.
    pub starts_at: Option<Timestamp>,
    /// When it is over unless it is said again; `None` where its source tells the end.
    pub expires_at: Option<Timestamp>,
    /// Whether its source named that end; else it is only that nobody says it again.
    pub named: bool,
    /// When it was over, as whoever ends it says; `None` for now.
    pub ended_at: Option<Timestamp>,
}

impl Timing {
    /// When a lasting alert of which this is said is over unless it is said again, and whether somebody named that. As upstream merges:
    /// an end that was named stays where it is the later one, else what is said last counts.
    #[must_use]
    pub fn end_after(&self, before: Option<Timestamp>, named: bool) -> (Option<Timestamp>, bool) {
        match (before, self.expires_at) {
            (Some(before), Some(said)) if named && before > said => (Some(before), true),
            (_, said) => (said, self.named),
        }
    }
}

/// Which kind of source posted it, and where it belongs if it does not say so itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenFrom {
    /// `alertmanager`, `grafana`, `pagerduty`, `webhook`.
    pub kind: &'static str,
    /// The team that it goes to where no label names a system or team.
    pub team: Option<crate::id::TeamId>,
    /// The system that it concerns where no label names one.
    pub system: Option<crate::id::SystemId>,
    /// Whether it tells when something is over: then nothing ends by itself.
    pub tells_end: bool,
}

impl Posted {
    /// Takes away labels and annotations without a value, cuts annotations to what is kept, and says what is wrong with the rest. The
    /// times are made whole as upstream does: without a beginning it begins now, or ends as it begins; without an end it ends after
    /// `timeout`.
    pub fn settle(mut self, now: Timestamp, timeout: i64) -> Result<Self, String> {
        self.labels.retain(|_, value| !value.is_empty());
        self.annotations.retain(|_, value| !value.is_empty());
        if self.labels.is_empty() {
            return Err("at least one label pair required".to_owned());
        }
        bounded(&self.labels)?;
        if self.annotations.contains_key("") {
            return Err("invalid annotations: one without a name".to_owned());
        }
        self.annotations = shortened(self.annotations);
        self.timeout = self.ends_at.is_none();
        let ends_at = self.ends_at.unwrap_or_else(|| now.plus(timeout));
        let starts_at = self.starts_at.unwrap_or_else(|| now.min(ends_at));
        if starts_at > ends_at {
            return Err("start time must be before end time".to_owned());
        }
        (self.starts_at, self.ends_at) = (Some(starts_at), Some(ends_at));
        Ok(self)
    }

    /// One line that names it.
    pub fn line(&self) -> String {
        let said = self.title.clone().or_else(|| in_language(&self.annotations, Locale::En).remove("summary"));
        let line = match said.filter(|line| !line.trim().is_empty()) {
            Some(line) => line.trim().to_owned(),
            None => {
                let name = self.labels.get(ALERTNAME).map_or("alert", String::as_str);
                let where_it_is = self.labels.get("instance").or_else(|| self.labels.get("job"));
                where_it_is.map_or_else(|| name.to_owned(), |place| format!("{name} · {place}"))
            }
        };
        line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
    }

    /// The rule as far as its sender says it: the page that made it, and the expression that pages of Prometheus carry.
    pub fn rule(&self) -> Vec<Term> {
        let asked = self.url.split_once('?').map_or("", |(_, query)| query.split('#').next().unwrap_or_default());
        let expr = form_urlencoded::parse(asked.as_bytes())
            .find(|(name, value)| name == "g0.expr" && !value.is_empty())
            .map(|(_, value)| value.into_owned());
        let generator = (!self.url.is_empty()).then(|| self.url.clone());
        [(TermName::Reads, expr), (TermName::Generator, generator)]
            .into_iter()
            .filter_map(|(name, value)| Some(Term::new(name, value?.chars().take(2_000).collect::<String>())))
            .collect()
    }

    /// What was seen, as programs are told it; people read the annotation of their language that it was made of.
    pub fn seen(&self) -> String {
        let mut told = in_language(&self.annotations, Locale::En);
        let text = SEEN.iter().find_map(|name| told.remove(*name));
        text.map_or_else(String::new, |text| text.chars().take(2_000).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expression_stands_in_the_address_of_its_graph() {
        let posted = |url: &str| Posted { url: url.to_owned(), ..Posted::default() }.rule();
        let address = "http://prom.test:9090/graph?g0.expr=up%7Bjob%3D%22a%22%7D+%3D%3D+0&g0.tab=1";
        assert_eq!(posted(address), [Term::new(TermName::Reads, "up{job=\"a\"} == 0"), Term::new(TermName::Generator, address)]);
        assert_eq!(posted("https://elsewhere.test/x"), [Term::new(TermName::Generator, "https://elsewhere.test/x")]);
        assert_eq!(posted(""), []);
    }

    #[test]
    fn texts_that_say_their_language_name_it_as_well() {
        let posted = |texts: &[(&str, &str)]| {
            let annotations = texts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
            let posted = Posted { labels: [(ALERTNAME.to_owned(), "HighErrors".to_owned())].into(), annotations, ..Posted::default() };
            (posted.line(), posted.seen())
        };
        let two = |line: &str, seen: &str| (line.to_owned(), seen.to_owned());
        let both = posted(&[("summary_en", "Payments fail"), ("summary_zh", "支付失败"), ("description_zh", "超时")]);
        assert_eq!(both, two("Payments fail", "超时"));
        assert_eq!(posted(&[("summary_zh", "支付失败"), ("message_en", "m"), ("value", "3")]), two("支付失败", "m"));
        assert_eq!(posted(&[("summary", " slow "), ("summary_zh", "缓慢"), ("value", "3")]), two("slow", "3"));
        assert_eq!(posted(&[("summary", " ")]), two("HighErrors", ""));
    }

    #[test]
    fn of_two_ends_the_later_one_counts_where_somebody_named_it() {
        let said = |at: Option<i64>, named| Timing { expires_at: at.map(Timestamp), named, ..Timing::default() };
        for (before, was_named, at, named, expected) in [
            (Some(60), true, Some(5), false, (Some(60), true)),
            (Some(6), true, Some(4), true, (Some(6), true)),
            (Some(4), true, Some(6), true, (Some(6), true)),
            (Some(4), true, Some(6), false, (Some(6), false)),
            (Some(60), false, Some(5), true, (Some(5), true)),
            (Some(60), false, Some(5), false, (Some(5), false)),
            (None, false, Some(5), true, (Some(5), true)),
            (Some(60), true, None, false, (None, false)),
        ] {
            let (end, kept) = said(at, named).end_after(before.map(Timestamp), was_named);
            assert_eq!((end.map(|at| at.0), kept), expected, "{before:?} {was_named} {at:?} {named}");
        }
    }

    #[test]
    fn times_are_made_whole_as_upstream_does() {
        let now = Timestamp(1_000_000);
        let posted = |starts: Option<i64>, ends: Option<i64>| Posted {
            labels: [("a".to_owned(), "b".to_owned()), ("c".to_owned(), String::new())].into(),
            starts_at: starts.map(Timestamp),
            ends_at: ends.map(Timestamp),
            ..Posted::default()
        };
        for (starts, ends, expected) in [
            (None, None, Ok((1_000_000, 1_300_000))),
            (Some(5), None, Ok((5, 1_300_000))),
            (None, Some(7), Ok((7, 7))),
            (None, Some(2_000_000), Ok((1_000_000, 2_000_000))),
            (Some(9), Some(7), Err(())),
        ] {
            let settled = posted(starts, ends).settle(now, 300_000);
            let times = settled.map(|p| (p.starts_at.unwrap().0, p.ends_at.unwrap().0)).map_err(drop);
            assert_eq!(times, expected, "{starts:?} {ends:?}");
        }
        assert_eq!(posted(None, None).settle(now, 1).unwrap().labels.len(), 1);
        assert!(posted(None, None).settle(now, 1).unwrap().timeout && !posted(None, Some(2_000_000)).settle(now, 1).unwrap().timeout);
        assert!(Posted::default().settle(now, 1).is_err());
    }
}
