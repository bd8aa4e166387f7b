//! The fields of a check by asking a URL.

use domain::monitors::{MatchMode, Method};
use leptos::prelude::*;

use super::{fields::words, say_mode};
use crate::{
    components::{CheckField, SelectField, TextAreaField, TextField},
    form::FormState,
    t,
};

#[component]
pub(super) fn HttpFields(form: FormState) -> impl IntoView {
    let modes = MatchMode::ALL.iter().map(|m| (m.name().to_owned(), say_mode(*m))).collect();
    view! {
        <div class="fields">
            <SelectField form=form.clone() name="method" label=t!("monitors-method") options=words(Method::ALL)/>
            <TextField form=form.clone() name="url" label=t!("monitors-url") hint=t!("monitors-url-hint") kind="url" mono=true/>
        </div>
        <div class="fields">
            <TextField form=form.clone() name="expected" label=t!("monitors-expected") hint=t!("monitors-expected-hint")/>
            <TextField form=form.clone() name="tls_days" label=t!("monitors-tls-days") hint=t!("monitors-tls-days-hint") optional=true/>
        </div>
        <div class="fields">
            <SelectField form=form.clone() name="match" label=t!("monitors-match") options=modes/>
            <TextField form=form.clone() name="match_text" label=t!("monitors-match-text") mono=true optional=true/>
        </div>
        <CheckField form=form.clone() name="follow" label=t!("monitors-follow") hint=t!("monitors-follow-hint")/>
        <CheckField form=form.clone() name="accept_invalid" label=t!("monitors-accept-invalid") hint=t!("monitors-accept-invalid-hint")/>
        <TextAreaField form=form.clone() name="headers" label=t!("monitors-headers") hint=t!("monitors-headers-hint") optional=true/>
        <TextAreaField form name="body" label=t!("monitors-body") hint=t!("monitors-body-hint") optional=true/>
    }
}
