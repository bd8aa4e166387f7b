//! What each place knows of a monitor: a strip and its latency.

use domain::monitors::{PlaceStanding, Shown, State};
use leptos::prelude::*;

use super::words::{ShownBadge, latency, result_slots, say_strip};
use crate::{
    components::{Cell, Column, Panel, StatusStrip, Table, When, WhenStyle},
    t,
    visit::Visit,
};

/// Places and what they know; nothing where it is checked from here alone.
#[component]
pub(super) fn Elsewhere(visit: Visit, places: Vec<PlaceStanding>, quorum: u32) -> impl IntoView {
    if places.is_empty() {
        return None;
    }
    let columns = vec![
        Column::new(t!("monitors-place")),
        Column::new(t!("monitors-state")),
        Column::new(t!("monitors-recent")),
        Column::new(t!("monitors-median")).number(),
        Column::new(t!("monitors-since")),
    ];
    let total = places.len();
    let rows = places.into_iter().map(|place| one(&visit, place)).collect_view();
    Some(view! {
        <Panel title=t!("monitors-places") id="monitor-places" live="monitors" flush=true>
            <p class="monitors-quorum muted small">{t!("monitors-quorum-says", quorum = quorum, total = total)}</p>
            <Table caption=t!("monitors-places") columns>{rows}</Table>
        </Panel>
    })
}

fn one(visit: &Visit, place: PlaceStanding) -> impl IntoView + use<> {
    let name = if place.name.is_empty() { t!("monitors-here") } else { place.name };
    let shown = match place.state {
        State::New => Shown::New,
        State::Up => Shown::Up,
        State::Down => Shown::Down,
        State::Unknown => Shown::Unknown,
    };
    let mut times: Vec<i64> = place.recent.iter().filter_map(|result| result.latency_us).collect();
    times.sort_unstable();
    let median = latency(times.get(times.len() / 2).copied());
    let count = |wanted| i64::try_from(place.recent.iter().filter(|result| result.verdict == wanted).count()).unwrap_or_default();
    let cell = domain::monitors::Cell {
        count: i64::try_from(place.recent.len()).unwrap_or_default(),
        failures: count(domain::monitors::Verdict::Down),
        unknown: count(domain::monitors::Verdict::Unknown),
    };
    let (summary, slots) = (say_strip(&name, cell), result_slots(visit, &place.recent));
    view! {
        <tr>
            <Cell main=true>{name}</Cell>
            <Cell label=t!("monitors-state")>
                <ShownBadge shown/>
                {place.lost.then(|| view! { <span class="muted small">" "{t!("locations-lost")}</span> })}
            </Cell>
            <Cell label=t!("monitors-recent")><div class="monitors-strip"><StatusStrip summary slots/></div></Cell>
            <Cell label=t!("monitors-median") number=true>{median}</Cell>
            <Cell label=t!("monitors-since")><When at=place.since style=WhenStyle::Ago/></Cell>
        </tr>
    }
}
