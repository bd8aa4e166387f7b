//! The port, answered.

use domain::{
    Actor, Fault, Page, PageRequest, Span,
    changes::{Answered, ApprovalLink, Approving, Carrying, ChangeFigures, Delegation, GateAnswer, Policy, PolicyContent, WhatIf},
    changes::{Calendar, Changes, Choices, Conflict, Detail, Feed, Filter, Freeze, Moving, Revised, Summary, Waiting},
    changes::{QuietAnswer, QuietSpan, SlotAnswer, Verification, Verifying},
    files::File,
    form::Typed,
    id::{ApprovalPolicyId, ChangeId, DelegationId, FileId, FreezeId, RunId, TeamId},
    people::UserBrief,
};
use jiff::tz::TimeZone;

use super::Service;

#[async_trait::async_trait]
impl Changes for Service {
    async fn list(&self, actor: &Actor, filter: &Filter, page: &PageRequest) -> Result<Page<Summary>, Fault> {
        self.list(actor, filter, page).await
    }
    async fn calendar(&self, actor: &Actor, filter: &Filter, span: Span) -> Result<Calendar, Fault> {
        self.calendar(actor, filter, span).await
    }
    async fn detail(&self, actor: &Actor, id: &str) -> Result<Detail, Fault> {
        self.detail(actor, id).await
    }
    async fn waiting(&self, actor: &Actor) -> Result<Vec<Waiting>, Fault> {
        self.waiting(actor).await
    }
    async fn choices(&self, actor: &Actor) -> Result<Choices, Fault> {
        self.choices(actor).await
    }
    async fn check(&self, actor: &Actor, id: Option<&ChangeId>, typed: &Typed) -> Result<Vec<Conflict>, Fault> {
        self.check(actor, id, typed).await
    }
    async fn free_slot(&self, actor: &Actor, id: Option<&ChangeId>, typed: &Typed) -> Result<Option<Span>, Fault> {
        self.free_slot(actor, id, typed).await
    }
    async fn next_free(&self, actor: &Actor, query: &Typed) -> Result<SlotAnswer, Fault> {
        self.next_free(actor, query).await
    }
    async fn request(&self, actor: &Actor, typed: &Typed) -> Result<ChangeId, Fault> {
        self.request(actor, typed).await
    }
    async fn revise(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<Revised, Fault> {
        self.revise(actor, id, typed).await
    }
    async fn moving(&self, actor: &Actor, id: &str, typed: &Typed) -> Result<Moving, Fault> {
        self.moving(actor, id, typed).await
    }
    async fn shift(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<Revised, Fault> {
        self.shift(actor, id, typed).await
    }
    async fn submit(&self, actor: &Actor, id: &ChangeId) -> Result<(), Fault> {
        self.submit(actor, id).await
    }
    async fn approve(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        self.approve(actor, id, typed).await
    }
    async fn reject(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        self.reject(actor, id, typed).await
    }
    async fn schedule(&self, actor: &Actor, id: &ChangeId) -> Result<(), Fault> {
        self.schedule(actor, id).await
    }
    async fn start(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        self.start(actor, id, typed).await
    }
    async fn finish(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        self.finish(actor, id, typed).await
    }
    async fn close(&self, actor: &Actor, id: &ChangeId) -> Result<(), Fault> {
        self.close(actor, id).await
    }
    async fn cancel(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        self.cancel(actor, id, typed).await
    }
    async fn comment(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        self.comment(actor, id, typed).await
    }

    async fn attach(&self, actor: &Actor, id: &ChangeId, name: &str, body: Vec<u8>) -> Result<File, Fault> {
        self.attach_file(actor, id, name, body).await
    }

    async fn file(&self, actor: &Actor, id: &ChangeId, file: &FileId) -> Result<(File, Vec<u8>), Fault> {
        self.read_file(actor, id, file).await
    }

    async fn remove_file(&self, actor: &Actor, id: &ChangeId, file: &FileId, typed: &Typed) -> Result<(), Fault> {
        self.remove_attached(actor, id, file, typed).await
    }
    async fn freezes(&self, actor: &Actor, past: bool, page: &PageRequest) -> Result<Page<Freeze>, Fault> {
        self.freezes(actor, past, page).await
    }
    async fn freeze(&self, actor: &Actor, id: &FreezeId) -> Result<Freeze, Fault> {
        self.freeze(actor, id).await
    }
    async fn set_freeze(&self, actor: &Actor, typed: &Typed) -> Result<FreezeId, Fault> {
        self.set_freeze(actor, typed).await
    }
    async fn change_freeze(&self, actor: &Actor, id: &FreezeId, typed: &Typed) -> Result<(), Fault> {
        self.change_freeze(actor, id, typed).await
    }
    async fn lift_freeze(&self, actor: &Actor, id: &FreezeId) -> Result<(), Fault> {
        self.lift_freeze(actor, id).await
    }
    async fn ical(&self, secret: &str) -> Result<String, Fault> {
        self.ical(secret).await
    }
    async fn feeds(&self, actor: &Actor) -> Result<Vec<Feed>, Fault> {
        self.feeds(actor).await
    }
    async fn renew_feed(&self, actor: &Actor, team: &TeamId) -> Result<(), Fault> {
        self.renew_feed(actor, team).await
    }
}

#[async_trait::async_trait]
impl Approving for Service {
    async fn policies(&self, actor: &Actor) -> Result<Vec<Policy>, Fault> {
        self.policies(actor).await
    }
    async fn policy(&self, actor: &Actor, id: &ApprovalPolicyId) -> Result<Policy, Fault> {
        self.policy(actor, id).await
    }
    async fn role_keys(&self, actor: &Actor) -> Result<Vec<(String, String, String)>, Fault> {
        self.role_keys(actor).await
    }
    async fn begin_policies(&self, actor: &Actor, policies: Vec<PolicyContent>) -> Result<Vec<ApprovalPolicyId>, Fault> {
        self.begin_policies(actor, policies).await
    }

    async fn set_policy(&self, actor: &Actor, typed: &Typed) -> Result<ApprovalPolicyId, Fault> {
        self.set_policy(actor, typed).await
    }
    async fn change_policy(&self, actor: &Actor, id: &ApprovalPolicyId, typed: &Typed) -> Result<(), Fault> {
        self.change_policy(actor, id, typed).await
    }
    async fn remove_policy(&self, actor: &Actor, id: &ApprovalPolicyId) -> Result<(), Fault> {
        self.remove_policy(actor, id).await
    }
    async fn what_if(&self, actor: &Actor, typed: &Typed) -> Result<WhatIf, Fault> {
        self.what_if(actor, typed).await
    }
    async fn delegations(&self, actor: &Actor) -> Result<(Vec<Delegation>, Vec<Delegation>), Fault> {
        self.delegations(actor).await
    }
    async fn delegates(&self, actor: &Actor) -> Result<Vec<UserBrief>, Fault> {
        self.delegates(actor).await
    }
    async fn delegate(&self, actor: &Actor, typed: &Typed) -> Result<DelegationId, Fault> {
        self.delegate(actor, typed).await
    }
    async fn end_delegation(&self, actor: &Actor, id: &DelegationId) -> Result<(), Fault> {
        self.end_delegation(actor, id).await
    }
    async fn approve_many(&self, actor: &Actor, typed: &Typed) -> Result<Vec<Answered>, Fault> {
        self.approve_many(actor, typed).await
    }
    async fn link(&self, token: &str) -> Result<ApprovalLink, Fault> {
        self.approval_link(token).await
    }
    async fn approve_by_link(&self, token: &str, typed: &Typed) -> Result<ApprovalLink, Fault> {
        self.approve_by_link(token, typed).await
    }
}

#[async_trait::async_trait]
impl Carrying for Service {
    async fn gate(&self, actor: &Actor, id: &str, typed: &Typed) -> Result<GateAnswer, Fault> {
        self.gate(actor, id, typed).await
    }
    async fn tick(&self, actor: &Actor, id: &ChangeId, place: usize, typed: &Typed) -> Result<(), Fault> {
        self.tick(actor, id, place, typed).await
    }
    async fn run_step(&self, actor: &Actor, id: &ChangeId, place: usize, typed: &Typed) -> Result<RunId, Fault> {
        self.run_step(actor, id, place, typed).await
    }
    async fn pause(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        self.pause(actor, id, typed).await
    }
    async fn resume(&self, actor: &Actor, id: &ChangeId) -> Result<(), Fault> {
        self.resume(actor, id).await
    }
    async fn roll_back(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        Box::pin(self.roll_back(actor, id, typed)).await
    }
    async fn undo(&self, actor: &Actor, id: &ChangeId, place: usize, typed: &Typed) -> Result<(), Fault> {
        Box::pin(self.undo(actor, id, place, typed)).await
    }
    async fn break_glass(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        self.break_glass(actor, id, typed).await
    }
    async fn agree_to_break(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        self.agree_to_break(actor, id, typed).await
    }
    async fn waive(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        self.waive(actor, id, typed).await
    }
    async fn agree_to_waive(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        self.agree_to_waive(actor, id, typed).await
    }
    async fn quiet(&self, actor: &Actor, typed: &Typed) -> Result<QuietAnswer, Fault> {
        self.quiet(actor, typed).await
    }
    async fn cheapest(&self, actor: &Actor, typed: &Typed) -> Result<QuietAnswer, Fault> {
        self.cheapest(actor, typed).await
    }
    async fn quiet_hours(&self, actor: &Actor, filter: &Filter, span: Span, zone: &TimeZone) -> Result<Option<Vec<QuietSpan>>, Fault> {
        self.quiet_hours(actor, filter, span, zone).await
    }
    async fn figures(&self, actor: &Actor, span: Span) -> Result<ChangeFigures, Fault> {
        self.figures(actor, span).await
    }
}

#[async_trait::async_trait]
impl Verifying for Service {
    async fn verification(&self, actor: &Actor, id: &str) -> Result<Verification, Fault> {
        self.verification(actor, id).await
    }
    async fn judge(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        self.judge(actor, id, typed).await
    }
}
