//! `/audit`: the trail, filtered; its CSV; the check of its chain.

use axum::extract::RawQuery;
use domain::{
    Fault, PageRequest, Permission, Timestamp,
    audit::{AuditFilter, AuditRow, Damage, KINDS, Verdict},
    form::Typed,
};
use leptos::prelude::*;
use serde_json::Value;

use crate::{
    components::{
        Cell, Column, CopyButton, Empty, EmptyKind, FilterBar, FilterFold, FilterSearch, FilterSelect, Icon, Notice, PageHead, Pager,
        Panel, PostButton, Table, Tone, When, WhenStyle, parse_moment,
    },
    csv::stream_csv,
    fault::Answer,
    routes::{Need, Routes},
    t, tr,
    visit::{Visit, use_visit},
};

const NEED: Need = Need::Permission(Permission::ReadAudit);

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new().get("/audit", NEED, list).get("/audit.csv", NEED, csv).post("/audit/verify", NEED, verify)
}

fn asked(query: Option<String>) -> Typed {
    let query = query.unwrap_or_default();
    Typed::from_pairs(form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (name.into_owned(), value.into_owned())))
}

fn filter(visit: &Visit, typed: &Typed) -> Result<AuditFilter, Fault> {
    AuditFilter::parse(typed, |text| parse_moment(text, visit.now, &visit.zone))
}

async fn list(visit: Visit, RawQuery(query): RawQuery) -> Answer {
    show(&visit, &asked(query), None).await
}

/// A check reads much, so a link must not begin it; it changes nothing, so the page answers at once.
async fn verify(visit: Visit) -> Answer {
    let verdict = visit.portal.audit.verify(&visit.actor, None).await?;
    show(&visit, &Typed::default(), Some(verdict)).await
}

async fn show(visit: &Visit, typed: &Typed, verdict: Option<Verdict>) -> Answer {
    // Authority first: whoever may not read hears that, not what is wrong with the query.
    visit.actor.require_somewhere(Permission::ReadAudit)?;
    let page = PageRequest::parse(Some(typed.get("after")), Some(typed.get("limit")))?;
    let rows = visit.portal.audit.list(&visit.actor, &filter(visit, typed)?, &page).await?;
    let teams = visit.portal.people.teams(&visit.actor).await?;
    let everywhere = visit.actor.require_everywhere(Permission::ReadAudit).is_ok();
    Ok(visit.page(tr!(visit, "audit-title"), move || {
        let columns = vec![
            Column::new("#").number(),
            Column::new(t!("audit-at")),
            Column::new(t!("audit-actor")),
            Column::new(t!("audit-act")),
            Column::new(t!("audit-object")),
            Column::new(t!("audit-detail")),
        ];
        let kinds = KINDS.iter().map(|kind| ((*kind).to_owned(), kind_word(kind))).collect();
        let teams = teams.into_iter().map(|team| (team.id.to_string(), team.name)).collect();
        let shown = rows.items.len();
        let body = rows.items.into_iter().map(row).collect_view();
        view! {
            <PageHead title=t!("audit-title") sub=t!("audit-text")>
                {everywhere.then(|| view! { <PostButton action="/audit/verify" label=t!("audit-verify") icon="shield"/> })}
            </PageHead>
            {verdict.map(verdict_notice)}
            <FilterFold>
                <FilterBar keep=vec!["object"]>
                    <FilterSearch name="actor" label=t!("audit-filter-actor")/>
                    <FilterSearch name="act" label=t!("audit-filter-act")/>
                    <FilterSelect name="kind" label=t!("audit-filter-kind") options=kinds/>
                    <FilterSelect name="team" label=t!("audit-filter-team") options=teams/>
                    <FilterSearch name="from" label=t!("audit-filter-from")/>
                    <FilterSearch name="to" label=t!("audit-filter-to")/>
                </FilterBar>
            </FilterFold>
            <Panel title=t!("audit-title") flush=true>
                {if shown == 0 {
                    view! { <Empty kind=EmptyKind::NoMatch title=t!("audit-none")/> }.into_any()
                } else {
                    view! { <Table caption=t!("audit-title") columns>{body}</Table> }.into_any()
                }}
            </Panel>
            <Pager shown next=rows.next csv="/audit.csv"/>
        }
    }))
}

/// The page of the thing, where it has one.
fn object_href(row: &AuditRow) -> Option<String> {
    let id = &row.object.id;
    Some(match row.object.kind.as_str() {
        kind @ ("alert" | "change" | "incident" | "monitor" | "run" | "system" | "tool") => format!("/{kind}s/{id}"),
        "policy" => format!("/oncall/policies/{id}"),
        "status-page" => format!("/admin/status/{id}"),
        "schedule" => format!("/oncall/schedules/{id}"),
        kind @ ("rule" | "objective" | "source" | "stream") => format!("/{kind}s/{id}"),
        "evidence" => format!("/evidence/{id}"),
        kind @ ("load-run" | "load-target" | "load-comparison") => format!("/load/{}s/{id}", kind.trim_start_matches("load-")),
        kind @ ("user" | "team" | "role") => format!("/admin/{kind}s/{id}"),
        _ => return None,
    })
}

/// A noun of the trail in the reader's language.
fn kind_word(kind: &str) -> String {
    let key = format!("audit-thing-{kind}");
    if crate::i18n::has(&key) { t!(&key) } else { kind.to_owned() }
}

/// What changed: one line that unfolds, with moments as wall times.
fn detail(json: &str) -> AnyView {
    let Ok(mut value) = serde_json::from_str::<Value>(json) else { return json.to_owned().into_any() };
    if value.as_object().is_some_and(serde_json::Map::is_empty) {
        return ().into_any();
    }
    tell_times(&mut value, &use_visit());
    let names = value.as_object().map(|object| object.keys().cloned().collect::<Vec<_>>().join(", ")).unwrap_or_default();
    let line = if json.len() <= 60 { value.to_string() } else { names };
    let whole = serde_json::to_string_pretty(&value).unwrap_or_default();
    view! { <details class="audit-detail"><summary>{line}</summary><pre tabindex="0">{whole}</pre></details> }.into_any()
}

/// Milliseconds since 1970 become wall times; nothing else in a detail is as large, from 2001 to 2286.
fn tell_times(value: &mut Value, visit: &Visit) {
    match value {
        Value::Object(object) => object.values_mut().for_each(|value| tell_times(value, visit)),
        Value::Array(list) => list.iter_mut().for_each(|value| tell_times(value, visit)),
        Value::Number(number) => {
            if let Some(ms) = number.as_i64().filter(|ms| (1_000_000_000_000..10_000_000_000_000).contains(ms)) {
                *value = Value::String(format!("{} {}", visit.wall(Timestamp(ms)), visit.offset_label()));
            }
        }
        _ => {}
    }
}

fn row(row: AuditRow) -> impl IntoView {
    let kind = match row.actor_kind.as_str() {
        "user" => None,
        "token" => Some(("key-round", t!("audit-kind-token"))),
        "engine" => Some(("settings", t!("audit-kind-engine"))),
        _ => Some(("circle-question-mark", t!("audit-kind-nobody"))),
    };
    let name = if row.actor_name.is_empty() { t!("audit-kind-nobody") } else { row.actor_name.clone() };
    let object = if row.object.name.is_empty() { row.object.id.clone() } else { row.object.name.clone() };
    let object = match object_href(&row) {
        Some(href) => view! { <a href=href>{object}</a> }.into_any(),
        None => object.into_any(),
    };
    let detail = detail(&row.detail);
    view! {
        <tr>
            <Cell label="#" number=true>{row.seq}</Cell>
            <Cell label=t!("audit-at")><When at=row.at style=WhenStyle::Wall/></Cell>
            <Cell label=t!("audit-actor")>{kind.map(|(icon, word)| view! { <Icon name=icon label=word/>" " })}{name}</Cell>
            <Cell label=t!("audit-act")><code>{row.act}</code></Cell>
            <Cell label=t!("audit-object")><span class="muted">{kind_word(&row.object.kind)}</span>" "{object}</Cell>
            <Cell label=t!("audit-detail")>{detail}</Cell>
        </tr>
    }
}

fn verdict_notice(verdict: Verdict) -> AnyView {
    match verdict.broken {
        None => view! {
            <div role="status">
                <Notice tone=Tone::Ok title=t!("audit-whole", rows = verdict.rows)>
                    {(verdict.plain > 0).then(|| view! { <p>{t!("audit-plain", rows = verdict.plain)}</p> })}
                    <p>{t!("audit-head")}": "<CopyButton value=verdict.mark()/></p>
                    <p class="muted small">{t!("audit-head-hint")}</p>
                </Notice>
            </div>
        }
        .into_any(),
        Some((row, damage)) => {
            let text = match damage {
                Damage::Edited => t!("audit-broken-edited", row = row),
                Damage::Missing => t!("audit-broken-missing", row = row),
                Damage::Truncated => t!("audit-broken-truncated", row = row),
                Damage::Another => t!("audit-broken-another", row = row),
            };
            view! { <div role="alert"><Notice tone=Tone::P1 title=t!("audit-broken", row = row)>{text}</Notice></div> }.into_any()
        }
    }
}

async fn csv(visit: Visit, RawQuery(query): RawQuery) -> Answer {
    visit.actor.require_somewhere(Permission::ReadAudit)?;
    let filter = filter(&visit, &asked(query))?;
    let (portal, actor) = (visit.portal.clone(), visit.actor.clone());
    let head = ["seq", "at", "actor_kind", "actor_id", "actor", "act", "object_kind", "object_id", "object", "team", "detail", "hash"];
    let fetch = move |after| -> crate::csv::NextPage<AuditRow> {
        let (portal, actor, filter) = (portal.clone(), actor.clone(), filter.clone());
        Box::pin(async move { portal.audit.list(&actor, &filter, &PageRequest { after, limit: 500 }).await })
    };
    let cells = |row: &AuditRow| {
        vec![
            row.seq.to_string(),
            row.at.rfc3339(),
            row.actor_kind.clone(),
            row.actor_id.clone(),
            row.actor_name.clone(),
            row.act.clone(),
            row.object.kind.clone(),
            row.object.id.clone(),
            row.object.name.clone(),
            row.object.team.as_ref().map(ToString::to_string).unwrap_or_default(),
            row.detail.clone(),
            row.hash.clone(),
        ]
    };
    Ok(stream_csv("audit.csv", head.map(str::to_owned).to_vec(), fetch, cells).await?)
}

#[cfg(test)]
mod tests {
    use super::KINDS;

    #[test]
    fn every_kind_has_a_word() {
        for kind in KINDS {
            assert!(crate::i18n::has(&format!("audit-thing-{kind}")), "{kind}");
        }
    }
}
