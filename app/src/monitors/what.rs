//! Names and values of what is checked, kind by kind.

use domain::monitors::{
    DatabaseTarget, HttpAuth, HttpTarget, HttpVersion, Monitor, StartTls, Target, TcpTarget, TcpTls, TlsTarget, TlsVersion, write_dialogue,
};
use leptos::prelude::*;

use super::{
    form::{say_answers, say_mode, say_op, say_starttls},
    words::say_kind,
};
use crate::{
    components::{Fact, duration},
    t,
};

/// A name and a value in a fixed-width face; nothing where there is no value.
fn mono(name: String, value: impl Into<String>) -> Option<AnyView> {
    let value = value.into();
    (!value.is_empty()).then(|| view! { <Fact name><span class="monitors-url mono">{value}</span></Fact> }.into_any())
}

/// That something is so; nothing where it is not.
fn yes(name: String, so: bool) -> Option<AnyView> {
    so.then(|| view! { <Fact name>{t!("monitors-yes")}</Fact> }.into_any())
}

fn days(days: u32) -> AnyView {
    view! { <Fact name=t!("monitors-tls-days")>{t!("duration-d", n = days)}</Fact> }.into_any()
}

/// Everything that is said of what is checked.
pub(super) fn what(monitor: &Monitor) -> AnyView {
    let (target, kind) = (&monitor.target, say_kind(monitor.target.kind()));
    let pace = target.pace().map(|pace| {
        let (interval, timeout) = (duration(i64::from(pace.interval_s) * 1_000), duration(i64::from(pace.timeout_s) * 1_000));
        view! {
            <Fact name=t!("monitors-interval")>{interval}</Fact>
            <Fact name=t!("monitors-timeout")>{timeout}</Fact>
        }
        .into_any()
    });
    let own = match target.clone() {
        Target::Http(http) => self::http(http),
        Target::Tcp(tcp) => self::tcp(&tcp),
        Target::Tls(tls) => self::tls(&tls),
        Target::Dns(dns) => view! {
            {mono(t!("monitors-lookup"), format!("{} {}", dns.record, dns.lookup))}
            {mono(t!("monitors-server"), dns.server.map(|server| server.to_string()).unwrap_or_else(|| t!("monitors-server-home")))}
            {mono(t!("monitors-transport"), dns.transport.name().to_uppercase())}
            {mono(t!("monitors-rcode"), dns.rcode.name())}
            <Fact name=t!("monitors-answers")>{say_answers(dns.answers)}</Fact>
            {mono(t!("monitors-answer-text"), dns.answer_text.join("\n"))}
        }
        .into_any(),
        Target::Icmp(icmp) => view! {
            {mono(t!("monitors-host"), icmp.host)}
            <Fact name=t!("monitors-count")>{icmp.count}</Fact>
            <Fact name=t!("monitors-loss")>{icmp.loss}</Fact>
            {icmp.rtt_ms.map(|ms| view! { <Fact name=t!("monitors-rtt")>{ms}</Fact> })}
        }
        .into_any(),
        Target::Grpc(grpc) => view! {
            {mono(t!("monitors-address"), grpc.address.to_string())}
            {mono(t!("monitors-service"), grpc.service)}
            {yes(t!("monitors-use-tls"), grpc.tls)}
            {yes(t!("monitors-accept-invalid"), grpc.accept_invalid)}
        }
        .into_any(),
        Target::Postgres(database) | Target::Mysql(database) | Target::Redis(database) => self::database(database, monitor.has_secret),
        Target::Heartbeat(beat) => {
            let (deadline, grace) = (duration(i64::from(beat.deadline_s) * 1_000), duration(i64::from(beat.grace_s) * 1_000));
            view! {
                <Fact name=t!("monitors-deadline")>{deadline}</Fact>
                <Fact name=t!("monitors-grace")>{grace}</Fact>
            }
            .into_any()
        }
        Target::Unreadable { why, .. } => mono(t!("monitors-unreadable"), why).into_any(),
    };
    view! {
        <Fact name=t!("monitors-kind")>{kind}</Fact>
        {own}
        {pace}
    }
    .into_any()
}

fn http(http: HttpTarget) -> AnyView {
    let request = format!("{} {}", http.method, http.url);
    let (mode, text) = (say_mode(http.body_match.mode), http.body_match.text);
    let header = http.header.map(|header| {
        let value = format!("{}: {} “{}”", header.name, say_mode(header.value.mode), header.value.text);
        mono(t!("monitors-header-name"), value)
    });
    let json = http.json.map(|json| mono(t!("monitors-json-path"), format!("{} {} {}", json.path, say_op(json.op), json.value)));
    let auth = match http.auth {
        HttpAuth::None => String::new(),
        HttpAuth::Basic => format!("Basic {}", http.user),
        HttpAuth::Bearer => "Bearer".to_owned(),
    };
    view! {
        {mono(t!("monitors-url"), request)}
        {mono(t!("monitors-expected"), http.expected.to_string())}
        {mono(mode, text)}
        {http.tls_days.map(days)}
        {json}
        {header}
        {(http.follow > 0).then(|| view! { <Fact name=t!("monitors-redirect-follow")>{http.follow}</Fact> })}
        {mono(t!("monitors-redirect-to"), http.redirect_to)}
        {(http.http_version == HttpVersion::Two).then(|| mono(t!("monitors-fact-http-version"), "HTTP/2"))}
        {(http.tls_min == TlsVersion::V13).then(|| mono(t!("monitors-tls-min"), "1.3"))}
        {mono(t!("monitors-auth"), auth)}
        {yes(t!("monitors-accept-invalid"), http.accept_invalid)}
    }
    .into_any()
}

fn tcp(tcp: &TcpTarget) -> AnyView {
    view! {
        {mono(t!("monitors-address"), tcp.address.to_string())}
        {yes(t!("monitors-use-tls"), tcp.tls == TcpTls::Now)}
        {yes(t!("monitors-accept-invalid"), tcp.accept_invalid)}
        {mono(t!("monitors-dialogue"), write_dialogue(&tcp.dialogue))}
    }
    .into_any()
}

fn tls(tls: &TlsTarget) -> AnyView {
    view! {
        {mono(t!("monitors-address"), tls.address.to_string())}
        {mono(t!("monitors-server-name"), tls.server_name.clone())}
        {days(tls.tls_days)}
        {mono(t!("monitors-tls-min"), tls.tls_min.name())}
        {(tls.starttls != StartTls::Never).then(|| mono(t!("monitors-starttls"), say_starttls(tls.starttls)))}
        {mono(t!("monitors-issuer"), tls.issuer.clone())}
    }
    .into_any()
}

fn database(database: DatabaseTarget, has_secret: bool) -> AnyView {
    view! {
        {mono(t!("monitors-address"), database.address.to_string())}
        {mono(t!("monitors-database"), database.database)}
        {mono(t!("monitors-user"), database.user)}
        {yes(t!("monitors-password"), has_secret)}
        {yes(t!("monitors-use-tls"), database.tls)}
        {yes(t!("monitors-accept-invalid"), database.accept_invalid)}
    }
    .into_any()
}
