//! `/merchants/{merchant}/tell`: a message to a merchant, made of what was found. Whoever tells sends it with their own mail
//! program; the portal notes who told what to whom.

use axum::extract::Path;
use domain::{
    Fault, Permission,
    form::Typed,
    merchants::Message,
    slices::{Asked, Looked, rate_text},
    transactions::{Filter, standing_for},
};
use leptos::prelude::*;

use super::path;
use crate::{
    components::{
        Button, ButtonKind, CopyButton, ErrorSummary, LinkButton, Notice, PageHead, Panel, SelectField, TextAreaField, TextField,
        TimeRange, Tone,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

/// The message that the figures of the span suggest.
async fn template(visit: &Visit, merchant: &str) -> Result<Typed, Fault> {
    let range = TimeRange::of(visit, "now-1h")?;
    let by = standing_for(&visit.portal, &visit.actor, "merchant", range.span, &visit.zone_name).await?;
    let filter = Filter::default().with(&by, merchant);
    let asked = Asked { span: range.span, filter, zone: visit.zone_name.clone(), looked: Looked::Success, excused: Vec::new() };
    let found = visit.portal.explanations.explain(&visit.actor, &asked).await?;
    let known = visit.portal.merchants.get(&visit.actor, merchant).await?;
    let record = known.records.iter().find(|record| !record.email.is_empty()).or(known.records.first());
    let part = |failed: f64| (failed / found.total.max(1.0)).clamp(0.0, 1.0);
    let code = found.codes.first().filter(|code| code.share >= 0.5).map_or("—", |code| code.code.as_str()).to_owned();
    let since = found.culprits.iter().filter_map(|culprit| culprit.since).min().unwrap_or(found.span.from);
    let name = record.map(|record| if record.contact.is_empty() { record.name.clone() } else { record.contact.clone() });
    let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| merchant.to_owned());
    let mut typed = Typed::default();
    typed.set("to", record.map(|record| record.email.as_str()).unwrap_or_default());
    typed.set("subject", tr!(visit, "merchants-message-subject", merchant = merchant));
    typed.set(
        "text",
        tr!(
            visit,
            "merchants-message-text",
            name = name,
            merchant = merchant,
            since = format!("{} {}", visit.wall(since), visit.offset_label()),
            failed = format!("{:.0}", found.observed),
            total = format!("{:.0}", found.total),
            rate = rate_text(1.0 - part(found.observed)),
            usual = rate_text(1.0 - part(found.expected)),
            code = code,
            sender = visit.actor.name.clone(),
        ),
    );
    if let Some(record) = record {
        typed.set("team", &record.team);
    }
    Ok(typed)
}

/// `GET /merchants/{merchant}/tell`
pub(super) async fn fresh(visit: Visit, Path(merchant): Path<String>) -> Answer {
    visit.actor.require_somewhere(Permission::WorkIncidents)?;
    let typed = template(&visit, &merchant).await?;
    form(&visit, merchant, FormState::fresh(typed)).await
}

/// `POST /merchants/{merchant}/tell`
pub(super) async fn tell(visit: Visit, Path(merchant): Path<String>, posted: PostedForm) -> Answer {
    match visit.portal.merchants.tell(&visit.actor, &merchant, &posted.typed).await {
        Ok(message) => Ok(sent(&visit, &merchant, &message)),
        Err(fault) => form(&visit, merchant, FormState::refused(posted.typed, fault)).await,
    }
}

async fn form(visit: &Visit, merchant: String, form: FormState) -> Answer {
    let teams = visit.portal.systems.teams(&visit.actor, Permission::WorkIncidents).await?;
    let teams: Vec<(String, String)> = teams.into_iter().map(|team| (team.id.to_string(), team.name)).collect();
    let title = tr!(visit, "merchants-tell-title", merchant = merchant.clone());
    let heading = title.clone();
    Ok(visit.page_as(form.status(), title, move || {
        let labels = vec![
            ("team", t!("merchants-team")),
            ("to", t!("merchants-to")),
            ("subject", t!("merchants-subject")),
            ("text", t!("merchants-text")),
        ];
        let back = (path(&merchant), merchant.clone());
        let action = format!("{}/tell", path(&merchant));
        view! {
            <PageHead title=heading back/>
            <ErrorSummary form=&form labels/>
            <form class="form" method="post" action=action>
                <SelectField form=&form name="team" label=t!("merchants-team") options=teams/>
                <TextField form=&form name="to" label=t!("merchants-to") kind="email"/>
                <TextField form=&form name="subject" label=t!("merchants-subject")/>
                <TextAreaField form=&form name="text" label=t!("merchants-text") hint=t!("merchants-tell-hint")/>
                <div class="form-acts"><Button label=t!("merchants-tell-note") kind=ButtonKind::Primary icon="send"/></div>
            </form>
        }
    }))
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
            },
        )
        .collect()
}

fn sent(visit: &Visit, merchant: &str, message: &Message) -> axum::response::Response {
    let mail = format!(
        "mailto:{}?subject={}&body={}",
        message.to.replace('%', "%25"),
        encoded(&message.subject),
        encoded(&message.text.replace('\n', "\r\n"))
    );
    let title = tr!(visit, "merchants-tell-title", merchant = merchant);
    let (heading, back) = (title.clone(), (path(merchant), merchant.to_owned()));
    let message = message.clone();
    visit.page(title, move || {
        view! {
            <PageHead title=heading back/>
            <Notice tone=Tone::Ok title=t!("merchants-noted")><p>{t!("merchants-noted-text")}</p></Notice>
            <Panel title=message.subject.clone()>
                <p class="muted">{message.to.clone()}</p>
                <pre class="transactions-example" tabindex="0">{message.text.clone()}</pre>
                <p class="row">
                    <LinkButton href=mail label=t!("merchants-mail") icon="send" kind=ButtonKind::Primary/>
                    <CopyButton value=message.text hidden=true/>
                </p>
            </Panel>
        }
    })
}
