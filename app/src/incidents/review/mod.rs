//! `/incidents/{id}/review`: what was learned, with the facts beside it; as a page, on paper and as Markdown.

use std::sync::Arc;

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use domain::{
    Fault, Permission,
    form::Typed,
    incidents::{Action, ReviewDetail, State, review_markdown},
    people::UserBrief,
};
use http::{StatusCode, header};
use leptos::prelude::*;

mod begin;
mod sections;
pub(super) mod templates;

use super::{
    cost::{cost, cost_line, times, took_lines},
    detail::find,
    say::{IncidentStateBadge, who},
};
use crate::{
    alerts::level,
    components::{
        Badge, Button, ButtonKind, Confirm, ErrorSummary, Fact, Facts, LinkButton, MomentField, Notice, PageHead, Panel, PostButton,
        SelectField, SeverityBadge, TextField, Tone, When,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    i18n::say,
    t, tr,
    visit::{Visit, use_visit},
};

/// `GET /incidents/{id}/review`
pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    show(&visit, &id, FormState::default()).await
}

async fn read(visit: &Visit, id: &str) -> Result<ReviewDetail, Fault> {
    let incident = find(visit, id).await?;
    visit.portal.incidents.review(&visit.actor, &incident).await
}

async fn show(visit: &Visit, id: &str, form: FormState) -> Answer {
    let detail = read(visit, id).await?;
    let incident = &detail.incident;
    let may = visit.actor.may(Permission::WorkIncidents, &incident.team) && incident.merged_into.is_none();
    let workers = if may { Some(visit.portal.incidents.workers(&visit.actor, &incident.id).await?) } else { None };
    let me = visit.actor.user().cloned();
    let title = format!("{} {}", incident.label(), tr!(visit, "incidents-review"));
    Ok(visit.page_as(form.status(), title, move || {
        let path = format!("/incidents/{}", detail.incident.number);
        let over = !detail.incident.state.is_open();
        let finished = !detail.review.finished_by.is_empty();
        let writing = sections::is_typed(&form.typed);
        let fields = if writing {
            FormState { typed: Arc::new(sections::kept(&form.typed, &detail.review)), ..form.clone() }
        } else {
            FormState::fresh(sections::stored(&detail.review))
        };
        // Whoever was overtaken sees what stands; to save again is then to decide.
        let overtaken = writing && matches!(form.fault, Some(Fault::Conflict(_)));
        let version = if overtaken { detail.review.version.to_string() } else { fields.get("version") };
        let acting = if form.typed.has("action") { form.clone() } else { FormState::default() };
        let labels = vec![
            ("summary", t!("incidents-review-summary")),
            ("causes", t!("incidents-review-causes")),
            ("went_well", t!("incidents-review-went-well")),
            ("went_badly", t!("incidents-review-went-badly")),
            ("template", t!("incidents-template")),
            ("action", t!("incidents-action")),
            ("owner", t!("incidents-action-owner")),
            ("due", t!("incidents-action-due")),
            ("reason", t!("incidents-reason")),
        ];
        let finish = (may && detail.incident.state == State::Resolved && detail.review.version > 0).then(|| {
            let action = format!("{path}/review/finish");
            view! { <PostButton action label=t!("incidents-review-finish") icon="clipboard-check" kind=ButtonKind::Primary/> }
        });
        let state = if finished {
            let name = who(&detail.review.finished_by);
            view! { <p>{t!("incidents-review-finished", name = name)}" "<When at=detail.review.finished_at/></p> }.into_any()
        } else if over {
            view! { <p class="muted">{t!("incidents-review-open")}</p> }.into_any()
        } else {
            view! { <Notice tone=Tone::P3 title=t!("incidents-review-early")/> }.into_any()
        };
        let writable = may && over;
        let named = sections::named(&detail.review);
        let begin = writable.then(|| begin::choice(&path, &detail, &form));
        // Where a template fits, it is chosen first: nobody fills the usual sections in vain.
        let choosing = !detail.review.begun && detail.proposed.is_some() && !writing;
        let body = match (writable, choosing) {
            (true, true) => None,
            (true, false) => Some(sections::editor(&path, &fields, version, &detail.review)),
            (false, _) => Some(sections::reading(&detail.review)),
        };
        let body = body.map(|body| view! { <Panel title=t!("incidents-review")>{body}</Panel> });
        let actions = actions_panel(&path, &detail.actions, workers.as_deref(), me.as_ref(), &acting);
        let (print, markdown) = (format!("{path}/review/print"), format!("{path}/review.md"));
        let facts = facts_panel(&detail);
        let back = (
            path.clone(),
            format!("{} {}", detail.incident.label(), crate::alerts::spoken_title(&detail.incident.title, &detail.incident.told)),
        );
        view! {
            <PageHead title=t!("incidents-review") back>
                {finish}
                <LinkButton href=print label=t!("incidents-print") icon="printer"/>
                <LinkButton href=markdown label="Markdown" icon="download"/>
            </PageHead>
            <ErrorSummary form=&form labels named/>
            <div class="incident">
                <div class="incident-main">
                    {state}
                    {begin}
                    {body}
                    <Panel title=t!("incidents-actions") id="review-actions" live="incidents">{actions}</Panel>
                </div>
                <div class="incident-side">{facts}</div>
            </div>
        }
    }))
}

fn facts_panel(detail: &ReviewDetail) -> AnyView {
    let (incident, may) = (&detail.incident, false);
    let causes = detail.causes.iter().map(|cause| view! { <li><a href=cause.link.clone()>{cause.title.clone()}</a></li> }).collect_view();
    let (severity, state, opened) = (level(incident.severity), incident.state, incident.opened_at);
    let moments = times("", &detail.times, may, &FormState::default(), false);
    let owner = if incident.owner_name.is_empty() { t!("incidents-nobody") } else { incident.owner_name.clone() };
    let team = detail.team_name.clone();
    let spent = cost(detail.impact.as_ref());
    let none = detail.causes.is_empty().then(|| view! { <p class="muted">"—"</p> });
    view! {
        <Panel title=t!("incidents-facts")>
            <p><SeverityBadge level=severity/>" "<IncidentStateBadge state/></p>
            <Facts stacked=true>
                <Fact name=t!("incidents-opened")><When at=opened/></Fact>
                <Fact name=t!("incidents-owner")>{owner}</Fact>
                <Fact name=t!("incidents-team")>{team}</Fact>
            </Facts>
        </Panel>
        <Panel title=t!("incidents-times")>{moments}</Panel>
        <Panel title=t!("incidents-cost")>{spent}</Panel>
        <Panel title=t!("incidents-review-confirmed")>{none}<ul class="incident-links">{causes}</ul></Panel>
    }
    .into_any()
}

/// One action with what can be said of it: for this page and the list of all.
pub(super) fn action_row(action: &Action, may: bool, back: &str, head: Option<AnyView>) -> AnyView {
    let now = use_visit().now;
    let act = format!("/incidents/actions/{}", action.id);
    let done = action.ended_at.is_some();
    let late = action.is_overdue(now).then(|| view! { " "<Badge tone=Tone::P2 icon="clock" word=t!("incidents-task-overdue")/> });
    let ended = action.ended_at.map(|at| {
        let text = if action.dropped_why.is_empty() {
            t!("incidents-task-done-by", name = who(&action.ended_by))
        } else {
            t!("incidents-action-dropped", name = who(&action.ended_by), reason = action.dropped_why.as_str())
        };
        view! { " · "{text}" "<When at/> }
    });
    let acts = (may && !done).then(|| {
        let (fields, back) = (vec![("back", back.to_owned())], back.to_owned());
        view! {
            <div class="row">
                <PostButton action=act.clone() label=t!("incidents-task-done") icon="check" fields small=true/>
                <Confirm verb=t!("incidents-action-drop") text=t!("incidents-action-drop-text") action=act.clone() small=true>
                    <input type="hidden" name="back" value=back/>
                    <label class="field"><span>{t!("incidents-reason")}</span><input class="input" name="reason" required maxlength="120"/></label>
                </Confirm>
            </div>
        }
    });
    view! {
        <li class="incident-task" data-done=done.then_some("")>
            {head}
            <p class="incident-task-text">{action.text.clone()}</p>
            <p class="muted small">{action.owner_name.clone()}" · "{t!("incidents-task-due")}" "<When at=action.due/>{late}{ended}</p>
            {acts}
        </li>
    }
    .into_any()
}

fn actions_panel(
    path: &str,
    actions: &[Action],
    workers: Option<&[UserBrief]>,
    me: Option<&domain::id::UserId>,
    form: &FormState,
) -> AnyView {
    let back = format!("{path}/review");
    let rows = actions.iter().map(|action| action_row(action, workers.is_some() || me == Some(&action.owner), &back, None)).collect_view();
    let none = actions.is_empty().then(|| view! { <p class="muted">{t!("incidents-no-actions")}</p> });
    let zone = use_visit().zone_name.clone();
    let add = workers.map(|workers| {
        let options = workers.iter().map(|user| (user.id.to_string(), user.name.clone())).collect::<Vec<_>>();
        view! {
            <form class="form" id="review-action" method="post" action=format!("{path}/review/actions")>
                <input type="hidden" name="zone" value=zone/>
                <TextField form=form name="action" label=t!("incidents-action")/>
                <div class="fields">
                    <SelectField form=form name="owner" label=t!("incidents-action-owner") options blank=t!("incidents-choose")/>
                    <MomentField form=form name="due" label=t!("incidents-action-due")/>
                </div>
                <div class="form-acts"><Button label=t!("incidents-action-add") icon="plus"/></div>
            </form>
        }
    });
    view! { {none}<ul class="incident-tasks">{rows}</ul>{add} }.into_any()
}

async fn answer(visit: &Visit, id: &str, typed: Typed, done: Result<(), Fault>, toast: &'static str) -> Answer {
    match done {
        Ok(()) => Ok(visit.go(&format!("/incidents/{id}/review"), toast)),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => show(visit, id, FormState::refused(typed, fault)).await,
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /incidents/{id}/review`
pub(super) async fn write(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let incident = find(&visit, &id).await?;
    let done = visit.portal.incidents.write_review(&visit.actor, &incident, &form.typed).await;
    answer(&visit, &id, form.typed, done, "toast-incident-saved").await
}

/// `POST /incidents/{id}/review/begin`, field `template`
pub(super) async fn begin(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let incident = find(&visit, &id).await?;
    let done = visit.portal.incidents.begin_review(&visit.actor, &incident, &form.typed).await;
    answer(&visit, &id, form.typed, done, "toast-incident-saved").await
}

/// `POST /incidents/{id}/review/finish`
pub(super) async fn finish(visit: Visit, Path(id): Path<String>) -> Answer {
    let incident = find(&visit, &id).await?;
    let done = visit.portal.incidents.finish_review(&visit.actor, &incident).await;
    answer(&visit, &id, Typed::default(), done, "toast-incident-reviewed").await
}

/// `POST /incidents/{id}/review/actions`, fields `action`, `owner`, `due`, `zone`
pub(super) async fn add_action(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let incident = find(&visit, &id).await?;
    let done = visit.portal.incidents.add_action(&visit.actor, &incident, &form.typed).await.map(drop);
    answer(&visit, &id, form.typed, done, "toast-incident-action").await
}

fn fact_lines(visit: &Visit, detail: &ReviewDetail) -> Vec<(String, String)> {
    let incident = &detail.incident;
    let systems = Some(super::say::system_names(incident)).filter(|names| !names.is_empty());
    let systems = systems.unwrap_or_else(|| tr!(visit, "incidents-no-system"));
    let mut lines = vec![
        (t!("alerts-severity"), incident.severity.name().to_owned()),
        (t!("incidents-systems"), systems),
        (t!("incidents-team"), detail.team_name.clone()),
        (t!("incidents-opened"), visit.wall(incident.opened_at)),
    ];
    lines.extend(took_lines(&detail.times));
    if let Some(cost) = detail.impact.as_ref().and_then(cost_line) {
        lines.push((t!("incidents-cost-failed"), cost));
    }
    lines
}

/// `GET /incidents/{id}/review/print`
pub(super) async fn print(visit: Visit, Path(id): Path<String>) -> Answer {
    let detail = read(&visit, &id).await?;
    let title = format!("{} {}", detail.incident.label(), tr!(visit, "incidents-review"));
    let foot = format!("{}{} · {} · {}", visit.origin, visit.path_and_query, visit.wall(visit.now), visit.offset_label());
    let reader = visit.clone();
    Ok(visit.bare_page(StatusCode::OK, title, move || {
        let facts = fact_lines(&reader, &detail).into_iter().map(|(name, value)| view! { <Fact name>{value}</Fact> }).collect_view();
        let actions = detail.actions.iter().map(|action| action_row(action, false, "", None)).collect_view();
        let body = sections::reading(&detail.review);
        view! {
            <article class="incident-print">
                <h1>{detail.incident.label()}" "{crate::alerts::spoken_title(&detail.incident.title, &detail.incident.told)}</h1>
                <Facts>{facts}</Facts>
                <h2>{t!("incidents-review")}</h2>
                {body}
                <h3>{t!("incidents-actions")}</h3>
                <ul class="incident-tasks">{actions}</ul>
                <footer class="incident-print-foot">{foot}</footer>
            </article>
        }
    }))
}

/// `GET /incidents/{id}/review.md`
pub(super) async fn markdown(visit: Visit, Path(id): Path<String>) -> Result<Response, crate::fault::Refused> {
    let detail = read(&visit, &id).await?;
    Ok(review_file(&visit, &detail))
}

/// A review as a file of Markdown, in the language and the zone of whoever asks.
pub fn review_file(visit: &Visit, detail: &ReviewDetail) -> Response {
    let owner = Owner::new();
    let facts = owner.with(|| {
        provide_context(visit.clone());
        fact_lines(visit, detail)
    });
    let word = |key: &str| match key {
        "actions" => say(visit.locale, "incidents-actions", &[]),
        key => say(visit.locale, &format!("incidents-review-{key}"), &[]),
    };
    let text = review_markdown(detail, word, &facts, |at| visit.wall(at));
    let name = format!("attachment; filename=\"INC-{}-review.md\"", detail.incident.number);
    ([(header::CONTENT_TYPE, "text/markdown; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)], text).into_response()
}
