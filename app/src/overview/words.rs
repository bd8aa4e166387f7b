//! The verdict in words.

use domain::overview::{Answer, FRESH, Reason, Summary};
use leptos::prelude::*;

use crate::{
    components::{Icon, Tone, When, full, percent},
    t,
    transactions::signed,
    visit::use_visit,
};

/// One reason as a sentence.
fn reason(reason: &Reason) -> AnyView {
    match reason {
        Reason::SuccessFell { now, before, failed } => {
            let (now, failed) = (percent(Some(*now)), full(signed(*failed)));
            match before {
                Some(before) => t!("overview-success-fell", now = now, before = percent(Some(*before)), failed = failed).into_any(),
                None => t!("overview-success-low", now = now, failed = failed).into_any(),
            }
        }
        Reason::SuccessBack { now, failed } => {
            t!("overview-success-back", now = percent(Some(*now)), failed = full(signed(*failed))).into_any()
        }
        Reason::IncidentOver { label, title, told, href } => {
            let words = format!("{label} {}", crate::alerts::spoken_title(title, told));
            view! { {t!("overview-incident-over")}" "<a href=href.clone()>{words}</a> }.into_any()
        }
        Reason::VolumeFell { now, before } => {
            t!("overview-volume-fell", now = full(signed(*now)), before = full(signed(*before))).into_any()
        }
        Reason::Incident { label, title, told, href } => {
            let words = format!("{label} {}", crate::alerts::spoken_title(title, told));
            view! { {t!("overview-incident-open")}" "<a href=href.clone()>{words}</a> }.into_any()
        }
        Reason::Down { systems } => t!("overview-down", systems = systems.join(", ")).into_any(),
        Reason::Stale { latest } => view! { {t!("overview-stale-since")}" "<When at=*latest/> }.into_any(),
        Reason::NoTransactions => t!("overview-no-transactions").into_any(),
        Reason::Blind { monitors } => t!("overview-blind", count = signed(*monitors)).into_any(),
        Reason::NoMonitors => t!("overview-no-monitors").into_any(),
    }
}

pub(super) fn verdict(summary: &Summary) -> impl IntoView + use<> {
    let verdict = &summary.verdict;
    let (tone, sentence) = match verdict.answer {
        Answer::Hurt => (Tone::P1, t!("overview-hurt")),
        Answer::Recovering => (Tone::P3, t!("overview-recovering")),
        Answer::Unknown => (Tone::NoData, t!("overview-unknown")),
        Answer::Clear => (Tone::Ok, t!("overview-clear")),
    };
    let reasons = verdict.reasons.iter().map(|r| view! { <li>{reason(r)}</li> }).collect_view();
    let fresh = verdict.latest.map(|latest| {
        let old = use_visit().now.since(latest) > FRESH;
        view! { <p class="overview-fresh" data-old=old.then_some("")>{t!("overview-fresh")}" "<When at=latest/></p> }
    });
    view! {
        <section class="overview-verdict" data-tone=tone.word() aria-live="polite">
            <Icon name=tone.icon()/>
            <div>
                <p class="overview-sentence">{sentence}</p>
                <ul class="overview-reasons">{reasons}</ul>
                {fresh}
            </div>
        </section>
    }
}
