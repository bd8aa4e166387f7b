//! The cheapest windows ahead, in the form: what each is expected to cost, how long until it could be judged, and a button that
//! takes it.

use domain::{
    changes::{ExpectedAmount, QuietAnswer, QuietWindow},
    quiet::GOOD,
    time::MINUTE,
    transactions::money_grouped,
};
use leptos::prelude::*;

use crate::{
    components::{Button, Cell, Column, NULL, Notice, Table, Tone, duration, significant},
    t,
};

/// What was found.
#[component]
pub(super) fn Quiet(answer: QuietAnswer) -> impl IntoView {
    if let Some(lack) = answer.lack {
        return view! { <Notice tone=Tone::P4 title=t!(&format!("changes-quiet-lack-{lack}"))/> }.into_any();
    }
    let take = |_: usize, window: &QuietWindow| {
        let value = format!("take {} {}", window.start, window.end);
        view! { <Cell><Button label=t!("changes-quiet-take") name="act" value small=true/></Cell> }.into_any()
    };
    view! {
        <div class="stack" id="quiet">
            {windows(&answer, t!("changes-quiet-title"), &take)}
            <p class="field-hint">{basis(&answer)}</p>
        </div>
    }
    .into_any()
}

/// The windows as a table; `take` is the last cell of each, by its place from 1.
pub(super) fn windows(answer: &QuietAnswer, caption: String, take: &dyn Fn(usize, &QuietWindow) -> AnyView) -> impl IntoView + use<> {
    // What moves no money has no column for it.
    let paid = answer.windows.iter().any(|window| !window.amounts.is_empty());
    let amount = paid.then_some("changes-quiet-amount");
    let heads = ["changes-quiet-expected"].into_iter().chain(amount).chain(["changes-quiet-cost", "changes-quiet-verdict"]);
    let mut columns = vec![Column::new(t!("changes-field-window"))];
    columns.extend(heads.map(|key| Column::new(t!(key)).number()));
    columns.push(Column::unspoken(t!("changes-quiet-take")));
    let several = answer.windows.iter().any(|window| window.slowest != answer.windows[0].slowest) || answer.systems > 1;
    let rows = (1..).zip(&answer.windows).map(|(rank, window)| row(window, (paid, several), take(rank, window))).collect_view();
    view! { <Table caption columns>{rows}</Table> }
}

/// What the windows are reckoned from, in sentences.
pub(super) fn basis(answer: &QuietAnswer) -> String {
    let part = (answer.told < answer.systems).then(|| t!("changes-quiet-part", count = answer.told));
    let undoing =
        (answer.rollback_minutes > 0).then(|| t!("changes-quiet-rollback", length = duration(i64::from(answer.rollback_minutes) * MINUTE)));
    let told = t!("changes-quiet-judged", drop = significant(answer.drop));
    let needed = (answer.needed > 0.0).then(|| t!("changes-quiet-needed", needed = significant(answer.needed.ceil())));
    let tried = answer.backtest.map(|tried| {
        let key = if tried.mean <= GOOD { "changes-quiet-backtest" } else { "changes-quiet-backtest-poor" };
        t!(key, weeks = tried.weeks, ratio = significant(tried.mean), worst = significant(tried.worst))
    });
    let (percent, zone) = (significant(answer.failing * 100.0), answer.zone.clone());
    let basis = t!("changes-quiet-basis", count = answer.systems, failing = percent, zone = zone);
    [Some(basis), part, undoing, Some(told), needed, tried].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// That the watch after the work is too short for a verdict in the windows that were found; `None` where it is not.
pub(super) fn too_short(answer: &QuietAnswer, minutes: &str) -> Option<String> {
    let watched = minutes.trim().parse::<i64>().ok().filter(|minutes| *minutes > 0)? * MINUTE;
    let verdicts = answer.windows.iter().map(|window| window.verdict_ms);
    let longest = verdicts.clone().flatten().max();
    match longest.filter(|longest| *longest > watched) {
        Some(longest) => Some(t!("changes-quiet-longer", duration = duration(longest))),
        None if verdicts.clone().any(|verdict| verdict.is_none()) => Some(t!("changes-quiet-too-quiet")),
        None => None,
    }
}

fn row(window: &QuietWindow, (paid, several): (bool, bool), take: AnyView) -> impl IntoView + use<> {
    let text = from_to(&window.start, &window.end);
    let verdict = window.verdict_ms.map_or_else(|| t!("changes-quiet-never"), duration);
    let slowest = window.slowest.clone();
    let slowest = (several && !slowest.is_empty()).then(|| view! { <p class="muted small">{slowest}</p> });
    let expected = format!("{} (≤ {})", significant(window.expected), significant(window.upper));
    let amount = paid.then(|| amounts(&window.amounts));
    let cost = significant(window.cost);
    view! {
        <tr>
            <Cell main=true>{text}</Cell>
            <Cell label=t!("changes-quiet-expected") number=true>{expected}</Cell>
            {amount.map(|text| view! { <Cell label=t!("changes-quiet-amount") number=true>{text}</Cell> })}
            <Cell label=t!("changes-quiet-cost") number=true>{cost}</Cell>
            <Cell label=t!("changes-quiet-verdict") number=true>{verdict}{slowest}</Cell>
            {take}
        </tr>
    }
}

/// From when until when on the wall: `2026-11-30 19:00 – 21:00`, with the day of the end where it is another.
fn from_to(start: &str, end: &str) -> String {
    let end = match (start.split_once('T'), end.split_once('T')) {
        (Some((first, _)), Some((last, time))) if first == last => time.to_owned(),
        _ => end.replace('T', " "),
    };
    format!("{} – {end}", start.replace('T', " "))
}

/// Amounts with their currencies: `CNY 1,234.50, JPY 800`.
pub(super) fn amounts(amounts: &[ExpectedAmount]) -> String {
    let say = |one: &ExpectedAmount| format!("{} {}", one.currency, money_grouped(one.amount, &one.currency)).trim_start().to_owned();
    if amounts.is_empty() { NULL.to_owned() } else { amounts.iter().map(say).collect::<Vec<_>>().join(", ") }
}
