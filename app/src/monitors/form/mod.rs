//! The form that makes or edits a monitor. Its kind is chosen first, by a link, so that it works without JavaScript; each
//! kind has its own fields.

mod fields;
mod http;

use axum::{extract::Path, response::Response};
use domain::{
    Permission,
    form::Typed,
    id::MonitorId,
    monitors::{Draft, HERE, Kind, Location, MatchMode, Monitor},
    systems::Brief,
};
use leptos::prelude::*;

use fields::{DatabaseFields, DnsFields, GrpcFields, IcmpFields, TcpFields, TlsFields};
pub(super) use fields::{say_answers, say_starttls};
use http::HttpFields;
pub(super) use http::say_op;

use super::{detail::read_id, words::say_kind};
use crate::{
    components::{Button, ButtonKind, ChoicesField, ErrorSummary, Here, LinkButton, PageHead, SelectField, TextField},
    fault::Answer,
    form::{FormState, PostedForm},
    systems::no_system,
    t,
    visit::Visit,
};

pub(super) fn say_mode(mode: MatchMode) -> String {
    match mode {
        MatchMode::None => t!("monitors-match-none"),
        MatchMode::Contains => t!("monitors-match-contains"),
        MatchMode::Lacks => t!("monitors-match-lacks"),
        MatchMode::Regex => t!("monitors-match-regex"),
    }
}

pub(super) async fn new(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::EditMonitors)?;
    let here = Here::parse(&visit.path_and_query);
    let kind = Kind::parse(here.get("kind")).unwrap_or(Kind::Http);
    let mut typed = Typed::default();
    let first = [
        ("kind", kind.name()),
        ("severity", "P2"),
        ("needed", "2"),
        ("interval", "30s"),
        ("timeout", "10s"),
        ("locations", HERE),
        ("quorum", "1"),
    ];
    for (name, value) in first.into_iter().chain(usual(kind).iter().copied()).chain([("system", here.get("system"))]) {
        typed.set(name, value);
    }
    page(&visit, None, FormState::fresh(typed)).await
}

/// What stands in the fields of a kind before anybody has typed.
fn usual(kind: Kind) -> &'static [(&'static str, &'static str)] {
    match kind {
        Kind::Http => &[
            ("method", "GET"),
            ("expected", "200-299"),
            ("match", "none"),
            ("header_match", "contains"),
            ("json_op", "equals"),
            ("redirect", "none"),
            ("redirects", "5"),
            ("auth", "none"),
            ("tls_min", "1.2"),
            ("http_version", "any"),
        ],
        Kind::Tls => &[("tls_days", "14"), ("tls_min", "1.2"), ("interval", "1h")],
        Kind::Dns => &[("record", "A"), ("transport", "udp"), ("rcode", "NOERROR"), ("answers", "any")],
        Kind::Icmp => &[("count", "3"), ("loss", "50")],
        Kind::Heartbeat => &[("deadline", "1h"), ("grace", "5m")],
        Kind::Tcp | Kind::Grpc | Kind::Postgres | Kind::Mysql | Kind::Redis => &[],
    }
}

pub(super) async fn create(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.monitors.create(&visit.actor, &form.typed).await {
        Ok(id) => Ok(visit.go(&format!("/monitors/{id}"), "toast-monitor-created")),
        Err(fault) => page(&visit, None, FormState::refused(form.typed, fault)).await,
    }
}

pub(super) async fn edit(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read_id(&id)?;
    let monitor = visit.portal.monitors.get(&visit.actor, &id).await?;
    visit.actor.require(Permission::EditMonitors, &monitor.system.team, "monitor")?;
    page(&visit, Some(Editing::of(&monitor)), FormState::fresh(Draft::typed(&monitor))).await
}

pub(super) async fn save(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read_id(&id)?;
    match visit.portal.monitors.edit(&visit.actor, &id, &form.typed).await {
        Ok(()) => Ok(visit.go(&format!("/monitors/{id}"), "toast-monitor-saved")),
        Err(fault) => {
            // Whoever may not even read it hears so, and gets no form.
            let monitor = visit.portal.monitors.get(&visit.actor, &id).await?;
            visit.actor.require(Permission::EditMonitors, &monitor.system.team, "monitor")?;
            page(&visit, Some(Editing::of(&monitor)), FormState::refused(form.typed, fault)).await
        }
    }
}

/// The monitor that is edited.
struct Editing {
    id: MonitorId,
    name: String,
    has_secret: bool,
}

impl Editing {
    fn of(monitor: &Monitor) -> Self {
        Self { id: monitor.id.clone(), name: monitor.name.clone(), has_secret: monitor.has_secret }
    }
}

async fn page(visit: &Visit, editing: Option<Editing>, form: FormState) -> Result<Response, crate::fault::Refused> {
    visit.actor.require_somewhere(Permission::EditMonitors)?;
    let systems = visit.portal.monitors.systems(&visit.actor, Permission::EditMonitors).await?;
    let locations = visit.portal.locations.locations(&visit.actor).await?;
    if editing.is_none() && systems.is_empty() && form.fault.is_none() {
        return Ok(no_system(visit, crate::tr!(visit, "monitors-new"), ("/monitors", crate::tr!(visit, "monitors-title"))));
    }
    let title = match &editing {
        Some(editing) => crate::tr!(visit, "monitors-edit-title", name = editing.name.clone()),
        None => crate::tr!(visit, "monitors-new"),
    };
    let heading = title.clone();
    Ok(visit.page_as(form.status(), title, move || {
        let back = match &editing {
            Some(editing) => (format!("/monitors/{}", editing.id), editing.name.clone()),
            None => ("/monitors".to_owned(), t!("monitors-title")),
        };
        let cancel = back.0.clone();
        let kind = Kind::parse(&form.get("kind")).unwrap_or(Kind::Http);
        let kinds = editing.is_none().then(|| view! { <Kinds current=kind/> });
        let secret = editing.as_ref().is_some_and(|editing| editing.has_secret);
        let fields = fields(kind, &form, secret);
        view! {
            <PageHead title=heading back/>
            {kinds}
            <form class="form" method="post">
                <ErrorSummary form=form.clone() labels=labels()/>
                <input type="hidden" name="kind" value=kind.name()/>
                {editing.is_some().then(|| view! { <input type="hidden" name="version" value=form.get("version")/> })}
                <CommonFields form=form.clone() systems/>
                {fields}
                {(kind != Kind::Heartbeat && !locations.is_empty()).then(|| view! { <FromWhere form=form.clone() locations=locations.clone()/> })}
                <div class="fields">
                    <TextField form=form.clone() name="hold" label=t!("monitors-hold") hint=t!("monitors-hold-hint") optional=true/>
                    <TextField form=form.clone() name="recover" label=t!("monitors-recover") hint=t!("monitors-recover-hint") optional=true/>
                </div>
                <div class="form-acts">
                    <Button label=t!("monitors-save") kind=ButtonKind::Primary/>
                    <LinkButton href=cancel label=t!("monitors-cancel") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    }))
}

/// From where it is checked, and how many must say down.
#[component]
fn FromWhere(form: FormState, locations: Vec<Location>) -> impl IntoView {
    let here = (HERE.to_owned(), t!("monitors-here"));
    let options = std::iter::once(here).chain(locations.into_iter().map(|location| (location.id.to_string(), location.name))).collect();
    view! {
        <ChoicesField form=form.clone() name="locations" label=t!("monitors-places") hint=t!("monitors-places-hint") options optional=true/>
        <TextField form name="quorum" label=t!("monitors-quorum") hint=t!("monitors-quorum-hint") optional=true/>
    }
}

/// The kinds to choose from, each a link.
#[component]
fn Kinds(current: Kind) -> impl IntoView {
    let links = Kind::ALL
        .iter()
        .map(|kind| {
            let shown = (*kind == current).then_some("page");
            view! { <li><a href=format!("/monitors/new?kind={kind}") aria-current=shown>{say_kind(*kind)}</a></li> }
        })
        .collect_view();
    view! { <nav class="monitors-kinds" aria-label=t!("monitors-kind")><ul>{links}</ul></nav> }
}

/// The fields of a kind.
fn fields(kind: Kind, form: &FormState, secret: bool) -> AnyView {
    let form = form.clone();
    let asked = match kind {
        Kind::Http => view! { <HttpFields form=form.clone() secret/> }.into_any(),
        Kind::Tcp => view! { <TcpFields form=form.clone()/> }.into_any(),
        Kind::Tls => view! { <TlsFields form=form.clone()/> }.into_any(),
        Kind::Dns => view! { <DnsFields form=form.clone()/> }.into_any(),
        Kind::Icmp => view! { <IcmpFields form=form.clone()/> }.into_any(),
        Kind::Grpc => view! { <GrpcFields form=form.clone()/> }.into_any(),
        Kind::Postgres | Kind::Mysql | Kind::Redis => view! { <DatabaseFields form=form.clone() kind secret/> }.into_any(),
        Kind::Heartbeat => return view! { <BeatFields form/> }.into_any(),
    };
    view! {
        {asked}
        <div class="fields">
            <TextField form=form.clone() name="interval" label=t!("monitors-interval") hint=t!("monitors-interval-hint")/>
            <TextField form=form.clone() name="timeout" label=t!("monitors-timeout") hint=t!("monitors-timeout-hint")/>
            <TextField form name="needed" label=t!("monitors-needed") hint=t!("monitors-needed-hint")/>
        </div>
    }
    .into_any()
}

fn labels() -> Vec<(&'static str, String)> {
    vec![
        ("name", t!("monitors-name")),
        ("system", t!("monitors-system")),
        ("severity", t!("monitors-severity")),
        ("needed", t!("monitors-needed")),
        ("url", t!("monitors-url")),
        ("interval", t!("monitors-interval")),
        ("timeout", t!("monitors-timeout")),
        ("expected", t!("monitors-expected")),
        ("match", t!("monitors-match")),
        ("match_text", t!("monitors-match-text")),
        ("tls_days", t!("monitors-tls-days")),
        ("headers", t!("monitors-headers")),
        ("body", t!("monitors-body")),
        ("deadline", t!("monitors-deadline")),
        ("grace", t!("monitors-grace")),
        ("hold", t!("monitors-hold")),
        ("recover", t!("monitors-recover")),
        ("address", t!("monitors-address")),
        ("dialogue", t!("monitors-dialogue")),
        ("server_name", t!("monitors-server-name")),
        ("issuer", t!("monitors-issuer")),
        ("tls_min", t!("monitors-tls-min")),
        ("http_version", t!("monitors-fact-http-version")),
        ("starttls", t!("monitors-starttls")),
        ("lookup", t!("monitors-lookup")),
        ("record", t!("monitors-record")),
        ("server", t!("monitors-server")),
        ("transport", t!("monitors-transport")),
        ("rcode", t!("monitors-rcode")),
        ("answers", t!("monitors-answers")),
        ("answer_text", t!("monitors-answer-text")),
        ("host", t!("monitors-host")),
        ("count", t!("monitors-count")),
        ("loss", t!("monitors-loss")),
        ("rtt", t!("monitors-rtt")),
        ("service", t!("monitors-service")),
        ("user", t!("monitors-user")),
        ("database", t!("monitors-database")),
        ("password", t!("monitors-password")),
        ("token", t!("monitors-token")),
        ("locations", t!("monitors-places")),
        ("quorum", t!("monitors-quorum")),
        ("auth", t!("monitors-auth")),
        ("redirect", t!("monitors-redirect")),
        ("redirects", t!("monitors-redirects")),
        ("redirect_to", t!("monitors-redirect-to")),
        ("header_name", t!("monitors-header-name")),
        ("header_match", t!("monitors-header-match")),
        ("header_text", t!("monitors-header-text")),
        ("json_path", t!("monitors-json-path")),
        ("json_op", t!("monitors-json-op")),
        ("json_value", t!("monitors-json-value")),
    ]
}

#[component]
fn CommonFields(form: FormState, systems: Vec<Brief>) -> impl IntoView {
    let systems = systems.into_iter().map(|s| (s.id.to_string(), format!("{} ({})", s.name, s.team_name))).collect();
    let severities = [("P1", t!("severity-p1")), ("P2", t!("severity-p2")), ("P3", t!("severity-p3")), ("P4", t!("severity-p4"))];
    let severities = severities.into_iter().map(|(value, word)| (value.to_owned(), word)).collect();
    view! {
        <div class="fields">
            <TextField form=form.clone() name="name" label=t!("monitors-name") hint=t!("monitors-name-hint")/>
            <SelectField form=form.clone() name="system" label=t!("monitors-system") options=systems blank=t!("monitors-choose")/>
            <SelectField form name="severity" label=t!("monitors-severity") hint=t!("monitors-severity-hint") options=severities/>
        </div>
    }
}

#[component]
fn BeatFields(form: FormState) -> impl IntoView {
    view! {
        <div class="fields">
            <TextField form=form.clone() name="deadline" label=t!("monitors-deadline") hint=t!("monitors-deadline-hint")/>
            <TextField form name="grace" label=t!("monitors-grace") hint=t!("monitors-grace-hint") optional=true/>
        </div>
        <p class="muted">{t!("monitors-beat-after")}</p>
    }
}
