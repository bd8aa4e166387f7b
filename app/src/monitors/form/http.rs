//! The fields of a check by asking a URL.

use domain::monitors::{HttpAuth, HttpVersion, JsonOp, MatchMode, Method, TlsVersion};
use leptos::prelude::*;

use super::{
    fields::{Password, words},
    say_mode,
};
use crate::{
    components::{CheckField, SelectField, TextAreaField, TextField},
    form::FormState,
    t,
};

pub(in crate::monitors) fn say_op(op: JsonOp) -> String {
    match op {
        JsonOp::Equals => t!("monitors-json-equals"),
        JsonOp::Differs => t!("monitors-json-differs"),
        JsonOp::Below => t!("monitors-json-below"),
        JsonOp::Above => t!("monitors-json-above"),
        JsonOp::Contains => t!("monitors-json-contains"),
        JsonOp::Regex => t!("monitors-json-regex"),
        JsonOp::Exists => t!("monitors-json-exists"),
        JsonOp::Absent => t!("monitors-json-absent"),
    }
}

fn auths() -> Vec<(String, String)> {
    let say = |auth: &HttpAuth| match auth {
        HttpAuth::None => t!("monitors-auth-none"),
        HttpAuth::Basic => t!("monitors-auth-basic"),
        HttpAuth::Bearer => t!("monitors-auth-bearer"),
    };
    HttpAuth::ALL.iter().map(|auth| (auth.name().to_owned(), say(auth))).collect()
}

/// `secret`: whether a password or token is stored.
#[component]
pub(super) fn HttpFields(form: FormState, secret: bool) -> impl IntoView {
    let modes: Vec<_> = MatchMode::ALL.iter().map(|m| (m.name().to_owned(), say_mode(*m))).collect();
    let header_modes = modes.iter().filter(|(name, _)| name != "none").cloned().collect();
    let ops = JsonOp::ALL.iter().map(|op| (op.name().to_owned(), say_op(*op))).collect();
    let policies = vec![
        ("none".to_owned(), t!("monitors-redirect-none")),
        ("follow".to_owned(), t!("monitors-redirect-follow")),
        ("expect".to_owned(), t!("monitors-redirect-expect")),
    ];
    let versions =
        vec![(HttpVersion::Any.name().to_owned(), t!("monitors-http-any")), (HttpVersion::Two.name().to_owned(), t!("monitors-http-2"))];
    view! {
        <div class="fields">
            <SelectField form=form.clone() name="method" label=t!("monitors-method") hint=t!("monitors-method-hint") options=words(Method::ALL)/>
            <TextField form=form.clone() name="url" label=t!("monitors-url") hint=t!("monitors-url-hint") kind="url" mono=true/>
        </div>
        <fieldset class="monitors-part">
            <legend>{t!("monitors-part-answer")}</legend>
            <div class="fields">
                <TextField form=form.clone() name="expected" label=t!("monitors-expected") hint=t!("monitors-expected-hint")/>
                <SelectField form=form.clone() name="match" label=t!("monitors-match") options=modes/>
                <TextField form=form.clone() name="match_text" label=t!("monitors-match-text") mono=true optional=true/>
            </div>
            <div class="fields">
                <TextField form=form.clone() name="json_path" label=t!("monitors-json-path") hint=t!("monitors-json-path-hint") mono=true optional=true/>
                <SelectField form=form.clone() name="json_op" label=t!("monitors-json-op") options=ops/>
                <TextField form=form.clone() name="json_value" label=t!("monitors-json-value") mono=true optional=true/>
            </div>
            <div class="fields">
                <TextField form=form.clone() name="header_name" label=t!("monitors-header-name") hint=t!("monitors-header-name-hint") mono=true optional=true/>
                <SelectField form=form.clone() name="header_match" label=t!("monitors-header-match") options=header_modes/>
                <TextField form=form.clone() name="header_text" label=t!("monitors-header-text") mono=true optional=true/>
            </div>
            <div class="fields">
                <SelectField form=form.clone() name="redirect" label=t!("monitors-redirect") hint=t!("monitors-redirect-hint") options=policies/>
                <TextField form=form.clone() name="redirects" label=t!("monitors-redirects") hint=t!("monitors-redirects-hint") optional=true/>
                <TextField form=form.clone() name="redirect_to" label=t!("monitors-redirect-to") hint=t!("monitors-redirect-to-hint") mono=true optional=true/>
            </div>
        </fieldset>
        <fieldset class="monitors-part">
            <legend>{t!("monitors-part-tls")}</legend>
            <div class="fields">
                <TextField form=form.clone() name="tls_days" label=t!("monitors-tls-days") hint=t!("monitors-tls-days-hint") optional=true/>
                <SelectField form=form.clone() name="tls_min" label=t!("monitors-tls-min") options=words(TlsVersion::ALL)/>
                <SelectField form=form.clone() name="http_version" label=t!("monitors-fact-http-version") options=versions/>
            </div>
            <CheckField form=form.clone() name="accept_invalid" label=t!("monitors-accept-invalid") hint=t!("monitors-accept-invalid-hint")/>
        </fieldset>
        <fieldset class="monitors-part">
            <legend>{t!("monitors-part-request")}</legend>
            <div class="fields">
                <SelectField form=form.clone() name="auth" label=t!("monitors-auth") options=auths()/>
                <TextField form=form.clone() name="user" label=t!("monitors-user") hint=t!("monitors-user-basic") mono=true optional=true/>
            </div>
            <div class="fields">
                <Password form=form.clone() name="password" label=t!("monitors-password-basic") secret/>
                <Password form=form.clone() name="token" label=t!("monitors-token") secret=false/>
            </div>
            <TextAreaField form=form.clone() name="headers" label=t!("monitors-headers") hint=t!("monitors-headers-hint") optional=true/>
            <TextAreaField form name="body" label=t!("monitors-body") hint=t!("monitors-body-hint") optional=true/>
        </fieldset>
    }
}
