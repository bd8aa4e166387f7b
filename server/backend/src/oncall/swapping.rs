//! Two take each other's shift: offered by one, accepted by the other, then two covers.

use domain::{
    Actor, Fault, Permission, Span, Wording,
    changes::Window,
    deliveries::{Notice, Notify},
    form::Typed,
    id::{ScheduleId, SwapId, UserId},
    oncall::{Swap, SwapInput, SwapState, on_call},
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{
    Service,
    covering::held,
    reading::{face, faces},
    store::{self, Stored, covers, swaps},
};
use crate::{WriteTx, deliveries};

/// The one person who has the whole span; `None` where there is none such.
async fn holder(conn: &mut AnyConnection, schedule: &Stored, span: Span) -> Result<Option<UserId>, Fault> {
    let covers = covers::during(conn, &[schedule.id()], span).await?;
    let briefs: Vec<_> = covers.iter().map(covers::Stored::brief).collect();
    let shifts = on_call(&schedule.plan, &briefs, span);
    let first = shifts.first().and_then(|shift| shift.person.clone());
    Ok(first.filter(|first| shifts.iter().all(|shift| shift.person.as_ref() == Some(first))))
}

impl Service {
    pub(super) async fn swaps(&self, actor: &Actor, schedule: Option<&ScheduleId>) -> Result<Vec<Swap>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let reach = actor.reach(Permission::Read);
        let own = match schedule {
            Some(id) => self.find(conn, actor, id).await.map(|_| None)?,
            None => Some(actor.person()?),
        };
        let found = swaps::open(conn, &reach, schedule, own, self.ctx.now()).await?;
        let mut told = Vec::new();
        for swap in found {
            let schedule = store::get(conn, &reach, &swap.schedule).await?.schedule;
            let faces = faces(conn, &schedule.team, &[swap.from.clone(), swap.to.clone()]).await?;
            told.push(Swap {
                from: face(&faces, &swap.from),
                to: face(&faces, &swap.to),
                id: swap.id,
                schedule,
                gives: swap.gives,
                takes: swap.takes,
                state: swap.state,
                created_at: swap.created_at,
            });
        }
        Ok(told)
    }

    /// Tells the other one of the two what became of the offer, wherever they are reached themselves.
    async fn tell(&self, tx: &mut WriteTx, actor: &Actor, schedule: &Stored, swap: &swaps::Stored, event: Notify) -> Result<(), Fault> {
        let faces = faces(tx, schedule.team(), &[swap.from.clone(), swap.to.clone()]).await?;
        let side = |person: &UserId, span: Span| json!({ "name": face(&faces, person).name, "from": span.from.rfc3339(), "to": span.to.rfc3339() });
        let payload = json!({
            "swap": {
                "id": swap.id,
                "schedule": schedule.plan.name,
                "gives": side(&swap.from, swap.gives),
                "takes": side(&swap.to, swap.takes),
                "path": format!("/oncall/schedules/{}#swaps", swap.schedule),
            },
            "team": { "id": schedule.team() },
            "actor": actor.name,
        });
        let whom = if matches!(event, Notify::SwapAccepted | Notify::SwapDeclined) { &swap.from } else { &swap.to };
        let key = format!("{}-{}", event.name().replace('.', "-"), swap.id);
        let notice = Notice { event: event.name(), system: None, team: schedule.team().clone(), incident: None, payload, key };
        deliveries::enqueue_to_user(tx, &self.ctx, whom, notice).await.map(drop)
    }

    pub(super) async fn offer(&self, actor: &Actor, id: &ScheduleId, typed: &Typed) -> Result<SwapId, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let me = actor.person()?;
        let SwapInput { gives, takes } = SwapInput::parse(typed)?;
        let mut tx = self.ctx.begin_write().await?;
        let schedule = self.find(&mut tx, actor, id).await?;
        actor.require(Permission::WorkIncidents, schedule.team(), "schedule")?;
        let now = self.ctx.now();
        for (field, span) in [("gives", gives), ("takes", takes)] {
            if span.from < now {
                return Err(Fault::invalid(field, SwapInput::text(span), Wording::new("oncall-expect-ahead")));
            }
        }
        if holder(&mut tx, &schedule, gives).await?.as_ref() != Some(me) {
            return Err(Fault::invalid("gives", SwapInput::text(gives), Wording::new("oncall-expect-own-shift")));
        }
        let other = holder(&mut tx, &schedule, takes).await?.filter(|other| other != me);
        let Some(other) = other else {
            return Err(Fault::invalid("takes", SwapInput::text(takes), Wording::new("oncall-expect-shift-of-another")));
        };
        let swap = swaps::Stored {
            id: self.ctx.new_id(),
            schedule: id.clone(),
            from: me.clone(),
            gives,
            to: other,
            takes,
            state: SwapState::Offered,
            created_at: now,
        };
        swaps::insert(&mut tx, &swap).await?;
        self.tell(&mut tx, actor, &schedule, &swap, Notify::SwapOffered).await?;
        let detail = json!({ "swap": swap.id, "to": swap.to, "gives": gives, "takes": takes });
        self.finish(tx, actor, "schedule.swap-offer", (id, &schedule.plan.name, schedule.team()), &detail).await?;
        Ok(swap.id)
    }

    /// Answers an offer in the name of the one who may: whoever was asked, or whoever offered.
    async fn answer(&self, actor: &Actor, id: &SwapId, state: SwapState) -> Result<(WriteTx, Stored, swaps::Stored), Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut tx = self.ctx.begin_write().await?;
        let reach = actor.reach(Permission::Read);
        let swap = swaps::get(&mut tx, &reach, id).await?;
        // Of two who give the same shift away the second sees what the first one did, and nobody an older plan.
        store::lock(&mut tx, &swap.schedule).await?;
        let schedule = store::get(&mut tx, &reach, &swap.schedule).await?;
        let theirs = if state == SwapState::Withdrawn { &swap.from } else { &swap.to };
        // Nobody answers for somebody else, whatever they may do otherwise.
        if actor.person()? != theirs {
            return Err(Fault::NotFound("swap"));
        }
        actor.require(Permission::WorkIncidents, schedule.team(), "swap")?;
        if !swaps::answer(&mut tx, id, state, self.ctx.now()).await? {
            return Err(Fault::conflict("conflict-swap-answered"));
        }
        Ok((tx, schedule, swap))
    }

    pub(super) async fn accept(&self, actor: &Actor, id: &SwapId) -> Result<(), Fault> {
        let (mut tx, schedule, swap) = self.answer(actor, id, SwapState::Accepted).await?;
        let now = self.ctx.now();
        let theirs = |person: Option<&UserId>| person == Some(&swap.from);
        let mine = |person: Option<&UserId>| person == Some(&swap.to);
        let stands = held(&mut tx, &schedule, swap.gives, theirs).await? && held(&mut tx, &schedule, swap.takes, mine).await?;
        if !stands || swap.gives.from < now || swap.takes.from < now {
            return Err(Fault::conflict("conflict-swap-moved"));
        }
        for (person, span) in [(&swap.to, swap.gives), (&swap.from, swap.takes)] {
            let zone = schedule.plan.time_zone();
            let wall = |at: domain::Timestamp| at.jiff().to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string();
            let window = Window { start: wall(span.from), end: wall(span.to), zone: schedule.plan.zone.clone(), span };
            let cover = covers::Stored {
                id: self.ctx.new_id(),
                schedule: swap.schedule.clone(),
                person: person.clone(),
                window,
                reason: "⇄".into(),
                // Neither takes it back alone.
                author: (None, actor.name.clone()),
                created_at: now,
            };
            covers::insert(&mut tx, &cover).await?;
        }
        self.tell(&mut tx, actor, &schedule, &swap, Notify::SwapAccepted).await?;
        let detail = json!({ "swap": swap.id, "from": swap.from, "gives": swap.gives, "takes": swap.takes });
        self.finish(tx, actor, "schedule.swap-accept", (&swap.schedule, &schedule.plan.name, schedule.team()), &detail).await
    }

    pub(super) async fn decline(&self, actor: &Actor, id: &SwapId) -> Result<(), Fault> {
        let (mut tx, schedule, swap) = self.answer(actor, id, SwapState::Declined).await?;
        self.tell(&mut tx, actor, &schedule, &swap, Notify::SwapDeclined).await?;
        let detail = json!({ "swap": swap.id, "from": swap.from });
        self.finish(tx, actor, "schedule.swap-decline", (&swap.schedule, &schedule.plan.name, schedule.team()), &detail).await
    }

    pub(super) async fn withdraw(&self, actor: &Actor, id: &SwapId) -> Result<(), Fault> {
        let (mut tx, schedule, swap) = self.answer(actor, id, SwapState::Withdrawn).await?;
        self.tell(&mut tx, actor, &schedule, &swap, Notify::SwapWithdrawn).await?;
        let detail = json!({ "swap": swap.id, "to": swap.to });
        self.finish(tx, actor, "schedule.swap-withdraw", (&swap.schedule, &schedule.plan.name, schedule.team()), &detail).await
    }
}
