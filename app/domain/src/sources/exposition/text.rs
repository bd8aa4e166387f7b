//! The Prometheus text format 0.0.4: lines, blanks as one likes, families in pieces.

use std::collections::{HashMap, HashSet};

use super::{Family, Format, Limits, MetricKind, Sample, Unreadable, lex};
use crate::Timestamp;

pub(super) fn parse(page: &str, limits: Limits) -> Result<Vec<Family>, Unreadable> {
    let mut page_so_far =
        Page { limits, families: Vec::new(), places: HashMap::new(), typed: HashSet::new(), helped: HashSet::new(), samples: 0 };
    let mut line = 0;
    let mut rest = page;
    while !rest.is_empty() {
        line += 1;
        let wrong = |why: String| Unreadable { line, why };
        let Some((text, after)) = rest.split_once('\n') else {
            return Err(wrong("the page ends within this line".into()));
        };
        rest = after;
        if text.len() > limits.line {
            return Err(wrong(format!("longer than {} bytes", limits.line)));
        }
        page_so_far.line(text.trim_matches([' ', '\t'])).map_err(wrong)?;
    }
    page_so_far.families.retain(|family| !family.samples.is_empty());
    Ok(page_so_far.families)
}

struct Page {
    limits: Limits,
    families: Vec<Family>,
    places: HashMap<String, usize>,
    typed: HashSet<String>,
    helped: HashSet<String>,
    samples: usize,
}

impl Page {
    fn line(&mut self, text: &str) -> Result<(), String> {
        match text.strip_prefix('#') {
            Some(comment) => self.comment(comment),
            None if text.is_empty() => Ok(()),
            None => self.sample(text),
        }
    }

    fn family(&mut self, name: &str) -> &mut Family {
        let place = match self.places.get(name) {
            Some(place) => *place,
            None => {
                self.families.push(Family::new(name));
                self.places.insert(name.to_owned(), self.families.len() - 1);
                self.families.len() - 1
            }
        };
        &mut self.families[place]
    }

    /// `HELP` and `TYPE`; any other comment is for people.
    fn comment(&mut self, text: &str) -> Result<(), String> {
        let mut line = lex::Line::new(text, Format::Text, self.limits);
        line.blanks();
        let about = line.word();
        line.blanks();
        if !matches!(about, "HELP" | "TYPE") || line.rest.is_empty() {
            return Ok(());
        }
        let name = line.name(true)?;
        if !line.rest.is_empty() && !line.rest.starts_with([' ', '\t']) {
            return Err(format!("expected a blank after the name before {}", line.next()));
        }
        line.blanks();
        if about == "HELP" {
            if !self.helped.insert(name.clone()) {
                return Err(format!("a second HELP for {name}"));
            }
            self.family(&name).help = lex::unescape(line.rest);
            return Ok(());
        }
        let kind = match line.rest {
            "" => return Ok(()),
            "untyped" => MetricKind::Unknown,
            word => MetricKind::parse(word)
                .filter(|kind| matches!(kind, MetricKind::Counter | MetricKind::Gauge | MetricKind::Histogram | MetricKind::Summary))
                .ok_or_else(|| format!("{word:?} is no type: expected counter, gauge, histogram, summary or untyped"))?,
        };
        if !self.typed.insert(name.clone()) {
            return Err(format!("a second TYPE for {name}"));
        }
        let family = self.family(&name);
        if !family.samples.is_empty() {
            return Err(format!("the TYPE of {name} stands after its samples"));
        }
        family.kind = kind;
        Ok(())
    }

    fn sample(&mut self, text: &str) -> Result<(), String> {
        let mut line = lex::Line::new(text, Format::Text, self.limits);
        let mut name = None;
        if !line.rest.starts_with('{') {
            name = Some(line.bare(true)?);
            let gap = line.rest.starts_with([' ', '\t']);
            line.blanks();
            if !gap && !line.rest.starts_with('{') {
                return Err(format!("expected a blank or a brace after the name before {}", line.next()));
            }
        }
        let (quoted, labels) = line.labels()?;
        let name = match (name, quoted) {
            (Some(_), Some(second)) => return Err(format!("a second name, {second:?}")),
            (name, quoted) => name.or(quoted).ok_or("the name of the metric is missing")?,
        };
        line.gap()?;
        let value = line.word();
        let value = lex::number(value).ok_or_else(|| format!("{value:?} is no number"))?;
        line.blanks();
        let at = match line.word() {
            "" => None,
            word => Some(Timestamp(word.parse().map_err(|_| format!("{word:?} is no moment: expected whole milliseconds"))?)),
        };
        line.blanks();
        if !line.rest.is_empty() {
            return Err(format!("more after the moment: {:?}", line.rest));
        }
        self.samples += 1;
        if self.samples > self.limits.samples {
            return Err(format!("more than {} samples", self.limits.samples));
        }
        let owner = self.owner(&name);
        let family = self.family(&owner);
        let bound = match family.kind {
            MetricKind::Histogram => labels.get("le"),
            MetricKind::Summary => labels.get("quantile"),
            _ => None,
        };
        if let Some(bound) = bound.filter(|bound| lex::number(bound).is_none()) {
            return Err(format!("the bound {bound:?} is no number"));
        }
        family.samples.push(Sample { name, labels, value, at, exemplar: None });
        Ok(())
    }

    /// The family that a sample of this name belongs to: its own, where something is said of that.
    fn owner(&self, name: &str) -> String {
        if self.typed.contains(name) || self.helped.contains(name) {
            return name.to_owned();
        }
        for suffix in ["_bucket", "_sum", "_count"] {
            let Some(base) = name.strip_suffix(suffix) else { continue };
            let kind = self.places.get(base).map(|place| self.families[*place].kind);
            if kind == Some(MetricKind::Histogram) || (kind == Some(MetricKind::Summary) && suffix != "_bucket") {
                return base.to_owned();
            }
        }
        name.to_owned()
    }
}
