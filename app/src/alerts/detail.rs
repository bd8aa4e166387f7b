//! `/alerts/{id}`: what is seen, since when, what belongs to it, everything that happened.

use axum::extract::Path;
use domain::{
    Fault, Permission,
    alerts::{AlertDetail, AlertEvent, EventKind, Labels, RUNBOOK},
    id::AlertId,
    text::parse_url,
};
use leptos::prelude::*;

use super::{
    list::can_acknowledge,
    say::{AlertStateBadge, LabelChips, QuietBadge, back, causes_words, earlier, level, reason_item, state_word, system_link},
    seen::{seen_words, spoken_title, title_of},
};
use crate::{
    components::{
        ButtonKind, Empty, EmptyKind, Entry, ErrorSummary, Fact, Facts, LinkButton, Markdown, Notice, PageHead, Panel, PostButton,
        SeverityBadge, Timeline, Tone, When, duration,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t,
    visit::Visit,
};

fn read(id: &str) -> Result<AlertId, Fault> {
    AlertId::parse(id).ok_or(Fault::NotFound("alert"))
}

/// `GET /alerts/{id}`
pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    show(&visit, &read(&id)?, FormState::default()).await
}

/// `POST /alerts/{id}/acknowledge`
pub(super) async fn acknowledge(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read(&id)?;
    match visit.portal.alerts.acknowledge(&visit.actor, &id).await {
        Ok(fresh) => {
            let toast = if fresh { "toast-alert-acknowledged" } else { "toast-alerts-none" };
            Ok(visit.go(&back(form.get("next"), format!("/alerts/{id}")), toast))
        }
        Err(fault @ Fault::Conflict(_)) => show(&visit, &id, FormState::refused(form.typed, fault)).await,
        Err(fault) => Err(fault.into()),
    }
}

async fn show(visit: &Visit, id: &AlertId, form: FormState) -> Answer {
    let detail = visit.portal.alerts.get(&visit.actor, id).await?;
    let runbook = match &detail.alert.system {
        Some(system) => visit.portal.systems.get(&visit.actor, system).await.map(|system| system.runbook).unwrap_or_default(),
        None => String::new(),
    };
    let why = visit.portal.routes.why(&visit.actor, id).await?;
    let may = visit.actor.may(Permission::AcknowledgeAlerts, &detail.alert.team);
    let found = visit.portal.explanations.of_alert(&visit.actor, id).await?;
    let said = visit.portal.incidents.feedback(&visit.actor, id).await?;
    let may_silence = visit.actor.may(Permission::SilenceAlerts, &detail.alert.team) && !detail.alert.state.is_over();
    let title = title_of(&detail.alert, visit.locale, &visit.zone);
    let spoken = detail.alert.spoken(visit.locale, &visit.zone);
    Ok(visit.page_as(form.status(), title.clone(), move || {
        let AlertDetail { alert, incident_number, incident_title, incident_told, history, earlier_history } = detail;
        let quiet = alert.suppressed.clone();
        let badges = view! {
            <SeverityBadge level=level(alert.severity)/>
            <AlertStateBadge state=alert.state/>
            <QuietBadge reasons=quiet.clone()/>
        }
        .into_any();
        let silence = may_silence.then(|| {
            let href = format!("/alerts/silences/new?alert={}", alert.id);
            view! { <LinkButton href label=t!("silences-new") icon="bell-off"/> }
        });
        let quiet = (!quiet.is_empty()).then(|| {
            view! {
                <Notice tone=Tone::Maintenance title=t!("alerts-suppressed-title")>
                    <ul>{quiet.into_iter().map(reason_item).collect_view()}</ul>
                </Notice>
            }
        });
        let button = (may && can_acknowledge(&alert)).then(|| {
            let action = format!("/alerts/{}/acknowledge", alert.id);
            view! { <PostButton action label=t!("alerts-acknowledge") icon="check" kind=ButtonKind::Primary key="a"/> }
        });
        let holds = match alert.holds {
            Some(true) => t!("alerts-holds"),
            Some(false) => t!("alerts-holds-not"),
            None => t!("alerts-unknown"),
        };
        let seen = match alert.acknowledged_at {
            Some(at) => view! { {alert.acknowledged_by.clone()}" "<When at/> }.into_any(),
            None => t!("alerts-by-nobody").into_any(),
        };
        let incident = match (&alert.incident, incident_number) {
            (Some(id), Some(number)) => {
                let words = format!("INC-{number} {}", spoken_title(&incident_title.unwrap_or_default(), &incident_told));
                view! { <a href=format!("/incidents/{id}")>{words}</a> }.into_any()
            }
            _ => "—".into_any(),
        };
        let source = if alert.url.is_empty() {
            alert.source_kind.clone().into_any()
        } else {
            view! { <a href=alert.url.clone()>{t!("alerts-to-source")}</a> }.into_any()
        };
        let linked = spoken.annotations.get(RUNBOOK).and_then(|url| parse_url(url).ok()).map(|url| (url.clone(), url));
        let has_link = linked.is_some();
        let useful = crate::incidents::useful_panel(&alert.id, said, may);
        let fires = match alert.delays.hold_ms {
            0 => t!("alerts-fires-at-once"),
            hold => t!("alerts-fires-after", hold = duration(hold)),
        };
        let ends = match alert.delays.recover_ms {
            0 => t!("alerts-ends-at-once"),
            recover => t!("alerts-ends-after", recover = duration(recover)),
        };
        let delays = t!("alerts-delays-text", fires = fires, ends = ends);
        view! {
            <PageHead title back=("/alerts".to_owned(), t!("alerts-title")) badges>{button}{silence}</PageHead>
            <ErrorSummary form=form/>
            {quiet}
            <div class="alerts-detail" id="alert" data-live="alerts">
                <Panel title=t!("alerts-now")>
                    <p class="alerts-value">{spoken.detail.unwrap_or_else(|| seen_words(&alert.detail))}</p>
                    <Facts>
                        <Fact name=t!("alerts-condition")>{holds}</Fact>
                        <Fact name=t!("alerts-system")>{system_link(alert.system.as_ref(), &alert.system_name)}</Fact>
                        <Fact name=t!("alerts-source")>{source}</Fact>
                        <Fact name=t!("alerts-since")><When at=alert.started_at/></Fact>
                        <Fact name=t!("alerts-fired")><When at=alert.fired_at/></Fact>
                        <Fact name=t!("alerts-resolved")><When at=alert.resolved_at/></Fact>
                        <Fact name=t!("alerts-acknowledged")>{seen}</Fact>
                        <Fact name=t!("alerts-incident")>{incident}</Fact>
                        <Fact name=t!("alerts-delays")>{delays}</Fact>
                    </Facts>
                </Panel>
                {crate::transactions::explain::told(found)}
                <Panel title=t!("alerts-labels")>
                    <LabelChips labels=alert.labels.clone()/>
                    {annotations(spoken.annotations)}
                </Panel>
                <Panel title=t!("alerts-runbook")>
                    {linked.map(|(href, url)| view! { <p><a href=href rel="noreferrer">{url}</a></p> })}
                    {if runbook.trim().is_empty() && !has_link {
                        view! { <Empty kind=EmptyKind::NotConfigured title=t!("alerts-no-runbook") tight=true/> }.into_any()
                    } else {
                        view! { <Markdown text=runbook/> }.into_any()
                    }}
                </Panel>
                {useful}
                {super::why::panel(why)}
                <Panel title=t!("alerts-history")>
                    {earlier(earlier_history)}
                    <Timeline label=t!("alerts-history")>{history.into_iter().map(event).collect_view()}</Timeline>
                </Panel>
            </div>
        }
    }))
}

fn annotations(annotations: Labels) -> Option<impl IntoView> {
    let some = !annotations.is_empty();
    let facts = annotations.into_iter().map(|(name, value)| view! { <Fact name>{value}</Fact> }).collect_view();
    some.then(|| view! { <Facts>{facts}</Facts> })
}

fn event(event: AlertEvent) -> impl IntoView {
    let who = if event.actor == "alerts" { t!("alerts-by-itself") } else { event.actor };
    let (what, icon, tone) = match event.kind {
        EventKind::Moved => (t!("alerts-event-moved", state = state_word(event.to)), "arrow-right", Tone::Accent),
        EventKind::Acknowledged => (t!("alerts-event-acknowledged"), "check", Tone::Ok),
        EventKind::Read => (t!("alerts-event-read"), "eye", Tone::NoData),
        EventKind::Suppressed => (t!("alerts-event-suppressed"), "bell-off", Tone::Maintenance),
        EventKind::Released => (t!("alerts-event-released"), "bell", Tone::Accent),
        EventKind::Worsened => (t!("alerts-event-worsened"), "arrow-up", Tone::P1),
    };
    let said = match event.kind {
        EventKind::Suppressed => causes_words(&event.detail),
        _ => seen_words(&event.detail),
    };
    let said = (!said.is_empty()).then(|| view! { <p class="muted">{said}</p> });
    view! { <Entry at=event.at who what icon tone>{said}</Entry> }
}
