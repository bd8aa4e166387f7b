//! What is wrong with a refused form, on top of it.

use leptos::prelude::*;

use crate::{
    components::Icon,
    fault,
    form::FormState,
    visit::{current_locale, use_visit},
};

/// On top of a refused form: everything that is wrong, each a link to its field. Takes the focus.
/// Give `labels` so that problems are named as the fields are.
#[component]
pub fn ErrorSummary(
    /// The form.
    #[prop(into)]
    form: FormState,
    /// Label of each field by its name.
    #[prop(optional)]
    labels: Vec<(&'static str, String)>,
    /// Labels of fields whose names are not known beforehand.
    #[prop(optional)]
    named: Vec<(String, String)>,
) -> impl IntoView {
    let locale = current_locale();
    let request = use_visit().request_id.clone();
    form.fault.clone().map(|refusal| {
        let (title, sentences) = fault::words(locale, &refusal, &request);
        let items = if refusal.problems().is_empty() {
            sentences.into_iter().map(|sentence| view! { <li>{sentence}</li> }.into_any()).collect_view()
        } else {
            refusal
                .problems()
                .iter()
                .map(|problem| {
                    let of_its_own = named.iter().find(|(name, _)| *name == problem.field).map(|(_, label)| label.as_str());
                    let known = || labels.iter().find(|(name, _)| *name == problem.field).map(|(_, label)| label.as_str());
                    let label = of_its_own.or_else(known).unwrap_or(problem.field.as_str());
                    let text = fault::problem_text(locale, label, problem);
                    let href = format!("#field-{}", problem.field);
                    view! { <li><a href=href>{text}</a></li> }.into_any()
                })
                .collect_view()
        };
        view! {
            <div class="error-summary" id="error-summary" role="alert" tabindex="-1" autofocus="">
                <h2><Icon name="octagon-alert"/>{title}</h2>
                <ul>{items}</ul>
            </div>
        }
    })
}
