//! Labels of alerts: the words by which routes, silences and lists tell them apart.

use std::collections::BTreeMap;

use super::Severity;

/// Names and values, sorted by name.
pub type Labels = BTreeMap<String, String>;

/// The label that names the condition.
pub const ALERTNAME: &str = "alertname";

/// Labels that we give an alert ourselves, and of what a way in reads.
pub const MAX_LABELS: usize = 64;
/// Bytes of a name.
pub const MAX_NAME: usize = 256;
/// Bytes of such a value; of an annotation, whoever says it, eight times as much.
pub const MAX_VALUE: usize = 2_048;

/// Labels of one alert that somebody posts, bytes of a value, and of all names and values: more is refused at the door.
const MOST_POSTED: usize = 256;
const LONGEST_POSTED: usize = 32 << 10;
const ALL_POSTED: usize = 64 << 10;
/// Bytes of all annotations of an alert.
const ALL_TOLD: usize = 256 << 10;

/// Why there are too many of these labels, or why one is too long: the first reason. They tell the alert from others, so none is cut.
pub fn bounded(labels: &Labels) -> Result<(), String> {
    if labels.len() > MOST_POSTED {
        return Err(format!("invalid label set: {} labels, at most {MOST_POSTED}", labels.len()));
    }
    let wrong = |(name, value): &(&String, &String)| name.is_empty() || name.len() > MAX_NAME || value.len() > LONGEST_POSTED;
    if let Some((name, _)) = labels.iter().find(wrong) {
        let name = cut(name, MAX_NAME);
        return Err(format!("invalid label set: the label {name:?}: a name of 1 to {MAX_NAME} bytes, a value of at most {LONGEST_POSTED}"));
    }
    let all = size(labels);
    if all > ALL_POSTED { Err(format!("invalid label set: {all} bytes, at most {ALL_POSTED}")) } else { Ok(()) }
}

fn size(labels: &Labels) -> usize {
    labels.iter().map(|(name, value)| name.len() + value.len()).sum()
}

/// As much of what explains an alert as is kept: it is cut rather than that nobody hears of the alert.
#[must_use]
pub fn shortened(annotations: Labels) -> Labels {
    let fits = |(name, text): (&String, &String)| name.len() <= MAX_NAME && text.len() <= 8 * MAX_VALUE;
    if annotations.len() <= MOST_POSTED && annotations.iter().all(fits) && size(&annotations) <= ALL_TOLD {
        return annotations;
    }
    let mut left = ALL_TOLD;
    let mut kept = Labels::new();
    for (name, text) in annotations.into_iter().take(MOST_POSTED) {
        let name = cut(&name, MAX_NAME);
        let text = cut(&text, (8 * MAX_VALUE).min(left.saturating_sub(name.len())));
        if text.is_empty() {
            break;
        }
        left -= name.len() + text.len();
        kept.insert(name.to_owned(), text.to_owned());
    }
    kept
}

/// At most so many bytes of a text, whole letters.
pub(super) fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// What is known of an alert beside the labels that its source gave.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The noun of the source.
    pub source_kind: &'a str,
    /// Key and tier of the system.
    pub system: Option<(&'a str, u8)>,
    /// Key of the team.
    pub team: &'a str,
    /// How bad it is.
    pub severity: Severity,
}

/// Whether labels come from outside and stay exactly as they were sent, so that whoever sent them knows them again.
pub fn is_foreign(source_kind: &str) -> bool {
    matches!(source_kind, "alertmanager" | "grafana" | "pagerduty" | "webhook")
}

/// Labels that only the house itself writes begin so.
pub const OURS: &str = "evenkeel_";

/// What others call by a name that only the house writes is called `exported_` so, as Prometheus does with names that clash.
#[must_use]
pub fn not_ours(labels: Labels) -> Labels {
    if !labels.keys().any(|name| name.starts_with(OURS)) {
        return labels;
    }
    labels
        .into_iter()
        .map(|(name, value)| if name.starts_with(OURS) { (format!("exported_{name}"), value) } else { (name, value) })
        .collect()
}

/// The label by which an alert says that its system is down (`true`), however bad it is, or that it is not (`false`).
pub const MEANS_DOWN: &str = "means_down";

/// How bad an alert is, where the `severity` that its source gave it says something else.
pub const SEVERITY: &str = "evenkeel_severity";

/// Adds what every alert of our own sources carries: `alertname`, `system`, `team`, `tier`, `severity`. What the source says
/// itself stays as it is written, because routes match it as it is written; where its severity says something else than the alert's own
/// (`page` does not, a word that is not known does), that one stands beside it.
pub fn complete(labels: &mut Labels, known: &Known<'_>) {
    if is_foreign(known.source_kind) {
        return;
    }
    let mut add = |name: &str, value: String| {
        labels.entry(name.to_owned()).or_insert(value);
    };
    add(ALERTNAME, known.source_kind.to_owned());
    add("team", known.team.to_owned());
    if let Some((key, tier)) = known.system {
        add("system", key.to_owned());
        add("tier", tier.to_string());
    }
    let word = severity_word(known.severity);
    let said = labels.entry("severity".to_owned()).or_insert_with(|| word.to_owned());
    if read_severity(said) != Some(known.severity) {
        labels.insert(SEVERITY.to_owned(), word.to_owned());
    }
}

/// The word for a severity in labels, as the world of Prometheus says it.
pub fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::P1 => "critical",
        Severity::P2 => "high",
        Severity::P3 => "warning",
        Severity::P4 => "info",
    }
}

/// Reads the severity out of a word that somebody else chose; `None` where it is none that is known.
pub fn read_severity(word: &str) -> Option<Severity> {
    Some(match word.trim().to_ascii_lowercase().as_str() {
        "critical" | "page" | "emergency" | "fatal" | "disaster" | "p1" | "sev1" => Severity::P1,
        "high" | "error" | "major" | "p2" | "sev2" => Severity::P2,
        "warning" | "warn" | "minor" | "average" | "ticket" | "p3" | "sev3" => Severity::P3,
        "info" | "information" | "informational" | "notice" | "none" | "low" | "ok" | "p4" | "sev4" => Severity::P4,
        _ => return None,
    })
}

/// The name by which Prometheus and Alertmanager know a set of labels: FNV-1a over names and values, 16 hex digits.
pub fn fingerprint(labels: &Labels) -> String {
    let mut hash: u64 = 14_695_981_039_346_656_037;
    let mut add = |bytes: &[u8]| {
        for byte in bytes.iter().chain(&[255]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(1_099_511_628_211);
        }
    };
    for (name, value) in labels {
        add(name.as_bytes());
        add(value.as_bytes());
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn ours_are_completed_and_foreign_ones_are_not_touched() {
        let known = Known { source_kind: "monitor", system: Some(("gateway", 1)), team: "payments", severity: Severity::P1 };
        let mut ours = labels(&[("monitor", "front door"), ("tier", "mine")]);
        complete(&mut ours, &known);
        let expected = [
            ("alertname", "monitor"),
            ("monitor", "front door"),
            ("severity", "critical"),
            ("system", "gateway"),
            ("team", "payments"),
            ("tier", "mine"),
        ];
        assert_eq!(ours, labels(&expected));
        let mut theirs = labels(&[("alertname", "Down")]);
        complete(&mut theirs, &Known { source_kind: "alertmanager", ..known });
        assert_eq!(theirs, labels(&[("alertname", "Down")]));
    }

    #[test]
    fn a_severity_stays_as_it_is_written() {
        let known = Known { source_kind: "rule", system: None, team: "payments", severity: Severity::P1 };
        for (said, beside) in [("page", None), ("warning", Some("critical")), ("purple", Some("critical")), ("critical", None)] {
            let mut ours = labels(&[("severity", said)]);
            complete(&mut ours, &known);
            assert_eq!((ours["severity"].as_str(), ours.get(SEVERITY).map(String::as_str)), (said, beside));
        }
    }

    #[test]
    fn labels_are_bounded_and_what_explains_is_cut() {
        let one = |name: &str, value: String| Labels::from([(name.to_owned(), value)]);
        let many = |count: usize| (0..count).map(|n| (format!("l{n}"), "x".to_owned())).collect::<Labels>();
        assert!(bounded(&one("query", "q".repeat(32 << 10))).is_ok() && bounded(&many(256)).is_ok());
        let three: Labels = (0..3).map(|n| (format!("l{n}"), "x".repeat(30_000))).collect();
        for wrong in
            [one("query", "q".repeat((32 << 10) + 1)), one("", "x".to_owned()), one(&"n".repeat(257), "x".to_owned()), many(257), three]
        {
            assert!(bounded(&wrong).is_err_and(|why| why.starts_with("invalid label set: ") && why.len() < 500));
        }
        let told = shortened(one("description", format!("x{}", "错".repeat(9_000))));
        assert_eq!(told["description"].len(), 1 + 3 * 5_461, "as many whole letters as fit into 16 KiB");
        assert_eq!(shortened(labels(&[("summary", "bad")])), labels(&[("summary", "bad")]));
        let all = shortened((0..500).map(|n| (format!("a{n:03}"), "x".repeat(20_000))).collect());
        assert_eq!((all.len(), size(&all)), (16, ALL_TOLD));
        assert_eq!(shortened(many(300)).len(), 256);
    }

    #[test]
    fn names_of_the_house_are_not_taken_from_others() {
        let theirs = labels(&[("alertname", "Down"), ("evenkeel_channel", "x")]);
        assert_eq!(not_ours(theirs), labels(&[("alertname", "Down"), ("exported_evenkeel_channel", "x")]));
    }

    #[test]
    fn the_fingerprint_is_that_of_prometheus() {
        // From the tests of prometheus/common: model.LabelSet of these, and the empty one.
        assert_eq!(fingerprint(&Labels::new()), "cbf29ce484222325");
        assert_eq!(fingerprint(&labels(&[("name", "garland, briggs"), ("fear", "love is not enough")])), "507a62d79ee76c9a");
    }

    #[test]
    fn severities_are_read_in_every_tongue() {
        for (word, severity) in [("critical", Severity::P1), ("Error", Severity::P2), ("warning", Severity::P3), ("info", Severity::P4)] {
            assert_eq!(read_severity(word), Some(severity));
        }
        assert_eq!(read_severity("purple"), None);
        for severity in Severity::ALL {
            assert_eq!(read_severity(severity_word(*severity)), Some(*severity));
        }
    }
}
