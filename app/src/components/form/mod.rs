//! Fields of forms: label above, hint, control, and what is wrong, tied together for assistive technology.
//! Each takes the [`FormState`], so that what was typed is kept when a form is refused.

mod area;
mod choice;
mod file;
mod moment;
mod number;
mod summary;
mod text;

pub use area::{KeptText, TextAreaField};
pub use choice::{CheckField, ChoicesField, SelectField};
pub use file::FileField;
pub use moment::MomentField;
pub use number::NumberField;
pub use summary::ErrorSummary;
pub use text::{SecretField, TextField};

use leptos::prelude::*;

use super::Icon;
use crate::{form::FormState, t};

impl From<&FormState> for FormState {
    fn from(form: &FormState) -> Self {
        form.clone()
    }
}

/// Ids that tie a control to its hint and its error.
struct Ties {
    id: String,
    described: Option<String>,
    error: Option<String>,
    hint: String,
}

impl Ties {
    fn new(form: &FormState, name: &str, hint: String) -> Self {
        let (id, error) = (format!("field-{name}"), form.error(name));
        let mut described = Vec::new();
        if !hint.is_empty() {
            described.push(format!("{id}-hint"));
        }
        if error.is_some() {
            described.push(format!("{id}-error"));
        }
        Self { described: (!described.is_empty()).then(|| described.join(" ")), id, error, hint }
    }

    fn invalid(&self) -> Option<&'static str> {
        self.error.as_ref().map(|_| "true")
    }

    /// The whole field: label, hint, control, error.
    fn around(&self, label: String, optional: bool, control: impl IntoView + 'static) -> AnyView {
        view! {
            <div class="field">
                <label for=self.id.clone()>{label}{mark(optional)}</label>
                {self.hint()}
                {control.into_any()}
                {self.error()}
            </div>
        }
        .into_any()
    }

    fn hint(&self) -> impl IntoView + use<> {
        let id = format!("{}-hint", self.id);
        let hint = self.hint.clone();
        (!hint.is_empty()).then(|| view! { <p class="field-hint" id=id>{hint}</p> })
    }

    fn error(&self) -> impl IntoView + use<> {
        let id = format!("{}-error", self.id);
        self.error.clone().map(|error| {
            view! { <p class="field-error" id=id><Icon name="circle-x"/><span>{t!("field-expected", expected = error)}</span></p> }
        })
    }
}

fn mark(optional: bool) -> impl IntoView {
    optional.then(|| view! { <span class="field-optional">" "{t!("field-optional")}</span> })
}
