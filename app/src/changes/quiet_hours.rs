//! How quiet the hours of the calendar are expected to be: shaded the more, the less is expected, with a legend, and as words.

use domain::{
    Span,
    changes::{QUIET_GRADES, QuietSpan},
};
use leptos::prelude::*;

use super::{
    lanes::{percent, place},
    quiet::amounts,
};
use crate::{
    components::{Here, WhenSpan, compact},
    t,
    visit::{Visit, use_visit},
};

/// What is expected in a span: `at most 10 % of the busiest hour · 6 transactions · CNY 75.00`.
fn expectation(one: &QuietSpan) -> String {
    let mut said = format!("{} · {}", grade_text(one.grade), t!("changes-quiet-hours-expected", number = compact(one.expected.round())));
    if !one.amounts.is_empty() {
        said.push_str(" · ");
        said.push_str(&amounts(&one.amounts));
    }
    said
}

fn grade_text(grade: u8) -> String {
    let most = QUIET_GRADES.get(usize::from(grade).saturating_sub(1)).copied().unwrap_or(1.0);
    t!("changes-quiet-grade", percent = format!("{:.0}", most * 100.0))
}

/// `02:00–05:00` on the wall of the reader.
fn clock(span: Span, visit: &Visit) -> String {
    let at = |moment| visit.clock(moment);
    format!("{}–{}", at(span.from), at(span.to))
}

/// The shaded spans of a picture that begins at `top` and is so high.
pub(super) fn bands(quiet: &[QuietSpan], span: Span, (top, height): (i64, i64)) -> impl IntoView + use<> {
    let visit = use_visit();
    quiet
        .iter()
        .map(|one| {
            let (x, to) = (place(one.span.from, span), place(one.span.to, span));
            let said = format!("{} {}", clock(one.span, &visit), expectation(one));
            view! {
                <rect
                    x=percent(x)
                    width=percent(to - x)
                    y=top.to_string()
                    height=height.to_string()
                    class="changes-quiet-hour"
                    data-grade=one.grade.to_string()
                >
                    <title>{said}</title>
                </rect>
            }
        })
        .collect_view()
}

/// The hours of one day in a strip, and the quietest of them in words.
pub(super) fn strip(quiet: &[QuietSpan], day: Span) -> Option<impl IntoView + use<>> {
    let visit = use_visit();
    let of_day: Vec<QuietSpan> = quiet.iter().filter(|one| one.span.overlaps(day)).cloned().collect();
    let least = of_day.iter().map(|one| one.grade).min()?;
    let cut = |span: Span| Span { from: span.from.max(day.from), to: span.to.min(day.to) };
    let clocks: Vec<String> = of_day.iter().filter(|one| one.grade == least).map(|one| clock(cut(one.span), &visit)).collect();
    let said = t!("changes-quiet-day", hours = clocks.join(", "), grade = grade_text(least));
    Some(view! {
        <svg class="changes-strip" width="100%" height="10" role="img" aria-label=said>{bands(&of_day, day, (0, 10))}</svg>
    })
}

/// The legend and the shaded hours as words; or the link that shades them.
pub(super) fn hours(quiet: Option<&[QuietSpan]>) -> AnyView {
    let here = Here::now();
    if here.get("quiet") != "on" {
        return view! { <p><a class="changes-link" href=here.with("quiet", "on").href()>{t!("changes-quiet-show")}</a></p> }.into_any();
    }
    let off = here.with("quiet", "").href();
    let body = match quiet {
        None => view! { <p class="muted">{t!("changes-quiet-unknown")}</p> }.into_any(),
        Some([]) => view! { <p class="muted">{t!("changes-quiet-even")}</p> }.into_any(),
        Some(quiet) => view! { <Shown quiet=quiet.to_vec()/> }.into_any(),
    };
    view! { <div>{body}<p><a class="changes-link" href=off>{t!("changes-quiet-hide")}</a></p></div> }.into_any()
}

#[component]
fn Shown(quiet: Vec<QuietSpan>) -> impl IntoView {
    let grades = (1_u8..)
        .zip(QUIET_GRADES)
        .map(|(grade, _)| {
            view! {
                <li>
                    <svg class="changes-swatch" width="24" height="12" aria-hidden="true">
                        <rect width="24" height="12" class="changes-quiet-hour" data-grade=grade.to_string()></rect>
                    </svg>
                    {grade_text(grade)}
                </li>
            }
        })
        .collect_view();
    let count = quiet.len();
    let list =
        quiet.iter().map(|one| view! { <li><WhenSpan from=one.span.from to=one.span.to/>" · "{expectation(one)}</li> }).collect_view();
    view! {
        <ul class="changes-legend" aria-label=t!("changes-quiet-legend")>{grades}</ul>
        <details class="changes-more"><summary>{t!("changes-quiet-hours", count = count)}</summary><ul>{list}</ul></details>
    }
}
