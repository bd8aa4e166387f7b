//! What may have caused it, each with its reasons in sentences and one click to say so.

use domain::incidents::{Suspect, SuspectKind, Verdict};
use leptos::prelude::*;

use super::say::who;
use crate::{
    alerts::title_words,
    components::{Badge, ButtonKind, Empty, EmptyKind, PostButton, Tone, When, duration},
    t,
};

/// What kind of thing it is.
fn kind_word(kind: SuspectKind) -> String {
    match kind {
        SuspectKind::Change => t!("incidents-suspect-change"),
        SuspectKind::Deployment => t!("incidents-suspect-deployment"),
        SuspectKind::Run => t!("incidents-suspect-run"),
        SuspectKind::Alert => t!("incidents-suspect-alert"),
    }
}

/// Why it is suspected: when and where, then what is known of its like.
pub(super) fn reason(suspect: &Suspect) -> String {
    let system = suspect.system_name.as_str();
    let place = match suspect.distance {
        0 => t!("incidents-suspect-itself", system = system),
        1 => t!("incidents-suspect-direct", system = system),
        u32::MAX => t!("incidents-suspect-elsewhere"),
        n => t!("incidents-suspect-far", system = system, steps = i64::from(n)),
    };
    let when = if suspect.before_ms < 0 {
        t!("incidents-suspect-after", after = duration(-suspect.before_ms), place = place)
    } else {
        t!("incidents-suspect-reason", before = duration(suspect.before_ms), place = place)
    };
    let risk = match (suspect.kind, suspect.risk.as_str()) {
        (_, "failed") => Some(t!("incidents-suspect-failed")),
        (SuspectKind::Change, "high") => Some(t!("incidents-suspect-risk-high")),
        (SuspectKind::Change, "medium") => Some(t!("incidents-suspect-risk-medium")),
        (SuspectKind::Change, "low") => Some(t!("incidents-suspect-risk-low")),
        _ => None,
    };
    let learned = (suspect.judged > 0).then(|| t!("incidents-suspect-learned", hits = suspect.hits, judged = suspect.judged));
    [Some(when), risk, learned].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The list, most suspicious first.
#[component]
pub(super) fn Suspects(
    /// How the URL names the incident.
    incident: String,
    /// The suspects in order.
    suspects: Vec<Suspect>,
    /// Whether the reader may say something of them.
    may: bool,
) -> impl IntoView {
    if suspects.is_empty() {
        return view! { <Empty kind=EmptyKind::Clear title=t!("incidents-no-suspects") tight=true/> }.into_any();
    }
    let rows = suspects
        .into_iter()
        .map(|suspect| {
            let action = format!("/incidents/{incident}/suspects/{}/{}", suspect.kind, suspect.id);
            let button = |verdict: Verdict, label: String, kind: ButtonKind| {
                let fields = vec![("verdict", verdict.name().to_owned())];
                view! { <PostButton action=action.clone() label fields kind small=true/> }
            };
            let said = suspect.verdict.map(|verdict| {
                let by = who(&suspect.judged_by);
                match verdict {
                    Verdict::Confirmed => view! { <Badge tone=Tone::P2 icon="flag" word=t!("incidents-cause-confirmed", name = by)/> },
                    Verdict::Rejected => view! { <Badge tone=Tone::NoData icon="minus" word=t!("incidents-cause-rejected", name = by)/> },
                }
            });
            let confirm = (may && suspect.verdict != Some(Verdict::Confirmed))
                .then(|| button(Verdict::Confirmed, t!("incidents-caused-by"), ButtonKind::Plain));
            let reject = (may && suspect.verdict != Some(Verdict::Rejected))
                .then(|| button(Verdict::Rejected, t!("incidents-not-caused-by"), ButtonKind::Quiet));
            let (why, kind) = (reason(&suspect), kind_word(suspect.kind));
            #[expect(clippy::cast_possible_truncation, reason = "a share of 0 to 1 in per cent")]
            let score = (suspect.score * 100.0).round() as i64;
            view! {
                <li class="suspect" data-verdict=suspect.verdict.map(Verdict::name)>
                    <p class="suspect-name">
                        <span class="muted">{kind}</span>
                        <a href=suspect.link>{title_words(&suspect.title)}</a>
                        {said}
                    </p>
                    <p class="muted">{why}" · "<When at=suspect.at/></p>
                    <p class="suspect-score">
                        <meter min="0" max="100" value=score.to_string() aria-label=t!("incidents-suspicion")></meter>
                        <span>{t!("incidents-suspicion-score", score = score)}</span>
                    </p>
                    <div class="row">{confirm}{reject}</div>
                </li>
            }
        })
        .collect_view();
    view! { <ol class="suspects">{rows}</ol> }.into_any()
}
