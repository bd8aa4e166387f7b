//! The calendars of teams, for the area that writes them: each person has an address of their own, which ends with their right to read.

use domain::{Actor, Fault, Permission, id::TeamId};
use sqlx::AnyConnection;

use super::store;
use crate::{
    Context, Seal, WriteTx,
    personal::{Holder, Shown},
    seal::random_hex,
};

/// What the addresses are keyed for.
const PURPOSE: &str = "teams.calendar";

/// A team with the secret part of the address that its calendar has for somebody.
pub struct TeamCalendar {
    /// The team.
    pub team: TeamId,
    /// Its name.
    pub name: String,
    /// The secret.
    pub secret: String,
}

/// The calendars of the teams that the actor may read, by name, under addresses of their own.
pub async fn calendars(conn: &mut AnyConnection, seal: &Seal, actor: &Actor) -> Result<Vec<TeamCalendar>, Fault> {
    let holder = Holder::of(conn, actor).await?;
    let mut calendars = Vec::new();
    for row in store::teams::calendars(conn, &actor.reach(Permission::Read)).await? {
        let secret = holder.address(seal, PURPOSE, &row.id, &row.calendar_secret)?;
        calendars.push(TeamCalendar { team: crate::db::stored(&row.id)?, name: row.name, secret });
    }
    Ok(calendars)
}

/// The team whose calendar has this secret for somebody who may read it, with its name; `NotFound("calendar")` where there is none.
pub async fn team_of_calendar(conn: &mut AnyConnection, ctx: &Context, secret: &str) -> Result<(TeamId, String), Fault> {
    let missing = || Fault::NotFound("calendar");
    let shown = Shown::read(secret).ok_or_else(missing)?;
    let team = TeamId::parse(shown.what()).ok_or_else(missing)?;
    let row = store::teams::calendar(conn, &team).await?.ok_or_else(missing)?;
    shown.open(conn, (&ctx.seal, ctx.now()), PURPOSE, &row.calendar_secret, &team).await?;
    Ok((team, row.name))
}

/// Ends every address of a team's calendar: everybody has another one from then on; gives the team's name. `NotFound("team")`
/// where there is no such team. The caller's act writes the audit row.
pub async fn renew_calendar(tx: &mut WriteTx, team: &TeamId) -> Result<String, Fault> {
    store::teams::set_calendar(tx, team, &random_hex()).await?;
    store::teams::name(tx, team).await?.ok_or(Fault::NotFound("team"))
}
