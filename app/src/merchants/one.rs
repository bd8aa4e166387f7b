//! `/merchants/{merchant}`: how it does, beside its peers; whom to call; what hurt it before.

use axum::extract::Path;
use domain::{
    Fault, Permission,
    form::Typed,
    merchants::{Mentioned, Record, Trouble},
    slices::sentence,
    systems::TeamChoice,
    transactions::{Analysis, CODE, Filter, Question, Sort, Tables, standing_for},
};
use leptos::prelude::*;

use super::path;
use crate::{
    components::{
        Button, ButtonKind, Chart, ChartData, Delta, Empty, EmptyKind, ErrorSummary, Fact, Facts, Here, Kpi, Kpis, LinkButton, Markdown,
        PageHead, Panel, RangePicker, SelectField, Series, SuccessKpi, TextAreaField, TextField, TimeRange, When, compact, full, percent,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t,
    transactions::{float, signed},
    visit::{Visit, use_visit},
};

/// Codes that are shown beside those of the peers.
const CODES: usize = 10;

/// The merchant and those that share its links, over the same span.
struct Seen {
    range: TimeRange,
    /// The dimension in which it is told apart.
    by: String,
    own: Analysis,
    /// Everything on the same links; `None` where it used none.
    peers: Option<Analysis>,
}

async fn seen(visit: &Visit, merchant: &str) -> Result<Seen, Fault> {
    let range = TimeRange::of(visit, "now-24h")?;
    let ask = |filter: Filter, tables: &[&str]| {
        let tables = Tables::Of(tables.iter().map(|table| (*table).to_owned()).collect());
        Question { span: range.span, filter, zone: visit.zone_name.clone(), sort: Sort::Volume, top: 50, tables }
    };
    let [merchants, links] = ["merchant", "link"].map(|name| standing_for(&visit.portal, &visit.actor, name, range.span, &visit.zone_name));
    let (by, link) = (merchants.await?, links.await?);
    let mine = Filter::default().with(&by, merchant);
    let own = visit.portal.transactions.analyse(&visit.actor, &ask(mine, &[CODE, &link])).await?;
    let links: Vec<String> = own.rows(&link).iter().map(|row| row.value.clone()).filter(|link| !link.is_empty()).collect();
    let peers = if links.is_empty() {
        None
    } else {
        let shared = Filter { dims: [(link, links)].into(), ..Filter::default() };
        Some(visit.portal.transactions.analyse(&visit.actor, &ask(shared, &[CODE])).await?)
    };
    Ok(Seen { range, by, own, peers })
}

/// `GET /merchants/{merchant}`
pub(super) async fn page(visit: Visit, Path(merchant): Path<String>) -> Answer {
    show(&visit, &merchant, FormState::default()).await
}

/// `POST /merchants/{merchant}`
pub(super) async fn edit(visit: Visit, Path(merchant): Path<String>, form: PostedForm) -> Answer {
    match visit.portal.merchants.edit(&visit.actor, &merchant, &form.typed).await {
        Ok(()) => Ok(visit.go(&path(&merchant), "toast-merchant-saved")),
        Err(fault) => show(&visit, &merchant, FormState::refused(form.typed, fault)).await,
    }
}

fn stored(record: &Record) -> Typed {
    let mut typed = Typed::default();
    typed.set("team", &record.team);
    typed.set("name", &record.name);
    typed.set("contact", &record.contact);
    typed.set("phone", &record.phone);
    typed.set("email", &record.email);
    typed.set("notes", &record.notes);
    typed.set("version", record.version);
    typed
}

async fn show(visit: &Visit, merchant: &str, form: FormState) -> Answer {
    let mentioned = visit.portal.merchants.get(&visit.actor, merchant).await?;
    let seen = seen(visit, merchant).await?;
    let teams = if visit.may(Permission::EditSystems) {
        visit.portal.systems.teams(&visit.actor, Permission::EditSystems).await?
    } else {
        Vec::new()
    };
    let may_tell = visit.may(Permission::WorkIncidents);
    let title = merchant.to_owned();
    Ok(visit.page_as(form.status(), title, move || {
        let Mentioned { merchant, records, messages, troubles } = mentioned;
        let named = records.iter().find(|record| !record.name.is_empty()).map(|record| record.name.clone()).unwrap_or_default();
        let Seen { range, by, own, peers } = seen;
        let here = Here::now();
        let explain = here.clone().at("/transactions/explanation").with(&by, &merchant).href();
        let all = here.clone().at("/transactions").with(&by, &merchant).href();
        let tell = may_tell.then(|| {
            let href = here.at(&format!("{}/tell", path(&merchant))).href();
            view! { <LinkButton href label=t!("merchants-tell") icon="send" kind=ButtonKind::Primary/> }
        });
        let forms = forms(&merchant, &records, teams, &form);
        let has_told = !messages.is_empty();
        let told = messages
            .into_iter()
            .map(|message| {
                view! {
                    <li><When at=message.at/>" "{message.by}" → "{message.to}": "{message.subject}</li>
                }
            })
            .collect_view();
        let none = own.totals.total == 0;
        view! {
            <PageHead title=merchant.clone() sub=named back=("/merchants".to_owned(), t!("merchants-title"))>
                {tell}
                <LinkButton href=explain label=t!("explain-span") icon="search"/>
                <LinkButton href=all label=t!("transactions-title") icon="arrow-left-right"/>
            </PageHead>
            <ErrorSummary form=&form labels=labels()/>
            <div class="stack">
                <RangePicker range long=true/>
                {if none {
                    view! { <Empty kind=EmptyKind::NoMatch title=t!("merchants-no-traffic") text=t!("merchants-no-traffic-text")/> }.into_any()
                } else {
                    view! { {figures(&own)} {chart(&own)} {codes(&own, peers.as_ref())} }.into_any()
                }}
                <div class="halves">
                    <Panel title=t!("merchants-contacts") id="merchant-contacts">{contacts(&records)} {forms}</Panel>
                    <Panel title=t!("merchants-troubles") id="merchant-troubles">{history(troubles)}</Panel>
                </div>
                {has_told.then(|| view! { <Panel title=t!("merchants-told")><ul>{told}</ul></Panel> })}
            </div>
        }
    }))
}

fn labels() -> Vec<(&'static str, String)> {
    vec![
        ("team", t!("merchants-team")),
        ("name", t!("merchants-name")),
        ("contact", t!("merchants-contact")),
        ("phone", t!("merchants-phone")),
        ("email", t!("merchants-email")),
        ("notes", t!("merchants-notes")),
    ]
}

fn figures(own: &Analysis) -> impl IntoView + use<> {
    let (now, before) = (&own.totals, &own.before);
    let against = t!("transactions-last-week");
    let volume = Delta::relative(float(now.total), float(before.total), against.clone());
    let had = (before.total > 0).then(|| (signed(before.total), signed(before.failed), against.clone()));
    let failures = Delta::relative(float(now.failed), float(before.failed), against);
    let (total, failed) = (now.total, now.failed);
    let was = t!("transactions-was", count = full(signed(before.failed)));
    view! {
        <Kpis>
            <Kpi label=t!("transactions-volume") value=compact(float(total)) delta=volume note=full(signed(total))/>
            <SuccessKpi label=t!("transactions-success") total=signed(total) failed=signed(failed) before=had/>
            <Kpi label=t!("transactions-failures") value=full(signed(failed)) delta=failures note=was/>
        </Kpis>
    }
}

fn chart(own: &Analysis) -> impl IntoView + use<> {
    let visit = use_visit();
    let hundred = |rate: Option<f64>| rate.map(|rate| rate * 100.0);
    let over = |to: domain::Timestamp| to <= visit.now;
    let data = ChartData {
        times: own.points.iter().map(|point| point.span.from).collect(),
        series: vec![
            Series {
                name: t!("transactions-now"),
                past: false,
                values: own.points.iter().map(|point| hundred(point.success_rate().filter(|_| over(point.span.to)))).collect(),
            },
            Series {
                name: t!("transactions-last-week"),
                past: true,
                values: own.points.iter().map(|point| hundred(point.before_rate())).collect(),
            },
        ],
        unit: "%".into(),
        ..ChartData::default()
    };
    let summary = t!(
        "transactions-success-says",
        rate = percent(own.totals.success_rate()),
        failed = full(signed(own.totals.failed)),
        before = percent(own.before.success_rate()),
    );
    view! { <div class="panel transactions-chart"><Chart id="merchant-success" title=t!("transactions-success") summary data/></div> }
}

/// Codes of the merchant, each with the share of its transactions, beside that of everybody on the same links.
fn codes(own: &Analysis, peers: Option<&Analysis>) -> impl IntoView + use<> {
    let share = |failed: u64, total: u64| (total > 0).then(|| float(failed) / float(total));
    let rows = own
        .codes
        .iter()
        .filter(|code| code.failed > 0)
        .take(CODES)
        .map(|code| {
            let theirs = peers.and_then(|peers| {
                let failed = peers.codes.iter().find(|other| other.code == code.code).map_or(0, |other| other.failed);
                // The merchant is no peer of its own.
                share(failed.saturating_sub(code.failed), peers.totals.total.saturating_sub(own.totals.total))
            });
            let name = if code.code.is_empty() { t!("transactions-no-value") } else { code.code.clone() };
            let (count, mine) = (full(signed(code.failed)), percent(share(code.failed, own.totals.total)));
            view! {
                <tr>
                    <th scope="row">{name}</th>
                    <td class="number">{count}</td>
                    <td class="number">{mine}</td>
                    <td class="number muted">{percent(theirs)}</td>
                </tr>
            }
        })
        .collect_view();
    let empty = own.codes.iter().all(|code| code.failed == 0);
    view! {
        <Panel title=t!("merchants-codes") id="merchant-codes">
            {if empty {
                view! { <Empty kind=EmptyKind::Clear title=t!("transactions-no-failures") tight=true/> }.into_any()
            } else {
                view! {
                    <table class="bars">
                        <caption class="visually-hidden">{t!("merchants-codes")}</caption>
                        <thead>
                            <tr>
                                <th scope="col">{t!("transactions-by-code")}</th>
                                <th scope="col" class="number">{t!("transactions-failures")}</th>
                                <th scope="col" class="number">{t!("merchants-own-share")}</th>
                                <th scope="col" class="number">{t!("merchants-peer-share")}</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                }
                .into_any()
            }}
        </Panel>
    }
}

fn contacts(records: &[Record]) -> impl IntoView + use<> {
    if records.is_empty() {
        return view! { <Empty kind=EmptyKind::NotConfigured title=t!("merchants-no-contact") tight=true/> }.into_any();
    }
    records
        .iter()
        .map(|record| {
            let phone = (!record.phone.is_empty()).then(|| {
                let href = format!("tel:{}", record.phone.replace(' ', ""));
                let phone = record.phone.clone();
                view! { <Fact name=t!("merchants-phone")><a href=href>{phone}</a></Fact> }
            });
            let email = (!record.email.is_empty()).then(|| {
                let href = format!("mailto:{}", record.email);
                let email = record.email.clone();
                view! { <Fact name=t!("merchants-email")><a href=href>{email}</a></Fact> }
            });
            let contact = (!record.contact.is_empty()).then(|| {
                let contact = record.contact.clone();
                view! { <Fact name=t!("merchants-contact")>{contact}</Fact> }
            });
            let notes = (!record.notes.is_empty()).then(|| view! { <Markdown text=record.notes.clone()/> });
            let edited = t!("merchants-edited", name = record.updated_by.clone());
            let (at, team) = (record.updated_at, record.team_name.clone());
            view! {
                <div class="stack-tight">
                    <Facts>
                        <Fact name=t!("merchants-team")>{team}</Fact>
                        {contact}
                        {phone}
                        {email}
                    </Facts>
                    {notes}
                    <p class="muted small">{edited}" "<When at/></p>
                </div>
            }
        })
        .collect_view()
        .into_any()
}

/// One form for each record that the reader may edit, and one for a team that has none yet.
fn forms(merchant: &str, records: &[Record], teams: Vec<TeamChoice>, refused: &FormState) -> AnyView {
    let (known, fresh): (Vec<TeamChoice>, Vec<TeamChoice>) =
        teams.into_iter().partition(|team| records.iter().any(|record| record.team == team.id));
    let is_refused = refused.fault.is_some();
    let mut views = Vec::new();
    for team in known {
        let Some(record) = records.iter().find(|record| record.team == team.id) else { continue };
        let mine = is_refused && refused.get("team") == team.id.as_str();
        // Whoever was overtaken sees above what it reads now; to save again is then to decide.
        let overtaken = mine && matches!(refused.fault, Some(Fault::Conflict(_)));
        let form = if mine { refused.clone() } else { FormState::fresh(stored(record)) };
        let version = if overtaken { record.version.to_string() } else { form.get("version") };
        views.push(form_of(
            merchant,
            &form,
            vec![(team.id.to_string(), team.name.clone())],
            version,
            t!("merchants-edit", team = team.name),
            mine,
        ));
    }
    if !fresh.is_empty() {
        let mine = is_refused && fresh.iter().any(|team| refused.get("team") == team.id.as_str());
        let form = if mine { refused.clone() } else { FormState::default() };
        let options = fresh.into_iter().map(|team| (team.id.to_string(), team.name)).collect();
        views.push(form_of(merchant, &form, options, String::new(), t!("merchants-write-down"), mine || is_refused && records.is_empty()));
    }
    views.into_any()
}

fn form_of(merchant: &str, form: &FormState, teams: Vec<(String, String)>, version: String, summary: String, open: bool) -> AnyView {
    let (action, form) = (path(merchant), form.clone());
    let only = if teams.len() == 1 { teams.first().map(|(id, _)| id.clone()) } else { None };
    let team = match only {
        Some(id) => view! { <input type="hidden" name="team" value=id/> }.into_any(),
        None => view! { <SelectField form=&form name="team" label=t!("merchants-team") options=teams/> }.into_any(),
    };
    view! {
        <details class="incident-edit" open=open>
            <summary>{summary}</summary>
            <form class="form" method="post" action=action>
                <input type="hidden" name="version" value=version/>
                {team}
                <TextField form=&form name="name" label=t!("merchants-name") optional=true/>
                <TextField form=&form name="contact" label=t!("merchants-contact") optional=true/>
                <TextField form=&form name="phone" label=t!("merchants-phone") optional=true/>
                <TextField form=&form name="email" label=t!("merchants-email") kind="email" optional=true/>
                <TextAreaField form=&form name="notes" label=t!("merchants-notes") hint=t!("merchants-notes-hint") optional=true/>
                <div class="form-acts"><Button label=t!("merchants-save") kind=ButtonKind::Primary/></div>
            </form>
        </details>
    }
    .into_any()
}

fn history(troubles: Vec<Trouble>) -> AnyView {
    if troubles.is_empty() {
        return view! { <Empty kind=EmptyKind::Clear title=t!("merchants-no-trouble") tight=true/> }.into_any();
    }
    let visit = use_visit();
    let rows = troubles
        .into_iter()
        .map(|trouble| {
            let said = sentence(&trouble.told.explanation, visit.locale, &visit.zone);
            let href = format!("/incidents/{}", trouble.number);
            view! {
                <li>
                    <a href=href>{format!("INC-{} {}", trouble.number, trouble.title)}</a>
                    " "
                    <When at=trouble.told.first_at/>
                    <p class="muted">{said}</p>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="merchant-troubles">{rows}</ul> }.into_any()
}
