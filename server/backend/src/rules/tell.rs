//! What alerts are told of the label sets of a rule.

use domain::{
    Fault,
    alerts::{
        Delays, Labels, Late, Measure, RUNBOOK, Seen, Signal, in_language,
        labels::{ALERTNAME, fingerprint},
    },
    people::Locale,
    rules::{Compare, Condition, Finding, InputKind, Template},
    slices::Explanation,
    time::SECOND,
};

use jiff::tz::TimeZone;

use super::{SOURCE, store::Stored};
use crate::{WriteTx, alerts, explanations};

/// What alerts call a label set of the rule.
pub(super) fn source_id(rule: &Stored, labels: &Labels) -> String {
    format!("{}/{}", rule.id, fingerprint(labels))
}

/// Texts of labels or annotations with their templates filled.
pub(crate) fn filled(texts: &Labels, labels: &Labels, value: Option<f64>) -> Labels {
    // Texts were read when the rule was made; what a later version no longer reads is told as it stands.
    let told = |text: &String| Template::parse(text).map_or_else(|_| text.clone(), |read| read.render(labels, value));
    texts.iter().map(|(name, text)| (name.clone(), told(text))).collect()
}

/// What was found to explain the alert that a rule on transactions has of a label set, where its texts want it. It is known from soon
/// after the alert began, while it is pending too.
async fn found(tx: &mut WriteTx, rule: &Stored, source_id: &str) -> Result<Option<Explanation>, Fault> {
    let wanted = rule.annotations.values().any(|text| Late::is_wanted(text));
    if !wanted || !matches!(rule.input.kind(), InputKind::Transactions | InputKind::Unusual) {
        return Ok(None);
    }
    let Some(alert) = alerts::running_of(tx, SOURCE, source_id).await? else { return Ok(None) };
    explanations::of_running(tx, &alert).await
}

/// Annotations with their templates filled, and the runbook among them.
pub(crate) fn annotated(texts: &Labels, runbook: &str, labels: &Labels, value: Option<f64>) -> Labels {
    let mut annotations = filled(texts, labels, value);
    if !runbook.is_empty() {
        annotations.insert(RUNBOOK.to_owned(), runbook.to_owned());
    }
    annotations
}

/// What is told as the title where the annotations have a summary; in English, or in Chinese where there is none in English.
fn summary(annotations: &Labels) -> Option<String> {
    in_language(annotations, Locale::En).remove("summary").filter(|summary| !summary.trim().is_empty())
}

/// What was seen, in one line of English.
fn seen(rule: &Stored, finding: &Finding, why: &str) -> String {
    if finding.holds.is_none() && !why.is_empty() {
        return why.to_owned();
    }
    let Some(value) = finding.value else { return Seen::NoValue.to_string() };
    let unusual = rule.input.kind() == InputKind::Unusual;
    let value = if unusual {
        format!("{value:.1}")
    } else {
        let six = Template::parse("{{ $value | printf \"%.6g\" }}");
        six.map_or_else(|_| value.to_string(), |template| template.render(&Labels::new(), Some(value)))
    };
    let said = finding.said.clone();
    match rule.condition {
        Condition::Present => Seen::Value { said, value }.to_string(),
        Condition::Threshold(threshold) => {
            let measure = match (unusual, rule.weeks.is_some()) {
                (true, _) => Measure::Surprise,
                (false, true) => Measure::OffWeeks,
                (false, false) => Measure::Value,
            };
            let above = threshold.compare == Compare::Above;
            Seen::Bound { said, measure, value, above, bound: threshold.fire.to_string() }.to_string()
        }
    }
}

/// What is known of one label set now.
pub(super) async fn signal(tx: &mut WriteTx, rule: &Stored, finding: &Finding, why: &str) -> Result<Signal, Fault> {
    let mut labels = finding.labels.clone();
    labels.extend(filled(&rule.labels, &finding.labels, finding.value));
    let severity = rule.severity.of(&labels, finding.value);
    labels.insert(ALERTNAME.to_owned(), rule.name.clone());
    if !rule.group.is_empty() {
        labels.insert("group".to_owned(), rule.group.clone());
    }
    let found = found(tx, rule, &source_id(rule, &finding.labels)).await?;
    let late = found.and_then(|found| Late::of(&rule.annotations, &labels, finding.value, found));
    let mut annotations = annotated(&rule.annotations, &rule.runbook, &labels, finding.value);
    if let Some(late) = &late {
        // As programs read them; people are told in their language and zone.
        annotations.extend(late.told(Locale::En, &TimeZone::UTC));
    }
    let title = match summary(&annotations) {
        Some(summary) => summary,
        None if finding.labels.is_empty() => rule.name.clone(),
        None => {
            let values: Vec<&str> = finding.labels.values().map(String::as_str).take(4).collect();
            format!("{} · {}", rule.name, values.join(" · "))
        }
    };
    Ok(Signal {
        source_kind: SOURCE,
        source_id: source_id(rule, &finding.labels),
        system: Some(rule.system.clone()),
        team: None,
        holds: finding.holds,
        severity,
        title: title.chars().take(200).collect(),
        detail: seen(rule, finding, why),
        url: format!("/rules/{}", rule.id),
        delays: Some(Delays { hold_ms: i64::from(rule.for_s) * SECOND, recover_ms: i64::from(rule.keep_s) * SECOND }),
        labels,
        annotations,
        late: late.and_then(|late| serde_json::to_string(&late).ok()).unwrap_or_default(),
        rule: rule.terms(),
    })
}
