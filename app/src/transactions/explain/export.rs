//! The slices of a span as CSV and XLSX.

use domain::{
    Permission,
    slices::{Explanation, Verdict},
    transactions::money_text,
};

use super::read;
use crate::{
    csv::whole_csv,
    fault::Answer,
    visit::Visit,
    xlsx::{Sheet, xlsx as workbook},
};

const HEAD: [&str; 14] = [
    "verdict",
    "slice",
    "code",
    "share_of_excess",
    "transactions",
    "observed",
    "expected",
    "success_rate",
    "expected_success_rate",
    "low_95",
    "high_95",
    "since_utc",
    "money_at_risk",
    "from_utc/to_utc",
];

fn number(value: Option<f64>) -> String {
    value.map(|value| format!("{value:.6}")).unwrap_or_default()
}

fn rows(found: &Explanation) -> Vec<Vec<String>> {
    let span = format!("{}/{}", found.span.from.rfc3339(), found.span.to.rfc3339());
    let rate = found.looked.is_rate();
    if found.verdict != Verdict::Slices {
        let success = |part: f64| number((rate && found.total > 0.0).then(|| 1.0 - part / found.total));
        let code = found.codes.first().map(|code| code.code.clone()).unwrap_or_default();
        return vec![vec![
            found.verdict.name().to_owned(),
            String::new(),
            code,
            String::new(),
            format!("{:.0}", found.total),
            format!("{:.0}", found.observed),
            format!("{:.3}", found.expected),
            success(found.observed),
            success(found.expected),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
            span,
        ]];
    }
    let row = |culprit: &domain::slices::Culprit| {
        let slice: Vec<String> = culprit.slice.iter().map(|choice| format!("{}={}", choice.dimension, choice.value)).collect();
        let money: Vec<String> =
            culprit.money.iter().map(|money| format!("{} {}", money.currency, money_text(money.failed_amount, &money.currency))).collect();
        vec![
            found.verdict.name().to_owned(),
            slice.join(" "),
            culprit.code().map(|code| code.code.clone()).unwrap_or_default(),
            number(Some(culprit.share)),
            format!("{:.0}", culprit.total),
            format!("{:.0}", culprit.observed),
            format!("{:.3}", culprit.expected),
            number(culprit.rate().filter(|_| rate)),
            number(culprit.expected_rate().filter(|_| rate)),
            number(culprit.low),
            number(culprit.high),
            culprit.since.map(domain::Timestamp::rfc3339).unwrap_or_default(),
            money.join(" + "),
            span.clone(),
        ]
    };
    found.culprits.iter().map(row).collect()
}

pub(super) async fn csv(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let (_, asked) = read(&visit)?;
    let found = visit.portal.explanations.explain(&visit.actor, &asked).await?;
    Ok(whole_csv("explanation.csv", &HEAD, rows(&found).into_iter())?)
}

pub(super) async fn xlsx(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let (_, asked) = read(&visit)?;
    let found = visit.portal.explanations.explain(&visit.actor, &asked).await?;
    let mut sheets = vec![Sheet::new("slices", &HEAD, rows(&found))];
    let codes = found
        .codes
        .iter()
        .map(|code| vec![code.code.clone(), code.failed.to_string(), format!("{:.3}", code.expected), number(Some(code.share))]);
    sheets.push(Sheet::new("codes", &["code", "failures", "expected", "share_of_excess"], codes.collect()));
    let differences = found.dimensions.iter().flat_map(|one| {
        one.values.iter().map(|value| vec![one.dimension.clone(), value.value.clone(), number(Some(value.now)), number(Some(value.before))])
    });
    sheets.push(Sheet::new("differences", &["dimension", "value", "share_now", "share_before"], differences.collect()));
    Ok(workbook("explanation.xlsx", &sheets)?)
}
