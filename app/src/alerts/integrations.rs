//! `/admin/integrations`: where other systems post alerts.

use axum::extract::Path;
use domain::{
    Fault, Permission,
    alerts::inbound::{Becomes, Integration, IntegrationKind, Previewed, preview},
    form::Typed,
    id::IntegrationId,
};
use leptos::prelude::*;

use super::say::{LabelChips, level};
use crate::{
    components::{
        Badge, Button, ButtonKind, Cell, CheckField, Column, Confirm, CopyButton, Empty, EmptyKind, ErrorSummary, Fact, Facts, LinkButton,
        PageHead, Panel, SelectField, SeverityBadge, Table, TextAreaField, TextField, Tone, When,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

fn read(id: &str) -> Result<IntegrationId, Fault> {
    IntegrationId::parse(id).ok_or(Fault::NotFound("integration"))
}

fn kind_word(kind: IntegrationKind) -> String {
    match kind {
        IntegrationKind::Alertmanager => t!("integrations-kind-alertmanager"),
        IntegrationKind::Grafana => t!("integrations-kind-grafana"),
        IntegrationKind::Pagerduty => t!("integrations-kind-pagerduty"),
        IntegrationKind::Webhook => t!("integrations-kind-webhook"),
    }
}

/// `GET /admin/integrations`
pub(super) async fn list(visit: Visit) -> Answer {
    let all = visit.portal.integrations.list(&visit.actor).await?;
    Ok(visit.page(tr!(visit, "integrations-title"), move || {
        let body = if all.is_empty() {
            view! { <Empty kind=EmptyKind::NotConfigured title=t!("integrations-none") text=t!("integrations-none-text")/> }.into_any()
        } else {
            let columns = vec![
                Column::new(t!("integrations-name")),
                Column::new(t!("integrations-kind")),
                Column::new(t!("integrations-taken")),
                Column::new(t!("integrations-refused")),
                Column::new(t!("integrations-last")),
                Column::new(t!("integrations-last-error")),
            ];
            let rows = all.into_iter().map(row).collect_view();
            view! { <Table caption=t!("integrations-title") columns>{rows}</Table> }.into_any()
        };
        view! {
            <PageHead title=t!("integrations-title") sub=t!("integrations-sub")>
                <LinkButton href="/admin/integrations/new" label=t!("integrations-new") icon="plus" kind=ButtonKind::Primary/>
            </PageHead>
            {body}
        }
    }))
}

fn row(one: Integration) -> impl IntoView {
    let closed = (!one.enabled).then(|| view! { " "<span class="muted">{t!("integrations-closed")}</span> });
    view! {
        <tr>
            <Cell main=true><a href=format!("/admin/integrations/{}", one.id)>{one.name}</a>{closed}</Cell>
            <Cell label=t!("integrations-kind")>{kind_word(one.kind)}</Cell>
            <Cell label=t!("integrations-taken") number=true>{one.taken}</Cell>
            <Cell label=t!("integrations-refused") number=true>{one.refused}</Cell>
            <Cell label=t!("integrations-last")><When at=one.last_at/></Cell>
            <Cell label=t!("integrations-last-error")>{if one.last_error.is_empty() { "—".to_owned() } else { one.last_error }}</Cell>
        </tr>
    }
}

/// `GET /admin/integrations/new`
pub(super) async fn fresh(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::RouteAlerts)?;
    let mut typed = Typed::default();
    typed.set("kind", "alertmanager");
    typed.set("enabled", "on");
    form(&visit, None, FormState::fresh(typed), None).await
}

/// `POST /admin/integrations`; `act=preview` reads the sample and changes nothing.
pub(super) async fn create(visit: Visit, posted: PostedForm) -> Answer {
    visit.actor.require_somewhere(Permission::RouteAlerts)?;
    if posted.get("act") == "preview" {
        return match preview(&posted.typed) {
            Ok(found) => form(&visit, None, FormState::fresh(posted.typed), Some(found)).await,
            Err(fault) => form(&visit, None, FormState::refused(posted.typed, fault), None).await,
        };
    }
    match visit.portal.integrations.create(&visit.actor, &posted.typed).await {
        Ok(one) => Ok(visit.go(&format!("/admin/integrations/{}", one.id), "toast-integration-made")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => form(&visit, None, FormState::refused(posted.typed, fault), None).await,
        Err(fault) => Err(fault.into()),
    }
}

/// `GET /admin/integrations/{id}`
pub(super) async fn one(visit: Visit, Path(id): Path<String>) -> Answer {
    let (one, secret) = visit.portal.integrations.get(&visit.actor, &read(&id)?).await?;
    let mut typed = Typed::default();
    typed.set("name", &one.name);
    typed.set("kind", one.kind);
    typed.set("team", &one.team);
    typed.set("system", one.system.as_ref().map_or("", |id| id.as_str()));
    typed.set("version", one.version);
    if one.enabled {
        typed.set("enabled", "on");
    }
    one.mapping.write(&mut typed);
    form(&visit, Some((one, secret)), FormState::fresh(typed), None).await
}

/// `POST /admin/integrations/{id}`
pub(super) async fn edit(visit: Visit, Path(id): Path<String>, posted: PostedForm) -> Answer {
    let id = read(&id)?;
    let there = visit.portal.integrations.get(&visit.actor, &id).await?;
    if posted.get("act") == "preview" {
        return match preview(&posted.typed) {
            Ok(found) => form(&visit, Some(there), FormState::fresh(posted.typed), Some(found)).await,
            Err(fault) => form(&visit, Some(there), FormState::refused(posted.typed, fault), None).await,
        };
    }
    match visit.portal.integrations.edit(&visit.actor, &id, &posted.typed).await {
        Ok(()) => Ok(visit.go(&format!("/admin/integrations/{id}"), "toast-integration-saved")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => {
            form(&visit, Some(there), FormState::refused(posted.typed, fault), None).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /admin/integrations/{id}/renew`
pub(super) async fn renew(visit: Visit, Path(id): Path<String>, _form: PostedForm) -> Answer {
    let id = read(&id)?;
    visit.portal.integrations.renew(&visit.actor, &id).await?;
    Ok(visit.go(&format!("/admin/integrations/{id}"), "toast-integration-renewed"))
}

/// `POST /admin/integrations/{id}/remove`
pub(super) async fn remove(visit: Visit, Path(id): Path<String>, _form: PostedForm) -> Answer {
    visit.portal.integrations.remove(&visit.actor, &read(&id)?).await?;
    Ok(visit.go("/admin/integrations", "toast-integration-removed"))
}

async fn form(visit: &Visit, one: Option<(Integration, String)>, form: FormState, found: Option<Vec<Previewed>>) -> Answer {
    let teams = visit.portal.systems.teams(&visit.actor, Permission::RouteAlerts).await?;
    let teams: Vec<(String, String)> = teams.into_iter().map(|team| (team.id.to_string(), team.name)).collect();
    let systems = visit.portal.systems.choices(&visit.actor, Permission::Read).await?;
    let systems: Vec<(String, String)> = systems.into_iter().map(|brief| (brief.id.to_string(), brief.name)).collect();
    let origin = visit.origin.clone();
    let title = one.as_ref().map_or_else(|| tr!(visit, "integrations-new"), |(one, _)| one.name.clone());
    Ok(visit.page_as(form.status(), title.clone(), move || {
        let labels = vec![
            ("name", t!("integrations-name")),
            ("kind", t!("integrations-kind")),
            ("team", t!("integrations-team")),
            ("system", t!("integrations-system")),
            ("items", t!("integrations-items")),
            ("key", t!("integrations-key")),
            ("title", t!("integrations-field-title")),
            ("detail", t!("integrations-detail")),
            ("severity", t!("integrations-severity")),
            ("url", t!("integrations-url")),
            ("status", t!("integrations-status")),
            ("over", t!("integrations-over")),
            ("labels", t!("alerts-labels")),
            ("sample", t!("integrations-sample")),
        ];
        let kinds: Vec<(String, String)> = IntegrationKind::ALL.iter().map(|kind| (kind.name().to_owned(), kind_word(*kind))).collect();
        let action = one.as_ref().map_or_else(|| "/admin/integrations".to_owned(), |(one, _)| format!("/admin/integrations/{}", one.id));
        let version = one.is_some().then(|| view! { <input type="hidden" name="version" value=form.get("version")/> });
        let remove = one.as_ref().map(|(one, _)| {
            let text = t!("integrations-remove-text", name = one.name.as_str());
            view! {
                <Confirm verb=t!("integrations-renew") text=t!("integrations-renew-text") action=format!("{action}/renew") icon="refresh-cw"/>
                <Confirm verb=t!("integrations-remove") text action=format!("{action}/remove") icon="trash-2"/>
            }
        });
        let submit = if one.is_some() { t!("integrations-save") } else { t!("integrations-create") };
        let address = one.map(|(one, secret)| address(&one, &secret, &origin));
        let of_mapping = |field: &str| !["name", "team", "kind", "system"].contains(&field);
        let open = form.get("kind") == "webhook" || found.is_some() || form.problems().iter().any(|problem| of_mapping(&problem.field));
        view! {
            <PageHead title back=("/admin/integrations".to_owned(), t!("integrations-title"))>{remove}</PageHead>
            <ErrorSummary form=&form labels/>
            <div class="stack">
                {address}
                <form class="form" method="post" action=action>
                    {version}
                    <TextField form=&form name="name" label=t!("integrations-name")/>
                    <SelectField form=&form name="kind" label=t!("integrations-kind") options=kinds/>
                    <SelectField form=&form name="team" label=t!("integrations-team") options=teams blank=t!("silences-choose") hint=t!("integrations-team-hint")/>
                    <SelectField form=&form name="system" label=t!("integrations-system") options=systems blank=t!("integrations-no-system") hint=t!("integrations-system-hint") optional=true/>
                    <CheckField form=&form name="enabled" label=t!("integrations-enabled")/>
                    <details class="alerts-more" open=open>
                        <summary>{t!("integrations-mapping")}</summary>
                        <div class="stack">
                            <p class="muted">{t!("integrations-mapping-text")}</p>
                            <div class="fields">
                                <TextField form=&form name="items" label=t!("integrations-items") hint=t!("integrations-items-hint") optional=true mono=true/>
                                <TextField form=&form name="title" label=t!("integrations-field-title") optional=true mono=true/>
                                <TextField form=&form name="detail" label=t!("integrations-detail") optional=true mono=true/>
                                <TextField form=&form name="severity" label=t!("integrations-severity") optional=true mono=true/>
                                <TextField form=&form name="url" label=t!("integrations-url") optional=true mono=true/>
                                <TextField form=&form name="key" label=t!("integrations-key") hint=t!("integrations-key-hint") optional=true mono=true/>
                                <TextField form=&form name="status" label=t!("integrations-status") optional=true mono=true/>
                                <TextField form=&form name="over" label=t!("integrations-over") hint=t!("integrations-over-hint") optional=true/>
                            </div>
                            <TextAreaField form=&form name="labels" label=t!("alerts-labels") hint=t!("integrations-labels-hint") rows=4 mono=true optional=true/>
                            <TextAreaField form=&form name="sample" label=t!("integrations-sample") hint=t!("integrations-sample-hint") rows=6 mono=true optional=true/>
                            <Button label=t!("integrations-preview") name="act" value="preview"/>
                            {found.map(shown)}
                        </div>
                    </details>
                    <div class="form-acts">
                        <Button label=submit kind=ButtonKind::Primary/>
                        <LinkButton href="/admin/integrations" label=t!("silences-cancel") kind=ButtonKind::Quiet/>
                    </div>
                </form>
            </div>
        }
    }))
}

fn address(one: &Integration, secret: &str, origin: &str) -> impl IntoView + use<> {
    let pagerduty = one.kind == IntegrationKind::Pagerduty;
    let address = if pagerduty { format!("{origin}/v2/enqueue") } else { format!("{origin}/hooks/{secret}") };
    let key = pagerduty.then(|| {
        let secret = secret.to_owned();
        view! { <Fact name=t!("integrations-routing-key")><CopyButton value=secret/></Fact> }
    });
    let error = if one.last_error.is_empty() { "—".to_owned() } else { one.last_error.clone() };
    let (taken, refused, last, failed) = (one.taken, one.refused, one.last_at, one.last_error_at);
    view! {
        <Panel title=t!("integrations-address")>
            <Facts>
                <Fact name=t!("integrations-post")><CopyButton value=address/></Fact>
                {key}
                <Fact name=t!("integrations-taken")>{taken}</Fact>
                <Fact name=t!("integrations-refused")>{refused}</Fact>
                <Fact name=t!("integrations-last")><When at=last/></Fact>
                <Fact name=t!("integrations-last-error")>{error}{failed.map(|at| view! { " "<When at/> })}</Fact>
            </Facts>
        </Panel>
    }
}

/// What each alert of the sample would become.
fn shown(found: Vec<Previewed>) -> impl IntoView {
    let columns = vec![Column::new(t!("integrations-becomes")), Column::new(t!("integrations-key")), Column::new(t!("alerts-labels"))];
    let rows = found
        .into_iter()
        .map(|one| {
            let (tone, icon, word) = match one.becomes {
                Becomes::Fires => (Tone::P3, "triangle-alert", t!("integrations-fires")),
                Becomes::Over => (Tone::Ok, "circle-check", t!("integrations-over-now")),
                Becomes::Seen => (Tone::P4, "eye", t!("integrations-seen")),
                Becomes::Refused => (Tone::NoData, "circle-x", t!("integrations-refuses")),
            };
            let severity = one.severity.map(|severity| view! { <SeverityBadge level=level(severity)/> });
            let key = if one.key.is_empty() && one.becomes == Becomes::Fires { t!("integrations-key-given") } else { one.key };
            view! {
                <tr>
                    <Cell main=true>
                        <Badge tone word icon/>" "{severity}" "{one.line}
                        {(!one.detail.is_empty()).then(|| view! { <p class="muted">{one.detail}</p> })}
                    </Cell>
                    <Cell label=t!("integrations-key")><span class="mono">{key}</span></Cell>
                    <Cell label=t!("alerts-labels")><LabelChips labels=one.labels/></Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("integrations-preview-good") columns>{rows}</Table> }
}
