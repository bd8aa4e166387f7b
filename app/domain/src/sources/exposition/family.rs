//! What OpenMetrics demands of a family as a whole: one place, its suffixes, its groups in order, buckets that add up.

use std::collections::HashSet;

use super::{Family, Labels, MetricKind, Sample, lex};

/// The families of a page so far; the last one is open.
#[derive(Default)]
pub(super) struct Families {
    done: Vec<Family>,
    open: Option<Open>,
    /// Every name that a family so far may use for its samples.
    names: HashSet<String>,
    samples: usize,
}

struct Open {
    family: Family,
    typed: bool,
    helped: bool,
    united: bool,
    groups: HashSet<Labels>,
    group: Option<Group>,
}

/// Samples that belong together: the same labels but for bounds and states.
struct Group {
    labels: Labels,
    seconds: Option<f64>,
    /// Names and labels seen at this moment.
    seen: HashSet<(String, Labels)>,
    /// Since the last one of these the buckets begin anew.
    buckets: Buckets,
}

#[derive(Default)]
struct Buckets {
    bound: Option<f64>,
    value: f64,
    negative: bool,
    count: Option<f64>,
    sum: Option<f64>,
}

fn suffixes(kind: MetricKind) -> &'static [&'static str] {
    match kind {
        MetricKind::Counter => &["_total", "_created"],
        MetricKind::Summary => &["", "_sum", "_count", "_created"],
        MetricKind::Histogram => &["_bucket", "_sum", "_count", "_created"],
        MetricKind::GaugeHistogram => &["_bucket", "_gsum", "_gcount"],
        MetricKind::Info => &["_info"],
        MetricKind::Gauge | MetricKind::StateSet | MetricKind::Unknown => &[""],
    }
}

impl Families {
    pub(super) fn samples(&self) -> usize {
        self.samples
    }

    pub(super) fn help(&mut self, name: &str, help: String) -> Result<(), String> {
        let open = self.about(name)?;
        if std::mem::replace(&mut open.helped, true) {
            return Err(format!("a second HELP for {name}"));
        }
        open.family.help = help;
        Ok(())
    }

    pub(super) fn unit(&mut self, name: &str, unit: &str) -> Result<(), String> {
        let open = self.about(name)?;
        if std::mem::replace(&mut open.united, true) {
            return Err(format!("a second UNIT for {name}"));
        }
        unit.clone_into(&mut open.family.unit);
        Ok(())
    }

    pub(super) fn kind(&mut self, name: &str, kind: MetricKind) -> Result<(), String> {
        let open = self.about(name)?;
        if std::mem::replace(&mut open.typed, true) {
            return Err(format!("a second TYPE for {name}"));
        }
        open.family.kind = kind;
        Ok(())
    }

    /// The family that metadata is about: the open one without samples yet, or a new one.
    fn about(&mut self, name: &str) -> Result<&mut Open, String> {
        if self.open.as_ref().is_some_and(|open| open.family.name == name && !open.family.samples.is_empty()) {
            return Err(format!("what is said about {name} stands after its samples"));
        }
        if self.open.as_ref().is_none_or(|open| open.family.name != name) {
            self.close()?;
        }
        Ok(self.open.get_or_insert_with(|| Open::new(name)))
    }

    pub(super) fn sample(&mut self, sample: Sample, seconds: Option<f64>) -> Result<(), String> {
        self.samples += 1;
        if !self.open.as_ref().is_some_and(|open| open.takes(&sample.name)) {
            self.close()?;
        }
        let open = self.open.get_or_insert_with(|| Open::new(&sample.name));
        open.check(&sample)?;
        open.add(sample, seconds)
    }

    pub(super) fn finish(mut self) -> Result<Vec<Family>, String> {
        self.close()?;
        self.done.retain(|family| !family.samples.is_empty());
        Ok(self.done)
    }

    fn close(&mut self) -> Result<(), String> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        open.end_group()?;
        let Family { name, kind, unit, .. } = &open.family;
        if !unit.is_empty() {
            if !name.ends_with(&format!("_{unit}")) {
                return Err(format!("the name {name} does not end with its unit {unit}"));
            }
            if matches!(kind, MetricKind::Info | MetricKind::StateSet) {
                return Err(format!("{name} is of type {kind}, which has no unit"));
            }
        }
        for suffix in suffixes(*kind).iter().chain(if suffixes(*kind).contains(&"") { &[][..] } else { &[""][..] }) {
            let claimed = format!("{name}{suffix}");
            if self.names.contains(&claimed) {
                return Err(format!("the name {claimed} belongs to another family already"));
            }
            self.names.insert(claimed);
        }
        self.done.push(open.family);
        Ok(())
    }
}

impl Open {
    fn new(name: &str) -> Self {
        Self { family: Family::new(name), typed: false, helped: false, united: false, groups: HashSet::new(), group: None }
    }

    fn suffix<'a>(&self, name: &'a str) -> Option<&'a str> {
        name.strip_prefix(self.family.name.as_str()).filter(|suffix| suffixes(self.family.kind).contains(suffix))
    }

    fn takes(&self, name: &str) -> bool {
        self.suffix(name).is_some()
    }

    /// What holds for a sample by itself.
    fn check(&self, sample: &Sample) -> Result<(), String> {
        let (kind, value) = (self.family.kind, sample.value);
        let suffix = self.suffix(&sample.name).unwrap_or_default();
        let bound = |label: &str| {
            let text = sample.labels.get(label).ok_or_else(|| format!("the label {label} is missing"))?;
            let bound = lex::number(text).filter(|bound| !bound.is_nan()).ok_or_else(|| format!("the bound {text:?} is no number"))?;
            if bound.is_infinite() && text != "+Inf" && text != "-Inf" {
                Err(format!("the bound {text:?} is not written +Inf"))
            } else {
                Ok(bound)
            }
        };
        let wrong = |what: &str| Err(format!("{}: {what}", sample.name));
        match (kind, suffix) {
            (MetricKind::StateSet, _) if !sample.labels.contains_key(&self.family.name) => {
                return wrong("the label that names the state is missing");
            }
            (MetricKind::StateSet, _) if value != 0.0 && value != 1.0 => return wrong("a state is 0 or 1"),
            (MetricKind::Info, _) if value != 1.0 => return wrong("an info is 1"),
            (MetricKind::Summary, "") => {
                if !(0.0..=1.0).contains(&bound("quantile")?) {
                    return wrong("a quantile lies between 0 and 1");
                }
                if value < 0.0 {
                    return wrong("a quantile of what is counted is not negative");
                }
            }
            (MetricKind::Histogram | MetricKind::GaugeHistogram, "_bucket") => {
                bound("le")?;
            }
            _ => {}
        }
        let counts = matches!(suffix, "_total" | "_sum" | "_count" | "_bucket" | "_gcount");
        if (counts || suffix == "_gsum") && value.is_nan() {
            return wrong("what counts is a number");
        }
        if counts && value < 0.0 {
            return wrong("what counts is not negative");
        }
        let things = match kind {
            MetricKind::Histogram | MetricKind::GaugeHistogram => matches!(suffix, "_bucket" | "_count" | "_gcount"),
            MetricKind::Summary => suffix == "_count",
            _ => false,
        };
        if things && value.fract() != 0.0 {
            return wrong("what is counted is whole");
        }
        let exemplar =
            matches!((kind, suffix), (MetricKind::Counter, "_total") | (MetricKind::Histogram | MetricKind::GaugeHistogram, "_bucket"));
        if sample.exemplar.is_some() && !exemplar { wrong("only counters and buckets have exemplars") } else { Ok(()) }
    }

    fn group_of(&self, sample: &Sample) -> Labels {
        let mut labels = sample.labels.clone();
        match (self.family.kind, self.suffix(&sample.name)) {
            (MetricKind::Histogram | MetricKind::GaugeHistogram, Some("_bucket")) => labels.remove("le"),
            (MetricKind::Summary, Some("")) => labels.remove("quantile"),
            (MetricKind::StateSet, _) => labels.remove(&self.family.name),
            _ => None,
        };
        labels
    }

    fn add(&mut self, sample: Sample, seconds: Option<f64>) -> Result<(), String> {
        let labels = self.group_of(&sample);
        if self.group.as_ref().is_none_or(|group| group.labels != labels) {
            self.end_group()?;
            if !self.groups.insert(labels.clone()) {
                return Err(format!("{}: samples with these labels stood further above", sample.name));
            }
            self.group = Some(Group { labels, seconds, seen: HashSet::new(), buckets: Buckets::default() });
        }
        let info = self.family.kind == MetricKind::Info;
        let suffix = self.suffix(&sample.name).unwrap_or_default().to_owned();
        let Some(group) = self.group.as_mut() else { return Ok(()) };
        if group.seconds.is_some() != seconds.is_some() {
            return Err(format!("{}: some samples with these labels have a moment and some have none", sample.name));
        }
        let differs = group.seconds != seconds;
        if let (Some(before), Some(now), false) = (group.seconds, seconds, info)
            && now < before
        {
            return Err(format!("{}: the moments go back", sample.name));
        }
        if differs {
            group.buckets.finish(self.family.kind).map_err(|why| format!("{}: {why}", self.family.name))?;
            group.buckets = Buckets::default();
            group.seen.clear();
            group.seconds = seconds;
        }
        group.buckets.take(&suffix, &sample).map_err(|why| format!("{}: {why}", sample.name))?;
        // The same again at the same moment (as finely as moments are read): the first one counts.
        if group.seen.insert((sample.name.clone(), sample.labels.clone())) {
            self.family.samples.push(sample);
        }
        Ok(())
    }

    fn end_group(&mut self) -> Result<(), String> {
        let Some(group) = self.group.take() else { return Ok(()) };
        group.buckets.finish(self.family.kind).map_err(|why| format!("{}: {why}", self.family.name))
    }
}

impl Buckets {
    fn take(&mut self, suffix: &str, sample: &Sample) -> Result<(), &'static str> {
        match suffix {
            "_bucket" => {
                let bound = sample.labels.get("le").and_then(|le| lex::number(le)).unwrap_or(f64::NAN);
                if self.bound.is_some_and(|before| bound <= before) {
                    return Err("the bounds of the buckets do not rise");
                }
                if self.bound.is_some() && sample.value < self.value {
                    return Err("a bucket holds less than the one before");
                }
                (self.bound, self.value) = (Some(bound), sample.value);
                self.negative |= bound < 0.0;
            }
            "_count" | "_gcount" => self.count = Some(sample.value),
            "_sum" | "_gsum" => self.sum = Some(sample.value),
            _ => {}
        }
        Ok(())
    }

    fn finish(&self, kind: MetricKind) -> Result<(), &'static str> {
        if !matches!(kind, MetricKind::Histogram | MetricKind::GaugeHistogram) {
            return Ok(());
        }
        let any = self.bound.is_some() || self.count.is_some() || self.sum.is_some();
        if !any {
            return Ok(());
        }
        match (self.bound, self.count, self.sum) {
            (Some(f64::INFINITY), ..) => {}
            _ => return Err("the bucket +Inf is missing"),
        }
        if self.count.is_some_and(|count| count != self.value) {
            return Err("the count is not that of the bucket +Inf");
        }
        if self.count.is_some() != self.sum.is_some() {
            return Err("a sum needs a count, and a count a sum");
        }
        match (kind, self.sum) {
            (MetricKind::Histogram, Some(_)) if self.negative => Err("with negative buckets there is no sum"),
            (MetricKind::GaugeHistogram, Some(sum)) if sum < 0.0 && !self.negative => Err("the sum is negative and no bucket is"),
            _ => Ok(()),
        }
    }
}
