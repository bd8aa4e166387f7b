//! `/incidents/{id}/relations`: which incidents and systems belong to it, and that it turned out to be another.

use axum::extract::Path;
use domain::{
    Permission,
    form::Typed,
    incidents::{LinkKind, Linked},
};
use leptos::prelude::*;

use super::{
    acts::read,
    detail::find,
    together::{link_word, one_link},
};
use crate::{
    components::{Button, ButtonKind, Confirm, ErrorSummary, Notice, PageHead, Panel, PostButton, SelectField, TextField, Tone},
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

/// `GET /incidents/{id}/relations`
pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    show(&visit, &id, FormState::default()).await
}

async fn show(visit: &Visit, which: &str, form: FormState) -> Answer {
    let detail = visit.portal.incidents.get(&visit.actor, &read(which)?).await?;
    visit.actor.require(Permission::WorkIncidents, &detail.incident.team, "incident")?;
    let systems = visit.portal.systems.choices(&visit.actor, Permission::Read).await?;
    let title = format!("{} {}", detail.incident.label(), tr!(visit, "incidents-relations"));
    Ok(visit.page_as(form.status(), title, move || {
        let (incident, together) = (detail.incident, detail.together);
        let path = format!("/incidents/{}", incident.number);
        let labels = vec![
            ("other", t!("incidents-link-other")),
            ("kind", t!("incidents-link-kind")),
            ("into", t!("incidents-merge-into")),
            ("add_system", t!("incidents-system-add")),
            ("remove_system", t!("incidents-system-remove")),
        ];
        let others = systems.into_iter().filter(|brief| incident.systems.iter().all(|has| has.id != brief.id));
        let others = others.map(|brief| (brief.id.to_string(), brief.name)).collect::<Vec<_>>();
        let link = format!("{path}/links");
        let row = |linked: &Linked| {
            let fields = vec![("other", linked.number.to_string()), ("kind", linked.kind.name().to_owned())];
            let label = t!("incidents-link-remove");
            view! { <li>{one_link(linked)}" "<PostButton action=format!("{link}/remove") label fields kind=ButtonKind::Quiet small=true/></li> }
        };
        let links = together.links.iter().map(row).collect_view();
        let first = incident.system.clone();
        let concerned = incident
            .systems
            .iter()
            .map(|system| {
                let remove = (Some(&system.id) != first.as_ref()).then(|| {
                    let fields = vec![("remove_system", system.id.to_string())];
                    let label = t!("incidents-system-remove");
                    view! { <PostButton action=format!("{path}/systems") label fields kind=ButtonKind::Quiet small=true/> }
                });
                view! { <li><a href=format!("/systems/{}", system.id)>{system.name.clone()}</a>" "{remove}</li> }
            })
            .collect_view();
        let kinds = LinkKind::ALL.iter().map(|kind| (kind.name().to_owned(), link_word(*kind, false))).collect::<Vec<_>>();
        let (linking, systems_form, merging) = (form.clone(), form.clone(), form.clone());
        let (head, merged) = (crate::alerts::spoken_title(&incident.title, &incident.told), together.merged_into);
        let back = (path.clone(), incident.label());
        let merge = format!("{path}/merge");
        view! {
            <PageHead title=t!("incidents-relations") sub=head back/>
            <ErrorSummary form=&form labels/>
            {merged.map(|number| view! { <Notice tone=Tone::P3 title=t!("incidents-merged-into", number = number)/> })}
            <div class="stack">
                <Panel title=t!("incidents-links") id="incident-links" live="incidents">
                    <ul class="incident-links">{links}</ul>
                    <form class="form" method="post" action=link.clone()>
                        <div class="fields">
                            <TextField form=&linking name="other" label=t!("incidents-link-other") placeholder="INC-42"/>
                            <SelectField form=&linking name="kind" label=t!("incidents-link-kind") options=kinds/>
                        </div>
                        <div class="form-acts"><Button label=t!("incidents-link-add") icon="link" kind=ButtonKind::Primary/></div>
                    </form>
                </Panel>
                <Panel title=t!("incidents-systems")>
                    <ul class="incident-links">{concerned}</ul>
                    <form class="form" method="post" action=format!("{path}/systems")>
                        <SelectField form=&systems_form name="add_system" label=t!("incidents-system-add") options=others blank=t!("incidents-choose")/>
                        <div class="form-acts"><Button label=t!("incidents-system-add") icon="plus"/></div>
                    </form>
                </Panel>
                <Panel title=t!("incidents-merge")>
                    <p>{t!("incidents-merge-text")}</p>
                    <Confirm verb=t!("incidents-merge") text=t!("incidents-merge-sure", label = incident.label()) action=merge>
                        <TextField form=&merging name="into" label=t!("incidents-merge-into") placeholder="INC-42"/>
                    </Confirm>
                </Panel>
            </div>
        }
    }))
}

async fn answer(visit: &Visit, id: &str, typed: Typed, done: Result<(), domain::Fault>, toast: &'static str) -> Answer {
    match done {
        Ok(()) => Ok(visit.go(&format!("/incidents/{id}/relations"), toast)),
        Err(fault @ (domain::Fault::Invalid(_) | domain::Fault::Conflict(_))) => show(visit, id, FormState::refused(typed, fault)).await,
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /incidents/{id}/links`, fields `other`, `kind`
pub(super) async fn link(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let incident = find(&visit, &id).await?;
    let done = visit.portal.incidents.link(&visit.actor, &incident, &form.typed).await;
    answer(&visit, &id, form.typed, done, "toast-incident-saved").await
}

/// `POST /incidents/{id}/links/remove`, fields `other`, `kind`
pub(super) async fn unlink(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let incident = find(&visit, &id).await?;
    let done = visit.portal.incidents.unlink(&visit.actor, &incident, &form.typed).await;
    answer(&visit, &id, form.typed, done, "toast-incident-saved").await
}

/// `POST /incidents/{id}/systems`, field `add_system` or `remove_system`
pub(super) async fn set_system(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let incident = find(&visit, &id).await?;
    let done = visit.portal.incidents.set_system(&visit.actor, &incident, &form.typed).await;
    answer(&visit, &id, form.typed, done, "toast-incident-saved").await
}

/// `POST /incidents/{id}/merge`, field `into`
pub(super) async fn merge(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let incident = find(&visit, &id).await?;
    match visit.portal.incidents.merge(&visit.actor, &incident, &form.typed).await {
        Ok(into) => Ok(visit.go(&format!("/incidents/{into}"), "toast-incident-merged")),
        Err(fault) => answer(&visit, &id, form.typed, Err(fault), "toast-incident-merged").await,
    }
}
