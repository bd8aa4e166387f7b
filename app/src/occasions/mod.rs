//! Pages of the area `occasions`: the days that are not like others, one of them in a form, and taking a foreign calendar over.

mod form;
mod import;
mod list;

use domain::{
    Fault,
    Permission::SetFreezes,
    id::OccasionId,
    occasions::{Kind, Occasion},
};

pub(crate) use form::teams;

use crate::{
    routes::{Need, Routes},
    t,
};

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new()
        .get("/occasions", Need::LoggedIn, list::page)
        .get("/occasions/new", Need::Permission(SetFreezes), form::new)
        .post("/occasions/new", Need::Permission(SetFreezes), form::create)
        .get("/occasions/import", Need::Permission(SetFreezes), import::page)
        .post("/occasions/import", Need::Permission(SetFreezes), import::take)
        .get("/occasions/{id}/edit", Need::Permission(SetFreezes), form::edit)
        .post("/occasions/{id}/edit", Need::Permission(SetFreezes), form::change)
        .post("/occasions/{id}/delete", Need::Permission(SetFreezes), list::remove)
}

fn read_id(id: &str) -> Result<OccasionId, Fault> {
    OccasionId::parse(id).ok_or(Fault::NotFound("occasion"))
}

/// A kind in words.
pub(crate) fn say_kind(kind: Kind) -> String {
    match kind {
        Kind::Holiday => t!("occasions-kind-holiday"),
        Kind::Payday => t!("occasions-kind-payday"),
        Kind::Event => t!("occasions-kind-event"),
    }
}

/// Whose it is.
fn say_team(occasion: &Occasion) -> String {
    if occasion.content.team.is_some() { occasion.team_name.clone() } else { t!("occasions-everybody") }
}

/// Its days: one, or from the first to the last.
fn say_days(occasion: &Occasion) -> String {
    let (first, last) = (occasion.content.first, occasion.content.last);
    if first == last { first.to_string() } else { format!("{first} – {last}") }
}

/// Which days it leaves out, the first few by name; nothing where it leaves out none.
fn say_without(occasion: &Occasion) -> Option<String> {
    const FEW: usize = 6;
    let days = &occasion.content.without;
    let named = days.iter().take(FEW).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let more = days.len().saturating_sub(FEW);
    (!days.is_empty()).then(|| t!("occasions-but", days = named, more = more))
}

/// The labels of the fields, for what is wrong with them.
fn labels() -> Vec<(&'static str, String)> {
    vec![
        ("kind", t!("occasions-kind")),
        ("name", t!("occasions-name")),
        ("first", t!("occasions-first")),
        ("last", t!("occasions-last")),
        ("zone", t!("changes-field-zone")),
        ("team", t!("changes-field-team")),
        ("rrule", t!("changes-field-rrule")),
        ("without", t!("occasions-without")),
        ("text", t!("occasions-text")),
    ]
}
