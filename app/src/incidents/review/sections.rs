//! What is written in a review, section by section: to be typed and to be read; the usual sections or those of a template.

use domain::{
    form::Typed,
    incidents::{Heading, Review},
};
use leptos::prelude::*;

use crate::{
    components::{Button, ButtonKind, Markdown, TextAreaField},
    form::FormState,
    t,
};

fn field(i: usize) -> String {
    format!("sections[{i}]")
}

/// Whether a form holds what was typed in sections.
pub(super) fn is_typed(typed: &Typed) -> bool {
    typed.has("summary") || typed.names().any(|name| name.starts_with("sections"))
}

/// What is stored, as fields.
pub(super) fn stored(review: &Review) -> Typed {
    let mut typed = Typed::default();
    if review.sections.is_empty() {
        typed.set("summary", &review.summary);
        typed.set("went_well", &review.went_well);
        typed.set("went_badly", &review.went_badly);
        typed.set("causes", &review.causes);
    }
    for (i, section) in review.sections.iter().enumerate() {
        typed.set(field(i), &section.text);
    }
    typed.set("version", review.version);
    typed
}

/// What was typed, as fields of the sections that the review has by now: where those are others than were typed in, all of it stands
/// in the first one.
pub(super) fn kept(typed: &Typed, review: &Review) -> Typed {
    let own = review.sections.is_empty();
    if typed.has("summary") == own {
        return typed.clone();
    }
    let mut fields = stored(review);
    let texts = typed.names().filter(|name| *name != "version").flat_map(|name| typed.all(name)).filter(|text| !text.trim().is_empty());
    let texts: Vec<&str> = texts.map(String::as_str).collect();
    fields.set(if own { "summary".to_owned() } else { field(0) }, texts.join("\n\n"));
    fields
}

/// What the fields of a template's sections are called where something is wrong.
pub(super) fn named(review: &Review) -> Vec<(String, String)> {
    let each = review.sections.iter().enumerate().map(|(i, section)| (field(i), section.heading.clone()));
    each.chain([("sections".to_owned(), t!("incidents-template-sections"))]).collect()
}

pub(super) fn editor(path: &str, form: &FormState, version: String, review: &Review) -> AnyView {
    let fields = if review.sections.is_empty() {
        view! {
            <TextAreaField form=form name="summary" label=t!("incidents-review-summary") hint=t!("incidents-review-summary-hint") optional=true/>
            <TextAreaField form=form name="causes" label=t!("incidents-review-causes") hint=t!("incidents-review-causes-hint") optional=true/>
            <TextAreaField form=form name="went_well" label=t!("incidents-review-went-well") hint=t!("incidents-review-well-hint") optional=true/>
            <TextAreaField form=form name="went_badly" label=t!("incidents-review-went-badly") hint=t!("incidents-review-badly-hint") optional=true/>
        }
        .into_any()
    } else {
        let each = review.sections.iter().enumerate().map(|(i, section)| {
            let (label, hint, optional) = (section.heading.clone(), section.guide.clone(), !section.required);
            view! { <TextAreaField form=form name=field(i) label hint optional/> }
        });
        each.collect_view().into_any()
    };
    view! {
        <form class="form" id="review-form" method="post" action=format!("{path}/review")>
            <input type="hidden" name="version" value=version/>
            {fields}
            <div class="form-acts"><Button label=t!("incidents-save") kind=ButtonKind::Primary/></div>
        </form>
    }
    .into_any()
}

/// What was written, to be read.
pub(super) fn reading(review: &Review) -> AnyView {
    let parts = review.parts().into_iter().map(|(heading, text)| {
        let title = match heading {
            Heading::Usual(key) => t!(&format!("incidents-review-{key}")),
            Heading::Own(own) => own.to_owned(),
        };
        let said = if text.trim().is_empty() {
            view! { <p class="muted">"—"</p> }.into_any()
        } else {
            view! { <Markdown text=text.to_owned()/> }.into_any()
        };
        view! { <section><h3>{title}</h3>{said}</section> }
    });
    parts.collect_view().into_any()
}
