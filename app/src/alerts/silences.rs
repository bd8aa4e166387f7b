//! `/alerts/silences`: what tells nobody for a time, and why.

use axum::extract::Path;
use domain::{
    Fault, PageRequest, Permission,
    alerts::{Alert, Silence, SilenceContent, SilenceState, matcher::print_matchers, of_label},
    form::Typed,
    id::{AlertId, SilenceId},
};
use leptos::prelude::*;

use super::say::{AlertStateBadge, AlertTabs, level};
use crate::{
    components::{
        Again, Badge, Button, ButtonKind, Cell, Column, Confirm, Empty, EmptyKind, ErrorSummary, FacetOption, Facets, Here, LinkButton,
        MomentField, PageHead, Pager, Panel, SelectField, SeverityBadge, Table, TextAreaField, TextField, Tone, When, WhenSpan,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

fn read(id: &str) -> Result<SilenceId, Fault> {
    SilenceId::parse(id).ok_or(Fault::NotFound("silence"))
}

fn may_change(visit: &Visit, silence: &Silence) -> bool {
    let right = Permission::SilenceAlerts;
    match &silence.content.team {
        Some(team) => visit.actor.may(right, team),
        None => visit.actor.grants.everywhere.has(right),
    }
}

#[component]
fn SilenceBadge(state: SilenceState) -> impl IntoView {
    let (tone, icon, word) = match state {
        SilenceState::Active => (Tone::Maintenance, "bell-off", t!("silences-active")),
        SilenceState::Pending => (Tone::NoData, "clock", t!("silences-pending")),
        SilenceState::Expired => (Tone::NoData, "circle-check", t!("silences-expired")),
    };
    view! { <Badge tone word icon plain=state == SilenceState::Expired/> }
}

/// `GET /alerts/silences`; `?state=` narrows, without it what is not over.
pub(super) async fn page(visit: Visit) -> Answer {
    let here = Here::parse(&visit.path_and_query);
    let request = PageRequest::parse(Some(here.get("after")), Some(here.get("limit")))?;
    let state = match here.get("state") {
        "" => None,
        text => Some(SilenceState::parse(text).ok_or_else(|| {
            let words = SilenceState::ALL.iter().map(|state| state.name()).collect::<Vec<_>>().join(", ");
            Fault::invalid("state", text, domain::Wording::new("expect-one-of").with("choices", words))
        })?),
    };
    let page = visit.portal.silences.list(&visit.actor, state, &request).await?;
    let now = visit.now;
    let may = visit.may(Permission::SilenceAlerts);
    let actor = visit.clone();
    Ok(visit.page(tr!(visit, "silences-title"), move || {
        let shown = page.items.len();
        let mut states = vec![FacetOption::new("", t!("alerts-any"))];
        states.extend([
            FacetOption::new("active", t!("silences-active")),
            FacetOption::new("pending", t!("silences-pending")),
            FacetOption::new("expired", t!("silences-expired")),
        ]);
        let body = if shown > 0 {
            let columns = vec![
                Column::new(t!("silences-matchers")),
                Column::new(t!("alerts-state")),
                Column::new(t!("silences-when")),
                Column::new(t!("silences-comment")),
                Column::new(t!("silences-by")),
                Column::unspoken(t!("silences-acts")),
            ];
            let rows = page.items.into_iter().map(|silence| row(&actor, silence, now)).collect_view();
            view! { <Table caption=t!("silences-title") columns>{rows}</Table> }.into_any()
        } else if state.is_some() {
            view! { <Empty kind=EmptyKind::NoMatch title=t!("silences-none")/> }.into_any()
        } else {
            view! { <Empty kind=EmptyKind::Clear title=t!("silences-none") text=t!("silences-none-text")/> }.into_any()
        };
        view! {
            <PageHead title=t!("silences-title") sub=t!("silences-sub")>
                {may.then(|| view! { <LinkButton href="/alerts/silences/new" label=t!("silences-new") icon="plus" kind=ButtonKind::Primary/> })}
            </PageHead>
            <AlertTabs current="/alerts/silences"/>
            <div class="alerts-facets"><Facets name="state" label=t!("alerts-state") options=states/></div>
            <div id="silences" data-live="alerts" data-live-mode="notice">
                {body}
                <Pager shown next=page.next/>
            </div>
        }
    }))
}

fn row(visit: &Visit, silence: Silence, now: domain::Timestamp) -> impl IntoView + use<> {
    let state = silence.content.state(now);
    let span = silence.content.now_or_next(now);
    let recurs = silence.content.recurrence.clone().map(|recurrence| {
        let zone = recurrence.written().zone.clone();
        view! { <span class="muted">" "<Again recurrence/>" · "{zone}</span> }
    });
    let acts = (state != SilenceState::Expired && may_change(visit, &silence)).then(|| {
        view! {
            <Confirm
                verb=t!("silences-expire")
                text=t!("silences-expire-text", matchers = silence.content.print())
                action=format!("/alerts/silences/{}/expire", silence.id)
                small=true
            />
        }
    });
    let maker = match silence.content.author.clone() {
        Some(author) => tr!(visit, "silences-by-way-of", author = author, by = silence.created_by),
        None => silence.created_by,
    };
    let (href, matchers) = (format!("/alerts/silences/{}", silence.id), silence.content.print());
    view! {
        <tr>
            <Cell main=true><a class="mono" href=href>{matchers}</a></Cell>
            <Cell label=t!("alerts-state")><SilenceBadge state/></Cell>
            <Cell label=t!("silences-when")>
                <WhenSpan from=span.from to=span.to/>
                {recurs}
            </Cell>
            <Cell label=t!("silences-comment")>{silence.content.comment}</Cell>
            <Cell label=t!("silences-by")><span>{maker}" "<When at=silence.created_at/></span></Cell>
            <Cell acts=true>{acts}</Cell>
        </tr>
    }
}

/// Labels that a silence made from an alert leaves out: it is meant for the condition, however bad it becomes.
const LOOSE: &[&str] = &["severity", "tier"];

/// `GET /alerts/silences/new`; `?alert=` fills it from an alert.
pub(super) async fn fresh(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::SilenceAlerts)?;
    let here = Here::parse(&visit.path_and_query);
    let mut typed = Typed::default();
    typed.set("duration", "2h");
    typed.set("zone", &visit.zone_name);
    typed.set("team", "");
    if let Some(id) = AlertId::parse(here.get("alert")) {
        let alert = visit.portal.alerts.get(&visit.actor, &id).await?.alert;
        let labels = alert.labels.iter().filter(|(name, _)| !LOOSE.contains(&name.as_str()));
        typed.set("matchers", labels.map(|(name, value)| of_label(name, value)).collect::<Vec<_>>().join("\n"));
        typed.set("team", &alert.team);
        typed.set("comment", tr!(visit, "silences-because", title = alert.title));
    } else if !here.get("matchers").is_empty() {
        typed.set("matchers", here.get("matchers"));
    }
    let previewed = !typed.get("matchers").is_empty() && !typed.get("team").is_empty();
    let found = if previewed { preview(&visit, &typed).await.ok() } else { None };
    form(&visit, None, FormState::fresh(typed), found).await
}

async fn preview(visit: &Visit, typed: &Typed) -> Result<Vec<Alert>, Fault> {
    let content = SilenceContent::parse(&only(typed), visit.now)?;
    visit.portal.silences.matching(&visit.actor, &content).await
}

/// What was typed without the button that was pressed.
fn only(typed: &Typed) -> Typed {
    let pairs =
        typed.names().filter(|name| *name != "act").flat_map(|name| typed.all(name).iter().map(move |v| (name.to_owned(), v.clone())));
    Typed::from_pairs(pairs.collect::<Vec<_>>())
}

/// `POST /alerts/silences`; `act=preview` shows what it would match and changes nothing.
pub(super) async fn create(visit: Visit, posted: PostedForm) -> Answer {
    visit.actor.require_somewhere(Permission::SilenceAlerts)?;
    let asked = posted.get("act") == "preview";
    let done = if asked {
        preview(&visit, &posted.typed).await.map(Some)
    } else {
        visit.portal.silences.create(&visit.actor, &only(&posted.typed)).await.map(|_| None)
    };
    match done {
        Ok(None) => Ok(visit.go("/alerts/silences", "toast-silence-made")),
        Ok(found) => form(&visit, None, FormState::fresh(posted.typed), found).await,
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => form(&visit, None, FormState::refused(posted.typed, fault), None).await,
        Err(fault) => Err(fault.into()),
    }
}

/// `GET /alerts/silences/{id}`
pub(super) async fn one(visit: Visit, Path(id): Path<String>) -> Answer {
    let silence = visit.portal.silences.get(&visit.actor, &read(&id)?).await?;
    let mut typed = silence.content.to_typed(&visit.zone, &visit.zone_name);
    typed.set("version", silence.version);
    let found = visit.portal.silences.matching(&visit.actor, &silence.content).await?;
    form(&visit, Some(silence), FormState::fresh(typed), Some(found)).await
}

/// `POST /alerts/silences/{id}`
pub(super) async fn edit(visit: Visit, Path(id): Path<String>, posted: PostedForm) -> Answer {
    let id = read(&id)?;
    let asked = posted.get("act") == "preview";
    let silence = visit.portal.silences.get(&visit.actor, &id).await?;
    let done = if asked {
        preview(&visit, &posted.typed).await.map(Some)
    } else {
        visit.portal.silences.edit(&visit.actor, &id, &only(&posted.typed)).await.map(|_| None)
    };
    match done {
        Ok(None) => Ok(visit.go("/alerts/silences", "toast-silence-saved")),
        Ok(found) => form(&visit, Some(silence), FormState::fresh(posted.typed), found).await,
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => {
            form(&visit, Some(silence), FormState::refused(posted.typed, fault), None).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /alerts/silences/{id}/expire`
pub(super) async fn expire(visit: Visit, Path(id): Path<String>, _form: PostedForm) -> Answer {
    visit.portal.silences.expire(&visit.actor, &read(&id)?).await?;
    Ok(visit.go("/alerts/silences", "toast-silence-expired"))
}

async fn form(visit: &Visit, silence: Option<Silence>, form: FormState, found: Option<Vec<Alert>>) -> Answer {
    let teams = visit.portal.systems.teams(&visit.actor, Permission::SilenceAlerts).await?;
    let mut teams: Vec<(String, String)> = teams.into_iter().map(|team| (team.id.to_string(), team.name)).collect();
    if visit.actor.grants.everywhere.has(Permission::SilenceAlerts) {
        teams.insert(0, ("*".to_owned(), tr!(visit, "alerts-all-teams")));
    }
    let now = visit.now;
    let editable = silence.as_ref().is_none_or(|s| s.content.state(now) != SilenceState::Expired && may_change(visit, s));
    let title = match &silence {
        Some(silence) => print_matchers(&silence.content.matchers),
        None => tr!(visit, "silences-new"),
    };
    Ok(visit.page_as(form.status(), title.clone(), move || {
        let labels = vec![
            ("matchers", t!("silences-matchers")),
            ("team", t!("silences-team")),
            ("start", t!("silences-start")),
            ("end", t!("silences-end")),
            ("duration", t!("silences-duration")),
            ("zone", t!("silences-zone")),
            ("rrule", t!("silences-rrule")),
            ("minutes", t!("silences-minutes")),
            ("comment", t!("silences-comment")),
        ];
        let action = silence.as_ref().map_or_else(|| "/alerts/silences".to_owned(), |s| format!("/alerts/silences/{}", s.id));
        let version = silence.is_some().then(|| view! { <input type="hidden" name="version" value=form.get("version")/> });
        let state = silence.as_ref().map(|silence| silence.content.state(now));
        let badges = state.map_or_else(|| ().into_any(), |state| view! { <SilenceBadge state/> }.into_any());
        let expire = silence.as_ref().filter(|_| editable).map(|silence| {
            let text = t!("silences-expire-text", matchers = silence.content.print());
            view! { <Confirm verb=t!("silences-expire") text action=format!("{action}/expire")/> }
        });
        let zone = form.get("zone");
        let open = !form.get("rrule").is_empty() || form.error("rrule").is_some() || form.error("minutes").is_some();
        let fields = editable.then(|| {
            view! {
                <form class="form" method="post" action=action>
                    {version}
                    <TextAreaField form=&form name="matchers" label=t!("silences-matchers") hint=t!("silences-matchers-hint") rows=5 mono=true/>
                    <SelectField form=&form name="team" label=t!("silences-team") options=teams blank=t!("silences-choose")/>
                    <TextField form=&form name="comment" label=t!("silences-comment") hint=t!("silences-comment-hint")/>
                    <div class="fields">
                        <MomentField form=&form name="start" label=t!("silences-start") zone=zone.clone() hint=t!("silences-start-hint") optional=true/>
                        <MomentField form=&form name="end" label=t!("silences-end") zone=zone optional=true/>
                        <TextField form=&form name="duration" label=t!("silences-duration") hint=t!("silences-duration-hint") optional=true/>
                        <TextField form=&form name="zone" label=t!("silences-zone")/>
                    </div>
                    <details class="alerts-more" open=open>
                        <summary>{t!("silences-recurring")}</summary>
                        <div class="fields">
                            <TextField form=&form name="rrule" label=t!("silences-rrule") hint=t!("silences-rrule-hint") optional=true mono=true/>
                            <TextField form=&form name="minutes" label=t!("silences-minutes") hint=t!("silences-minutes-hint") optional=true/>
                        </div>
                    </details>
                    <div class="form-acts">
                        <Button label=if silence.is_some() { t!("silences-save") } else { t!("silences-create") } kind=ButtonKind::Primary/>
                        <Button label=t!("silences-preview") name="act" value="preview"/>
                        <LinkButton href="/alerts/silences" label=t!("silences-cancel") kind=ButtonKind::Quiet/>
                    </div>
                </form>
            }
        });
        view! {
            <PageHead title back=("/alerts/silences".to_owned(), t!("silences-title")) badges>{expire}</PageHead>
            <ErrorSummary form=&form labels/>
            {fields}
            {found.map(matching)}
        }
    }))
}

fn matching(found: Vec<Alert>) -> impl IntoView {
    let title = t!("silences-matching", count = found.len());
    let body = if found.is_empty() {
        view! { <Empty kind=EmptyKind::NoMatch title=t!("silences-matching-none") tight=true/> }.into_any()
    } else {
        let columns = vec![Column::new(t!("alerts-alert")), Column::new(t!("alerts-state")), Column::new(t!("alerts-since"))];
        let rows = found
            .into_iter()
            .map(|alert| {
                view! {
                    <tr>
                        <Cell main=true>
                            <SeverityBadge level=level(alert.severity)/>" "
                            <a href=format!("/alerts/{}", alert.id)>{alert.title}</a>
                        </Cell>
                        <Cell label=t!("alerts-state")><AlertStateBadge state=alert.state/></Cell>
                        <Cell label=t!("alerts-since")><When at=alert.started_at/></Cell>
                    </tr>
                }
            })
            .collect_view();
        view! { <Table caption=title.clone() columns>{rows}</Table> }.into_any()
    };
    view! { <Panel title id="matching" flush=true>{body}</Panel> }
}
