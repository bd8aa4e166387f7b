//! What was shown, the newest first; one piece with its figures; its file as it came.

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use domain::{
    Fault, Page, PageRequest, Permission, changes,
    evidence::{Evidence, EvidenceKind, Kept, KeptRun, kept},
    id::{EvidenceId, LoadComparisonId, LoadRunId},
    load::Run,
};
use http::header;
use leptos::prelude::*;

use super::say::{kind_named, say_facts, say_kept, verdict_tone, verdict_word};
use crate::{
    components::{
        Badge, ButtonKind, Cell, Column, Empty, EmptyKind, Fact, Facts, FilterBar, FilterSearch, Here, LinkButton, NULL, PageHead, Pager,
        Panel, Table, When, full, significant,
    },
    fault::{Answer, Refused},
    t, tr,
    visit::{Visit, use_visit},
};

fn read(id: &str) -> Result<EvidenceId, Fault> {
    EvidenceId::parse(id).ok_or(Fault::NotFound("evidence"))
}

/// `GET /evidence`; `?q=` is part of an artifact's name, version or hash.
pub(super) async fn page(visit: Visit) -> Answer {
    let here = Here::parse(&visit.path_and_query);
    let request = PageRequest::parse(Some(here.get("after")), Some(here.get("limit")))?;
    let text = here.get("q").to_owned();
    let Page { items, next } = visit.portal.evidence.list(&visit.actor, &text, &request).await?;
    let may = visit.may(Permission::RequestChanges);
    Ok(visit.page(tr!(visit, "evidence-title"), move || {
        let shown = items.len();
        let body = if shown > 0 {
            view! { <Rows items/> }.into_any()
        } else if text.is_empty() {
            view! { <Empty kind=EmptyKind::NotConfigured title=t!("evidence-empty") text=t!("evidence-empty-text")/> }.into_any()
        } else {
            view! { <Empty kind=EmptyKind::NoMatch title=t!("evidence-no-match")/> }.into_any()
        };
        view! {
            <PageHead title=t!("evidence-title") sub=t!("evidence-sub") back=("/changes".to_owned(), t!("changes-title"))>
                <LinkButton href="/load" label=t!("load-title") icon="gauge"/>
                {may.then(|| view! { <LinkButton href="/evidence/new" label=t!("evidence-new") icon="plus" kind=ButtonKind::Primary/> })}
            </PageHead>
            <FilterBar><FilterSearch name="q" label=t!("evidence-filter")/></FilterBar>
            {body}
            <Pager shown next/>
        }
    }))
}

#[component]
fn Rows(items: Vec<Evidence>) -> impl IntoView {
    let heads = ["evidence-kind", "evidence-verdict", "evidence-environment", "evidence-team", "evidence-until", "evidence-at"];
    let mut columns = vec![Column::new(t!("evidence-artifact"))];
    columns.extend(heads.iter().map(|key| Column::new(t!(key))));
    let now = use_visit().now;
    let rows = items
        .into_iter()
        .map(|one| {
            let over = (one.expires_at <= now).then(|| view! { " " <span class="muted">{t!("evidence-over")}</span> });
            view! {
                <tr>
                    <Cell main=true><a href=format!("/evidence/{}", one.id)>{one.artifact}" "{one.version}</a></Cell>
                    <Cell label=t!("evidence-kind")>{kind_named(one.kind, &one.custom)}</Cell>
                    <Cell label=t!("evidence-verdict")><Badge tone=verdict_tone(one.verdict) word=verdict_word(one.verdict)/></Cell>
                    <Cell label=t!("evidence-environment")>{one.environment}</Cell>
                    <Cell label=t!("evidence-team")>{one.team_name}</Cell>
                    <Cell label=t!("evidence-until")><When at=one.expires_at/>{over}</Cell>
                    <Cell label=t!("evidence-at")><When at=one.at/></Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("evidence-title") columns>{rows}</Table> }
}

/// `GET /evidence/{id}`
pub(super) async fn one(visit: Visit, Path(id): Path<String>) -> Answer {
    let one = visit.portal.evidence.get(&visit.actor, &read(&id)?).await?;
    let title = format!("{} {}", one.artifact, one.version);
    let origin = origin(&visit, &one).await;
    let compared = compared(&visit, &one).await?;
    let about = changes::Filter { text: one.sha.clone(), ..changes::Filter::default() };
    let asked = visit.portal.changes.list(&visit.actor, &about, &PageRequest { after: None, limit: 20 }).await?.items;
    Ok(visit.page(title.clone(), move || view! { <One one title origin compared asked/> }))
}

/// Bytes of a file that is read for its page.
const READ: i64 = 1 << 20;

/// The runs of a comparison, where its file holds them.
async fn compared(visit: &Visit, one: &Evidence) -> Result<Option<Kept>, Fault> {
    if one.kind != EvidenceKind::Performance || one.size > READ {
        return Ok(None);
    }
    let (_, body) = visit.portal.evidence.file(&visit.actor, &one.id).await?;
    Ok(kept(&body))
}

/// What made a piece of evidence, as far as the reader may read it.
enum Origin {
    /// A run.
    Run(Box<Run>),
    /// A comparison.
    Comparison(LoadComparisonId),
    /// It was brought.
    Brought,
}

/// A file names the run or the comparison that wrote it; that one has to name the evidence, since anybody may call a file so.
async fn origin(visit: &Visit, one: &Evidence) -> Origin {
    let load = &visit.portal.load;
    let named = |before: &str, after: &str| one.file.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).map(str::to_owned);
    if let Some(id) = named("load-", ".json").and_then(|id| LoadRunId::parse(&id))
        && let Ok(run) = load.run(&visit.actor, &id).await
        && run.evidence.as_ref() == Some(&one.id)
    {
        return Origin::Run(Box::new(run));
    }
    if let Some(id) = named("comparison-", ".ndjson").and_then(|id| LoadComparisonId::parse(&id))
        && let Ok(found) = load.comparison(&visit.actor, &id).await
        && found.evidence.as_ref() == Some(&one.id)
    {
        return Origin::Comparison(found.id);
    }
    Origin::Brought
}

#[component]
fn One(one: Evidence, title: String, origin: Origin, compared: Option<Kept>, asked: Vec<changes::Summary>) -> impl IntoView {
    let badges = view! { <Badge tone=verdict_tone(one.verdict) word=verdict_word(one.verdict)/> }.into_any();
    let measured = one.measured.clone().map(|seen| {
        let ms = |value: Option<f64>| value.map_or_else(|| "—".to_owned(), |value| format!("{} ms", significant(value)));
        view! {
            <Fact name=t!("evidence-source")>{seen.source}</Fact>
            <Fact name=t!("evidence-requests")>{full(seen.requests.cast_signed())}</Fact>
            <Fact name=t!("evidence-failed")>{seen.failed.map_or_else(|| "—".to_owned(), |failed| full(failed.cast_signed()))}</Fact>
            <Fact name=t!("evidence-rate")>{seen.rate.map_or_else(|| "—".to_owned(), significant)}</Fact>
            <Fact name="p50">{ms(seen.p50_ms)}</Fact>
            <Fact name="p99">{ms(seen.p99_ms)}</Fact>
        }
    });
    // What the portal itself found it can say in the reader's language.
    let said = match &origin {
        Origin::Run(run) => crate::load::trial::why(run).filter(|(verdict, _)| *verdict == one.verdict).map(|(_, why)| why),
        _ => compared.as_ref().and_then(|kept| say_kept(&kept.judged, &one.note)),
    };
    let note = said.unwrap_or(one.note);
    let runs = compared.map(|kept| {
        let list = runs(kept.runs);
        view! { <Panel title=t!("evidence-runs") id="evidence-runs" flush=true>{list}</Panel> }
    });
    let note = (!note.is_empty()).then(|| view! { <Fact name=t!("evidence-note")><p class="evidence-note">{note}</p></Fact> });
    let facts = (!one.fingerprint.is_empty()).then(|| {
        let list = say_facts(&one.facts);
        view! {
            <Fact name=t!("evidence-facts")>{list}</Fact>
            <Fact name=t!("evidence-fingerprint")><code class="changes-hash">{one.fingerprint}</code></Fact>
        }
    });
    let made = match origin {
        Origin::Run(run) => Some((format!("/load/runs/{}", run.id), format!("{} · {}", t!("load-run"), run.target_name))),
        Origin::Comparison(id) => Some((format!("/load/comparisons/{id}"), t!("load-comparison"))),
        Origin::Brought => None,
    };
    let made = made.map(|(href, label)| view! { <Fact name=t!("evidence-made-by")><a href=href>{label}</a></Fact> });
    let items = asked
        .iter()
        .map(|change| {
            let label = format!("CHG-{} {}", change.number, change.title);
            view! { <li><a href=format!("/changes/{}", change.id)>{label}</a></li> }
        })
        .collect_view();
    let asked = (!asked.is_empty()).then(|| view! { <Fact name=t!("evidence-changes")><ul class="evidence-changes">{items}</ul></Fact> });
    view! {
        <PageHead title back=("/evidence".to_owned(), t!("evidence-title")) badges=badges>
            <LinkButton href=format!("/evidence/{}/file", one.id) label=t!("evidence-download") icon="download"/>
        </PageHead>
        <Panel title=kind_named(one.kind, &one.custom)>
            <Facts>
                <Fact name=t!("evidence-sha")><code class="changes-hash">{one.sha}</code></Fact>
                <Fact name=t!("evidence-environment")>{one.environment}</Fact>
                {facts}
                {made}
                {asked}
                {measured}
                {note}
                <Fact name=t!("evidence-until")><When at=one.expires_at/></Fact>
                <Fact name=t!("evidence-team")>{one.team_name}</Fact>
                <Fact name=t!("evidence-by")>{one.by}" · "<When at=one.at/></Fact>
                <Fact name=t!("evidence-file")>{one.file}" ("{full(one.size)}" B)"</Fact>
                <Fact name=t!("evidence-file-sha")><code class="changes-hash">{one.file_sha256}</code></Fact>
            </Facts>
        </Panel>
        {runs}
    }
}

/// The runs of a comparison, each with the hash of the file that its tool wrote.
fn runs(runs: Vec<KeptRun>) -> AnyView {
    let columns = vec![
        Column::new(t!("evidence-run")),
        Column::new(t!("evidence-file")),
        Column::new("p99").number(),
        Column::new(t!("evidence-rate")).number(),
        Column::new(t!("evidence-run-sha")),
    ];
    let rows = runs
        .into_iter()
        .map(|run| {
            let side = if run.side == "baseline" { t!("load-side-baseline") } else { t!("load-side-candidate") };
            let p99 = run.p99_ms.map_or_else(|| NULL.to_owned(), |ms| format!("{} ms", significant(ms)));
            let rate = run.rate.map_or_else(|| NULL.to_owned(), significant);
            let sha = run.sha256.map_or_else(|| NULL.into_any(), |sha| view! { <code class="changes-hash">{sha}</code> }.into_any());
            view! {
                <tr>
                    <Cell main=true>{side}</Cell>
                    <Cell label=t!("evidence-file")>{run.file}</Cell>
                    <Cell label="p99" number=true>{p99}</Cell>
                    <Cell label=t!("evidence-rate") number=true>{rate}</Cell>
                    <Cell label=t!("evidence-run-sha")>{sha}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("evidence-runs") columns>{rows}</Table> }.into_any()
}

/// `GET /evidence/{id}/file`: saved, never shown; whatever it holds does nothing here.
pub(super) async fn file(visit: Visit, Path(id): Path<String>) -> Result<Response, Refused> {
    let (one, body) = visit.portal.evidence.file(&visit.actor, &read(&id)?).await?;
    let plain: String = one.file.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect();
    let head = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{plain}\"")),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        (header::ETAG, format!("\"{}\"", one.file_sha256)),
    ];
    Ok((head, body).into_response())
}
