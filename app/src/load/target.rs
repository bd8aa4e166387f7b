//! One target: what it is, how hard it may be loaded, its runs; and its form.

use axum::{extract::Path, response::Response};
use domain::{
    Fault, PageRequest, Permission,
    form::Typed,
    id::LoadTargetId,
    load::{MOST, RunFilter},
};
use leptos::prelude::*;

use super::{list::run_table, say, target_id};
use crate::{
    components::{
        Badge, Button, ButtonKind, Confirm, Empty, EmptyKind, ErrorSummary, Fact, Facts, LinkButton, NumberField, PageHead, Panel,
        PostButton, SelectField, TextField, Tone, When,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

/// `GET /load/targets/{id}`
pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = target_id(&id)?;
    let load = &visit.portal.load;
    let target = load.target(&visit.actor, &id).await?;
    let filter = RunFilter { target: Some(id.clone()), ..RunFilter::default() };
    let runs = load.runs(&visit.actor, &filter, &PageRequest { after: None, limit: 20 }).await?.items;
    let may_edit = visit.actor.may(Permission::EditSystems, &target.team);
    let may_run = visit.actor.may(Permission::RequestChanges, &target.team) && !target.retired;
    Ok(visit.page(target.name.clone(), move || {
        let path = format!("/load/targets/{id}");
        let badge = target.retired.then(|| view! { <Badge tone=Tone::NoData word=t!("load-retired") plain=true/> }).into_any();
        let list = if runs.is_empty() {
            view! { <Empty kind=EmptyKind::Clear title=t!("load-no-run") tight=true/> }.into_any()
        } else {
            run_table(&runs)
        };
        let all = view! { <a href=format!("/load?target={id}")>{t!("load-all")}</a> }.into_any();
        let retire = may_edit.then(|| {
            if target.retired {
                view! { <PostButton action=format!("{path}/revive") label=t!("load-revive") icon="undo-2"/> }.into_any()
            } else {
                view! { <Confirm verb=t!("load-retire") text=t!("load-retire-text", name = target.name.as_str()) action=format!("{path}/retire")/> }
                    .into_any()
            }
        });
        let (caps, written, system) = (say::caps(&target), target.by.clone(), format!("/systems/{}", target.system));
        let (url, name, environment, team) =
            (target.url.clone(), target.system_name.clone(), target.environment.clone(), target.team_name.clone());
        let at = target.at;
        view! {
            <PageHead title=target.name.clone() sub=target.url.clone() back=("/load".to_owned(), t!("load-title")) badges=badge>
                {may_run.then(|| view! { <LinkButton href=format!("/load/runs/new?target={id}") label=t!("load-start") icon="play" kind=ButtonKind::Primary/> })}
                {may_edit.then(|| view! { <LinkButton href=format!("{path}/edit") label=t!("load-edit") icon="pencil"/> })}
                {retire}
            </PageHead>
            <div class="stack">
                <Panel title=t!("load-facts")>
                    <Facts>
                        <Fact name=t!("load-url")><code class="load-url">{url}</code></Fact>
                        <Fact name=t!("load-system")><a href=system>{name}</a></Fact>
                        <Fact name=t!("load-environment")>{environment}</Fact>
                        <Fact name=t!("load-caps-title")>{caps}</Fact>
                        <Fact name=t!("load-team")>{team}</Fact>
                        <Fact name=t!("load-written")>{written}" · "<When at=at/></Fact>
                    </Facts>
                </Panel>
                <Panel title=t!("load-runs") id="load-target-runs" live="load" acts=all flush=true>{list}</Panel>
            </div>
        }
    }))
}

/// `GET /load/targets/new`; `system` fills in the form.
pub(super) async fn fresh(visit: Visit) -> Answer {
    let mut typed = Typed::default();
    for (name, value) in [("max_rate", 100), ("max_seconds", 600), ("max_in_flight", 64)] {
        typed.set(name, value);
    }
    show(&visit, FormState::fresh(typed), None).await
}

/// `POST /load/targets/new`
pub(super) async fn register(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.load.register(&visit.actor, &form.typed).await {
        Ok(id) => Ok(visit.go(&format!("/load/targets/{id}"), "toast-load-registered")),
        Err(fault) => refused(&visit, form, fault, None).await,
    }
}

/// `GET /load/targets/{id}/edit`
pub(super) async fn edit(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = target_id(&id)?;
    let target = visit.portal.load.target(&visit.actor, &id).await?;
    visit.actor.require(Permission::EditSystems, &target.team, "load-target")?;
    show(&visit, FormState::fresh(target.to_typed()), Some(&id)).await
}

/// `POST /load/targets/{id}/edit`
pub(super) async fn change(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = target_id(&id)?;
    match visit.portal.load.change(&visit.actor, &id, &form.typed).await {
        Ok(()) => Ok(visit.go(&format!("/load/targets/{id}"), "toast-load-changed")),
        Err(fault) => refused(&visit, form, fault, Some(&id)).await,
    }
}

/// `POST /load/targets/{id}/retire`
pub(super) async fn retire(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.portal.load.retire(&visit.actor, &target_id(&id)?, true).await?;
    Ok(visit.go(&format!("/load/targets/{id}"), "toast-load-retired"))
}

/// `POST /load/targets/{id}/revive`
pub(super) async fn revive(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.portal.load.retire(&visit.actor, &target_id(&id)?, false).await?;
    Ok(visit.go(&format!("/load/targets/{id}"), "toast-load-revived"))
}

async fn refused(visit: &Visit, form: PostedForm, fault: Fault, id: Option<&LoadTargetId>) -> Answer {
    match fault {
        Fault::Invalid(_) | Fault::Conflict(_) => show(visit, FormState::refused(form.typed, fault), id).await,
        other => Err(other.into()),
    }
}

async fn show(visit: &Visit, form: FormState, id: Option<&LoadTargetId>) -> Result<Response, crate::fault::Refused> {
    let systems = visit.portal.systems.choices(&visit.actor, Permission::EditSystems).await?;
    let systems: Vec<(String, String)> = systems.into_iter().map(|one| (one.id.to_string(), one.name)).collect();
    let title = if id.is_some() { tr!(visit, "load-edit-title") } else { tr!(visit, "load-register") };
    let (action, back) = match id {
        Some(id) => (format!("/load/targets/{id}/edit"), format!("/load/targets/{id}")),
        None => ("/load/targets/new".to_owned(), "/load".to_owned()),
    };
    let heading = title.clone();
    Ok(visit.page_as(form.status(), title, move || {
        let labels = [
            ("name", "load-name"),
            ("url", "load-url"),
            ("system", "load-system"),
            ("environment", "load-environment"),
            ("max_rate", "load-max-rate"),
            ("max_seconds", "load-max-seconds"),
            ("max_in_flight", "load-max-in-flight"),
        ];
        let labels: Vec<_> = labels.into_iter().map(|(name, key)| (name, t!(key))).collect();
        let version = form.get("version");
        view! {
            <PageHead title=heading sub=t!("load-register-sub") back=("/load".to_owned(), t!("load-title"))/>
            <form class="form" method="post" action=action>
                <ErrorSummary form=&form labels=labels/>
                {(!version.is_empty()).then(|| view! { <input type="hidden" name="version" value=version/> })}
                <TextField form=&form name="name" label=t!("load-name")/>
                <TextField form=&form name="url" label=t!("load-url") hint=t!("load-url-hint") placeholder="http://10.9.0.5:8080" mono=true/>
                <div class="fields">
                    <SelectField form=&form name="system" label=t!("load-system") options=systems blank=t!("changes-choose")/>
                    <TextField form=&form name="environment" label=t!("load-environment") hint=t!("load-environment-hint")/>
                </div>
                <div class="fields">
                    <NumberField form=&form name="max_rate" label=t!("load-max-rate") min=1 max=MOST.rate/>
                    <NumberField form=&form name="max_seconds" label=t!("load-max-seconds") min=1 max=MOST.seconds/>
                    <NumberField form=&form name="max_in_flight" label=t!("load-max-in-flight") min=1 max=MOST.in_flight/>
                </div>
                <div class="form-acts">
                    <Button label=t!("load-save") kind=ButtonKind::Primary/>
                    <LinkButton href=back label=t!("changes-back") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    }))
}
