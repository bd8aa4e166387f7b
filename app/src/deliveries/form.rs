//! The fields of a channel: those of its kind, those of its manner; also for contact methods of persons.

use domain::{
    alerts::Severity,
    deliveries::{Contact, Field, Kind, LinkFor, Manner, message::Message, wall_time},
    form::Typed,
    people::Locale,
};
use leptos::prelude::*;

use super::say::kind_word;
use crate::{
    components::{Fact, Facts, NumberField, Panel, SecretField, SelectField, TextAreaField, TextField},
    form::FormState,
    t,
    visit::Visit,
};

/// Label and hint of a field of a kind: the hint says where to find it.
pub(super) fn words(kind: Kind, field: &str) -> (String, String) {
    match (kind, field) {
        (_, "url") if kind == Kind::Alertmanager => (t!("deliveries-url"), t!("deliveries-alertmanager-url-hint")),
        (_, "url") => (t!("deliveries-url"), t!("deliveries-url-hint")),
        (Kind::Webhook, "secret") => (t!("deliveries-secret"), t!("deliveries-secret-hint")),
        (Kind::Feishu, "secret") => (t!("deliveries-sign-secret"), t!("deliveries-feishu-secret-hint")),
        (_, "secret") => (t!("deliveries-sign-secret"), t!("deliveries-dingtalk-secret-hint")),
        (_, "to") => (t!("deliveries-to"), t!("deliveries-to-hint")),
        (Kind::Slack, "hook") => (t!("deliveries-hook"), t!("deliveries-slack-hint")),
        (Kind::Teams, "hook") => (t!("deliveries-hook"), t!("deliveries-teams-hint")),
        (Kind::DingTalk, "hook") => (t!("deliveries-hook"), t!("deliveries-dingtalk-hint")),
        (Kind::Feishu, "hook") => (t!("deliveries-hook"), t!("deliveries-feishu-hint")),
        (_, "hook") => (t!("deliveries-hook"), t!("deliveries-wecom-hint")),
        (Kind::Alertmanager, "token") => (t!("deliveries-bearer"), t!("deliveries-bearer-hint")),
        (_, "token") => (t!("deliveries-bot-token"), t!("deliveries-bot-token-hint")),
        (_, "chat") => (t!("deliveries-chat"), t!("deliveries-chat-hint")),
        (_, "api") => (t!("deliveries-api"), t!("deliveries-api-hint")),
        (_, "max_alerts") => (t!("deliveries-max-alerts"), t!("deliveries-max-alerts-hint")),
        _ => (field.to_owned(), String::new()),
    }
}

/// Labels of everything that may be wrong with a channel, for the summary.
pub(super) fn labels(kind: Kind) -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("name", t!("deliveries-name")),
        ("kind", t!("deliveries-kind")),
        ("team", t!("deliveries-team")),
        ("events", t!("deliveries-events")),
        ("language", t!("deliveries-language")),
        ("zone", t!("deliveries-zone")),
        ("quiet_from", t!("deliveries-quiet-from")),
        ("quiet_to", t!("deliveries-quiet-to")),
        ("quiet_through", t!("deliveries-quiet-through")),
        ("per_minute", t!("deliveries-per-minute")),
        ("fallback", t!("deliveries-fallback")),
        ("fallback_after", t!("deliveries-fallback-after")),
        ("acknowledge", t!("deliveries-acknowledge")),
        ("title", t!("deliveries-template-title")),
        ("body", t!("deliveries-template-body")),
        ("title_en", t!("deliveries-template-title-en")),
        ("title_zh", t!("deliveries-template-title-zh")),
        ("body_en", t!("deliveries-template-body-en")),
        ("body_zh", t!("deliveries-template-body-zh")),
    ];
    all.extend(kind.fields().iter().map(|field| (field.name, words(kind, field.name).0)));
    all
}

/// The fields of a kind. Of a channel that is there (`kept`) a secret may stay empty.
pub(super) fn kind_fields(form: &FormState, kind: Kind, kept: bool) -> impl IntoView + use<> {
    let fields = kind.fields().iter().map(|field: &Field| {
        let (label, hint) = words(kind, field.name);
        let optional = !field.required || (field.secret && kept);
        if field.secret {
            let hint = if kept { format!("{hint} {}", t!("deliveries-secret-stays")) } else { hint };
            view! { <SecretField form=form name=field.name label hint optional=optional/> }.into_any()
        } else if field.name == "to" {
            view! { <TextAreaField form=form name=field.name label hint optional=optional rows=2/> }.into_any()
        } else {
            view! { <TextField form=form name=field.name label hint optional=optional mono=true/> }.into_any()
        }
    });
    fields.collect_view()
}

/// Language and zone of messages.
pub(super) fn language_fields(form: &FormState) -> impl IntoView + use<> {
    let languages = Locale::ALL.map(|locale| (locale.tag().to_owned(), locale.own_name().to_owned())).to_vec();
    view! {
        <div class="fields">
            <SelectField form=form name="language" label=t!("deliveries-language") options=languages/>
            <TextField form=form name="zone" label=t!("deliveries-zone") hint=t!("deliveries-zone-hint") optional=true/>
        </div>
    }
}

/// Who may acknowledge by the link in the messages of a channel.
pub(super) fn link_field(form: &FormState) -> impl IntoView + use<> {
    let choices: Vec<_> = LinkFor::ALL
        .iter()
        .map(|choice| {
            let word = match choice {
                LinkFor::Nobody => t!("deliveries-acknowledge-nobody"),
                LinkFor::LoggedIn => t!("deliveries-acknowledge-login"),
                LinkFor::Readers => t!("deliveries-acknowledge-readers"),
            };
            (choice.name().to_owned(), word)
        })
        .collect();
    view! {
        <SelectField
            form=form
            name="acknowledge"
            label=t!("deliveries-acknowledge")
            hint=t!("deliveries-acknowledge-hint")
            options=choices
        />
    }
}

/// Quiet hours.
pub(super) fn quiet_fields(form: &FormState) -> impl IntoView + use<> {
    let severities =
        Severity::ALL.iter().map(|severity| (severity.name().to_owned(), t!("deliveries-through", severity = severity.name()))).collect();
    view! {
        <div class="fields">
            <TextField form=form name="quiet_from" label=t!("deliveries-quiet-from") hint=t!("deliveries-quiet-hint") placeholder="22:00" optional=true/>
            <TextField form=form name="quiet_to" label=t!("deliveries-quiet-to") placeholder="07:00" optional=true/>
            <SelectField
                form=form
                name="quiet_through"
                label=t!("deliveries-quiet-through")
                options=severities
                blank=t!("deliveries-through-nothing")
                optional=true
            />
        </div>
    }
}

/// Rate and fallback; `others` are the channels that may step in, of the same team or person.
pub(super) fn rate_fields(form: &FormState, others: Vec<(String, String)>, of_person: bool) -> impl IntoView + use<> {
    let hint = if of_person { t!("contacts-fallback-hint") } else { t!("deliveries-fallback-hint") };
    view! {
        <div class="fields">
            <NumberField
                form=form
                name="per_minute"
                label=t!("deliveries-per-minute")
                hint=t!("deliveries-per-minute-hint")
                unit=t!("deliveries-a-minute")
                min=1
                max=600
                optional=true
            />
            <SelectField
                form=form
                name="fallback"
                label=t!("deliveries-fallback")
                hint=hint
                options=others
                blank=t!("deliveries-fallback-none")
                optional=true
            />
            <NumberField
                form=form
                name="fallback_after"
                label=t!("deliveries-fallback-after")
                hint=t!("deliveries-fallback-after-hint")
                unit="min"
                min=1
                max=240
                optional=true
            />
        </div>
    }
}

/// Templates, in both languages.
pub(super) fn template_fields(form: &FormState) -> impl IntoView + use<> {
    let names = domain::deliveries::message::PLACEHOLDERS.iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(" ");
    let hint = t!("deliveries-template-hint", names = names);
    view! {
        <div class="fields">
            <TextField form=form name="title_en" label=t!("deliveries-template-title-en") hint=t!("deliveries-template-title-hint") optional=true/>
            <TextField form=form name="title_zh" label=t!("deliveries-template-title-zh") hint=t!("deliveries-template-title-hint") optional=true/>
        </div>
        <TextAreaField form=form name="body_en" label=t!("deliveries-template-body-en") hint optional=true/>
        <TextAreaField form=form name="body_zh" label=t!("deliveries-template-body-zh") hint=t!("deliveries-template-title-hint") optional=true/>
    }
}

/// What the templates make of sample facts, in each language.
pub(super) fn previews(messages: Vec<Message>) -> impl IntoView {
    let shown = messages
        .into_iter()
        .map(|message| {
            let any = !message.facts.is_empty();
            let facts = message.facts.into_iter().map(|(word, value)| view! { <Fact name=word>{value}</Fact> }).collect_view();
            view! {
                <li lang=message.locale.tag()>
                    <p class="muted small">{message.locale.own_name()}</p>
                    <p class="deliveries-title">{message.title}</p>
                    <p class="deliveries-text">{message.text}</p>
                    {any.then(|| view! { <Facts>{facts}</Facts> })}
                </li>
            }
        })
        .collect_view();
    view! { <Panel title=t!("deliveries-preview")><ul class="deliveries-previews">{shown}</ul></Panel> }
}

/// Puts a manner into the fields.
pub(super) fn fill_manner(typed: &mut Typed, manner: &Manner) {
    typed.set("language", manner.language.tag());
    typed.set("zone", &manner.zone);
    if let Some(quiet) = &manner.quiet {
        typed.set("quiet_from", wall_time(quiet.from));
        typed.set("quiet_to", wall_time(quiet.to));
        typed.set("quiet_through", quiet.through.map_or("", Severity::name));
    }
    if let Some(most) = manner.per_minute {
        typed.set("per_minute", most);
    }
    if let Some(fallback) = &manner.fallback {
        typed.set("fallback", fallback);
    }
    if let Some(minutes) = manner.fallback_after {
        typed.set("fallback_after", minutes);
    }
    if manner.firing_only {
        typed.set("firing_only", "on");
    }
    typed.set("acknowledge", manner.acknowledge);
    for (field, own) in [("title", &manner.title), ("body", &manner.body)] {
        for (end, locale) in [("en", Locale::En), ("zh", Locale::Zh)] {
            typed.set(format!("{field}_{end}"), own.given(locale, manner.language));
        }
    }
}

/// The manner of something new: as its maker reads.
pub(super) fn usual_manner(typed: &mut Typed, visit: &Visit) {
    typed.set("language", visit.locale.tag());
    typed.set("zone", &visit.zone_name);
    typed.set("acknowledge", Manner::default().acknowledge);
}

/// Puts a contact method into the fields.
pub(super) fn fill_contact(typed: &mut Typed, contact: &Contact) {
    typed.set("name", &contact.name);
    typed.set("version", contact.version);
    for (name, value) in &contact.settings {
        typed.set(name, value);
    }
    fill_manner(typed, &contact.manner);
    if contact.manner.reserve {
        typed.set("reserve", "on");
    }
    if contact.enabled {
        typed.set("enabled", "on");
    }
}

/// The kinds to choose among, each a link to its form; those that cannot be used here say why.
pub(super) fn kind_links(visit: &Visit, kinds: Vec<Kind>, path: &str) -> impl IntoView + use<> {
    let items = kinds
        .into_iter()
        .map(|kind| {
            let ready = visit.portal.deliveries.ready(kind);
            let name = if ready {
                view! { <a href=format!("{path}?kind={kind}")>{kind_word(kind)}</a> }.into_any()
            } else {
                view! { <span>{kind_word(kind)}</span> }.into_any()
            };
            let text = if ready { super::say::kind_text(kind) } else { t!("deliveries-needs-mail-server") };
            view! { <li>{name}<p class="muted small">{text}</p></li> }
        })
        .collect_view();
    view! { <ul class="deliveries-kinds">{items}</ul> }
}
