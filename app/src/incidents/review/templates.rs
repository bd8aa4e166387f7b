//! `/incidents/rules/templates`: what reviews are begun from. One form, which works without JavaScript; sections are added, removed and
//! moved by buttons.

use axum::{extract::Path, response::Response};
use domain::{
    Fault, Permission,
    alerts::Severity,
    form::Typed,
    id::ReviewTemplateId,
    incidents::{Fill, ReviewTemplate, Sheets},
    people::Team,
};
use leptos::prelude::*;

use crate::{
    components::{
        Button, ButtonKind, Cell, CheckField, ChoicesField, Column, Confirm, Empty, EmptyKind, ErrorSummary, LinkButton, PageHead,
        SelectField, Table, TextAreaField, TextField, When,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

const LIST: &str = "/incidents/rules/templates";

fn read(id: &str) -> Result<ReviewTemplateId, Fault> {
    ReviewTemplateId::parse(id).ok_or(Fault::NotFound("review-template"))
}

/// `GET /incidents/rules/templates`
pub(in crate::incidents) async fn list(visit: Visit) -> Answer {
    visit.actor.require_everywhere(Permission::ManageSettings)?;
    let templates = visit.portal.incidents.review_templates(&visit.actor).await?;
    Ok(visit.page(tr!(visit, "incidents-templates"), move || {
        let body = if templates.is_empty() {
            view! { <Empty kind=EmptyKind::NotConfigured title=t!("incidents-templates-empty") text=t!("incidents-templates-empty-text")/> }
                .into_any()
        } else {
            let columns = vec![
                Column::new(t!("incidents-template")),
                Column::new(t!("incidents-template-for")),
                Column::new(t!("incidents-template-severities")),
                Column::new(t!("incidents-template-sections")),
                Column::new(t!("incidents-template-changed")),
                Column::unspoken(t!("incidents-template-remove")),
            ];
            let rows = templates.into_iter().map(row).collect_view();
            view! { <Table caption=t!("incidents-templates") columns>{rows}</Table> }.into_any()
        };
        view! {
            <PageHead title=t!("incidents-templates") sub=t!("incidents-templates-sub") back=("/incidents/rules".to_owned(), t!("incidents-rules"))>
                <LinkButton href=format!("{LIST}/new") label=t!("incidents-template-new") icon="plus" kind=ButtonKind::Primary key="n"/>
            </PageHead>
            {body}
        }
    }))
}

fn row(template: ReviewTemplate) -> AnyView {
    let href = format!("{LIST}/{}", template.id);
    let whose = if template.team.is_some() { template.team_name.clone() } else { t!("incidents-template-everybody") };
    let severities = template.severities.iter().map(|severity| severity.name()).collect::<Vec<_>>().join(", ");
    let severities = if severities.is_empty() { "—".to_owned() } else { severities };
    let sections = template.sections.iter().map(|section| section.heading.clone()).collect::<Vec<_>>().join(" · ");
    let by = format!("{} · ", template.changed_by);
    let (action, text) = (format!("{href}/delete"), t!("incidents-template-remove-text", name = template.name.as_str()));
    view! {
        <tr>
            <Cell main=true><a href=href>{template.name}</a></Cell>
            <Cell label=t!("incidents-template-for")>{whose}</Cell>
            <Cell label=t!("incidents-template-severities")>{severities}</Cell>
            <Cell label=t!("incidents-template-sections")>{sections}</Cell>
            <Cell label=t!("incidents-template-changed")>{by}<When at=template.changed_at/></Cell>
            <Cell acts=true><Confirm verb=t!("incidents-template-remove") text action small=true/></Cell>
        </tr>
    }
    .into_any()
}

/// `GET /incidents/rules/templates/new`
pub(in crate::incidents) async fn new(visit: Visit) -> Answer {
    visit.actor.require_everywhere(Permission::ManageSettings)?;
    let teams = visit.portal.people.teams(&visit.actor).await?;
    let mut typed = Typed::default();
    Sheets::default().act("add").unwrap_or_default().write(&mut typed);
    Ok(page(&visit, FormState::fresh(typed), teams, None))
}

/// `POST /incidents/rules/templates/new`
pub(in crate::incidents) async fn create(visit: Visit, form: PostedForm) -> Answer {
    answer(visit, form, None).await
}

/// `GET /incidents/rules/templates/{id}`
pub(in crate::incidents) async fn edit(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.actor.require_everywhere(Permission::ManageSettings)?;
    let found = visit.portal.incidents.review_template(&visit.actor, &read(&id)?).await?;
    let teams = visit.portal.people.teams(&visit.actor).await?;
    let mut typed = Typed::default();
    typed.set("name", &found.name);
    if let Some(team) = &found.team {
        typed.set("team", team);
    }
    for severity in &found.severities {
        typed.add("severities", severity);
    }
    typed.set("version", found.version);
    Sheets::of(&found.sections).write(&mut typed);
    Ok(page(&visit, FormState::fresh(typed), teams, Some(found)))
}

/// `POST /incidents/rules/templates/{id}`
pub(in crate::incidents) async fn change(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let found = visit.portal.incidents.review_template(&visit.actor, &read(&id)?).await?;
    answer(visit, form, Some(found)).await
}

/// `POST /incidents/rules/templates/{id}/delete`
pub(in crate::incidents) async fn remove(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.portal.incidents.remove_review_template(&visit.actor, &read(&id)?).await?;
    Ok(visit.go(LIST, "toast-review-template-removed"))
}

/// The fields that are not a section's.
fn rest(typed: &Typed) -> Typed {
    let names: Vec<String> = typed.names().filter(|name| !Sheets::is_part(name) && *name != "act").map(str::to_owned).collect();
    let pairs = names.iter().flat_map(|name| typed.all(name).iter().map(|value| (name.clone(), value.clone())));
    Typed::from_pairs(pairs.collect::<Vec<_>>())
}

async fn answer(visit: Visit, form: PostedForm, found: Option<ReviewTemplate>) -> Answer {
    visit.actor.require_everywhere(Permission::ManageSettings)?;
    let teams = visit.portal.people.teams(&visit.actor).await?;
    if let Some(sheets) = Sheets::read(&form.typed).ok().and_then(|sheets| sheets.act(form.get("act"))) {
        let mut typed = rest(&form.typed);
        sheets.write(&mut typed);
        return Ok(page(&visit, FormState::fresh(typed), teams, found));
    }
    let incidents = &visit.portal.incidents;
    let saved = match &found {
        Some(found) => incidents.change_review_template(&visit.actor, &found.id, &form.typed).await,
        None => incidents.add_review_template(&visit.actor, &form.typed).await.map(drop),
    };
    match saved {
        Ok(()) => Ok(visit.go(LIST, "toast-review-template-saved")),
        Err(fault @ Fault::Invalid(_)) => Ok(page(&visit, FormState::refused(form.typed, fault), teams, found)),
        Err(fault @ Fault::Conflict(_)) => {
            // Whoever was overtaken sees what they typed; to save again is then to decide.
            let mut typed = form.typed;
            if let Some(found) = &found {
                typed.set("version", found.version);
            }
            Ok(page(&visit, FormState::refused(typed, fault), teams, found))
        }
        Err(fault) => Err(fault.into()),
    }
}

fn labels() -> Vec<(&'static str, String)> {
    vec![
        ("name", t!("incidents-template-name")),
        ("team", t!("incidents-template-for")),
        ("severities", t!("incidents-template-severities")),
        ("sections", t!("incidents-template-sections")),
    ]
}

fn named(count: usize) -> Vec<(String, String)> {
    let parts = [("heading", "incidents-template-heading"), ("guide", "incidents-template-guide"), ("fill", "incidents-template-fill")];
    let label = |i: usize, key: &str| format!("{} · {}", t!("incidents-template-section", number = i + 1), t!(key));
    (0..count).flat_map(|i| parts.map(|(part, key)| (format!("sections[{i}].{part}"), label(i, key)))).collect()
}

fn page(visit: &Visit, form: FormState, teams: Vec<Team>, found: Option<ReviewTemplate>) -> Response {
    let title = if let Some(found) = &found { found.name.clone() } else { tr!(visit, "incidents-template-new") };
    let heading = title.clone();
    visit.page_as(form.status(), title, move || {
        let action = match &found {
            Some(found) => format!("{LIST}/{}", found.id),
            None => format!("{LIST}/new"),
        };
        let teams = teams.iter().map(|team| (team.id.to_string(), team.name.clone())).collect();
        let severities = Severity::ALL.iter().map(|s| (s.name().to_owned(), s.name().to_owned())).collect();
        let count = Sheets::read(&form.typed).map_or(1, |sheets| sheets.count());
        let version = form.get("version");
        let sections = (0..count).map(|i| section(&form, i, count)).collect_view();
        view! {
            <PageHead title=heading back=(LIST.to_owned(), t!("incidents-templates"))/>
            <ErrorSummary form=&form labels=labels() named=named(count)/>
            <form class="form" method="post" action=action>
                // Enter in a field presses the first button: that one must not remove anything.
                <button class="visually-hidden" type="submit" name="act" value="save" tabindex="-1" aria-hidden="true">{t!("incidents-save")}</button>
                {found.is_some().then(|| view! { <input type="hidden" name="version" value=version/> })}
                <div class="fields">
                    <TextField form=&form name="name" label=t!("incidents-template-name")/>
                    <SelectField form=&form name="team" label=t!("incidents-template-for") options=teams blank=t!("incidents-template-everybody")/>
                </div>
                <ChoicesField form=&form name="severities" label=t!("incidents-template-severities") options=severities hint=t!("incidents-template-severities-hint") optional=true/>
                <div class="stack" id="field-sections" tabindex="-1">
                    {sections}
                    <div><Button label=t!("incidents-template-section-add") icon="plus" name="act" value="add"/></div>
                </div>
                <div class="form-acts">
                    <Button label=t!("incidents-save") kind=ButtonKind::Primary name="act" value="save"/>
                    <LinkButton href=LIST label=t!("incidents-template-back") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    })
}

fn section(form: &FormState, i: usize, count: usize) -> AnyView {
    let name = |part: &str| format!("sections[{i}].{part}");
    let fills = Fill::ALL.iter().map(|fill| (fill.name().to_owned(), t!(&format!("incidents-fill-{fill}")))).collect();
    let up = (i > 0).then(
        || view! { <Button label=t!("incidents-template-section-up") icon="arrow-up" small=true name="act" value=format!("up-{i}")/> },
    );
    let gone = (count > 1).then(|| {
        view! { <Button label=t!("incidents-template-section-remove") kind=ButtonKind::Quiet small=true name="act" value=format!("remove-{i}")/> }
    });
    view! {
        <fieldset class="form-group">
            <legend>{t!("incidents-template-section", number = i + 1)}</legend>
            <div class="fields">
                <TextField form name=name("heading") label=t!("incidents-template-heading")/>
                <SelectField form name=name("fill") label=t!("incidents-template-fill") options=fills/>
            </div>
            <TextAreaField form name=name("guide") label=t!("incidents-template-guide") hint=t!("incidents-template-guide-hint") rows=2 optional=true/>
            <CheckField form name=name("required") label=t!("incidents-template-required")/>
            <div class="row">{up}{gone}</div>
        </fieldset>
    }
    .into_any()
}
