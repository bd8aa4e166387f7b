//! The secret address of each team's calendar, for the area that writes the calendar. Found by its hash, shown from a
//! sealed copy.

use domain::{Fault, Reach, id::TeamId};
use sqlx::AnyConnection;

use super::store;
use crate::{
    Context, Seal, WriteTx,
    seal::{digest, random_hex},
};

/// What the secret is sealed for.
pub(super) const PURPOSE: &str = "teams.calendar";

/// A team with the secret part of its calendar's address.
pub struct TeamCalendar {
    /// The team.
    pub team: TeamId,
    /// Its name.
    pub name: String,
    /// The secret.
    pub secret: String,
}

/// The calendars of the teams within reach, by name.
pub async fn calendars(conn: &mut AnyConnection, seal: &Seal, reach: &Reach) -> Result<Vec<TeamCalendar>, Fault> {
    let mut calendars = Vec::new();
    for row in store::teams::calendars(conn, reach).await? {
        let secret = seal.unseal_text(PURPOSE, &row.calendar_sealed)?;
        calendars.push(TeamCalendar { team: crate::db::stored(&row.id)?, name: row.name, secret });
    }
    Ok(calendars)
}

/// The team whose calendar has this secret, with its name; `NotFound("calendar")` where there is none.
pub async fn team_of_calendar(conn: &mut AnyConnection, secret: &str) -> Result<(TeamId, String), Fault> {
    store::teams::by_calendar(conn, &digest(secret)).await?.ok_or(Fault::NotFound("calendar"))
}

/// Gives a team's calendar another secret; gives the team's name. `NotFound("team")` where there is no such team. The
/// caller's act writes the audit row.
pub async fn renew_calendar(tx: &mut WriteTx, ctx: &Context, team: &TeamId) -> Result<String, Fault> {
    store::teams::set_calendar(tx, team, &ctx.seal.stow(PURPOSE, &random_hex())?).await?;
    store::teams::name(tx, team).await?.ok_or(Fault::NotFound("team"))
}

/// Seals what an older version of the program has stored in clear text. Idempotent; every start calls it.
pub(super) async fn seal_all(ctx: &Context) -> Result<(), Fault> {
    if store::teams::clear_calendars(&mut *ctx.db.read().await?).await?.is_empty() {
        return Ok(());
    }
    let mut tx = ctx.begin_write().await?;
    for (team, secret) in store::teams::clear_calendars(&mut tx).await? {
        store::teams::set_calendar(&mut tx, &team, &ctx.seal.stow(PURPOSE, &secret)?).await?;
    }
    tx.commit().await
}
