//! The fields of the kinds that ask something else than a URL.

use domain::monitors::{AnswerMode, Kind, Rcode, RecordKind, StartTls, TlsVersion, Transport};
use leptos::prelude::*;

use crate::{
    components::{CheckField, Notice, SecretField, SelectField, TextAreaField, TextField, Tone},
    form::FormState,
    t,
    visit::use_visit,
};

/// Words that are the same in every language, as choices.
pub(super) fn words<T: std::fmt::Display>(words: &[T]) -> Vec<(String, String)> {
    words.iter().map(|word| (word.to_string(), word.to_string())).collect()
}

pub(in crate::monitors) fn say_answers(mode: AnswerMode) -> String {
    match mode {
        AnswerMode::Any => t!("monitors-answers-any"),
        AnswerMode::Exactly => t!("monitors-answers-exactly"),
        AnswerMode::Includes => t!("monitors-answers-includes"),
        AnswerMode::Regex => t!("monitors-answers-regex"),
        AnswerMode::Each => t!("monitors-answers-each"),
        AnswerMode::Lacks => t!("monitors-answers-lacks"),
        AnswerMode::None => t!("monitors-answers-none"),
        AnswerMode::Whatever => t!("monitors-answers-whatever"),
    }
}

/// Whether the connection is secured, and how strictly.
#[component]
fn TlsChecks(form: FormState, hint: String) -> impl IntoView {
    view! {
        <CheckField form=form.clone() name="tls" label=t!("monitors-use-tls") hint/>
        <CheckField form name="accept_invalid" label=t!("monitors-accept-invalid") hint=t!("monitors-accept-invalid-hint")/>
    }
}

#[component]
pub(super) fn TcpFields(form: FormState) -> impl IntoView {
    view! {
        <div class="fields">
            <TextField form=form.clone() name="address" label=t!("monitors-address") hint=t!("monitors-address-hint") mono=true/>
        </div>
        <TlsChecks form=form.clone() hint=t!("monitors-tcp-tls-hint")/>
        <TextAreaField form name="dialogue" label=t!("monitors-dialogue") hint=t!("monitors-dialogue-hint") optional=true/>
    }
}

/// What is said before TLS begins, by name.
pub(in crate::monitors) fn say_starttls(how: StartTls) -> String {
    match how {
        StartTls::Never => t!("monitors-starttls-none"),
        StartTls::Smtp => "SMTP".to_owned(),
        StartTls::Imap => "IMAP".to_owned(),
        StartTls::Pop3 => "POP3".to_owned(),
        StartTls::Postgres => "PostgreSQL".to_owned(),
    }
}

#[component]
pub(super) fn TlsFields(form: FormState) -> impl IntoView {
    let starts = StartTls::ALL.iter().map(|how| (how.name().to_owned(), say_starttls(*how))).collect::<Vec<_>>();
    view! {
        <div class="fields">
            <TextField form=form.clone() name="address" label=t!("monitors-address") hint=t!("monitors-address-usual", port = "443") mono=true/>
            <TextField form=form.clone() name="server_name" label=t!("monitors-server-name") hint=t!("monitors-server-name-hint") mono=true optional=true/>
        </div>
        <div class="fields">
            <TextField form=form.clone() name="tls_days" label=t!("monitors-tls-days") hint=t!("monitors-tls-days-chain")/>
            <SelectField form=form.clone() name="tls_min" label=t!("monitors-tls-min") options=words(TlsVersion::ALL)/>
            <SelectField form=form.clone() name="starttls" label=t!("monitors-starttls") options=starts hint=t!("monitors-starttls-hint")/>
            <TextField form name="issuer" label=t!("monitors-issuer") hint=t!("monitors-issuer-hint") optional=true/>
        </div>
    }
}

#[component]
pub(super) fn DnsFields(form: FormState) -> impl IntoView {
    let modes = AnswerMode::ALL.iter().map(|mode| (mode.name().to_owned(), say_answers(*mode))).collect();
    let transports = Transport::ALL.iter().map(|way| (way.name().to_owned(), way.name().to_uppercase())).collect();
    view! {
        <div class="fields">
            <TextField form=form.clone() name="lookup" label=t!("monitors-lookup") hint=t!("monitors-lookup-hint") mono=true/>
            <SelectField form=form.clone() name="record" label=t!("monitors-record") options=words(RecordKind::ALL)/>
        </div>
        <div class="fields">
            <TextField form=form.clone() name="server" label=t!("monitors-server") hint=t!("monitors-server-hint") mono=true optional=true/>
            <SelectField form=form.clone() name="transport" label=t!("monitors-transport") options=transports/>
            <SelectField form=form.clone() name="rcode" label=t!("monitors-rcode") options=words(Rcode::ALL)/>
        </div>
        <SelectField form=form.clone() name="answers" label=t!("monitors-answers") options=modes/>
        <TextAreaField form name="answer_text" label=t!("monitors-answer-text") hint=t!("monitors-answer-text-hint") optional=true/>
    }
}

#[component]
pub(super) fn IcmpFields(form: FormState) -> impl IntoView {
    // Said before anybody has typed: whether it can work here at all.
    let refused = use_visit().portal.monitors.ping_refused();
    view! {
        {refused.map(|why| view! { <Notice tone=Tone::P3 title=t!("monitors-ping-refused")><p class="mono small">{why}</p></Notice> })}
        <div class="fields">
            <TextField form=form.clone() name="host" label=t!("monitors-host") hint=t!("monitors-host-hint") mono=true/>
        </div>
        <div class="fields">
            <TextField form=form.clone() name="count" label=t!("monitors-count") hint=t!("monitors-count-hint")/>
            <TextField form=form.clone() name="loss" label=t!("monitors-loss") hint=t!("monitors-loss-hint")/>
            <TextField form name="rtt" label=t!("monitors-rtt") hint=t!("monitors-rtt-hint") optional=true/>
        </div>
    }
}

#[component]
pub(super) fn GrpcFields(form: FormState) -> impl IntoView {
    view! {
        <div class="fields">
            <TextField form=form.clone() name="address" label=t!("monitors-address") hint=t!("monitors-address-hint") mono=true/>
            <TextField form=form.clone() name="service" label=t!("monitors-service") hint=t!("monitors-service-hint") mono=true optional=true/>
        </div>
        <TlsChecks form hint=t!("monitors-grpc-tls-hint")/>
    }
}

/// `secret`: whether a password is stored.
#[component]
pub(super) fn DatabaseFields(form: FormState, kind: Kind, secret: bool) -> impl IntoView {
    let (port, user_hint) = match kind {
        Kind::Postgres => ("5432", t!("monitors-user-postgres")),
        Kind::Mysql => ("3306", t!("monitors-user-mysql")),
        _ => ("6379", t!("monitors-user-redis")),
    };
    let database = (kind != Kind::Redis).then(|| {
        view! { <TextField form=form.clone() name="database" label=t!("monitors-database") hint=t!("monitors-database-hint") mono=true optional=true/> }
    });
    view! {
        <div class="fields">
            <TextField form=form.clone() name="address" label=t!("monitors-address") hint=t!("monitors-address-usual", port = port) mono=true/>
            {database}
        </div>
        <div class="fields">
            <TextField form=form.clone() name="user" label=t!("monitors-user") hint=user_hint mono=true optional=true/>
            <Password form=form.clone() name="password" label=t!("monitors-password") secret/>
        </div>
        <TlsChecks form hint=t!("monitors-database-tls-hint")/>
    }
}

/// A secret: what is stored is never shown, stays where nothing is typed, and can be dropped.
#[component]
pub(super) fn Password(form: FormState, name: &'static str, label: String, secret: bool) -> impl IntoView {
    let hint = if secret { t!("monitors-secret-stored") } else { t!("monitors-secret-none") };
    view! {
        <div>
            <SecretField form=form.clone() name label hint autocomplete="off".to_owned() optional=true/>
            {secret.then(|| view! { <CheckField form name="forget" label=t!("monitors-forget")/> })}
        </div>
    }
}
