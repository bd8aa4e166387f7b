//! `/incidents/{id}/entries/{entry}`: a comment with what it said before, and the form with which its author writes it anew.

use axum::extract::Path;
use domain::{Fault, form::Typed, id::EntryId};
use leptos::prelude::*;

use super::{detail::find, say::who};
use crate::{
    components::{Button, ButtonKind, ErrorSummary, LinkButton, Markdown, PageHead, Panel, TextAreaField, When},
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

/// `GET /incidents/{id}/entries/{entry}`
pub(super) async fn page(visit: Visit, Path((id, entry)): Path<(String, String)>) -> Answer {
    show(&visit, &id, &entry, None).await
}

/// `POST /incidents/{id}/entries/{entry}`, field `text`
pub(super) async fn rewrite(visit: Visit, Path((id, entry)): Path<(String, String)>, form: PostedForm) -> Answer {
    let incident = find(&visit, &id).await?;
    let parsed = EntryId::parse(&entry).ok_or(Fault::NotFound("entry"))?;
    match visit.portal.incidents.rewrite(&visit.actor, &incident, &parsed, &form.typed).await {
        Ok(()) => Ok(visit.go(&format!("/incidents/{id}#entry-{entry}"), "toast-incident-saved")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => {
            show(&visit, &id, &entry, Some(FormState::refused(form.typed, fault))).await
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn show(visit: &Visit, id: &str, entry: &str, form: Option<FormState>) -> Answer {
    let incident = find(visit, id).await?;
    let entry = EntryId::parse(entry).ok_or(Fault::NotFound("entry"))?;
    let history = visit.portal.incidents.entry(&visit.actor, &incident, &entry).await?;
    let mine = history.entry.author.is_some() && history.entry.author.as_ref() == visit.actor.user();
    let form = form.unwrap_or_else(|| {
        let mut typed = Typed::default();
        typed.set("text", &history.entry.text);
        FormState::fresh(typed)
    });
    let (back, act) = (format!("/incidents/{id}#entry-{entry}"), format!("/incidents/{id}/entries/{entry}"));
    Ok(visit.page_as(form.status(), tr!(visit, "incidents-comment"), move || {
        let (stands, before) = (history.entry, history.before);
        let labels = vec![("text", t!("incidents-comment"))];
        let summary = form.clone();
        let edit = mine.then(|| {
            view! {
                <Panel title=t!("incidents-rewrite")>
                    <form class="form" method="post" action=act>
                        <TextAreaField form=&form name="text" label=t!("incidents-comment") hint=t!("incidents-rewrite-hint")/>
                        <div class="form-acts"><Button label=t!("incidents-save") kind=ButtonKind::Primary/></div>
                    </form>
                </Panel>
            }
        });
        let versions = before
            .into_iter()
            .rev()
            .map(|version| {
                view! { <li><p class="muted small">{t!("incidents-until")}" "<When at=version.replaced_at/></p><Markdown text=version.text/></li> }
            })
            .collect_view();
        view! {
            <PageHead title=t!("incidents-comment") sub=who(&stands.actor)>
                <LinkButton href=back label=t!("incidents-back") icon="chevron-left"/>
            </PageHead>
            <ErrorSummary form=&summary labels/>
            <div class="stack">
                <Panel title=t!("incidents-stands")><p class="muted small"><When at=stands.at/></p><Markdown text=stands.text/></Panel>
                {edit}
                <Panel title=t!("incidents-before")><ol class="incident-tasks">{versions}</ol></Panel>
            </div>
        }
    }))
}
