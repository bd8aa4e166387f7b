//! Rules in words, shapes and colours.

use domain::rules::{Compare, Condition, Fold, Input, InputKind, Measure, NoData, Rule, Shown};
use leptos::prelude::*;

use crate::{
    components::{Badge, Tone, duration, significant},
    t,
};

pub(super) fn say_kind(kind: InputKind) -> String {
    match kind {
        InputKind::Query => t!("rules-kind-query"),
        InputKind::Kept => t!("rules-kind-kept"),
        InputKind::Transactions => t!("rules-kind-transactions"),
        InputKind::Unusual => t!("rules-kind-unusual"),
    }
}

pub(super) fn say_measure(measure: Measure) -> String {
    match measure {
        Measure::Volume => t!("rules-measure-volume"),
        Measure::Success => t!("rules-measure-success"),
        Measure::P99 => t!("rules-measure-p99"),
        Measure::Code => t!("rules-measure-code"),
        Measure::Amount => t!("rules-measure-amount"),
    }
}

pub(super) fn say_fold(fold: Fold) -> String {
    match fold {
        Fold::Last => t!("rules-fold-last"),
        Fold::Mean => t!("rules-fold-mean"),
        Fold::Least => t!("rules-fold-min"),
        Fold::Most => t!("rules-fold-max"),
    }
}

pub(crate) fn say_no_data(no_data: NoData) -> String {
    match no_data {
        NoData::Keep => t!("rules-no-data-keep"),
        NoData::Alert => t!("rules-no-data-alert"),
        NoData::Ok => t!("rules-no-data-ok"),
    }
}

/// The unit of a rule's values; empty where nobody knows it.
pub(super) fn unit(rule: &Rule) -> String {
    rule.input.unit(rule.weeks).to_owned()
}

/// What is looked at where surprises are judged.
pub(super) fn say_unusual(measure: Measure) -> String {
    match measure {
        Measure::Volume => t!("rules-unusual-volume"),
        Measure::Success => t!("rules-unusual-success"),
        Measure::P99 => t!("rules-unusual-p99"),
        Measure::Code => t!("rules-unusual-code"),
        Measure::Amount => t!("rules-measure-amount"),
    }
}

/// When it is bad, in one sentence.
pub(super) fn say_condition(rule: &Rule) -> String {
    match rule.condition {
        Condition::Present => t!("rules-when-present"),
        Condition::Threshold(threshold) => {
            let (fire, recover) = (format!("{} {}", significant(threshold.fire), unit(rule)), significant(threshold.recover));
            let (fire, recover) = (fire.trim().to_owned(), format!("{recover} {}", unit(rule)).trim().to_owned());
            match threshold.compare {
                Compare::Above => t!("rules-when-above", fire = fire, recover = recover),
                Compare::Below => t!("rules-when-below", fire = fire, recover = recover),
            }
        }
    }
}

/// What it reads, in one line.
pub(super) fn say_input(rule: &Rule) -> String {
    let seconds = |s: u32| duration(i64::from(s) * 1_000);
    match &rule.input {
        Input::Query { expr, .. } => expr.clone(),
        Input::Kept { selector, over_s, fold, .. } => {
            t!("rules-reads-kept", selector = selector.clone(), fold = say_fold(*fold), over = seconds(*over_s))
        }
        Input::Transactions { measure, filter, over_s, currency } => {
            let mut chosen: Vec<String> = filter.choices().map(|(dimension, value)| format!("{dimension}={value}")).collect();
            chosen.extend(Some(currency.clone()).filter(|currency| !currency.is_empty()));
            t!("rules-reads-transactions", measure = say_measure(*measure), over = seconds(*over_s), chosen = chosen.join(" "))
        }
        Input::Unusual { measure, filter, over_s, by, .. } => {
            let chosen: Vec<String> = filter.choices().map(|(dimension, value)| format!("{dimension}={value}")).collect();
            let (measure, over, chosen) = (say_unusual(*measure), seconds(*over_s), chosen.join(" "));
            if by.is_empty() {
                t!("rules-reads-unusual", measure = measure, over = over, chosen = chosen)
            } else {
                t!("rules-reads-unusual-by", measure = measure, over = over, chosen = chosen, by = by.clone())
            }
        }
    }
}

/// How a rule is, as a badge.
#[component]
pub(super) fn ShownBadge(shown: Shown) -> impl IntoView {
    let (tone, word) = match shown {
        Shown::Holding => (Tone::P1, t!("rules-shown-holding")),
        Shown::Unknown => (Tone::NoData, t!("rules-shown-unknown")),
        Shown::NoData => (Tone::NoData, t!("rules-shown-no-data")),
        Shown::New => (Tone::NoData, t!("rules-shown-new")),
        Shown::Paused => (Tone::NoData, t!("rules-shown-paused")),
        Shown::Quiet => (Tone::Ok, t!("rules-shown-quiet")),
    };
    view! { <Badge tone word/> }
}
