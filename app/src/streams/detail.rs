//! One stream: what is declared, how full its dimensions are, who sends it and how their clocks are.

use axum::extract::Path;
use domain::{
    Permission,
    streams::{Detail, Sender, Stream},
};
use leptos::prelude::*;

use super::{dimension_name, find, name_of};
use crate::{
    components::{
        Badge, Cell, Column, Confirm, Empty, EmptyKind, Fact, Facts, LinkButton, NULL, PageHead, Panel, Table, Tone, When, duration, full,
    },
    fault::Answer,
    t,
    transactions::signed,
    visit::Visit,
};

pub(super) async fn detail(visit: Visit, Path(id): Path<String>) -> Answer {
    let detail = find(&visit, &id).await?;
    let may_edit = visit.actor.may(Permission::EditSystems, &detail.stream.system.team);
    let may_post = visit.actor.may(Permission::IngestTransactions, &detail.stream.system.team);
    let title = detail.stream.full.clone();
    let origin = visit.origin.clone();
    Ok(visit.page(title, move || {
        let Detail { stream, latest, fills, senders } = detail;
        let (id, system) = (stream.id.clone(), stream.system.clone());
        let acts = view! {
            <LinkButton href=format!("/transactions?stream={}", stream.full.replace('/', "%2F")) label=t!("streams-transactions") icon="arrow-left-right"/>
            {may_post.then(|| view! { <LinkButton href=format!("/streams/{id}/upload") label=t!("streams-upload") icon="arrow-up"/> })}
            {may_edit.then(|| view! { <LinkButton href=format!("/streams/{id}/edit") label=t!("streams-edit") icon="pencil"/> })}
        };
        let deleted = (may_edit && stream.declared).then(|| {
            let text = if stream.is_usual() { t!("streams-undeclare-text") } else { t!("streams-delete-text") };
            let verb = if stream.is_usual() { t!("streams-undeclare") } else { t!("streams-delete") };
            view! { <Confirm verb text action=format!("/streams/{id}/delete") type_name=stream.full.clone() icon="trash-2"/> }
        });
        let (name, full) = (name_of(&stream), stream.full.clone());
        let (dimensions, facts) = (dimensions(&stream, &fills), facts(&stream));
        view! {
            <PageHead title=name sub=full back=("/streams".to_owned(), t!("streams-title"))>{acts}</PageHead>
            <div class="split">
                <div class="stack">
                    <Panel title=t!("streams-dimensions") flush=true>{dimensions}</Panel>
                    <Panel title=t!("streams-senders") id="streams-senders" live="transactions" flush=true>{senders_of(senders)}</Panel>
                    <Panel title=t!("streams-send")><Send stream origin/></Panel>
                </div>
                <div class="stack">
                    <Panel title=t!("streams-about")>
                        <Facts stacked=true>
                            <Fact name=t!("streams-system")><a href=format!("/systems/{}", system.id)>{system.name}</a></Fact>
                            <Fact name=t!("streams-latest")><When at=latest/></Fact>
                            {facts}
                        </Facts>
                    </Panel>
                    {deleted}
                </div>
            </div>
        }
    }))
}

/// What else was declared.
fn facts(stream: &Stream) -> impl IntoView + use<> {
    let mapping = &stream.mapping;
    let days = |days: Option<u32>| days.map(|days| t!("streams-days", days = days)).unwrap_or_default();
    let per_minute = stream.keeping.samples();
    // A zone is told even where the field has its usual name.
    let time = if mapping.time.is_empty() && !mapping.time_zone.is_empty() { "time" } else { mapping.time.as_str() };
    let from = |field: &str, how: &str| if field.is_empty() { String::new() } else { format!("{field} ({how})") };
    [
        (t!("streams-success-codes"), stream.success_codes.join(", ")),
        (t!("streams-currency"), stream.currency.clone()),
        (t!("streams-time"), from(time, &mapping.time_word())),
        (t!("streams-code"), mapping.code.clone()),
        (t!("streams-success"), mapping.success.clone()),
        (t!("streams-latency"), from(&mapping.latency, mapping.latency_unit.name())),
        (t!("streams-amount"), from(&mapping.amount, mapping.amount_unit.name())),
        (t!("streams-currency-field"), mapping.currency.clone()),
        (t!("streams-id"), mapping.id.clone()),
        (t!("streams-minute-days"), days(stream.keeping.minute_days)),
        (t!("streams-hour-days"), days(stream.keeping.hour_days)),
        (t!("streams-day-days"), days(stream.keeping.day_days)),
        (t!("streams-sample-days"), days(stream.keeping.sample_days)),
        (t!("streams-samples-per-minute"), if per_minute > 0 { per_minute.to_string() } else { String::new() }),
    ]
    .into_iter()
    .filter(|(_, text)| !text.is_empty())
    .map(|(name, text)| view! { <Fact name><span class="rules-line">{text}</span></Fact> })
    .collect_view()
}

fn dimensions(stream: &Stream, fills: &[domain::streams::Fill]) -> impl IntoView + use<> {
    let columns = vec![
        Column::new(t!("streams-dimension")),
        Column::new(t!("streams-field")),
        Column::new(t!("streams-values")).number(),
        Column::new(t!("streams-limit")).number(),
        Column::new(t!("streams-state")),
    ];
    let rows = stream
        .dimensions
        .iter()
        .map(|dimension| {
            let fill = fills.iter().find(|fill| fill.dimension == dimension.key);
            let state = match (dimension.retired_at, fill.and_then(|fill| fill.other_at)) {
                (Some(_), _) => view! { <Badge tone=Tone::NoData word=t!("streams-retired")/> }.into_any(),
                (None, Some(at)) => view! { <Badge tone=Tone::P3 word=t!("streams-full")/>" "<When at=at/> }.into_any(),
                (None, None) if dimension.wide => view! { <span class="muted">{t!("streams-is-wide")}</span> }.into_any(),
                (None, None) => ().into_any(),
            };
            let count = |n: Option<u64>| n.map_or_else(|| NULL.to_owned(), |n| full(signed(n)));
            let (name, field) = (dimension_name(&dimension.key, &dimension.label), dimension.source().to_owned());
            let (values, limit) = (count(fill.map(|fill| fill.values)), count(fill.map(|fill| fill.limit)));
            view! {
                <tr>
                    <Cell main=true>{name}</Cell>
                    <Cell label=t!("streams-field")><span class="mono rules-line">{field}</span></Cell>
                    <Cell label=t!("streams-values") number=true>{values}</Cell>
                    <Cell label=t!("streams-limit") number=true>{limit}</Cell>
                    <Cell label=t!("streams-state")>{state}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table caption=t!("streams-dimensions") columns>{rows}</Table>
        <p class="panel-body muted small">{t!("streams-dimensions-note")}</p>
    }
}

/// How far a clock is off, in words.
fn lag(ms: i64) -> String {
    if ms < 0 { t!("streams-ahead", by = duration(-ms)) } else { t!("streams-behind", by = duration(ms)) }
}

fn senders_of(senders: Vec<Sender>) -> AnyView {
    if senders.is_empty() {
        return view! { <Empty kind=EmptyKind::NotConfigured title=t!("streams-no-senders") text=t!("streams-no-senders-text") tight=true/> }.into_any();
    }
    let columns = vec![
        Column::new(t!("streams-sender")),
        Column::new(t!("streams-received")),
        Column::new(t!("streams-accepted")).number(),
        Column::new(t!("streams-refused")).number(),
        Column::new(t!("streams-newest-lag")).number(),
        Column::new(t!("streams-clock")),
    ];
    let rows = senders
        .into_iter()
        .map(|sender| {
            let (tone, word) = match (sender.accepted, sender.is_ahead(), sender.is_behind()) {
                (0, ..) => (Tone::NoData, t!("streams-clock-unknown")),
                (_, true, _) => (Tone::P3, lag(sender.skew_ms)),
                (_, false, true) => (Tone::P4, lag(sender.skew_ms)),
                (_, false, false) => (Tone::Ok, t!("streams-clock-fine")),
            };
            let newest = if sender.accepted == 0 { NULL.to_owned() } else { lag(sender.newest_lag_ms) };
            view! {
                <tr>
                    <Cell main=true>{sender.name}</Cell>
                    <Cell label=t!("streams-received")><When at=sender.received_at/></Cell>
                    <Cell label=t!("streams-accepted") number=true>{full(signed(sender.accepted))}</Cell>
                    <Cell label=t!("streams-refused") number=true>{full(signed(sender.refused))}</Cell>
                    <Cell label=t!("streams-newest-lag") number=true>{newest}</Cell>
                    <Cell label=t!("streams-clock")><Badge tone word/></Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table caption=t!("streams-senders") columns>{rows}</Table>
        <p class="panel-body muted small">{t!("streams-senders-note")}</p>
    }
    .into_any()
}

/// How each kind of sender is set up.
#[component]
fn Send(stream: Stream, origin: String) -> impl IntoView {
    let (tls, place) = match origin.split_once("://") {
        Some((scheme, place)) => (scheme == "https", place),
        None => (true, origin.as_str()),
    };
    let (host, port) = place.rsplit_once(':').unwrap_or((place, if tls { "443" } else { "80" }));
    let tls = if tls { "On" } else { "Off" };
    let path = format!("/api/v1/streams/{}/transactions", stream.id);
    let samples = [
        (
            "curl",
            format!(
                "curl {origin}{path} \\\n  -H 'Authorization: Bearer TOKEN' -H 'Idempotency-Key: batch-1' \\\n  --data-binary @lines.ndjson"
            ),
        ),
        (
            "Vector",
            format!(
                "[sinks.evenkeel]\ntype = \"http\"\ninputs = [\"SOURCE\"]\nuri = \"{origin}{path}?key=content\"\nencoding.codec = \"json\"\ncompression = \"gzip\"\n\
                 auth.strategy = \"bearer\"\nauth.token = \"TOKEN\""
            ),
        ),
        (
            "Fluent Bit",
            format!(
                "[OUTPUT]\n  Name http\n  Match *\n  Host {host}\n  Port {port}\n  tls {tls}\n  URI {path}?key=content\n  Format json_lines\n  Compress gzip\n  \
                 Header Authorization Bearer TOKEN"
            ),
        ),
        (
            "Logstash",
            format!(
                "output {{ http {{\n  url => \"{origin}{path}?key=content\"\n  http_method => \"post\"\n  format => \"json_batch\"\n  \
                 headers => {{ \"Authorization\" => \"Bearer TOKEN\" }}\n  \
                 ignorable_codes => [422]\n}} }}"
            ),
        ),
        (
            "evenkeel follow",
            format!("evenkeel follow /var/log/nginx/access.log --format nginx \\\n  --url {origin} --token TOKEN --stream {}", stream.full),
        ),
    ];
    let each = samples
        .into_iter()
        .map(|(name, text)| {
            view! {
                <details class="streams-sender">
                    <summary>{name}</summary>
                    <pre class="transactions-example" tabindex="0"><code>{text}</code></pre>
                </details>
            }
        })
        .collect_view();
    view! {
        <p class="muted small">{t!("streams-send-note")}</p>
        {each}
        <p class="muted small">{t!("streams-send-content")}</p>
    }
}
