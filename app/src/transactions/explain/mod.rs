//! `/transactions/explanation`: which slices explain a span, with the proof, and what to do about each of them in one click.

mod acts;
mod export;
mod tables;

use domain::{
    Fault, PageRequest, Permission,
    form::Typed,
    incidents,
    slices::{Asked, Basis, Explanation, Looked, Told, Verdict, sentence},
    systems::Brief,
    transactions::Filter,
};
use leptos::prelude::*;

use super::{chips, samples};
use crate::{
    components::{
        Button, CopyButton, Empty, EmptyKind, ErrorSummary, Here, Icon, Kpi, Kpis, LinkButton, Notice, PageHead, Panel, RangePicker,
        SelectField, Tab, Tabs, TimeRange, Tone, When, full, percent,
    },
    fault::Answer,
    form::FormState,
    routes::{Need, Routes},
    t, tr,
    visit::{Visit, use_visit},
};

/// The page.
pub(super) const PATH: &str = "/transactions/explanation";

/// Its pages and acts.
pub(super) fn routes(routes: Routes) -> Routes {
    let export = Need::Permission(Permission::Export);
    routes
        .get(PATH, Need::LoggedIn, show)
        .get("/transactions/explanation.csv", export, export::csv)
        .get("/transactions/explanation.xlsx", export, export::xlsx)
        .post(PATH, Need::Permission(Permission::WorkIncidents), acts::attach)
}

/// What the URL of the visit asks, with its span.
fn read(visit: &Visit) -> Result<(TimeRange, Asked), Fault> {
    let range = TimeRange::of(visit, "now-1h")?;
    let typed = Typed::from_pairs(Here::parse(&visit.path_and_query).pairs().iter().cloned());
    let looked = Looked::read(typed.get("looked"))?;
    let (filter, excused) = (Filter::read(&typed)?, Asked::read_excused(&typed)?);
    let asked = Asked { span: range.span, filter, zone: visit.zone_name.clone(), looked, excused };
    Ok((range, asked))
}

async fn show(visit: Visit) -> Answer {
    let (range, asked) = read(&visit)?;
    page(&visit, range, &asked, FormState::default()).await
}

/// Open incidents to which a finding can be attached: id and title.
async fn open_incidents(visit: &Visit) -> Result<Vec<(String, String)>, Fault> {
    if !visit.may(Permission::WorkIncidents) {
        return Ok(Vec::new());
    }
    let filter = incidents::Filter { open: true, ..incidents::Filter::default() };
    let found = visit.portal.incidents.list(&visit.actor, &filter, &PageRequest { after: None, limit: 50 }).await?.items;
    let mine = found.into_iter().filter(|incident| visit.actor.may(Permission::WorkIncidents, &incident.team));
    Ok(mine.map(|incident| (incident.number.to_string(), format!("{} {}", incident.label(), incident.title))).collect())
}

async fn page(visit: &Visit, range: TimeRange, asked: &Asked, form: FormState) -> Answer {
    let found = visit.portal.explanations.explain(&visit.actor, asked).await?;
    let incidents = if found.is_trouble() { open_incidents(visit).await? } else { Vec::new() };
    let systems = alert_systems(visit).await?;
    let samples = match found.samples_asked() {
        Some(asked) => Some(visit.portal.transactions.samples(&visit.actor, &asked).await?),
        None => None,
    };
    let (title, heading) = (tr!(visit, "explain-title"), tr!(visit, "explain-title"));
    Ok(visit.page_as(form.status(), title, move || {
        let visit = use_visit();
        let here = Here::now();
        let back = here.clone().at("/transactions").without("looked").without("excused").href();
        let export = visit.may(Permission::Export).then(|| {
            let to = |path: &str| here.clone().at(path).with("from", found.span.from.rfc3339()).with("to", found.span.to.rfc3339()).href();
            view! {
                <LinkButton href=to("/transactions/explanation.csv") label="CSV" icon="download"/>
                <LinkButton href=to("/transactions/explanation.xlsx") label="XLSX" icon="download"/>
            }
        });
        let share = format!("{}{}", visit.origin, found.path());
        let current = found.looked;
        let tabs: Vec<Tab> =
            Looked::ALL.iter().map(|looked| Tab { href: looked_at(&here, *looked), label: looked_word(*looked), count: None }).collect();
        view! {
            <PageHead title=heading sub=t!("explain-sub") back=(back, t!("transactions-title"))>
                {export}
                <span class="row"><span class="muted small">{t!("explain-share")}</span><CopyButton value=share hidden=true/></span>
            </PageHead>
            <div class="stack">
                <RangePicker range/>
                {chips(&found.filter, &found.labels)}
                {excused(&found)}
                <Tabs label=t!("explain-looked") tabs current=looked_at(&here, current)/>
                <ErrorSummary form=&form labels=vec![("incident", t!("explain-incident"))]/>
                {answer(&found)}
                {figures(&found)}
                {tables::slices(&found, systems.as_deref())}
                {samples.as_ref().map(|samples| samples::panel(samples, true))}
                {attach(&found, incidents, &form)}
                <div class="halves">
                    {tables::codes(&found)}
                    {tables::differences(&found)}
                </div>
                {grounds(&found)}
            </div>
        }
    }))
}

fn looked_at(here: &Here, looked: Looked) -> String {
    here.clone().with("looked", if looked == Looked::Success { "" } else { looked.name() }).href()
}

fn looked_word(looked: Looked) -> String {
    match looked {
        Looked::Success => t!("transactions-success"),
        Looked::Volume => t!("transactions-volume"),
        Looked::Amount => t!("transactions-amount"),
    }
}

/// The systems for which the reader may make an alert; `None` where that is not theirs to do.
async fn alert_systems(visit: &Visit) -> Result<Option<Vec<Brief>>, Fault> {
    if !visit.may(Permission::EditMonitors) {
        return Ok(None);
    }
    visit.portal.monitors.systems(&visit.actor, Permission::EditMonitors).await.map(Some)
}

/// Codes with which a failure counted as none.
fn excused(found: &Explanation) -> impl IntoView + use<> {
    let said = (!found.excused.is_empty()).then(|| t!("explain-excused", codes = found.excused.join(", ")));
    said.map(|said| view! { <p class="muted small">{said}</p> })
}

fn tone(found: &Explanation) -> Tone {
    match found.verdict {
        Verdict::Slices => Tone::P2,
        Verdict::Global => Tone::P1,
        Verdict::None => Tone::Ok,
        Verdict::TooLittle => Tone::NoData,
    }
}

fn verdict_word(verdict: Verdict) -> String {
    match verdict {
        Verdict::Slices => t!("explain-verdict-slices"),
        Verdict::Global => t!("explain-verdict-global"),
        Verdict::None => t!("explain-verdict-none"),
        Verdict::TooLittle => t!("explain-verdict-too-little"),
    }
}

/// What was found, in a sentence.
fn answer(found: &Explanation) -> impl IntoView + use<> {
    let visit = use_visit();
    let said = sentence(found, visit.locale, &visit.zone);
    view! {
        <div id="explanation">
            <Notice tone=tone(found) title=verdict_word(found.verdict)><p class="explain-sentence">{said}</p></Notice>
        </div>
    }
}

/// What was found, on the page of an alert or incident; nothing where nothing was.
pub(crate) fn told(told: Option<Told>) -> impl IntoView {
    let visit = use_visit();
    told.map(|told| {
        let found = told.explanation;
        let (said, href, tone) = (sentence(&found, visit.locale, &visit.zone), found.path(), tone(&found));
        let state = if told.settled { t!("explain-settled") } else { t!("explain-lasting") };
        view! {
            <Panel title=t!("explain-panel") id="explanation">
                <p class="explain-sentence" data-tone=tone.word()><Icon name=tone.icon()/>" "{said}</p>
                {excused(&found)}
                <p class="muted small">{t!("explain-found")}" "<When at=told.first_at/>" · "{state}" "<When at=found.computed_at/></p>
                <p><a href=href>{t!("explain-open")}</a></p>
            </Panel>
        }
    })
}

/// The same for a span that somebody brushed, on the page of transactions.
pub(super) fn brushed(found: Option<&Explanation>, range: &TimeRange) -> impl IntoView + use<> {
    let here = Here::now().at(PATH).without("sort");
    let href = here.with("from", &range.from).with("to", &range.to).href();
    match found {
        Some(found) => {
            let visit = use_visit();
            let (said, tone) = (sentence(found, visit.locale, &visit.zone), tone(found));
            let title = verdict_word(found.verdict);
            view! {
                <div id="explanation">
                    <Notice tone title><p class="explain-sentence">{said}</p><p><a href=href>{t!("explain-all")}</a></p></Notice>
                </div>
            }
            .into_any()
        }
        None => view! { <p class="row"><LinkButton href label=t!("explain-span") icon="search"/></p> }.into_any(),
    }
}

fn whole(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a count for people")]
    let count = value.round() as i64;
    full(count)
}

/// A measure as it is read: a count, or an amount in its currency.
fn measure(found: &Explanation, value: f64) -> String {
    if found.looked == Looked::Amount {
        #[expect(clippy::cast_possible_truncation, reason = "minor units")]
        let text = domain::transactions::money_grouped(value.round() as i64, &found.currency);
        format!("{} {text}", found.currency)
    } else if value.abs() < 9.95 && value.fract().abs() > 0.05 {
        format!("{value:.1}")
    } else {
        whole(value)
    }
}

fn figures(found: &Explanation) -> impl IntoView + use<> {
    let rate = found.looked.is_rate();
    let share = |part: f64| (found.total > 0.0).then(|| 1.0 - (part / found.total).clamp(0.0, 1.0));
    let success = rate.then(|| {
        let note = t!("explain-expected-rate", rate = percent(share(found.expected)));
        view! { <Kpi label=t!("transactions-success") value=percent(share(found.observed)) note/> }
    });
    let observed = if rate { t!("transactions-failures") } else { looked_word(found.looked) };
    let note = t!("explain-expected-note", count = measure(found, found.expected));
    let normal = found.is_rest_normal();
    let rest = found.rest.filter(|_| rate).map(|rest| {
        let share = |part: f64| (rest.total > 0.0).then(|| 1.0 - (part / rest.total).clamp(0.0, 1.0));
        let note = t!("explain-expected-rate", rate = percent(share(rest.expected)));
        let tone = if normal { Tone::Ok } else { Tone::P3 };
        view! { <Kpi label=t!("explain-rest") value=percent(share(rest.observed)) note tone/> }
    });
    let (total, seen) = (whole(found.total), measure(found, found.observed));
    view! {
        <Kpis>
            <Kpi label=t!("explain-transactions") value=total/>
            {success}
            <Kpi label=observed value=seen note/>
            {rest}
        </Kpis>
    }
}

/// What it was held against, and how much was looked at.
fn grounds(found: &Explanation) -> impl IntoView + use<> {
    let spans = found.baseline.spans;
    let basis = match found.baseline.basis {
        Basis::Weeks => t!("explain-basis-weeks", count = spans),
        Basis::Days => t!("explain-basis-days", count = spans),
        Basis::Hours => t!("explain-basis-hours"),
        Basis::Nothing => t!("explain-basis-nothing"),
    };
    let damaged = (found.damaged > 0).then(|| t!("transactions-damaged", count = found.damaged));
    let (leaves, folded) = (t!("explain-leaves", count = found.leaves), found.folded.then(|| t!("explain-folded")));
    view! {
        {damaged.map(|text| view! { <Notice tone=Tone::P2><p>{text}</p></Notice> })}
        <p class="muted small">{basis}" "{leaves}" "{folded}" "{t!("explain-interval-note")}</p>
    }
}

fn attach(found: &Explanation, incidents: Vec<(String, String)>, form: &FormState) -> impl IntoView + use<> {
    (found.is_trouble() && !incidents.is_empty()).then(|| {
        // The URL holds everything: a refused form is the same page again.
        let (action, form) = (found.path(), form.clone());
        view! {
            <Panel title=t!("explain-attach-title")>
                <form class="row explain-attach" method="post" action=action>
                    <SelectField form=form name="incident" label=t!("explain-incident") options=incidents/>
                    <Button label=t!("explain-attach") icon="link"/>
                </form>
            </Panel>
        }
    })
}

/// Nothing to be shown.
fn nothing(title: String) -> impl IntoView {
    view! { <Empty kind=EmptyKind::Clear title tight=true/> }
}
