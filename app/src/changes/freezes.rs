//! Freezes: spans in which nothing starts.

use axum::{extract::Path, response::Response};
use domain::{
    Fault, Page, PageRequest, Permission, Span,
    changes::{Choices, Freeze, Scope},
    form::Typed,
    id::FreezeId,
    time::DAY,
};
use leptos::prelude::*;

use super::{
    request::labels,
    say::{scope_text, system_names, window_text},
};
use crate::{
    components::{
        Again, Button, ButtonKind, Cell, CheckField, ChoicesField, Column, Confirm, Empty, EmptyKind, ErrorSummary, Here, LinkButton,
        MomentField, PageHead, Pager, SelectField, Table, TextField, WhenSpan,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::{Visit, use_visit},
};

fn read(id: &str) -> Result<FreezeId, Fault> {
    FreezeId::parse(id).ok_or(Fault::NotFound("freeze"))
}

/// `GET /freezes`; `?past=true` shows those that are over, too.
pub(super) async fn page(visit: Visit) -> Answer {
    let here = Here::parse(&visit.path_and_query);
    let past = here.get("past") == "true";
    let request = PageRequest::parse(Some(here.get("after")), Some(here.get("limit")))?;
    let Page { items: freezes, next } = visit.portal.changes.freezes(&visit.actor, past, &request).await?;
    let may = visit.may(Permission::SetFreezes);
    let csv = visit.may(Permission::Export).then(|| "/freezes.csv".to_owned());
    Ok(visit.page(tr!(visit, "changes-freezes"), move || {
        let other = if past { ("/freezes", t!("changes-freezes-current")) } else { ("/freezes?past=true", t!("changes-freezes-past")) };
        let shown = freezes.len();
        let body = if shown == 0 {
            view! { <Empty kind=EmptyKind::Clear title=t!("changes-freezes-empty") text=t!("changes-freezes-empty-text")/> }.into_any()
        } else {
            view! { <Rows freezes may/> }.into_any()
        };
        view! {
            <PageHead title=t!("changes-freezes") sub=t!("changes-freezes-sub") back=("/changes".to_owned(), t!("changes-title"))>
                {may.then(|| view! { <LinkButton href="/freezes/new" label=t!("changes-freeze-new") icon="plus" kind=ButtonKind::Primary/> })}
                <LinkButton href=other.0 label=other.1/>
            </PageHead>
            <div id="freezes" data-live="changes" data-live-mode="notice">
                {body}
                <Pager shown next csv=csv/>
            </div>
        }
    }))
}

/// `GET /freezes.csv`; `?past=true` as on the page.
pub(super) async fn csv(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let past = Here::parse(&visit.path_and_query).get("past") == "true";
    let head = ["reason", "scope", "from", "to", "zone", "author"].map(str::to_owned).to_vec();
    let fetch = {
        let visit = visit.clone();
        move |after| -> crate::csv::NextPage<Freeze> {
            let visit = visit.clone();
            let page = PageRequest { after, limit: domain::page::MAX_PAGE };
            Box::pin(async move { visit.portal.changes.freezes(&visit.actor, past, &page).await })
        }
    };
    let cells = |freeze: &Freeze| {
        let scope = match &freeze.content.scope {
            Scope::All => "*".to_owned(),
            Scope::Team(_) => freeze.team_name.clone(),
            Scope::Systems(_) => system_names(&freeze.systems),
        };
        let window = &freeze.content.window;
        vec![
            freeze.content.reason.clone(),
            scope,
            window.span.from.rfc3339(),
            window.span.to.rfc3339(),
            window.zone.clone(),
            freeze.author.clone(),
        ]
    };
    Ok(crate::csv::stream_csv("freezes.csv", head, fetch, cells).await?)
}

#[component]
fn Rows(freezes: Vec<Freeze>, may: bool) -> impl IntoView {
    let columns = vec![
        Column::new(t!("changes-field-reason")),
        Column::new(t!("changes-field-scope")),
        Column::new(t!("changes-field-window")),
        Column::new(t!("changes-field-author")),
        Column::unspoken(t!("changes-acts")),
    ];
    let now = use_visit().now;
    // What comes again less than once a year is shown by its rule alone.
    let ahead = Span { from: now, to: now.plus(366 * DAY) };
    view! {
        <Table caption=t!("changes-freezes") columns>
            {freezes
                .into_iter()
                .map(|freeze| {
                    let id = freeze.id.to_string();
                    let (scope, window, span) = (scope_text(&freeze), window_text(&freeze.content.window), freeze.content.window.span);
                    let reason = freeze.content.reason.clone();
                    let soft = (!freeze.content.hard).then(|| view! { <p class="small muted">{t!("changes-freeze-soft")}</p> });
                    let again = freeze.content.recurrence.as_ref().map(|rule| {
                        let recurrence = rule.clone();
                        let next = freeze.times(ahead).into_iter().next().map(|next| {
                            let span = next.content.window.span;
                            view! { <p class="small muted">{t!("changes-freeze-next")}" "<WhenSpan from=span.from to=span.to/></p> }
                        });
                        view! { <p class="small muted">{t!("changes-freeze-again")}" "<Again recurrence/></p>{next} }
                    });
                    let acts = may.then(|| {
                        view! {
                            <LinkButton href=format!("/freezes/{id}/edit") label=t!("changes-edit") small=true/>
                            <Confirm
                                verb=t!("changes-freeze-lift")
                                text=t!("changes-freeze-lift-text", reason = reason.clone())
                                action=format!("/freezes/{id}/delete")
                                small=true
                            />
                        }
                    });
                    view! {
                        <tr id=format!("freeze-{id}")>
                            <Cell main=true>{reason}{soft}{again}</Cell>
                            <Cell label=t!("changes-field-scope")>{scope}</Cell>
                            <Cell label=t!("changes-field-window")>
                                <span>{window}</span>" "<span class="muted"><WhenSpan from=span.from to=span.to/></span>
                            </Cell>
                            <Cell label=t!("changes-field-author")>{freeze.author}</Cell>
                            <Cell acts=true>{acts}</Cell>
                        </tr>
                    }
                })
                .collect_view()}
        </Table>
    }
}

/// `GET /freezes/new`
pub(super) async fn new(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::SetFreezes)?;
    let choices = offered(&visit).await?;
    let mut typed = Typed::default();
    typed.set("zone", &visit.zone_name);
    Ok(form_page(&visit, FormState::fresh(typed), choices, None))
}

/// `POST /freezes/new`
pub(super) async fn create(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.changes.set_freeze(&visit.actor, &form.typed).await {
        Ok(id) => Ok(visit.go(&format!("/freezes#freeze-{id}"), "toast-freeze-set")),
        Err(fault) => refused(&visit, form, fault, None).await,
    }
}

/// `GET /freezes/{id}/edit`
pub(super) async fn edit(visit: Visit, Path(id): Path<String>) -> Answer {
    let freeze = visit.portal.changes.freeze(&visit.actor, &read(&id)?).await?;
    visit.actor.require_somewhere(Permission::SetFreezes)?;
    let choices = offered(&visit).await?;
    let mut typed = freeze.content.to_typed();
    typed.set("version", freeze.version);
    Ok(form_page(&visit, FormState::fresh(typed), choices, Some(freeze)))
}

/// `POST /freezes/{id}/edit`
pub(super) async fn change(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read(&id)?;
    let freeze = visit.portal.changes.freeze(&visit.actor, &id).await?;
    match visit.portal.changes.change_freeze(&visit.actor, &id, &form.typed).await {
        Ok(()) => Ok(visit.go(&format!("/freezes#freeze-{id}"), "toast-freeze-changed")),
        Err(fault) => refused(&visit, form, fault, Some(freeze)).await,
    }
}

/// `POST /freezes/{id}/delete`
pub(super) async fn lift(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.portal.changes.lift_freeze(&visit.actor, &read(&id)?).await?;
    Ok(visit.go("/freezes", "toast-freeze-lifted"))
}

/// What the form offers: only teams for which the reader may set freezes.
async fn offered(visit: &Visit) -> Result<Choices, Fault> {
    let mut choices = visit.portal.changes.choices(&visit.actor).await?;
    choices.teams.retain(|team| visit.actor.may(Permission::SetFreezes, &team.id));
    Ok(choices)
}

async fn refused(visit: &Visit, form: PostedForm, fault: Fault, freeze: Option<Freeze>) -> Answer {
    if !matches!(fault, Fault::Invalid(_) | Fault::Conflict(_) | Fault::Forbidden(_)) {
        return Err(fault.into());
    }
    let choices = offered(visit).await?;
    Ok(form_page(visit, FormState::refused(form.typed, fault), choices, freeze))
}

fn form_page(visit: &Visit, form: FormState, choices: Choices, freeze: Option<Freeze>) -> Response {
    let title = if freeze.is_some() { tr!(visit, "changes-freeze-edit") } else { tr!(visit, "changes-freeze-new") };
    let heading = title.clone();
    visit.page_as(form.status(), title, move || {
        let action = freeze.as_ref().map_or_else(|| "/freezes/new".to_owned(), |f| format!("/freezes/{}/edit", f.id));
        let scopes = [("all", "changes-scope-all"), ("team", "changes-scope-team"), ("systems", "changes-scope-systems")];
        let scopes = scopes.map(|(value, key)| (value.to_owned(), t!(key))).to_vec();
        let teams = choices.teams.into_iter().map(|t| (t.id.to_string(), t.name)).collect();
        let systems = choices.systems.into_iter().map(|s| (s.id.to_string(), s.name)).collect();
        let (zone, version) = (form.get("zone"), form.get("version"));
        view! {
            <PageHead title=heading back=("/freezes".to_owned(), t!("changes-freezes"))/>
            <ErrorSummary form=&form labels=labels()/>
            <form class="form" method="post" action=action>
                {freeze.is_some().then(|| view! { <input type="hidden" name="version" value=version/> })}
                <TextField form=&form name="reason" label=t!("changes-field-reason") hint=t!("changes-hint-reason")/>
                <SelectField form=&form name="scope" label=t!("changes-field-scope") options=scopes blank=t!("changes-choose")/>
                <SelectField form=&form name="team" label=t!("changes-field-team") options=teams blank=t!("changes-choose") hint=t!("changes-hint-scope-team") optional=true/>
                <ChoicesField form=&form name="systems" label=t!("changes-field-systems") options=systems hint=t!("changes-hint-scope-systems") optional=true/>
                <div class="fields">
                    <MomentField form=&form name="start" label=t!("changes-field-start") zone=zone.clone()/>
                    <MomentField form=&form name="end" label=t!("changes-field-end") zone=zone/>
                    <TextField form=&form name="zone" label=t!("changes-field-zone") hint=t!("changes-hint-zone")/>
                </div>
                <TextField form=&form name="rrule" label=t!("changes-field-rrule") hint=t!("changes-hint-rrule") mono=true optional=true/>
                <CheckField form=&form name="soft" label=t!("changes-field-soft") hint=t!("changes-hint-soft")/>
                <div class="form-acts">
                    <Button label=t!("changes-save") kind=ButtonKind::Primary/>
                    <LinkButton href="/freezes" label=t!("changes-back") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    })
}
