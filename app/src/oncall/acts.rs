//! What forms on a schedule's page post. Done: back to the schedule. Refused: its page again, everything typed kept.

use axum::extract::Path;
use domain::{
    Fault,
    id::{CoverId, ScheduleId, SwapId},
};

use super::schedule::{self, Which};
use crate::{
    fault::Answer,
    form::{FormState, PostedForm},
    visit::Visit,
};

pub(super) fn read(id: &str) -> Result<ScheduleId, Fault> {
    ScheduleId::parse(id).ok_or(Fault::NotFound("schedule"))
}

fn read_swap(id: &str) -> Result<SwapId, Fault> {
    SwapId::parse(id).ok_or(Fault::NotFound("swap"))
}

async fn answer(visit: Visit, id: &ScheduleId, which: Which, form: PostedForm, done: Result<(), Fault>, toast: &'static str) -> Answer {
    match done {
        Ok(()) => Ok(visit.go(&format!("/oncall/schedules/{id}"), toast)),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_) | Fault::Forbidden(_))) => {
            schedule::show(&visit, id, which, FormState::refused(form.typed, fault)).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /oncall/schedules/{id}/delete`
pub(super) async fn remove(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read(&id)?;
    match visit.portal.oncall.remove(&visit.actor, &id).await {
        Ok(()) => Ok(visit.go("/oncall", "toast-schedule-removed")),
        Err(fault) => answer(visit, &id, Which::Other, form, Err(fault), "toast-schedule-removed").await,
    }
}

/// `POST /oncall/schedules/{id}/covers`
pub(super) async fn cover(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read(&id)?;
    let done = visit.portal.oncall.cover(&visit.actor, &id, &form.typed).await.map(|_| ());
    answer(visit, &id, Which::Cover, form, done, "toast-cover-made").await
}

/// `POST /oncall/schedules/{id}/covers/{cover}/delete`
pub(super) async fn uncover(visit: Visit, Path((id, cover)): Path<(String, String)>, form: PostedForm) -> Answer {
    let id = read(&id)?;
    let cover = CoverId::parse(&cover).ok_or(Fault::NotFound("cover"))?;
    let done = visit.portal.oncall.uncover(&visit.actor, &id, &cover).await;
    answer(visit, &id, Which::Other, form, done, "toast-cover-gone").await
}

/// `POST /oncall/schedules/{id}/swaps`
pub(super) async fn offer(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read(&id)?;
    let done = visit.portal.oncall.offer(&visit.actor, &id, &form.typed).await.map(|_| ());
    answer(visit, &id, Which::Swap, form, done, "toast-swap-offered").await
}

/// `POST /oncall/swaps/{id}/accept`
pub(super) async fn accept(visit: Visit, Path(id): Path<String>, _: PostedForm) -> Answer {
    visit.portal.oncall.accept(&visit.actor, &read_swap(&id)?).await?;
    Ok(visit.go("/oncall", "toast-swap-accepted"))
}

/// `POST /oncall/swaps/{id}/decline`
pub(super) async fn decline(visit: Visit, Path(id): Path<String>, _: PostedForm) -> Answer {
    visit.portal.oncall.decline(&visit.actor, &read_swap(&id)?).await?;
    Ok(visit.go("/oncall", "toast-swap-declined"))
}

/// `POST /oncall/swaps/{id}/withdraw`
pub(super) async fn withdraw(visit: Visit, Path(id): Path<String>, _: PostedForm) -> Answer {
    visit.portal.oncall.withdraw(&visit.actor, &read_swap(&id)?).await?;
    Ok(visit.go("/oncall", "toast-swap-withdrawn"))
}
