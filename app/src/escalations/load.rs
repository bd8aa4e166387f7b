//! `/oncall/load`: what being on call costs whom, as a table and as CSV.

use axum::response::Response;
use domain::{Fault, Permission, oncall::Burden};
use leptos::prelude::*;

use crate::{
    components::{Cell, Column, Empty, EmptyKind, PageHead, Pager, RangePicker, Table, TimeRange, full},
    fault::Answer,
    t, tr,
    visit::Visit,
};

async fn burdens(visit: &Visit) -> Result<(TimeRange, Vec<Burden>), Fault> {
    let range = TimeRange::of(visit, "now-7d")?;
    let told = visit.portal.escalations.load(&visit.actor, range.span).await?;
    Ok((range, told))
}

/// `GET /oncall/load`
pub(super) async fn page(visit: Visit) -> Answer {
    let (range, told) = burdens(&visit).await?;
    let csv = visit.may(Permission::Export).then(|| "/oncall/load.csv".to_owned());
    Ok(visit.page(tr!(visit, "oncall-load"), move || {
        let shown = told.len();
        let columns = vec![
            Column::new(t!("oncall-who")),
            Column::new(t!("oncall-load-pages")).number(),
            Column::new(t!("oncall-load-night")).number(),
            Column::new(t!("oncall-load-hours")).number(),
        ];
        let rows = told
            .into_iter()
            .map(|one| {
                view! {
                    <tr>
                        <Cell main=true>{one.person.name}</Cell>
                        <Cell label=t!("oncall-load-pages") number=true>{full(one.pages)}</Cell>
                        <Cell label=t!("oncall-load-night") number=true>{full(one.at_night)}</Cell>
                        <Cell label=t!("oncall-load-hours") number=true>{full(one.hours)}</Cell>
                    </tr>
                }
            })
            .collect_view();
        let body = if shown == 0 {
            view! { <Empty kind=EmptyKind::Clear title=t!("oncall-load-none")/> }.into_any()
        } else {
            view! { <Table caption=t!("oncall-load") columns>{rows}</Table> }.into_any()
        };
        view! {
            <PageHead title=t!("oncall-load") sub=t!("oncall-load-sub") back=("/oncall".to_owned(), t!("oncall-title"))/>
            <RangePicker range/>
            <div>{body}<Pager shown next=None csv=csv/></div>
        }
    }))
}

/// `GET /oncall/load.csv`
pub(super) async fn csv(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let (_, told) = burdens(&visit).await?;
    let head = ["person", "pages", "at_night", "hours"].map(str::to_owned).to_vec();
    let fetch = move |_| -> crate::csv::NextPage<Burden> {
        let items = told.clone();
        Box::pin(async move { Ok(domain::Page { items, next: None }) })
    };
    let cells = |one: &Burden| vec![one.person.name.clone(), one.pages.to_string(), one.at_night.to_string(), one.hours.to_string()];
    let answer: Response = crate::csv::stream_csv("oncall-load.csv", head, fetch, cells).await?;
    Ok(answer)
}
