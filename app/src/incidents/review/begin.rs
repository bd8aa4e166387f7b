//! Choosing the sections of a review, while nobody has written in it.

use domain::{
    form::Typed,
    incidents::{ReviewDetail, ReviewTemplate},
};
use leptos::prelude::*;

use crate::{
    components::{Button, ButtonKind, Panel, SelectField},
    form::FormState,
    t,
};

/// The templates to begin from, that which fits best chosen; nothing where there are none, or where somebody has written.
pub(super) fn choice(path: &str, detail: &ReviewDetail, form: &FormState) -> Option<AnyView> {
    if detail.review.version > 0 || detail.templates.is_empty() {
        return None;
    }
    let fitting = detail.templates.iter().find(|template| Some(&template.id) == detail.proposed.as_ref());
    let form = if form.typed.has("template") { form.clone() } else { FormState::fresh(chosen(detail, fitting)) };
    let options = detail.templates.iter().map(|template| (template.id.to_string(), name(template))).collect();
    let first = !detail.review.begun && fitting.is_some();
    let label = if first { t!("incidents-review-begin") } else { t!("incidents-review-choose") };
    let kind = if first { ButtonKind::Primary } else { ButtonKind::Plain };
    let fields = view! {
        <form class="form" id="review-begin" method="post" action=format!("{path}/review/begin")>
            <SelectField form=&form name="template" label=t!("incidents-template") options blank=t!("incidents-template-usual")/>
            <div class="form-acts"><Button label kind/></div>
        </form>
    };
    Some(if first {
        let headings =
            fitting.map(|template| template.sections.iter().map(|section| view! { <li>{section.heading.clone()}</li> }).collect_view());
        view! { <Panel title=t!("incidents-review-begin")><ol>{headings}</ol>{fields}</Panel> }.into_any()
    } else {
        let summary = match detail.review.template.as_str() {
            "" => t!("incidents-review-choose-other"),
            name => t!("incidents-review-from", name = name),
        };
        view! { <details><summary class="button">{summary}</summary>{fields}</details> }.into_any()
    })
}

/// What stands in the choice at first.
fn chosen(detail: &ReviewDetail, fitting: Option<&ReviewTemplate>) -> Typed {
    let mut typed = Typed::default();
    let begun = detail.templates.iter().find(|template| template.name == detail.review.template);
    if let Some(template) = if detail.review.begun { begun } else { fitting } {
        typed.set("template", &template.id);
    }
    typed
}

/// Its name, with the team where it is a team's.
fn name(template: &ReviewTemplate) -> String {
    if template.team.is_some() { format!("{} · {}", template.name, template.team_name) } else { template.name.clone() }
}
