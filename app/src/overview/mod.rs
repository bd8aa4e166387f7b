//! The page `/`: are customers hurt now? One sentence, the figures behind it, a strip per system, what is open, what changes.
//! `?wall=1` is the same for the operations room: large, without navigation, red when the feed is lost.

mod parts;
mod words;

use domain::{
    PageRequest,
    incidents::{Action, ActionFilter},
    overview::Summary,
};
use leptos::prelude::*;

use crate::{
    components::{Here, LinkButton, PageHead, When, WhenStyle},
    fault::Answer,
    routes::{Need, Routes},
    t, tr,
    visit::Visit,
};

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new().get("/", Need::LoggedIn, show)
}

/// What the page reads anew on.
const LIVE: &str = "transactions,monitors,alerts,incidents,changes,systems";

async fn show(visit: Visit) -> Answer {
    let summary = visit.portal.overview.summary(&visit.actor).await?;
    let late = ActionFilter { mine: true, overdue: true, all: false };
    let late = visit.portal.incidents.actions(&visit.actor, &late, &PageRequest { after: None, limit: 5 }).await?.items;
    let wall = !Here::parse(&visit.path_and_query).get("wall").is_empty();
    Ok(visit.page(tr!(&visit, "overview-title"), move || page(&summary, &late, wall)))
}

fn page(summary: &Summary, late: &[Action], wall: bool) -> impl IntoView + use<> {
    let late = (!wall).then(|| crate::incidents::overdue(late));
    let head = (!wall).then(|| {
        view! {
            <PageHead title=t!("overview-title") sub=t!("overview-sub")>
                <LinkButton href="/reports/day" label=t!("reports-open") icon="scroll-text"/>
                <LinkButton href="/?wall=1" label=t!("overview-wall") icon="monitor"/>
            </PageHead>
        }
    });
    let heading = wall.then(|| view! { <h1 class="visually-hidden">{t!("overview-title")}</h1> });
    let read_at = summary.at;
    view! {
        {head}
        <div id="overview" class="stack overview" data-live=LIVE data-wall=wall.then_some("")>
            {heading}
            <p class="overview-stale" role="alert">{t!("overview-data-stale")}" "<When at=read_at style=WhenStyle::Wall/></p>
            {words::verdict(summary)}
            {late}
            {parts::figures(summary)}
            {parts::systems(summary)}
            <div class="halves">
                {parts::incidents(summary)}
                {parts::alerts(summary)}
            </div>
            {parts::changes(summary)}
            <p class="muted small">{t!("overview-read-at")}" "<When at=read_at/></p>
        </div>
    }
}
