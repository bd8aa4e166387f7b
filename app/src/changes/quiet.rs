//! The cheapest windows ahead, in the form: what each is expected to cost, how long until it could be judged, and a button that
//! takes it.

use domain::{
    Span,
    changes::{QuietAnswer, QuietWindow},
};
use leptos::prelude::*;

use crate::{
    components::{Button, Cell, Column, Here, Notice, Table, Tone, WhenSpan, duration, significant},
    t,
};

/// What was found.
#[component]
pub(super) fn Quiet(answer: QuietAnswer) -> impl IntoView {
    if let Some(lack) = answer.lack {
        return view! { <Notice tone=Tone::P4 title=t!(&format!("changes-quiet-lack-{lack}"))/> }.into_any();
    }
    let heads = ["changes-quiet-expected", "changes-quiet-cost", "changes-quiet-verdict"];
    let mut columns = vec![Column::new(t!("changes-field-window"))];
    columns.extend(heads.iter().map(|key| Column::new(t!(key)).number()));
    columns.push(Column::unspoken(t!("changes-quiet-take")));
    let rows = answer.windows.into_iter().map(row).collect_view();
    let percent = significant(answer.failing * 100.0);
    let tried = answer.backtest.map(|ratio| t!("changes-quiet-backtest", ratio = significant(ratio)));
    view! {
        <div class="stack" id="quiet">
            <Table caption=t!("changes-quiet-title") columns>{rows}</Table>
            <p class="field-hint">
                {t!("changes-quiet-basis", count = answer.systems, failing = percent, needed = significant(answer.needed.ceil()), zone = answer.zone)}
                " "
                {tried}
            </p>
        </div>
    }
    .into_any()
}

fn row(window: QuietWindow) -> impl IntoView + use<> {
    let text = format!("{} – {}", window.start.replace('T', " "), window.end.replace('T', " "));
    let verdict = window.verdict_ms.map_or_else(|| t!("changes-quiet-never"), duration);
    let expected = format!("{} (≤ {})", significant(window.expected), significant(window.upper));
    view! {
        <tr>
            <Cell main=true>{text}</Cell>
            <Cell label=t!("changes-quiet-expected") number=true>{expected}</Cell>
            <Cell label=t!("changes-quiet-cost") number=true>{significant(window.cost)}</Cell>
            <Cell label=t!("changes-quiet-verdict") number=true>{verdict}</Cell>
            <Cell><Button label=t!("changes-quiet-take") name="act" value=format!("take {} {}", window.start, window.end) small=true/></Cell>
        </tr>
    }
}

/// The quiet hours that a calendar shades, as words; or the link that shades them.
pub(super) fn hours(calm: &[Span]) -> AnyView {
    let here = Here::now();
    if here.get("quiet") != "on" {
        return view! { <p><a class="changes-link" href=here.with("quiet", "on").href()>{t!("changes-quiet-show")}</a></p> }.into_any();
    }
    let off = here.with("quiet", "").href();
    let list = calm.iter().map(|span| view! { <li><WhenSpan from=span.from to=span.to/></li> }).collect_view();
    let body = if calm.is_empty() {
        view! { <p class="muted">{t!("changes-quiet-unknown")}</p> }.into_any()
    } else {
        let count = calm.len();
        view! { <details class="changes-more"><summary>{t!("changes-quiet-hours", count = count)}</summary><ul>{list}</ul></details> }
            .into_any()
    };
    view! { <div>{body}<p><a class="changes-link" href=off>{t!("changes-quiet-hide")}</a></p></div> }.into_any()
}
