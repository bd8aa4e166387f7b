//! `/admin/status`: the pages that there are, and one of them: its components, and what its readers are told.

use axum::extract::Path;
use domain::{
    Fault, Permission,
    form::Typed,
    id::{StatusNoticeId, StatusPageId},
    status::{Harm, Notice, StatusDetail, StatusPage, Subscribers, component_line},
};
use leptos::prelude::*;

use super::{harm_word, public::escape, state_word, states};
use crate::{
    components::{
        Badge, Button, ButtonKind, Cell, CheckField, ChoicesField, Column, Confirm, Empty, EmptyKind, ErrorSummary, LinkButton, Markdown,
        MomentField, PageHead, Panel, SelectField, Table, TextAreaField, TextField, Tone, When,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::{Visit, use_visit},
};

fn id(text: &str) -> Result<StatusPageId, Fault> {
    StatusPageId::parse(text).ok_or(Fault::NotFound("status page"))
}

/// `GET /admin/status`
pub(super) async fn list(visit: Visit) -> Answer {
    show_list(&visit, FormState::default()).await
}

async fn teams(visit: &Visit) -> Result<Vec<(String, String)>, Fault> {
    let mut teams: Vec<(String, String)> = Vec::new();
    for brief in visit.portal.systems.choices(&visit.actor, Permission::EditSystems).await? {
        if teams.iter().all(|(id, _)| *id != brief.team.as_str()) {
            teams.push((brief.team.to_string(), brief.team_name));
        }
    }
    Ok(teams)
}

async fn show_list(visit: &Visit, form: FormState) -> Answer {
    let pages = visit.portal.status.pages(&visit.actor).await?;
    let may = visit.may(Permission::EditSystems);
    let teams = if may { teams(visit).await? } else { Vec::new() };
    let hosts = may_host(visit);
    Ok(visit.page_as(form.status(), tr!(visit, "status-title"), move || {
        let columns = vec![
            Column::new(t!("status-page-title")),
            Column::new(t!("status-slug")),
            Column::new(t!("status-readers")),
            Column::new(t!("status-host")),
        ];
        let row = |page: StatusPage| {
            let (edit, place) = (format!("/admin/status/{}", page.id), format!("/status/{}", page.slug));
            let readers = if page.public { t!("status-public") } else { t!("status-internal") };
            let path = place.clone();
            view! {
                <tr>
                    <Cell main=true><a href=edit>{page.title}</a></Cell>
                    <Cell label=t!("status-slug")><a href=place>{path}</a></Cell>
                    <Cell label=t!("status-readers")>{readers}</Cell>
                    <Cell label=t!("status-host")>{page.host}</Cell>
                </tr>
            }
        };
        let body = if pages.is_empty() {
            view! { <Empty kind=EmptyKind::NotConfigured title=t!("status-none") text=t!("status-none-text")/> }.into_any()
        } else {
            let rows = pages.into_iter().map(row).collect_view();
            view! { <Table caption=t!("status-title") columns>{rows}</Table> }.into_any()
        };
        let add = may.then(|| {
            let fields = fields(&form, "/admin/status", teams, hosts, None);
            view! { <Panel title=t!("status-new")>{fields}</Panel> }
        });
        let labels = labels();
        view! {
            <PageHead title=t!("status-title") sub=t!("status-sub")/>
            <ErrorSummary form=&form labels/>
            <div class="stack">{body}{add}</div>
        }
    }))
}

fn labels() -> Vec<(&'static str, String)> {
    vec![
        ("slug", t!("status-slug")),
        ("title", t!("status-page-title")),
        ("about", t!("status-about")),
        ("team", t!("incidents-team")),
        ("host", t!("status-host")),
        ("zone", t!("status-zone")),
        ("components", t!("status-components")),
        ("state", t!("status-state")),
        ("impact", t!("status-harm")),
        ("affects", t!("status-affects")),
        ("text", t!("status-text")),
        ("incident", t!("status-incident")),
        ("began", t!("status-began")),
        ("kind", t!("status-end-kind")),
        ("address", t!("status-end-address")),
    ]
}

/// Whether the reader may give a page a host of its own.
fn may_host(visit: &Visit) -> bool {
    visit.actor.require_everywhere(Permission::ManageSettings).is_ok()
}

fn fields(form: &FormState, action: &str, teams: Vec<(String, String)>, hosts: bool, version: Option<String>) -> AnyView {
    let host = hosts.then(|| {
        view! { <TextField form=form name="host" label=t!("status-host") hint=t!("status-host-hint") mono=true optional=true/> }
    });
    let version = version.map(|version| view! { <input type="hidden" name="version" value=version/> });
    view! {
        <form class="form" id="status-form" method="post" action=action.to_owned()>
            {version}
            <div class="fields">
                <TextField form=form name="title" label=t!("status-page-title")/>
                <TextField form=form name="slug" label=t!("status-slug") hint=t!("status-slug-hint") mono=true/>
            </div>
            <TextAreaField form=form name="about" label=t!("status-about") hint=t!("status-about-hint") rows=2 optional=true/>
            <TextAreaField form=form name="components" label=t!("status-components") hint=t!("status-components-hint") mono=true optional=true/>
            <div class="fields">
                <SelectField form=form name="team" label=t!("incidents-team") options=teams/>
                <TextField form=form name="zone" label=t!("status-zone") hint=t!("status-zone-hint") mono=true optional=true/>
                {host}
            </div>
            <CheckField form=form name="public" label=t!("status-public") hint=t!("status-public-hint")/>
            <div class="form-acts"><Button label=t!("incidents-save") kind=ButtonKind::Primary/></div>
        </form>
    }
    .into_any()
}

/// `POST /admin/status`
pub(super) async fn add(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.status.add(&visit.actor, &form.typed).await {
        Ok(page) => Ok(visit.go(&format!("/admin/status/{}", page.id), "toast-status-saved")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => show_list(&visit, FormState::refused(form.typed, fault)).await,
        Err(fault) => Err(fault.into()),
    }
}

/// `GET /admin/status/{id}`
pub(super) async fn page(visit: Visit, Path(page): Path<String>) -> Answer {
    show(&visit, &page, FormState::default(), None).await
}

fn stored(page: &StatusPage) -> Typed {
    let mut typed = Typed::default();
    typed.set("slug", &page.slug);
    typed.set("title", &page.title);
    typed.set("about", &page.about);
    typed.set("team", &page.team);
    typed.set("host", &page.host);
    typed.set("zone", &page.zone);
    typed.set("components", page.components.iter().map(component_line).collect::<Vec<_>>().join("\n"));
    if page.public {
        typed.set("public", "on");
    }
    typed
}

/// `about` is the notice that the form goes on with, if it is one of those forms.
async fn show(visit: &Visit, which: &str, form: FormState, about: Option<StatusNoticeId>) -> Answer {
    let StatusDetail { page, notices, subscribers } = visit.portal.status.page(&visit.actor, &id(which)?).await?;
    let may_edit = visit.actor.may(Permission::EditSystems, &page.team);
    let may_tell = visit.actor.may(Permission::WorkIncidents, &page.team);
    Ok(visit.page_as(form.status(), page.title.clone(), move || {
        let path = format!("/admin/status/{}", page.id);
        let telling = if form.typed.has("impact") { form.clone() } else { FormState::default() };
        let place = format!("/status/{}", page.slug);
        let names = page.components.iter().map(|component| (component.name.clone(), component.name.clone())).collect::<Vec<_>>();
        let tell = may_tell.then(|| {
            let harms = Harm::ALL.iter().map(|harm| (harm.name().to_owned(), harm_word(*harm))).collect::<Vec<_>>();
            let zone = use_visit().zone_name.clone();
            let form = &telling;
            let fields = view! {
                    <form class="form" id="status-publish" method="post" action=format!("{path}/notices")>
                        <input type="hidden" name="zone" value=zone/>
                        <TextField form=form name="title" label=t!("status-page-title") hint=t!("status-notice-hint")/>
                        <div class="fields">
                            <SelectField form=form name="state" label=t!("status-state") options=states()/>
                            <SelectField form=form name="impact" label=t!("status-harm") options=harms/>
                        </div>
                        <ChoicesField form=form name="affects" label=t!("status-affects") options=names optional=true/>
                        <TextAreaField form=form name="text" label=t!("status-text") hint=t!("status-text-hint")/>
                        <div class="fields">
                            <TextField form=form name="incident" label=t!("status-incident") hint=t!("status-incident-hint") placeholder="INC-42" optional=true/>
                            <MomentField form=form name="began" label=t!("status-began") optional=true/>
                        </div>
                        <div class="form-acts"><Button label=t!("status-publish") icon="send" kind=ButtonKind::Primary/></div>
                    </form>
            };
            view! { <Panel title=t!("status-publish")>{fields}</Panel> }
            .into_any()
        });
        let refused = |notice: &Notice| if about.as_ref() == Some(&notice.id) { form.clone() } else { FormState::default() };
        let said = notices.iter().map(|notice| one(&path, notice, may_tell, &refused(notice))).collect_view();
        let nothing = notices.is_empty().then(|| view! { <p class="muted">{t!("status-nothing")}</p> });
        let edit = may_edit.then(|| view! { <LinkButton href=format!("{path}/edit") label=t!("status-edit") icon="pencil"/> });
        let labels = labels();
        view! {
            <PageHead title=page.title.clone() back=("/admin/status".to_owned(), t!("status-title"))>
                <LinkButton href=place label=t!("status-look") icon="eye"/>
                {edit}
            </PageHead>
            <ErrorSummary form=&form labels/>
            <div class="stack">
                {tell}
                <Panel title=t!("status-told") id="status-told">{nothing}{said}</Panel>
                {told_panel(page.public, subscribers, may_edit.then_some((path.as_str(), &form)))}
            </div>
        }
    }))
}

/// How many are told; who they are is shown to nobody.
fn told_panel(public: bool, subscribers: Subscribers, ending: Option<(&str, &FormState)>) -> impl IntoView + use<> {
    let end = ending.map(|(path, form)| {
        let ended = form.typed.has("kind");
        let form = if ended { form.clone() } else { FormState::default() };
        let kinds = vec![("email".to_owned(), t!("status-end-email")), ("webhook".to_owned(), t!("status-end-webhook"))];
        view! {
            <details open=ended>
                <summary class="button">{t!("status-end")}</summary>
                <form class="form" method="post" action=format!("{path}/subscriptions/end")>
                    <p class="muted small">{t!("status-end-text")}</p>
                    <SelectField form=&form name="kind" label=t!("status-end-kind") options=kinds/>
                    <TextField form=&form name="address" label=t!("status-end-address")/>
                    <div class="form-acts"><Button label=t!("status-end") kind=ButtonKind::Danger/></div>
                </form>
            </details>
        }
    });
    let text = if public { t!("status-subscribers-text") } else { t!("status-subscribers-text-inside") };
    view! {
        <Panel title=t!("status-subscribers")>
            <p>{t!("status-subscribers-email", count = subscribers.email)}" · "{t!("status-subscribers-webhook", count = subscribers.webhook)}</p>
            <p class="muted small">{text}</p>
            {end}
        </Panel>
    }
}

/// `POST /admin/status/{id}/subscriptions/end`, fields `kind`, `address`
pub(super) async fn end_subscription(visit: Visit, Path(page): Path<String>, form: PostedForm) -> Answer {
    // One box for both: which it is, is chosen above it.
    let mut typed = Typed::default();
    typed.set("kind", form.get("kind"));
    typed.set(if form.get("kind") == "webhook" { "url" } else { "email" }, form.get("address"));
    match visit.portal.status.end_subscription(&visit.actor, &id(&page)?, &typed).await {
        Ok(()) => Ok(visit.go(&format!("/admin/status/{page}"), "toast-status-ended")),
        Err(Fault::Invalid(problems)) => {
            let problems =
                problems.into_iter().map(|p| if p.field == "kind" { p } else { domain::Problem { field: "address".into(), ..p } });
            let refused = FormState::refused(form.typed, Fault::Invalid(problems.collect()));
            show(&visit, &page, refused, None).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `GET /admin/status/{id}/edit`
pub(super) async fn editing(visit: Visit, Path(page): Path<String>) -> Answer {
    show_editing(&visit, &page, None).await
}

async fn show_editing(visit: &Visit, which: &str, refused: Option<FormState>) -> Answer {
    let StatusDetail { page, .. } = visit.portal.status.page(&visit.actor, &id(which)?).await?;
    visit.actor.require(Permission::EditSystems, &page.team, "status page")?;
    let (teams, hosts) = (teams(visit).await?, may_host(visit));
    let form = refused.unwrap_or_else(|| FormState::fresh(stored(&page)));
    Ok(visit.page_as(form.status(), tr!(visit, "status-edit"), move || {
        let path = format!("/admin/status/{}", page.id);
        let fields = fields(&form, &path, teams, hosts, Some(page.version.to_string()));
        let (text, action) = (t!("status-remove-text", title = page.title.as_str()), format!("{path}/remove"));
        let labels = labels();
        view! {
            <PageHead title=t!("status-edit") back=(path, page.title.clone())>
                <Confirm verb=t!("status-remove") text action icon="trash-2"/>
            </PageHead>
            <ErrorSummary form=&form labels/>
            {fields}
        }
    }))
}

/// One notice, and the form that goes on with it.
fn one(path: &str, notice: &Notice, may: bool, form: &FormState) -> AnyView {
    let action = format!("{path}/notices/{}", notice.id);
    let (title, state, began) = (notice.title.clone(), state_word(notice.state), notice.began_at);
    let tone = if notice.resolved_at.is_some() { Tone::Ok } else { Tone::P2 };
    let said = notice.updates.first().map(|update| view! { <Markdown text=update.text.clone()/> });
    let go_on = (may && notice.resolved_at.is_none()).then(|| {
        let current = if form.typed.has("state") { form.get("state") } else { notice.state.name().to_owned() };
        let (typed, open) = (escape(&form.get("text")), form.fault.is_some());
        let options = states()
            .into_iter()
            .map(|(value, word)| {
                let selected = value == current;
                view! { <option value=value selected=selected>{word}</option> }
            })
            .collect_view();
        view! {
            <details class="incident-edit" open=open>
                <summary>{t!("status-go-on")}</summary>
                <form class="form" method="post" action=action>
                    <label class="field"><span>{t!("status-state")}</span><select class="input" name="state">{options}</select></label>
                    <label class="field"><span>{t!("status-text")}</span><textarea class="input" name="text" rows="3">
                            // Leptos writes the text of a text area as it is.
                            {format!("\n{typed}")}
                        </textarea></label>
                    <div class="form-acts"><Button label=t!("status-go-on") icon="send"/></div>
                </form>
            </details>
        }
        .into_any()
    });
    view! {
        <article class="status-notice">
            <h3>{title}</h3>
            <p><Badge tone word=state/>" "<span class="muted small"><When at=began/></span></p>
            {said}
            {go_on}
        </article>
    }
    .into_any()
}

/// `POST /admin/status/{id}`
pub(super) async fn save(visit: Visit, Path(page): Path<String>, form: PostedForm) -> Answer {
    match visit.portal.status.edit(&visit.actor, &id(&page)?, &form.typed).await {
        Ok(()) => Ok(visit.go(&format!("/admin/status/{page}"), "toast-status-saved")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => {
            show_editing(&visit, &page, Some(FormState::refused(form.typed, fault))).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /admin/status/{id}/remove`
pub(super) async fn remove(visit: Visit, Path(page): Path<String>) -> Answer {
    visit.portal.status.remove(&visit.actor, &id(&page)?).await?;
    Ok(visit.go("/admin/status", "toast-status-removed"))
}

/// Back to the page, or the page with what was typed; `about` as in [`show`].
async fn told(visit: &Visit, page: &str, typed: Typed, about: Option<StatusNoticeId>, done: Result<(), Fault>) -> Answer {
    match done {
        Ok(()) => Ok(visit.go(&format!("/admin/status/{page}"), "toast-status-published")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => show(visit, page, FormState::refused(typed, fault), about).await,
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /admin/status/{id}/notices`
pub(super) async fn publish(visit: Visit, Path(page): Path<String>, form: PostedForm) -> Answer {
    let done = visit.portal.status.publish(&visit.actor, &id(&page)?, &form.typed).await.map(drop);
    told(&visit, &page, form.typed, None, done).await
}

/// `POST /admin/status/{id}/notices/{notice}`
pub(super) async fn update(visit: Visit, Path((page, notice)): Path<(String, String)>, form: PostedForm) -> Answer {
    let notice = StatusNoticeId::parse(&notice).ok_or(Fault::NotFound("status notice"))?;
    let done = visit.portal.status.update(&visit.actor, &notice, &form.typed).await;
    told(&visit, &page, form.typed, Some(notice), done).await
}
