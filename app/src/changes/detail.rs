//! One change: is it safe, who agreed to exactly what, and what happened.

use axum::{extract::Path, response::Response};
use domain::{
    changes::{DemandStatus, Detail, Other, Outcome, Rollback, State, Verdict, number_text},
    time::MINUTE,
};
use leptos::prelude::*;

use super::{
    carrying::{Breaking, RunBook},
    decide::{Decide, risk_line},
    deployed::Deployed,
    evidence::Required,
    files::Attached,
    history::History,
    request::labels,
    runs::{self, StepLog},
    say::{ChangeBadges, ConflictList, ScoreFacts, SystemLinks, doubt_texts, outcome_word, risk_word, state_word, window_text},
    since::{Since, watch_text},
    steps::StepList,
    templates,
    undoing::Undoing,
    verification,
};
use crate::{
    components::{
        Button, ButtonKind, Confirm, ErrorSummary, Fact, Facts, LinkButton, Markdown, Notice, PageHead, Panel, PostButton, SelectField,
        Step, StepState, Stepper, TextAreaField, Tone, When, WhenSpan, duration,
    },
    fault::Answer,
    form::FormState,
    i18n::say_wording,
    t,
    visit::{Visit, current_locale, use_visit},
};

/// `GET /changes/{id}`
pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    Ok(show(&visit, runs::whole(&visit, &id).await?, FormState::default()))
}

/// The page, with what was refused on top and what was typed kept.
pub(super) fn show(visit: &Visit, (detail, log): (Detail, Option<StepLog>), form: FormState) -> Response {
    let title = format!("{} {}", number_text(detail.summary.number), detail.summary.title);
    visit.page_as(form.status(), title, move || view! { <Change detail log form/> })
}

#[component]
fn Change(detail: Detail, log: Option<StepLog>, form: FormState) -> impl IntoView {
    let summary = detail.summary.clone();
    let id = summary.id.to_string();
    let may_talk = {
        let visit = use_visit();
        use domain::Permission::{ApproveChanges, ExecuteChanges, RequestChanges};
        [RequestChanges, ApproveChanges, ExecuteChanges].into_iter().any(|p| visit.may(p))
    };
    let powers = detail.powers.clone();
    let refusal = powers.approve_refusal.as_ref().map(|w| say_wording(current_locale(), w));
    let (told, refused) = if powers.approve_later { (None, refusal) } else { (refusal, None) };
    let badges = view! { <ChangeBadges state=summary.state risk=summary.risk kind=summary.kind outcome=summary.outcome/> }.into_any();
    let owed = summary.owed_at.map(|at| {
        let when = visit_wall(at);
        view! { <Notice tone=Tone::P2 title=t!("changes-owed", until = when)/> }
    });
    let conflicts = (summary.state.is_live() || summary.state == State::Draft).then(|| {
        let conflicts = detail.conflicts.clone();
        view! { <Panel title=t!("changes-conflicts") id="conflicts"><ConflictList conflicts/></Panel> }
    });
    let verdict = (powers.approve || powers.approve_later).then(|| {
        view! { <Decide id=id.clone() hash=detail.hash.clone() form=form.clone() back="" risk=risk_line(&detail) refused/> }
    });
    let talk = may_talk.then(|| {
        view! {
            <form class="form" method="post" action=format!("/changes/{id}/comments")>
                <TextAreaField form=&form name="text" label=t!("changes-field-comment") hint=t!("changes-hint-markdown") rows=3/>
                <div class="form-acts"><Button label=t!("changes-comment") icon="message-square"/></div>
            </form>
        }
    });
    let edit =
        powers.revise.then(|| view! { <LinkButton href=format!("/changes/{id}/edit") label=t!("changes-edit") icon="pencil" key="e"/> });
    let shift =
        powers.revise.then(|| view! { <LinkButton href=format!("/changes/{id}/move") label=t!("changes-move") icon="arrow-left-right"/> });
    let print = view! { <LinkButton href=format!("/changes/{id}/print") label=t!("changes-print") icon="printer"/> };
    let template = view! { <templates::Make detail=detail.clone() form=form.clone()/> };
    let since = detail.changed_since_approval.clone().map(|diff| view! { <Since diff/> });
    let required = view! { <Required detail=detail.clone() form=form.clone()/> };
    let run_book = view! { <RunBook detail=detail.clone() log=log.clone() form=form.clone()/> };
    let deployed = view! { <Deployed detail=detail.clone()/> };
    let undoing = view! { <Undoing detail=detail.clone() log=log.clone()/> };
    let breaking = view! { <Breaking detail=detail.clone() form=form.clone()/> };
    let acts = view! { <Acts detail=detail.clone() form=form.clone()/> };
    let verified = view! { <verification::Verdict detail=detail.clone() form=form.clone()/> };
    let approvals = detail.clone();
    let content = view! { <Content detail=detail.clone()/> };
    let attached = view! { <Attached detail=detail.clone() form=form.clone()/> };
    let entries = detail.entries.clone();
    view! {
        <PageHead title=summary.title.clone() number=number_text(summary.number) back=("/changes".to_owned(), t!("changes-title")) badges=badges>
            {edit}
            {shift}
            {print}
        </PageHead>
        <ErrorSummary form=&form labels=labels()/>
        {owed}
        {told.map(|text| view! { <Notice tone=Tone::P4 title=text/> })}
        <div class="split" id="change" data-live="changes" data-live-mode="notice">
            <div class="stack">
                {conflicts}
                {verdict}
                {required}
                {verified}
                {undoing}
                {run_book}
                {deployed}
                {acts}
                {breaking}
                <Panel title=t!("changes-approval") id="approval">
                    <Approvals detail=approvals/>
                </Panel>
                {since}
                {content}
                {attached}
                {template}
                <Panel title=t!("changes-timeline") id="timeline">
                    <History entries/>
                    {talk}
                </Panel>
            </div>
            <aside class="stack" aria-label=t!("changes-facts")><Panel title=t!("changes-facts")><Known detail/></Panel></aside>
        </div>
    }
}

/// What moves the change, as far as the reader may and the state allows.
#[component]
fn Acts(detail: Detail, form: FormState) -> impl IntoView {
    let powers = detail.powers;
    let id = detail.summary.id.to_string();
    let to = move |act: &str| format!("/changes/{id}/{act}");
    let any = powers.submit || powers.schedule || powers.start || powers.finish || powers.close || powers.cancel;
    if !any {
        return ().into_any();
    }
    let yields = !powers.start_refusals.is_empty() && powers.start_refusals.iter().all(|refusal| refusal.yields);
    let refusals: Vec<String> = powers.start_refusals.iter().map(|refusal| say_wording(current_locale(), &refusal.why)).collect();
    let refused = !refusals.is_empty();
    // What is being undone is given up by whoever may.
    let rolling = detail.rollback.as_ref().is_some_and(Rollback::is_open);
    let unfit = powers.hand_refusal.as_ref().filter(|_| powers.finish && !rolling);
    let cannot_finish = unfit.is_some();
    let unfit = unfit.map(|why| view! { <Notice tone=Tone::P3 title=say_wording(current_locale(), why)/> });
    let past_it =
        (powers.start && yields && form.get("freeze").is_empty()).then(|| view! { <Override action=to("start") form=form.clone()/> });
    let outcomes = Outcome::ALL.iter().map(|o| (o.name().to_owned(), outcome_word(*o))).collect();
    let plain = view! {
        {powers.submit.then(|| view! { <PostButton action=to("submit") label=t!("changes-request") kind=ButtonKind::Primary icon="send"/> })}
        {powers.start.then(|| {
            view! { <PostButton action=to("start") label=t!("changes-start") kind=ButtonKind::Primary icon="play" disabled=refused/> }
        })}
        {powers.schedule.then(|| view! { <PostButton action=to("schedule") label=t!("changes-schedule") icon="calendar-range"/> })}
        {powers.close.then(|| view! { <PostButton action=to("close") label=t!("changes-close") kind=ButtonKind::Primary icon="check"/> })}
        {powers.cancel.then(|| {
            view! {
                <Confirm verb=t!("changes-cancel") text=t!("changes-cancel-text") action=to("cancel")>
                    <label class="field">
                        <span>{t!("changes-field-remark")}</span>
                        <textarea class="input" name="remark" rows="2"></textarea>
                    </label>
                </Confirm>
            }
        })}
    };
    let finish = powers.finish.then(|| {
        view! {
            <form class="form" method="post" action=to("finish")>
                <SelectField form=&form name="outcome" label=t!("changes-field-outcome") options=outcomes blank=t!("changes-choose")/>
                <TextAreaField form=&form name="remark" label=t!("changes-field-remark") hint=t!("changes-hint-outcome") rows=2 optional=true/>
                <div class="form-acts"><Button label=t!("changes-finish") kind=ButtonKind::Primary icon="flag" disabled=cannot_finish/></div>
            </form>
        }
    });
    view! {
        <Panel title=t!("changes-acts") id="acts">
            <div class="stack">
                {refusals.into_iter().map(|text| view! { <Notice tone=Tone::P3 title=text/> }).collect_view()}
                <div class="row">{plain}</div>
                {past_it}
                {unfit}
                {finish}
            </div>
        </Panel>
    }
    .into_any()
}

/// A moment as the reader's wall shows it.
fn visit_wall(at: domain::Timestamp) -> String {
    use_visit().wall(at)
}

/// Begins although something is in the way that yields to a reason.
#[component]
fn Override(action: String, form: FormState) -> impl IntoView {
    view! {
        <details class="confirm" open=form.error("reason").is_some()>
            <summary class="button" data-kind="danger">{t!("changes-override")}</summary>
            <form class="confirm-body" method="post" action=action>
                <p>{t!("changes-override-text")}</p>
                <input type="hidden" name="override" value="on"/>
                <TextAreaField form=&form name="reason" label=t!("changes-field-reason") rows=2/>
                <Button label=t!("changes-override-start") kind=ButtonKind::Danger/>
            </form>
        </details>
    }
}

/// Approvals that are still missing: those that can be given now are waited for.
fn lacking(detail: &Detail, asked: bool) -> Vec<Step> {
    if !asked && detail.summary.state != State::Draft {
        return Vec::new();
    }
    let one = |demand: &DemandStatus| {
        let state = if asked && demand.open { StepState::Current } else { StepState::Next };
        let who = if demand.who.is_empty() { t!("changes-demand-nobody") } else { demand.who.join(", ") };
        let name = t!("changes-step-lacks", count = demand.count - demand.given, teams = demand.teams.join(", "));
        Step { name, note: who, state }
    };
    detail.demands.iter().filter(|demand| demand.given < demand.count).map(one).collect()
}

/// The steps of the approval: who asked, who said what, who is waited for.
#[component]
pub(super) fn Approvals(detail: Detail) -> impl IntoView {
    let visit = use_visit();
    let summary = &detail.summary;
    let mut steps = vec![Step {
        name: t!("changes-step-requested"),
        note: format!("{} · {}", summary.requester, visit.wall(detail.created_at)),
        state: StepState::Done,
    }];
    for approval in detail.approvals_given.iter().filter(|a| !a.void) {
        let (name, state) = match approval.verdict {
            Verdict::Approve => (t!("changes-step-approved"), StepState::Done),
            Verdict::Reject => (t!("changes-step-rejected"), StepState::Refused),
        };
        let place = if approval.principal == approval.approver {
            String::new()
        } else {
            format!(" {}", t!("changes-in-place-of", name = approval.principal_name.clone()))
        };
        let remark = if approval.remark.is_empty() { String::new() } else { format!(" · {}", approval.remark) };
        steps.push(Step { name, note: format!("{}{place} · {}{remark}", approval.name, visit.wall(approval.at)), state });
    }
    // What an emergency owes is asked for after its work.
    let owed = summary.owed_at.is_some();
    if !owed {
        steps.extend(lacking(&detail, summary.state == State::Pending));
    }
    if let Some(at) = summary.started_at {
        steps.push(Step { name: state_word(State::Executing), note: visit.wall(at), state: StepState::Done });
    }
    if let (Some(at), Some(outcome)) = (summary.finished_at, summary.outcome) {
        steps.push(Step { name: outcome_word(outcome), note: visit.wall(at), state: StepState::Done });
    }
    if owed {
        steps.extend(lacking(&detail, true));
    }
    let void: Vec<_> = detail.approvals_given.iter().filter(|a| a.void).cloned().collect();
    view! {
        <Stepper label=t!("changes-approval") steps/>
        {if detail.content.template.is_some() {
            view! { <p class="muted">{t!("changes-template-by")}" "<a href="/changes/templates?retired=true">{detail.policy.clone()}</a></p> }.into_any()
        } else {
            view! { <p class="muted">{t!("changes-approval-count", given = summary.approvals, needed = summary.needed)}</p> }.into_any()
        }}
        {(!detail.policy.is_empty() && detail.content.template.is_none()).then(|| view! { <p class="muted">{t!("changes-policy-by", policy = detail.policy.clone())}</p> })}
        {summary.approval_until.map(|at| view! { <p class="muted">{t!("changes-approval-until")}" "<When at/></p> })}
        <p class="small muted">{t!("changes-field-hash")}": "<code class="changes-hash">{detail.hash.clone()}</code></p>
        {(!void.is_empty())
            .then(|| {
                view! {
                    <ul class="changes-void">
                        {void
                            .into_iter()
                            .map(|a| {
                                let word = if a.verdict == Verdict::Approve { t!("changes-step-approved") } else { t!("changes-step-rejected") };
                                view! { <li>{t!("changes-void")}": "{a.name}" – "{word}" · "<When at=a.at/>" "{a.remark}</li> }
                            })
                            .collect_view()}
                    </ul>
                }
            })}
    }
}

/// What is approved, in full.
#[component]
pub(super) fn Content(detail: Detail) -> impl IntoView {
    let content = detail.content;
    let impact = if content.impact.is_empty() { t!("changes-impact-none") } else { content.impact };
    view! {
        <Panel title=t!("changes-content") id="content">
            <h3>{t!("changes-field-risk")}</h3>
            <p>{risk_word(content.risk)}": "{content.risk_reason}</p>
            <ScoreFacts score=detail.summary.score/>
            {content.artifact.map(|artifact| view! { <h3>{t!("changes-field-artifact")}</h3><p class="changes-hash">{artifact.to_string()}</p> })}
            <h3>{t!("changes-field-impact")}</h3>
            <Markdown text=impact/>
            <h3>{t!("changes-field-plan")}</h3>
            <Markdown text=content.plan/>
            <StepList steps=content.steps tools=detail.tools/>
            <h3>{t!("changes-field-rollback")}</h3>
            <Markdown text=content.rollback/>
            {(content.rollback_minutes > 0)
                .then(|| {
                    let length = duration(i64::from(content.rollback_minutes) * MINUTE);
                    view! { <p>{t!("changes-rollback-takes", length = length)}</p> }
                })}
            <h3>{t!("changes-verification")}</h3>
            <p>{watch_text(content.watch)}</p>
        </Panel>
    }
}

/// The facts at the side.
#[component]
pub(super) fn Known(detail: Detail) -> impl IntoView {
    let summary = detail.summary;
    let window = summary.window.clone();
    let doubts = doubt_texts(&window);
    // In the reader's own zone the window is said once; real time only where clocks make it another one.
    let elsewhere = use_visit().zone_name != window.zone;
    let length = duration(window.span.length());
    let length = if doubts.is_empty() { length } else { t!("changes-window-length", length = length) };
    view! {
        <Facts stacked=true>
            <Fact name=t!("changes-field-window")>
                <p>{window_text(&window)}</p>
                {if elsewhere {
                    view! { <p class="muted"><WhenSpan from=window.span.from to=window.span.to/></p> }.into_any()
                } else {
                    view! { <p class="muted">{length}</p> }.into_any()
                }}
                {doubts.into_iter().map(|text| view! { <p class="changes-doubt">{text}</p> }).collect_view()}
            </Fact>
            <Fact name=t!("changes-field-systems")><SystemLinks systems=summary.systems/></Fact>
            <Fact name=t!("changes-field-team")>{summary.team.name}</Fact>
            <Fact name=t!("changes-field-requester")>{summary.requester}</Fact>
            <Fact name=t!("changes-field-created")><When at=detail.created_at/></Fact>
            {summary.started_at.map(|at| view! { <Fact name=t!("changes-field-started")><When at/></Fact> })}
            {summary.finished_at.map(|at| view! { <Fact name=t!("changes-field-finished")><When at/></Fact> })}
            {(!detail.overrides.is_empty())
                .then(|| {
                    let lines = detail
                        .overrides
                        .into_iter()
                        .map(|o| view! { <p>{o.what}": "{o.reason}" · "{o.by}" · "<When at=o.at/></p> })
                        .collect_view();
                    view! { <Fact name=t!("changes-field-overrides")>{lines}</Fact> }
                })}
            {(!detail.caused.is_empty()).then(|| view! { <Fact name=t!("changes-field-caused")><Caused caused=detail.caused/></Fact> })}
            <Fact name=t!("changes-field-version")>{detail.version}</Fact>
        </Facts>
    }
}

#[component]
fn Caused(caused: Vec<Other>) -> impl IntoView {
    caused
        .into_iter()
        .map(|incident| match incident.id {
            Some(id) => view! { <p><a href=format!("/incidents/{id}")>{incident.label}</a></p> }.into_any(),
            None => view! { <p>{incident.label}</p> }.into_any(),
        })
        .collect_view()
}
