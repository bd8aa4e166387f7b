//! Fields of forms: label above, hint, control, and what is wrong, tied together for assistive technology.
//! Each takes the [`FormState`], so that what was typed is kept when a form is refused.

use leptos::prelude::*;

use super::{Icon, Maybe};
use crate::{
    fault,
    form::FormState,
    t,
    visit::{current_locale, use_visit},
};

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

/// One line of text.
#[component]
pub fn TextField(
    /// The form.
    #[prop(into)]
    form: FormState,
    /// Name of the field.
    #[prop(into)]
    name: String,
    /// Label above it.
    #[prop(into)]
    label: String,
    /// What to type, in one sentence.
    #[prop(optional, into)]
    hint: String,
    /// `type` of the input: `text`, `email`, `url`, `search`.
    #[prop(optional, into)]
    kind: Maybe<String>,
    /// May stay empty.
    #[prop(optional)]
    optional: bool,
    /// In a fixed-width face: for commands, patterns, URLs.
    #[prop(optional)]
    mono: bool,
    /// An example, where the hint does not give one.
    #[prop(optional, into)]
    placeholder: Maybe<String>,
    /// `autocomplete` of the input.
    #[prop(optional, into)]
    autocomplete: Maybe<String>,
    /// Takes the focus when the page opens.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let Maybe(kind) = kind;
    let Maybe(placeholder) = placeholder;
    let Maybe(autocomplete) = autocomplete;
    let ties = Ties::new(&form, &name, hint);
    let value = form.get(&name);
    view! {
        <div class="field">
            <label for=ties.id.clone()>{label}{mark(optional)}</label>
            {ties.hint()}
            <input
                class="input"
                type=kind.unwrap_or_else(|| "text".into())
                id=ties.id.clone()
                name=name
                value=value
                placeholder=placeholder
                autocomplete=autocomplete.unwrap_or_else(|| "off".into())
                autofocus=autofocus
                data-mono=mono.then_some("")
                aria-describedby=ties.described.clone()
                aria-invalid=ties.invalid()
                aria-required=(!optional).then_some("true")
            />
            {ties.error()}
        </div>
    }
}

/// A number, with its unit behind it.
#[component]
pub fn NumberField(
    /// The form.
    #[prop(into)]
    form: FormState,
    /// Name of the field.
    #[prop(into)]
    name: String,
    /// Label above it.
    #[prop(into)]
    label: String,
    /// What to type, in one sentence.
    #[prop(optional, into)]
    hint: String,
    /// The unit, e.g. `s`.
    #[prop(optional, into)]
    unit: String,
    /// Least value, inclusive; for the browser's keyboard and arrows only, the domain decides.
    #[prop(optional)]
    min: Option<i64>,
    /// Greatest value, inclusive.
    #[prop(optional)]
    max: Option<i64>,
    /// May stay empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let ties = Ties::new(&form, &name, hint);
    let value = form.get(&name);
    // A number input throws away what is no number; text with a numeric keyboard keeps what was typed.
    let range = min.zip(max).map(|(min, max)| t!("field-range", min = min, max = max));
    view! {
        <div class="field">
            <label for=ties.id.clone()>{label}{mark(optional)}</label>
            {ties.hint()}
            <div class="field-unit">
                <input
                    class="input"
                    type="text"
                    inputmode="decimal"
                    id=ties.id.clone()
                    name=name
                    value=value
                    autocomplete="off"
                    aria-describedby=ties.described.clone()
                    aria-invalid=ties.invalid()
                    aria-required=(!optional).then_some("true")
                />
                <span class="field-zone">{unit}{range.map(|range| format!(" {range}"))}</span>
            </div>
            {ties.error()}
        </div>
    }
}

/// Leptos writes the text of a `<textarea>` as it is, as if it were a script: escaping it is ours.
fn within_textarea(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Several lines of text.
#[component]
pub fn TextAreaField(
    /// The form.
    #[prop(into)]
    form: FormState,
    /// Name of the field.
    #[prop(into)]
    name: String,
    /// Label above it.
    #[prop(into)]
    label: String,
    /// What to type, in one sentence.
    #[prop(optional, into)]
    hint: String,
    /// Lines shown at first.
    #[prop(default = 4)]
    rows: u32,
    /// May stay empty.
    #[prop(optional)]
    optional: bool,
    /// In a fixed-width face.
    #[prop(optional)]
    mono: bool,
) -> impl IntoView {
    let ties = Ties::new(&form, &name, hint);
    let value = form.get(&name);
    view! {
        <div class="field">
            <label for=ties.id.clone()>{label}{mark(optional)}</label>
            {ties.hint()}
            <textarea
                class="input"
                id=ties.id.clone()
                name=name
                rows=rows.to_string()
                data-mono=mono.then_some("")
                aria-describedby=ties.described.clone()
                aria-invalid=ties.invalid()
                aria-required=(!optional).then_some("true")
            >
                // A first line end would be swallowed by the browser.
                {format!("\n{}", within_textarea(&value))}
            </textarea>
            {ties.error()}
        </div>
    }
}

/// One of several.
#[component]
pub fn SelectField(
    /// The form.
    #[prop(into)]
    form: FormState,
    /// Name of the field.
    #[prop(into)]
    name: String,
    /// Label above it.
    #[prop(into)]
    label: String,
    /// Value and word of each choice.
    options: Vec<(String, String)>,
    /// What to choose, in one sentence.
    #[prop(optional, into)]
    hint: String,
    /// A first choice with an empty value and this word, e.g. "All" or "— choose —".
    #[prop(optional, into)]
    blank: Maybe<String>,
    /// May stay empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let Maybe(blank) = blank;
    let ties = Ties::new(&form, &name, hint);
    let current = form.get(&name);
    view! {
        <div class="field">
            <label for=ties.id.clone()>{label}{mark(optional)}</label>
            {ties.hint()}
            <select
                class="input"
                id=ties.id.clone()
                name=name
                aria-describedby=ties.described.clone()
                aria-invalid=ties.invalid()
            >
                {blank.map(|word| view! { <option value="">{word}</option> })}
                {options
                    .into_iter()
                    .map(|(value, word)| {
                        let selected = value == current;
                        view! { <option value=value selected=selected>{word}</option> }
                    })
                    .collect_view()}
            </select>
            {ties.error()}
        </div>
    }
}

/// Any of several, as check boxes.
#[component]
pub fn ChoicesField(
    /// The form.
    #[prop(into)]
    form: FormState,
    /// Name of the field; sent once per ticked box.
    #[prop(into)]
    name: String,
    /// Label above it.
    #[prop(into)]
    label: String,
    /// Value and word of each choice.
    options: Vec<(String, String)>,
    /// What to tick, in one sentence.
    #[prop(optional, into)]
    hint: String,
    /// May stay empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let ties = Ties::new(&form, &name, hint);
    view! {
        <fieldset class="field" id=ties.id.clone() aria-describedby=ties.described.clone() tabindex="-1">
            <legend>{label}{mark(optional)}</legend>
            {ties.hint()}
            <div class="choices">
                {options
                    .into_iter()
                    .map(|(value, word)| {
                        let checked = form.is(&name, &value);
                        let name = name.clone();
                        view! { <label class="check"><input type="checkbox" name=name value=value checked=checked/><span>{word}</span></label> }
                    })
                    .collect_view()}
            </div>
            {ties.error()}
        </fieldset>
    }
}

/// One check box; sends `on` when it is ticked.
#[component]
pub fn CheckField(
    /// The form.
    #[prop(into)]
    form: FormState,
    /// Name of the field.
    #[prop(into)]
    name: String,
    /// What ticking it means.
    #[prop(into)]
    label: String,
    /// More about it.
    #[prop(optional, into)]
    hint: String,
) -> impl IntoView {
    let ties = Ties::new(&form, &name, String::new());
    let checked = form.typed.has(&name) && !form.typed.get(&name).is_empty();
    view! {
        <div class="field">
            <label class="check">
                <input
                    type="checkbox"
                    id=ties.id.clone()
                    name=name
                    value="on"
                    checked=checked
                    aria-describedby=ties.described.clone()
                    aria-invalid=ties.invalid()
                />
                <span>{label}{(!hint.is_empty()).then(|| view! { <small>{hint}</small> })}</span>
            </label>
            {ties.error()}
        </div>
    }
}

/// A moment as wall time in the reader's zone, which stands beside it. Posts `2025-03-14T14:05`.
#[component]
pub fn MomentField(
    /// The form.
    #[prop(into)]
    form: FormState,
    /// Name of the field.
    #[prop(into)]
    name: String,
    /// Label above it.
    #[prop(into)]
    label: String,
    /// What to enter, in one sentence.
    #[prop(optional, into)]
    hint: String,
    /// Another zone than the reader's: its IANA name.
    #[prop(optional, into)]
    zone: Maybe<String>,
    /// May stay empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let Maybe(zone) = zone;
    let ties = Ties::new(&form, &name, hint);
    let visit = use_visit();
    let zone = zone.unwrap_or_else(|| {
        if visit.zone_name == "UTC" { "UTC".to_owned() } else { format!("{} ({})", visit.zone_name, visit.offset_label()) }
    });
    let value = form.get(&name).replace(' ', "T");
    // What does not parse would vanish from a date input: then it is shown as text.
    let kind = if value.is_empty() || value.parse::<jiff::civil::DateTime>().is_ok() { "datetime-local" } else { "text" };
    view! {
        <div class="field">
            <label for=ties.id.clone()>{label}{mark(optional)}</label>
            {ties.hint()}
            <div class="field-unit">
                <input
                    class="input"
                    type=kind
                    id=ties.id.clone()
                    name=name
                    value=value
                    aria-describedby=ties.described.clone()
                    aria-invalid=ties.invalid()
                    aria-required=(!optional).then_some("true")
                />
                <span class="field-zone">{zone}</span>
            </div>
            {ties.error()}
        </div>
    }
}

/// A secret: never rendered back, whatever the form holds.
#[component]
pub fn SecretField(
    /// The form.
    #[prop(into)]
    form: FormState,
    /// Name of the field.
    #[prop(into)]
    name: String,
    /// Label above it.
    #[prop(into)]
    label: String,
    /// What to type, in one sentence.
    #[prop(optional, into)]
    hint: String,
    /// `current-password`, `new-password` or `off`.
    #[prop(optional, into)]
    autocomplete: Maybe<String>,
    /// May stay empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let Maybe(autocomplete) = autocomplete;
    let ties = Ties::new(&form, &name, hint);
    view! {
        <div class="field">
            <label for=ties.id.clone()>{label}{mark(optional)}</label>
            {ties.hint()}
            <input
                class="input"
                type="password"
                id=ties.id.clone()
                name=name
                autocomplete=autocomplete.unwrap_or_else(|| "off".into())
                aria-describedby=ties.described.clone()
                aria-invalid=ties.invalid()
                aria-required=(!optional).then_some("true")
            />
            {ties.error()}
        </div>
    }
}

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
                    let label =
                        labels.iter().find(|(name, _)| *name == problem.field).map_or(problem.field.as_str(), |(_, label)| label.as_str());
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
