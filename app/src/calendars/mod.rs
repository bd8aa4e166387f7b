//! Pages of the area `calendars`: the foreign calendars that are read, and one more in a form.

mod form;
mod list;
mod shown;

use domain::{Fault, Permission::SetFreezes, calendars::ForeignCalendar, id::CalendarId};

use crate::{
    routes::{Need, Routes},
    t,
};

pub(crate) use shown::{Sources, chip, line, say_source};

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new()
        .get("/calendars", Need::LoggedIn, list::page)
        .get("/calendars/new", Need::Permission(SetFreezes), form::new)
        .post("/calendars/new", Need::Permission(SetFreezes), form::create)
        .post("/calendars/{id}/refresh", Need::Permission(SetFreezes), list::refresh)
        .post("/calendars/{id}/delete", Need::Permission(SetFreezes), list::remove)
}

fn read_id(id: &str) -> Result<CalendarId, Fault> {
    CalendarId::parse(id).ok_or(Fault::NotFound("calendar"))
}

/// Whose it is.
fn say_team(calendar: &ForeignCalendar) -> String {
    if calendar.content.team.is_some() { calendar.team_name.clone() } else { t!("occasions-everybody") }
}
