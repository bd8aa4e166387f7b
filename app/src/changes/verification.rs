//! How a change went, by figures: the sentence, every comparison with its interval, the chart, each look; and what people may
//! say in place of it.

use axum::extract::Path;
use domain::{
    Fault, Timestamp,
    changes::{Detail, DrawnSlot, Look, LookControl, LookFigure, LookMeasure, Outcome, Verification, Verified, WatchStage},
    id::ChangeId,
};
use leptos::prelude::*;

use super::{
    acts,
    forest::Forest,
    say::outcome_word,
    undoing::{RollBack, is_proposed},
};
use crate::{
    components::{
        Badge, Button, ButtonKind, Cell, Chart, ChartData, Column, NULL, Notice, Panel, SelectField, Series, Table, TextAreaField, Tone,
        When, full, significant,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    i18n::say_wording,
    t,
    visit::{Visit, current_locale},
};

/// The change with every look that was taken at it.
pub(super) async fn whole(visit: &Visit, id: &str) -> Result<Detail, Fault> {
    let mut detail = visit.portal.changes.detail(&visit.actor, id).await?;
    if detail.verification.is_some() {
        detail.verification = Some(visit.portal.verifying.verification(&visit.actor, id).await?);
    }
    Ok(detail)
}

/// `POST /changes/{id}/judge`
pub(super) async fn judge(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = ChangeId::parse(&id).ok_or(Fault::NotFound("change"))?;
    let done = visit.portal.verifying.judge(&visit.actor, &id, &form.typed).await;
    acts::answer(visit, &id, form, done, "toast-change-judged").await
}

/// A verdict in one word.
pub(super) fn verdict_word(verdict: Verified) -> String {
    t!(&format!("changes-verified-{verdict}"))
}

fn verdict_tone(verdict: Verified) -> Tone {
    match verdict {
        Verified::Pass => Tone::Ok,
        Verified::Fail => Tone::P1,
        Verified::Inconclusive => Tone::NoData,
    }
}

/// What decides, as a sentence.
fn sentence(look: &Look) -> String {
    match look.sentence() {
        (_, Some(wording)) => say_wording(current_locale(), &wording),
        (_, None) => t!("changes-look-nothing"),
    }
}

/// The panel of a change that is watched, or was.
#[component]
pub(super) fn Verdict(detail: Detail, form: FormState) -> impl IntoView {
    let Some(known) = detail.verification.clone() else {
        // An outcome without any watching can be said anew as well.
        return detail
            .powers
            .judge
            .then(|| view! { <Panel title=t!("changes-verification") id="verification"><Judge detail form/></Panel> })
            .into_any();
    };
    let proposed = is_proposed(&detail).then(|| detail.clone());
    let proposal = proposed.map(|detail| {
        view! {
            <Notice tone=Tone::P1 title=t!("changes-verified-propose")>
                <RollBack detail text=t!("changes-rolled-back-text")/>
            </Notice>
        }
    });
    let judge = detail.powers.judge.then(|| view! { <Judge detail=detail.clone() form/> });
    view! {
        <Panel title=t!("changes-verification") id="verification">
            <div class="stack">
                <Standing known=known.clone()/>
                <Forest figures=known.looks.last().map(|look| look.figures.clone()).unwrap_or_default()/>
                {proposal}
                <Figures known=known.clone()/>
                <Drawing known=known.clone()/>
                <Looks looks=known.looks/>
                {judge}
            </div>
        </Panel>
    }
    .into_any()
}

/// The verdict, its sentence, and what comes next.
#[component]
pub(super) fn Standing(known: Verification) -> impl IntoView {
    let last = known.looks.last();
    let said = last.map_or_else(|| t!("changes-look-first"), sentence);
    let badge = last.is_some().then(|| {
        let (tone, word) = match (known.verdict, known.stage) {
            (Verified::Pass, stage) if stage != WatchStage::Over => (Tone::NoData, t!("changes-verified-pass-so-far")),
            (verdict, _) => (verdict_tone(verdict), verdict_word(verdict)),
        };
        view! { <Badge tone word/> }
    });
    let basis = last.map(|look| {
        let text = t!("changes-look-basis", count = look.stretches);
        view! { <p class="muted">{text}" "<When at=look.at/></p> }
    });
    let beside = last.map(beside);
    let next = known.next_at.map(|at| {
        let stage = t!(&format!("changes-watch-{}", known.stage));
        view! { <p class="muted">{stage}" "{t!("changes-watch-next")}" "<When at/></p> }
    });
    let open = (known.stage == WatchStage::Over && known.verdict == Verified::Inconclusive && known.judged.is_none())
        .then(|| view! { <Notice tone=Tone::P3 title=t!("changes-verified-open")/> });
    let judged = known.judged.map(|said| {
        let text = t!("changes-judged", name = said.by, outcome = outcome_word(said.outcome));
        view! { <p><strong>{text}</strong>": "{said.reason}" · "<When at=said.at/></p> }
    });
    let codes = last.filter(|look| !look.codes.is_empty()).map(|look| {
        let list: Vec<String> = look.codes.iter().map(|code| format!("{} ({})", code.code, code.failed)).collect();
        view! { <p>{t!("changes-look-new-codes", codes = list.join(", "))}</p> }
    });
    // What is silent is the sentence already where nothing else decides.
    let silent = last.and_then(Look::said_of_silent).filter(|wording| last.and_then(|look| look.sentence().1).as_ref() != Some(wording));
    let untold = [silent, last.and_then(Look::said_of_unseen)];
    let unseen = untold.into_iter().flatten().map(|wording| view! { <p class="muted">{say_wording(current_locale(), &wording)}</p> });
    let unseen = unseen.collect_view();
    view! {
        <p class="changes-verified">{badge}" "<span>{said}</span></p>
        {judged}
        {open}
        {codes}
        {unseen}
        {beside}
        {basis}
        {next}
    }
}

/// The systems that the change does not touch, as a look held it against them; that there were none is said.
fn beside(look: &Look) -> AnyView {
    if look.figures.is_empty() {
        return ().into_any();
    }
    if look.controls.is_empty() {
        return view! { <p class="muted">{t!("changes-look-beside-none")}</p> }.into_any();
    }
    let one = |control: &LookControl| {
        let name = if control.name.is_empty() { t!("changes-look-beside-other") } else { control.name.clone() };
        let text = t!(
            "changes-look-beside-one",
            name = name,
            before = significant(100.0 - control.before),
            since = significant(100.0 - control.since),
            n_before = full(control.n_before.cast_signed()),
            n_since = full(control.n_since.cast_signed())
        );
        view! { <li>{text}</li> }
    };
    let list = look.controls.iter().map(one).collect_view();
    view! { <div class="changes-beside"><p class="muted">{t!("changes-look-beside")}</p><ul class="muted small">{list}</ul></div> }
        .into_any()
}

fn measure_word(figure: &LookFigure) -> String {
    t!(&format!("changes-measure-{}", figure.measure))
}

/// What is compared, and of which system where that is one.
pub(super) fn name_of(figure: &LookFigure) -> String {
    if figure.system.is_empty() { measure_word(figure) } else { format!("{} · {}", figure.system, measure_word(figure)) }
}

pub(super) fn unit(measure: LookMeasure) -> &'static str {
    if matches!(measure, LookMeasure::Failures | LookMeasure::Codes) { " %" } else { " ms" }
}

pub(super) fn signed(value: f64) -> String {
    let text = significant(value);
    if value > 0.0 { format!("+{text}") } else { text }
}

/// The ends of an interval; one that nothing bounds is open.
pub(super) fn bounds(low: Option<f64>, high: Option<f64>) -> (String, String) {
    (low.map_or_else(|| "−∞".to_owned(), signed), high.map_or_else(|| "∞".to_owned(), signed))
}

/// Every comparison of the last look.
#[component]
fn Figures(known: Verification) -> impl IntoView {
    let Some(look) = known.looks.last().filter(|look| !look.figures.is_empty()).cloned() else { return ().into_any() };
    let heads = ["changes-look-before", "changes-look-since", "changes-look-difference", "changes-look-margin", "changes-look-n"];
    let caption = t!("changes-look-table");
    let mut columns = vec![Column::new(t!("changes-look-measure"))];
    columns.extend(heads.iter().map(|key| Column::new(t!(key)).number()));
    columns.push(Column::new(t!("changes-look-verdict")));
    // Where all is of one system, its name in every row would only push the verdict out of sight.
    let several = look.figures.windows(2).any(|pair| pair[0].system != pair[1].system && !pair[1].system.is_empty());
    let rows = look
        .figures
        .into_iter()
        .map(|figure| {
            let (low, high) = bounds(figure.low, figure.high);
            let known = figure.n_since > 0;
            let told = |text: String| if known { text } else { NULL.to_owned() };
            let unit = unit(figure.measure);
            let values = [
                format!("{}{unit}", significant(figure.before)),
                told(format!("{}{unit}", significant(figure.since))),
                told(signed(figure.estimate)),
                significant(figure.margin),
                format!("{} / {}", full(figure.n_before.cast_signed()), full(figure.n_since.cast_signed())),
            ];
            let interval = told(format!("{low} … {high}"));
            let cells = heads.iter().zip(values).map(|(key, value)| {
                let beneath = key.ends_with("difference").then(|| view! { <p class="muted small">{interval.clone()}</p> });
                view! { <Cell label=t!(key) number=true>{value}{beneath}</Cell> }
            });
            let cells = cells.collect_view();
            let name = match figure.system.as_str() {
                system if several && !system.is_empty() => format!("{system} · {}", measure_word(&figure)),
                _ => measure_word(&figure),
            };
            let alone = figure.alone.zip(figure.drift).map(|(alone, drift)| {
                let (low, high) = bounds(alone.low, alone.high);
                let text =
                    t!("changes-look-alone", estimate = signed(alone.estimate), low = low, high = high, drift = signed(drift.estimate));
                view! { <p class="muted small">{text}</p> }
            });
            let doubt = figure.doubt.map(|doubt| view! { <p class="muted small">{t!(&format!("changes-doubt-{doubt}"))}</p> });
            let warnings = figure.warnings().map(|wording| say_wording(current_locale(), &wording));
            let warnings = warnings.map(|text| view! { <p class="muted small changes-warning">{text}</p> }).collect_view();
            view! {
                <tr>
                    <Cell main=true>{name}</Cell>
                    {cells}
                    <Cell label=t!("changes-look-verdict")>
                        <Badge tone=verdict_tone(figure.verdict) word=verdict_word(figure.verdict) plain=true/>
                        {doubt}
                        {alone}
                        {warnings}
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption columns>{rows}</Table> }.into_any()
}

/// Success before the change, since, and a week earlier.
#[component]
fn Drawing(known: Verification) -> impl IntoView {
    if known.drawn.len() < 2 {
        return ().into_any();
    }
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    let rate = |total: u64, failed: u64| (total > 0).then(|| 100.0 * (1.0 - failed as f64 / total as f64));
    // Nothing was compared while the work was done: gaps stay gaps.
    let width = known.drawn.windows(2).map(|pair| pair[1].at.since(pair[0].at)).min().unwrap_or_default();
    let mut slots: Vec<(Timestamp, Option<DrawnSlot>)> = Vec::with_capacity(known.drawn.len() + 1);
    for slot in &known.drawn {
        if let Some(last) = slots.last().map(|(at, _)| *at).filter(|last| slot.at.since(*last) > width) {
            slots.push((last.plus(width), None));
        }
        slots.push((slot.at, Some(*slot)));
    }
    let series = |name, past, of: fn(&DrawnSlot) -> (u64, u64)| Series {
        name,
        values: slots.iter().map(|(_, slot)| slot.as_ref().map(of).and_then(|(total, failed)| rate(total, failed))).collect(),
        past,
    };
    let mut lines = vec![series(t!("changes-look-chart"), false, |slot| (slot.total, slot.failed))];
    if known.drawn.iter().any(|slot| slot.week_total > 0) {
        lines.push(series(t!("changes-look-week"), true, |slot| (slot.week_total, slot.week_failed)));
    }
    if known.drawn.iter().any(|slot| slot.control_total > 0) {
        lines.push(series(t!("changes-look-others"), false, |slot| (slot.control_total, slot.control_failed)));
    }
    let data = ChartData { times: slots.iter().map(|(at, _)| *at).collect(), series: lines, unit: "%".into(), ..ChartData::default() };
    let summary = known.looks.last().map_or_else(String::new, |look| format!("{}: {}", verdict_word(look.verdict), sentence(look)));
    view! { <Chart id="change-verification" title=t!("changes-look-chart") summary data live="changes"/> }.into_any()
}

/// Every look, the latest first.
#[component]
fn Looks(looks: Vec<Look>) -> impl IntoView {
    if looks.len() < 2 {
        return ().into_any();
    }
    let count = looks.len();
    let rows = looks
        .into_iter()
        .rev()
        .map(|look| {
            let stage = t!(&format!("changes-watch-{}", look.stage));
            let said = sentence(&look);
            view! {
                <li>
                    <Badge tone=verdict_tone(look.verdict) word=verdict_word(look.verdict) plain=true/>
                    " "
                    <When at=look.at/>
                    " · "
                    {stage}
                    <p class="muted small">{said}</p>
                </li>
            }
        })
        .collect_view();
    view! { <details class="changes-more"><summary>{t!("changes-looks", count = count)}</summary><ol class="changes-looks">{rows}</ol></details> }.into_any()
}

/// A person says how it ended, with a reason.
#[component]
fn Judge(detail: Detail, form: FormState) -> impl IntoView {
    // Whoever alone approved what was undone may call it undone, and nothing else.
    let refused = detail.powers.judge_refusal.clone();
    let disabled = refused.is_some() && detail.summary.outcome == Some(Outcome::RolledBack);
    let theirs = Outcome::ALL.iter().filter(|outcome| refused.is_none() || **outcome == Outcome::RolledBack);
    let outcomes = theirs.map(|outcome| (outcome.name().to_owned(), outcome_word(*outcome))).collect();
    let refused = refused.map(|why| {
        view! { <Notice tone=Tone::P3 title=say_wording(current_locale(), &why)><p>{t!("changes-judge-undone")}</p></Notice> }
    });
    let action = format!("/changes/{}/judge", detail.summary.id);
    view! {
        <details class="confirm" open=form.error("outcome").is_some() || form.error("remark").is_some()>
            <summary class="button">{t!("changes-judge-ask")}</summary>
            <form class="confirm-body" method="post" action=action>
                {refused}
                <p>{t!("changes-judge-text")}</p>
                <SelectField form=&form name="outcome" label=t!("changes-field-outcome") options=outcomes blank=t!("changes-choose")/>
                <TextAreaField form=&form name="remark" label=t!("changes-field-reason") rows=2/>
                <Button label=t!("changes-judge") kind=ButtonKind::Primary disabled/>
            </form>
        </details>
    }
}
