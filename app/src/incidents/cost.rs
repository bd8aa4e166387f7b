//! What one incident cost, and how long each step took: the panels of its page.

use domain::incidents::{Cost, Impact, ImpactMoney, ImpactVerdict, TimeKind, Times};
use domain::transactions::money_grouped;
use leptos::prelude::*;

use super::say::who;
use crate::{
    components::{Button, Fact, Facts, Kpi, Kpis, Lasted, MomentField, SelectField, TextField, When, WhenSpan, duration, full},
    form::FormState,
    t,
    visit::use_visit,
};

/// Excess and money in one line: `312 failed beyond · CNY 12,345.00`; `None` where the figures do not tell.
pub(super) fn cost_line(impact: &Impact) -> Option<String> {
    (impact.verdict == ImpactVerdict::Told).then(|| line(impact.excess, &impact.money))
}

/// `Also counted in INC-12, INC-14`, each a link.
pub(super) fn also(impact: &Impact) -> impl IntoView + use<> {
    let link = |(place, number): (usize, &i64)| {
        let comma = (place > 0).then_some(", ");
        view! { {comma}<a class="nowrap" href=format!("/incidents/{number}")>{format!("INC-{number}")}</a> }
    };
    view! { {t!("incidents-cost-also")}" "{impact.also.iter().enumerate().map(link).collect_view()} }
}

/// What several incidents cost together, as [`cost_line`]; `None` where of none the figures tell.
pub(super) fn sum_line(cost: &Cost) -> Option<String> {
    (cost.incidents > 0).then(|| line(cost.excess, &cost.money))
}

fn line(excess: i64, money: &[ImpactMoney]) -> String {
    let money = money.iter().map(|m| format!(" · {} {}", m.currency, money_grouped(m.amount, &m.currency))).collect::<String>();
    format!("{}{money}", full(excess))
}

/// What it cost.
pub(super) fn cost(impact: Option<&Impact>) -> AnyView {
    let Some(impact) = impact else { return view! { <p class="muted">{t!("incidents-cost-waiting")}</p> }.into_any() };
    let counted = view! { <p class="muted small">{t!("incidents-cost-span")}" "<WhenSpan from=impact.from to=impact.to/>" · "{t!("incidents-cost-read")}" "<When at=impact.computed_at/></p> };
    let systems = impact.systems.join(", ");
    match impact.verdict {
        ImpactVerdict::None => view! { <p class="muted">{t!("incidents-cost-none")}</p> }.into_any(),
        ImpactVerdict::TooLittle => {
            let text = t!("incidents-cost-too-little", total = impact.total, failed = impact.failed);
            view! { <p>{text}</p>{counted} }.into_any()
        }
        ImpactVerdict::Told => {
            let bound = t!("incidents-cost-bound", low = full(impact.low), high = full(impact.high));
            let of = t!("incidents-cost-of", failed = full(impact.failed), total = full(impact.total), expected = full(impact.expected));
            let money = impact
                .money
                .iter()
                .map(|m| view! { <Kpi label=t!("incidents-cost-amount") value=money_grouped(m.amount, &m.currency) unit=m.currency.clone()/> })
                .collect_view();
            let missing = (impact.missing > 0).then(|| view! { <p>{t!("incidents-cost-missing", count = full(impact.missing))}</p> });
            let also = (!impact.also.is_empty()).then(|| view! { <p>{also(impact)}" "{t!("incidents-cost-once")}</p> });
            let how = t!("incidents-cost-how", weeks = impact.weeks, systems = systems);
            let failed = view! { <Kpi label=t!("incidents-cost-failed") value=full(impact.excess) note=bound/> };
            view! {
                <div class="stack-tight">
                <Kpis>
                    {failed}
                    {money}
                </Kpis>
                <p>{of}</p>
                {missing}
                {also}
                <p class="muted small">{how}</p>
                {counted}
                </div>
            }
            .into_any()
        }
    }
}

/// The word of a moment.
pub(super) fn time_word(kind: TimeKind) -> String {
    match kind {
        TimeKind::Began => t!("incidents-time-began"),
        TimeKind::Detected => t!("incidents-time-detected"),
        TimeKind::Acknowledged => t!("incidents-acknowledged"),
        TimeKind::Mitigated => t!("incidents-mitigated"),
        TimeKind::Resolved => t!("incidents-resolved"),
    }
}

/// When things were and how long each step took, and the form that corrects it.
pub(super) fn times(path: &str, times: &Times, may: bool, form: &FormState, open: bool) -> AnyView {
    let took = times.took();
    let length = |ms: Option<i64>| ms.map(|ms| view! { " "<span class="muted">"("<Lasted ms/>")"</span> });
    let row = |kind: TimeKind| {
        let moment = times.of(kind);
        let ms = match kind {
            TimeKind::Began => None,
            TimeKind::Detected => took.detect,
            TimeKind::Acknowledged => took.acknowledge,
            TimeKind::Mitigated => took.mitigate,
            TimeKind::Resolved => took.resolve,
        };
        let corrected = moment.correction.as_ref().map(|correction| {
            let text = t!("incidents-time-corrected", name = who(&correction.by), reason = correction.reason.as_str());
            view! { <p class="muted small">{text}" "{t!("incidents-time-fact")}" "<When at=moment.fact/></p> }
        });
        let (at, length) = (moment.at(), length(ms));
        view! { <Fact name=time_word(kind)><When at/>{length}{corrected}</Fact> }
    };
    let rows = TimeKind::ALL.iter().map(|kind| row(*kind)).collect_view();
    let zone = use_visit().zone_name.clone();
    let correct = may.then(|| {
        let options = TimeKind::ALL.iter().map(|kind| (kind.name().to_owned(), time_word(*kind))).collect::<Vec<_>>();
        view! {
            <details class="incident-edit" open=open>
                <summary>{t!("incidents-time-correct")}</summary>
                <form class="form" method="post" action=format!("{path}/times")>
                    <input type="hidden" name="zone" value=zone/>
                    <SelectField form=form name="what" label=t!("incidents-time-what") options/>
                    <MomentField form=form name="at" label=t!("incidents-time-at") hint=t!("incidents-time-at-hint") optional=true/>
                    <TextField form=form name="reason" label=t!("incidents-reason")/>
                    <div class="form-acts"><Button label=t!("incidents-save")/></div>
                </form>
            </details>
        }
    });
    view! { <Facts>{rows}</Facts>{correct} }.into_any()
}

/// How long each step took, as names and values for a document.
pub(super) fn took_lines(times: &Times) -> Vec<(String, String)> {
    let took = times.took();
    [
        (t!("incidents-took-detect"), took.detect),
        (t!("incidents-took-acknowledge"), took.acknowledge),
        (t!("incidents-took-mitigate"), took.mitigate),
        (t!("incidents-took-resolve"), took.resolve),
    ]
    .into_iter()
    .filter_map(|(name, ms)| Some((name, duration(ms?))))
    .collect()
}
