//! `/incidents/{id}`: the state, what to do next, and everything that belongs to it.

use axum::extract::Path;
use domain::{
    Fault, PageRequest, Permission, deliveries,
    form::Typed,
    id::IncidentId,
    incidents::{Incident, IncidentDetail, State, moves},
    tools::{RunFilter, ToolFilter},
};
use leptos::prelude::*;

use super::{
    acts::read,
    beside, cost,
    open::severities,
    proposal::{Proposals, proposed},
    say::{IncidentStateBadge, move_word},
    suspects::Suspects,
    timeline::Happened,
    together,
};
use crate::{
    alerts::level,
    components::{
        Button, ButtonKind, ErrorSummary, Fact, Facts, Lasted, LinkButton, Markdown, MomentField, Notice, PageHead, Panel, PostButton,
        SelectField, SeverityBadge, TextAreaField, TextField, Tone, When, WhenSpan,
    },
    escalations::paging,
    fault::Answer,
    form::FormState,
    t,
    visit::{Visit, use_visit},
};

/// Which form of the page was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Title, severity, impact.
    Edit,
    /// The comment.
    Comment,
    /// A role for somebody.
    Role,
    /// Another task.
    Task,
    /// Another runbook.
    Runbook,
    /// Another file.
    File,
    /// A moment, corrected.
    Time,
    /// Somebody to be paged.
    Page,
    /// A button, or none.
    Other,
}

/// `GET /incidents/{id}`
pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    show(&visit, &id, Which::Other, FormState::default()).await
}

/// The id behind how a URL names an incident.
pub(super) async fn find(visit: &Visit, which: &str) -> Result<IncidentId, Fault> {
    match read(which)? {
        domain::incidents::Ref::Id(id) => Ok(id),
        number => Ok(visit.portal.incidents.get(&visit.actor, &number).await?.incident.id),
    }
}

/// The page, with one of its forms as it was refused.
pub(super) async fn show(visit: &Visit, which: &str, refused: Which, form: FormState) -> Answer {
    let detail = visit.portal.incidents.get(&visit.actor, &read(which)?).await?;
    let id = detail.incident.id.clone();
    let few = PageRequest { after: None, limit: 100 };
    let filter = deliveries::Filter { incident: Some(id.clone()), ..deliveries::Filter::default() };
    let sent = visit.portal.deliveries.list(&visit.actor, &filter, &few).await?;
    let runs = visit.portal.tools.runs(&visit.actor, &RunFilter { incident: Some(id), ..RunFilter::default() }, &few).await?;
    let heard = visit.portal.deliveries.hears(&visit.actor, &detail.incident.team).await?;
    let tools = tools(visit, &detail.incident).await?;
    // Whatever is to be done is done to the incident that it turned out to be.
    let may = visit.actor.may(Permission::WorkIncidents, &detail.incident.team) && detail.incident.merged_into.is_none();
    let workers = if may { Some(visit.portal.incidents.workers(&visit.actor, &detail.incident.id).await?) } else { None };
    let moments = visit.portal.incidents.times(&visit.actor, &detail.incident.id).await?;
    let impact = visit.portal.incidents.impacts(&visit.actor, std::slice::from_ref(&detail.incident.id)).await?.pop().flatten();
    let found = visit.portal.explanations.of_incident(&visit.actor, &detail.incident.id).await?;
    let proposals = proposed(visit, &detail.suspects).await?;
    let paging = paging(visit, &detail.incident.id, may).await?;
    let title =
        format!("{} {}", detail.incident.label(), crate::alerts::spoken_title_to(visit, &detail.incident.title, &detail.incident.told));
    let user = visit.actor.user().cloned();
    Ok(visit.page_as(form.status(), title, move || {
        let IncidentDetail { incident, team_name, previous_number, timeline, suspects, together, files, .. } = detail;
        let (left_out, alerts) = (detail.timeline_left_out, beside::alerts(&incident.id, detail.alerts, detail.earlier_alerts));
        let path = format!("/incidents/{}", incident.number);
        let badges = view! { <SeverityBadge level=level(incident.severity)/><IncidentStateBadge state=incident.state/> }.into_any();
        let leads = user.is_some() && incident.owner == user;
        let of = |which: Which| if refused == which { form.clone() } else { FormState::default() };
        let comment = of(Which::Comment);
        let edit = if refused == Which::Edit { form.clone() } else { FormState::fresh(stored(&incident)) };
        // Whoever was overtaken sees above what it reads now; to save again is then to decide.
        let overtaken = refused == Which::Edit && matches!(form.fault, Some(Fault::Conflict(_)));
        let version = if overtaken { incident.version.to_string() } else { edit.get("version") };
        let labels = vec![
            ("title", t!("incidents-field-title")),
            ("severity", t!("alerts-severity")),
            ("impact", t!("incidents-impact")),
            ("text", t!("incidents-comment")),
            ("target", t!("escalations-page-whom")),
            ("user", t!("incidents-person")),
            ("role", t!("incidents-role")),
            ("task", t!("incidents-task")),
            ("assignee", t!("incidents-task-assignee")),
            ("due", t!("incidents-task-due")),
            ("runbook_of", t!("incidents-runbook")),
            ("runbook", t!("incidents-runbook-text")),
            ("at", t!("incidents-at")),
            ("file", t!("files-file")),
            ("reason", t!("incidents-reason")),
            ("what", t!("incidents-time-what")),
        ];
        // Children are closures that take what they name: what several need is made before.
        let climbs = paging.climbs();
        let acts = may.then(|| buttons(&path, &incident, leads, climbs));
        let paging = paging.show(&path, incident.state.is_open(), &of(Which::Page));
        let (sent, runs) = (beside::deliveries(&incident.id, sent, heard), beside::runs(&incident.id, runs));
        let print = format!("{path}/print");
        let editing = may.then(|| edit_form(&path, &edit, version, refused == Which::Edit));
        let commenting = may.then(|| comment_form(&path, &comment));
        let workers = workers.as_deref();
        let people = together::people(&path, &together, workers, &of(Which::Role), refused == Which::Role);
        let tasks = together::tasks(&path, &together.tasks, workers, &of(Which::Task), refused == Which::Task);
        let runbook = together::runbook(&path, &incident, together.runbook.as_ref(), may, &of(Which::Runbook), refused == Which::Runbook);
        let files = crate::files::panel(&path, &files, (may, may), &of(Which::File), refused == Which::File);
        let moments = cost::times(&path, &moments, may, &of(Which::Time), refused == Which::Time);
        let spent = cost::cost(impact.as_ref());
        let writes = may && incident.state == State::Resolved;
        let review =
            (!writes).then(|| view! { <LinkButton href=format!("{path}/review") label=t!("incidents-review") icon="clipboard-check"/> });
        let belongings = together::belongings(&path, &together, may);
        let merged = match (together.merged_into, &incident.merged_into) {
            (Some(number), _) => {
                let text = t!("incidents-merged-text");
                let href = format!("/incidents/{number}");
                let title = t!("incidents-merged-into", number = number);
                Some(view! { <Notice tone=Tone::P3 title><a href=href>{text}</a></Notice> }.into_any())
            }
            (None, Some(_)) => Some(view! { <Notice tone=Tone::P3 title=t!("incidents-merged-elsewhere")/> }.into_any()),
            (None, None) => None,
        };
        let roles = together.roles;
        let (title, label, number) =
            (crate::alerts::spoken_title(&incident.title, &incident.told), incident.label(), incident.number.to_string());
        view! {
            <div id="incident-head" data-live="incidents">
                <PageHead title number=label back=("/incidents".to_owned(), t!("incidents-title")) badges>
                    {acts}
                    {review}
                    <LinkButton href=print label=t!("incidents-print") icon="printer"/>
                </PageHead>
            </div>
            <ErrorSummary form=&form labels/>
            {merged}
            {jump()}
            <div class="incident">
                <div class="incident-main">
                    <Panel title=t!("incidents-facts") id="incident-facts" live="incidents,alerts">
                        <Overview incident team_name previous_number/>
                        {editing}
                    </Panel>
                    <Proposals changes=proposals/>
                    {crate::transactions::explain::told(found)}
                    <Panel title=t!("incidents-cost") id="incident-cost" live="incidents,transactions">{spent}</Panel>
                    <Panel title=t!("incidents-tasks") id="incident-tasks" live="incidents">{tasks}</Panel>
                    <Panel title=t!("incidents-runbook") id="incident-runbook" live="incidents">{runbook}</Panel>
                    <Panel title=t!("incidents-suspects") id="incident-suspects" live="incidents,changes">
                        <Suspects incident=number suspects may/>
                    </Panel>
                    <Panel title=t!("incidents-timeline") id="incident-timeline" live="incidents">
                        <Happened label=t!("incidents-timeline") entries=timeline left_out roles path=path.clone()/>
                    </Panel>
                    {commenting}
                </div>
                <div class="incident-side">
                    <Panel title=t!("escalations-title-one") id="incident-paging" live="incidents,oncall,deliveries">{paging}</Panel>
                    <Panel title=t!("incidents-people") id="incident-people" live="incidents">{people}</Panel>
                    <Panel title=t!("incidents-times") id="incident-times" live="incidents">{moments}</Panel>
                    <Panel title=t!("files-title") id="incident-files" live="incidents">{files}</Panel>
                    <Panel title=t!("incidents-links") id="incident-links" live="incidents">{belongings}</Panel>
                    <Panel title=t!("incidents-alerts") id="incident-alerts" live="alerts" flush=true>{alerts}</Panel>
                    <Panel title=t!("incidents-runs") id="incident-runs" live="runs">
                        {runs}
                        <div class="row">
                            {tools
                                .into_iter()
                                .map(|(href, name)| view! { <LinkButton href label=name icon="square-terminal" small=true/> })
                                .collect_view()}
                        </div>
                    </Panel>
                    <Panel title=t!("incidents-deliveries") id="incident-deliveries" live="deliveries" flush=true>{sent}</Panel>
                </div>
            </div>
        }
    }))
}

/// What the reader may run on its systems: the form of each, with the incident filled in, and its name.
async fn tools(visit: &Visit, incident: &Incident) -> Result<Vec<(String, String)>, Fault> {
    let mut found = Vec::new();
    // Who may not work on the incident runs it for nothing in particular.
    let works = visit.actor.may(Permission::WorkIncidents, &incident.team);
    for system in &incident.systems {
        let filter = ToolFilter { system: Some(system.id.clone()), ..ToolFilter::default() };
        let page = visit.portal.tools.list(&visit.actor, &filter, &PageRequest { after: None, limit: 20 }).await?;
        for tool in page.items.into_iter().filter(|tool| visit.portal.tools.may_run(&visit.actor, tool)) {
            let purpose = if works { format!("?incident={}", incident.id) } else { String::new() };
            found.push((format!("/tools/{}{purpose}", tool.id), tool.definition.name.to_string()));
        }
    }
    found.dedup();
    Ok(found)
}

/// The parts of the page as links, for a phone: nobody scrolls through a wall at night.
fn jump() -> impl IntoView {
    let parts = [
        ("#incident-facts", t!("incidents-facts")),
        ("#incident-cost", t!("incidents-cost")),
        ("#incident-tasks", t!("incidents-tasks")),
        ("#incident-suspects", t!("incidents-suspects")),
        ("#incident-timeline", t!("incidents-timeline")),
        ("#incident-people", t!("incidents-people")),
        ("#incident-alerts", t!("incidents-alerts")),
    ];
    let links = parts.into_iter().map(|(href, word)| view! { <a href=href>{word}</a> }).collect_view();
    view! { <nav class="incident-jump" aria-label=t!("incidents-parts")>{links}</nav> }
}

fn stored(incident: &Incident) -> Typed {
    let mut typed = Typed::default();
    typed.set("title", &incident.title);
    typed.set("severity", incident.severity);
    typed.set("impact", &incident.impact);
    typed.set("version", incident.version);
    typed
}

fn buttons(path: &str, incident: &Incident, leads: bool, climbs: bool) -> impl IntoView + use<> {
    let state = incident.state;
    let seen = (state.is_open() && (climbs || incident.seen_at.is_none())).then(|| {
        let action = format!("{path}/acknowledge");
        view! { <PostButton action label=t!("incidents-acknowledge") icon="check" kind=ButtonKind::Primary key="a"/> }
    });
    let unseen = seen.is_some();
    // To be reviewed takes a review: its button would always be refused before, and does it after.
    let write = (state == State::Resolved).then(|| {
        let kind = if unseen { ButtonKind::Plain } else { ButtonKind::Primary };
        view! { <LinkButton href=format!("{path}/review") label=t!("incidents-review-write") icon="clipboard-check" kind/> }
    });
    let unseen = unseen || write.is_some();
    let moves = moves(state)
        .iter()
        .filter(|to| **to != State::Reviewed)
        .enumerate()
        .map(|(place, to)| {
            let kind = if place == 0 && !unseen { ButtonKind::Primary } else { ButtonKind::Plain };
            view! { <PostButton action=format!("{path}/move") label=move_word(*to) fields=vec![("state", to.name().to_owned())] kind/> }
        })
        .collect_view();
    let (label, owner) = if leads { (t!("incidents-release"), "") } else { (t!("incidents-take"), "me") };
    // The lead is taken from whom the reader sees leading, from nobody else.
    let fields = vec![("owner", owner.to_owned()), ("was", incident.owner.as_ref().map(ToString::to_string).unwrap_or_default())];
    let lead = state.is_open().then(|| view! { <PostButton action=format!("{path}/owner") label fields icon="user"/> });
    (seen, write, moves, lead)
}

/// What is known of it in one look.
#[component]
pub(super) fn Overview(incident: Incident, team_name: String, previous_number: Option<i64>) -> impl IntoView {
    let now = use_visit().now;
    let systems = incident
        .systems
        .iter()
        .map(|system| view! { <a class="incident-system" href=format!("/systems/{}", system.id)>{system.name.clone()}</a>" " })
        .collect_view();
    let systems = if incident.systems.is_empty() { t!("incidents-no-system").into_any() } else { systems.into_any() };
    let owner = if incident.owner_name.is_empty() { t!("incidents-nobody") } else { incident.owner_name.clone() };
    let ms = incident.duration(now);
    let impact = if incident.impact.is_empty() {
        view! { <p class="muted">{t!("incidents-no-impact")}</p> }.into_any()
    } else {
        view! { <Markdown text=incident.impact.clone()/> }.into_any()
    };
    let previous = previous_number.map(|number| {
        view! { <Fact name=t!("incidents-previous")><a href=format!("/incidents/{number}")>{format!("INC-{number}")}</a></Fact> }
    });
    let several = incident.outages.len() > 1;
    let parts = several.then(|| view! { " "<span class="muted">{t!("incidents-in-outages", count = incident.outages.len())}</span> });
    let outages = several.then(|| {
        let spans = incident.outages.iter().map(|outage| view! { <li><WhenSpan from=outage.from to=outage.to/></li> }).collect_view();
        view! { <Fact name=t!("incidents-outages")><ol class="incident-outages">{spans}</ol></Fact> }
    });
    let reopened = (incident.reopened > 0).then(|| view! { <Fact name=t!("incidents-reopened")>{incident.reopened}</Fact> });
    view! {
        <div class="incident-impact"><h3>{t!("incidents-impact")}</h3>{impact}</div>
        <Facts>
            <Fact name=t!("incidents-owner")>{owner}</Fact>
            <Fact name=t!("incidents-duration")><Lasted ms/>{parts}</Fact>
            <Fact name=t!("incidents-systems")>{systems}</Fact>
            <Fact name=t!("incidents-team")>{team_name}</Fact>
            <Fact name=t!("incidents-opened")><When at=incident.opened_at/></Fact>
            {reopened}
            {outages}
            {previous}
        </Facts>
    }
}

fn edit_form(path: &str, form: &FormState, version: String, open: bool) -> impl IntoView + use<> {
    view! {
        <details class="incident-edit" open=open>
            <summary>{t!("incidents-edit")}</summary>
            <form class="form" method="post" action=format!("{path}/edit")>
                <input type="hidden" name="version" value=version/>
                <TextField form=form name="title" label=t!("incidents-field-title")/>
                <SelectField form=form name="severity" label=t!("alerts-severity") options=severities()/>
                <TextAreaField form=form name="impact" label=t!("incidents-impact") hint=t!("incidents-impact-hint") optional=true/>
                <div class="form-acts"><Button label=t!("incidents-save") kind=ButtonKind::Primary/></div>
            </form>
        </details>
    }
}

fn comment_form(path: &str, form: &FormState) -> impl IntoView + use<> {
    let (zone, earlier) = (use_visit().zone_name.clone(), !form.get("at").is_empty());
    view! {
        <form class="form" id="comment" method="post" action=format!("{path}/comments")>
            <TextAreaField form=form name="text" label=t!("incidents-comment") hint=t!("incidents-comment-hint")/>
            <details class="incident-earlier" open=earlier>
                <summary>{t!("incidents-earlier")}</summary>
                <input type="hidden" name="zone" value=zone/>
                <MomentField form=form name="at" label=t!("incidents-at") hint=t!("incidents-at-hint") optional=true/>
            </details>
            <div class="form-acts"><Button label=t!("incidents-comment-send") icon="message-square" kind=ButtonKind::Primary/></div>
        </form>
    }
}
