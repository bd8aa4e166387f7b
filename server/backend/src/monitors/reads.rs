//! What may be read of monitors, cut to the actor's reach.

use std::collections::HashMap;

use domain::{
    Actor, Fault, Page, PageRequest, Permission, Reach, Span, Timestamp,
    id::{MonitorId, SystemId},
    monitors::{Cell, CheckResult, Filter, Monitor, MonitorState, Place, Point, Resolution, Row, Series, Shown, Target},
    systems::Brief,
    time::{DAY, HOUR},
};
use sqlx::AnyConnection;

use super::{
    acts::PURPOSE,
    store::{self, Listed, Scope},
};
use crate::{
    Context,
    egress::{Egress, EgressError, Whither},
    systems,
};

fn by_id(briefs: Vec<Brief>) -> HashMap<SystemId, Brief> {
    briefs.into_iter().map(|brief| (brief.id.clone(), brief)).collect()
}

fn scope(reach: &Reach, filter: &Filter) -> Scope {
    let Filter { shown, systems, teams, text } = filter.clone();
    Scope { reach: reach.clone(), systems, teams, shown, text }
}

fn assemble(listed: Listed, actor: &Actor, briefs: &HashMap<SystemId, Brief>, now: Timestamp) -> Result<Monitor, Fault> {
    let system = briefs.get(&listed.kept.system).cloned().ok_or(Fault::Internal)?;
    Ok(shown(listed, actor, system, now))
}

/// The monitor as this actor may see it.
fn shown(listed: Listed, actor: &Actor, system: Brief, now: Timestamp) -> Monitor {
    let editor = actor.may(Permission::EditMonitors, &system.team);
    let monitor = listed.kept.with(listed.standing, system, now);
    if editor { monitor } else { monitor.concealed() }
}

pub(super) async fn list(ctx: &Context, actor: &Actor, filter: &Filter, page: &PageRequest) -> Result<Page<Row>, Fault> {
    actor.authenticated()?;
    let (now, reach) = (ctx.now(), actor.reach(Permission::Read));
    let mut conn = ctx.db.read().await?;
    let listed = store::list(&mut conn, &ctx.seal, &scope(&reach, filter), page, now).await?;
    let page = Page::cut(listed, page.limit, |row| row.position.clone());
    let mut systems: Vec<SystemId> = page.items.iter().map(|row| row.kept.system.clone()).collect();
    systems.sort_unstable();
    systems.dedup();
    let briefs = by_id(systems::briefs(&mut conn, &reach, &systems).await?);
    let ids: Vec<MonitorId> = page.items.iter().map(|row| row.kept.id.clone()).collect();
    let end = now.floor(HOUR).plus(HOUR);
    let day = Span { from: end.plus(-DAY), to: end };
    let mut strips = store::strips(&mut conn, &ids, Resolution::Hour, day).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for row in page.items {
        let monitor = assemble(row, actor, &briefs, now)?;
        let mut known = strips.remove(&monitor.id).unwrap_or_default().into_iter().peekable();
        let day = (0..24)
            .map(|hour| day.from.plus(hour * HOUR))
            .map(|at| known.next_if(|point| point.at == at).unwrap_or_else(|| Point::empty(at)))
            .collect();
        items.push(Row { monitor, day });
    }
    Ok(Page { items, next: page.next })
}

/// How many are shown in which way, among everything within reach.
pub(super) async fn counts(ctx: &Context, reach: &Reach) -> Result<Vec<(Shown, i64)>, Fault> {
    store::counts(&mut *ctx.db.read().await?, &scope(reach, &Filter::default()), ctx.now()).await
}

pub(super) async fn states(conn: &mut AnyConnection, reach: &Reach, now: Timestamp) -> Result<Vec<MonitorState>, Fault> {
    let briefs = by_id(systems::all(conn, reach).await?);
    let within: Option<Vec<SystemId>> = (*reach != Reach::All).then(|| briefs.keys().cloned().collect());
    store::states(conn, within.as_deref(), |system| briefs.get(system).map(|brief| brief.team.clone()), now).await
}

/// The states of the monitors of these systems.
pub(super) async fn states_of(conn: &mut AnyConnection, systems: &[SystemId], now: Timestamp) -> Result<Vec<MonitorState>, Fault> {
    let briefs = by_id(systems::briefs(conn, &Reach::All, systems).await?);
    store::states(conn, Some(systems), |system| briefs.get(system).map(|brief| brief.team.clone()), now).await
}

/// One monitor, if the actor holds the permission on it; what lies beyond reach is not even read.
pub(super) async fn get(ctx: &Context, actor: &Actor, id: &MonitorId, permission: Permission) -> Result<Monitor, Fault> {
    get_on(&mut *ctx.db.read().await?, ctx, actor, id, permission).await
}

/// The same, on the connection that then reads more of the monitor.
async fn get_on(conn: &mut AnyConnection, ctx: &Context, actor: &Actor, id: &MonitorId, permission: Permission) -> Result<Monitor, Fault> {
    actor.authenticated()?;
    let now = ctx.now();
    let listed = store::one(conn, &ctx.seal, &actor.reach(Permission::Read), id, now).await?;
    let system = systems::brief(conn, &listed.kept.system).await?;
    actor.require(permission, &system.team, "monitor")?;
    Ok(shown(listed, actor, system, now))
}

/// One monitor that the actor may edit, with the sealed secret that goes with its target.
pub(super) async fn get_with_credential(ctx: &Context, actor: &Actor, id: &MonitorId) -> Result<(Monitor, String), Fault> {
    let mut conn = ctx.db.read().await?;
    let monitor = get_on(&mut conn, ctx, actor, id, Permission::EditMonitors).await?;
    Ok((monitor, store::credential(&mut conn, id).await?))
}

pub(super) async fn secret(ctx: &Context, actor: &Actor, id: &MonitorId) -> Result<Option<String>, Fault> {
    let mut conn = ctx.db.read().await?;
    get_on(&mut conn, ctx, actor, id, Permission::EditMonitors).await?;
    let sealed = store::sealed_secret(&mut conn, id).await?;
    match sealed {
        Some(sealed) if !ctx.seal.opens(PURPOSE, &sealed) => Err(Fault::conflict("monitors-conflict-lost-address")),
        sealed => sealed.map(|sealed| ctx.seal.unseal_text(PURPOSE, &sealed)).transpose(),
    }
}

pub(super) async fn results(ctx: &Context, actor: &Actor, id: &MonitorId, page: &PageRequest) -> Result<Page<CheckResult>, Fault> {
    let mut conn = ctx.db.read().await?;
    get_on(&mut conn, ctx, actor, id, Permission::Read).await?;
    store::results_page(&mut conn, id, page).await
}

pub(super) async fn series(ctx: &Context, actor: &Actor, id: &MonitorId, span: Span) -> Result<Series, Fault> {
    let mut conn = ctx.db.read().await?;
    get_on(&mut conn, ctx, actor, id, Permission::Read).await?;
    let resolution = Resolution::for_span(span);
    let width = resolution.width_ms();
    // Whole slots, and never more than a chart can show.
    let to = span.to.plus(width - 1).floor(width);
    let from = span.from.floor(width).max(to.plus(-1_200 * width));
    let span = Span { from, to: to.max(from.plus(width)) };
    let mut rollups = store::rollup_span(&mut conn, std::slice::from_ref(id), resolution, span).await?;
    let mut points = Vec::new();
    let mut total = Cell::default();
    let mut at = span.from;
    while at < span.to {
        let point = rollups.remove(&(id.clone(), at)).map_or_else(|| Point::empty(at), |rollup| rollup.point(at));
        total.count += point.cell.count;
        total.failures += point.cell.failures;
        total.unknown += point.cell.unknown;
        points.push(point);
        at = at.plus(width);
    }
    Ok(Series { monitor: id.clone(), span, resolution, points, total })
}

/// How long is looked for the address of a new monitor.
const LOOK: std::time::Duration = std::time::Duration::from_secs(2);

/// The address of a monitor, where it is one that is never connected to.
pub(super) async fn refused(ctx: &Context, egress: &Egress, actor: &Actor, id: &MonitorId) -> Result<Option<String>, Fault> {
    let monitor = get(ctx, actor, id, Permission::Read).await?;
    if !monitor.places.has(&Place::here()) {
        return Ok(None);
    }
    let (host, port) = match &monitor.target {
        Target::Http(target) => match url::Url::parse(&target.url) {
            Ok(url) => (url.host_str().unwrap_or_default().to_owned(), url.port_or_known_default().unwrap_or(80)),
            Err(_) => return Ok(None),
        },
        Target::Tcp(target) => (target.address.host().to_owned(), target.address.port()),
        Target::Tls(target) => (target.address.host().to_owned(), target.address.port()),
        Target::Grpc(target) => (target.address.host().to_owned(), target.address.port()),
        Target::Postgres(target) | Target::Mysql(target) | Target::Redis(target) => {
            (target.address.host().to_owned(), target.address.port())
        }
        Target::Icmp(target) => (target.host.clone(), 0),
        Target::Dns(_) | Target::Heartbeat(_) | Target::Unreadable { .. } => return Ok(None),
    };
    match egress.look(Whither::Host(&host, port), tokio::time::Instant::now() + LOOK).await {
        Err(EgressError::Refused { host, address }) => {
            Ok(Some(if host == address.to_string() { host } else { format!("{host} ({address})") }))
        }
        _ => Ok(None),
    }
}
