//! The port, answered.

use domain::{
    Actor, Fault, Span,
    form::Typed,
    id::{CoverId, ScheduleId, SwapId, TeamId},
    oncall::{Choices, Feed, NowNext, OnCall, OwnShift, Roster, Schedule, ScheduleRef, Swap},
};

use super::Service;

#[async_trait::async_trait]
impl OnCall for Service {
    async fn schedules(&self, actor: &Actor) -> Result<Vec<ScheduleRef>, Fault> {
        self.schedules(actor).await
    }
    async fn now(&self, actor: &Actor, team: Option<&TeamId>) -> Result<Vec<NowNext>, Fault> {
        self.now(actor, team).await
    }
    async fn own(&self, actor: &Actor) -> Result<Vec<OwnShift>, Fault> {
        self.own(actor).await
    }
    async fn schedule(&self, actor: &Actor, id: &ScheduleId) -> Result<Schedule, Fault> {
        self.schedule(actor, id).await
    }
    async fn roster(&self, actor: &Actor, id: &ScheduleId, span: Span) -> Result<Roster, Fault> {
        self.roster(actor, id, span).await
    }
    async fn preview(&self, actor: &Actor, id: Option<&ScheduleId>, typed: &Typed, span: Span) -> Result<Roster, Fault> {
        self.preview(actor, id, typed, span).await
    }
    async fn choices(&self, actor: &Actor, team: Option<&TeamId>) -> Result<Choices, Fault> {
        self.choices(actor, team).await
    }
    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<ScheduleId, Fault> {
        self.create(actor, typed).await
    }
    async fn change(&self, actor: &Actor, id: &ScheduleId, typed: &Typed) -> Result<(), Fault> {
        self.change(actor, id, typed).await
    }
    async fn remove(&self, actor: &Actor, id: &ScheduleId) -> Result<(), Fault> {
        self.remove(actor, id).await
    }
    async fn cover(&self, actor: &Actor, id: &ScheduleId, typed: &Typed) -> Result<CoverId, Fault> {
        self.cover(actor, id, typed).await
    }
    async fn uncover(&self, actor: &Actor, id: &ScheduleId, cover: &CoverId) -> Result<(), Fault> {
        self.uncover(actor, id, cover).await
    }
    async fn swaps(&self, actor: &Actor, schedule: Option<&ScheduleId>) -> Result<Vec<Swap>, Fault> {
        self.swaps(actor, schedule).await
    }
    async fn offer(&self, actor: &Actor, id: &ScheduleId, typed: &Typed) -> Result<SwapId, Fault> {
        self.offer(actor, id, typed).await
    }
    async fn accept(&self, actor: &Actor, id: &SwapId) -> Result<(), Fault> {
        self.accept(actor, id).await
    }
    async fn decline(&self, actor: &Actor, id: &SwapId) -> Result<(), Fault> {
        self.decline(actor, id).await
    }
    async fn withdraw(&self, actor: &Actor, id: &SwapId) -> Result<(), Fault> {
        self.withdraw(actor, id).await
    }
    async fn ical(&self, secret: &str) -> Result<String, Fault> {
        self.ical(secret).await
    }
    async fn feed(&self, actor: &Actor, id: &ScheduleId) -> Result<Feed, Fault> {
        self.feed(actor, id).await
    }
    async fn renew_feed(&self, actor: &Actor, id: &ScheduleId) -> Result<(), Fault> {
        self.renew_feed(actor, id).await
    }
    async fn own_feed(&self, actor: &Actor) -> Result<Option<Feed>, Fault> {
        self.own_feed(actor).await
    }
    async fn renew_own_feed(&self, actor: &Actor) -> Result<(), Fault> {
        self.renew_own_feed(actor).await
    }
}
