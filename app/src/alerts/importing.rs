//! `/alerts/routing/import`: an `alertmanager.yml`: what would become of it, then taking it over.

use domain::{
    Fault, Permission,
    alerts::routing::{Line, Report},
};
use leptos::prelude::*;

use super::say::AlertTabs;
use crate::{
    components::{
        Badge, Button, ButtonKind, Cell, Column, Empty, EmptyKind, ErrorSummary, LinkButton, Notice, PageHead, Panel, Table, TextAreaField,
        Tone,
    },
    deliveries::kind_word,
    fault::Answer,
    form::{FormState, PostedForm},
    i18n::say_wording,
    t, tr,
    visit::{Visit, current_locale},
};

fn allowed(visit: &Visit) -> Result<(), Fault> {
    visit.actor.require_everywhere(Permission::RouteAlerts)?;
    visit.actor.require_everywhere(Permission::ManageChannels)
}

/// `GET /alerts/routing/import`
pub(super) async fn page(visit: Visit) -> Answer {
    allowed(&visit)?;
    show(&visit, FormState::default(), None).await
}

/// `POST /alerts/routing/import`: shows what would happen, or (`act=take`) does it.
pub(super) async fn take(visit: Visit, posted: PostedForm) -> Answer {
    allowed(&visit)?;
    let (plan, yaml) = (posted.get("act") != "take", posted.get("yaml").replace("\r\n", "\n"));
    match visit.portal.routes.import(&visit.actor, &yaml, plan).await {
        Ok(carried) => show(&visit, FormState::fresh(posted.typed), Some(carried.told(!plan))).await,
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => show(&visit, FormState::refused(posted.typed, fault), None).await,
        Err(fault) => Err(fault.into()),
    }
}

async fn show(visit: &Visit, form: FormState, report: Option<Report>) -> Answer {
    let current = visit.portal.routes.current(&visit.actor).await?;
    let (planned, done) = report.as_ref().map_or((false, false), |report| (!report.done, report.done));
    let replaces = (!done && !current.yaml.trim().is_empty()).then_some(current.version);
    Ok(visit.page_as(form.status(), tr!(visit, "routing-import-title"), move || {
        let form = (!done).then(|| {
            view! {
                <form class="form" method="post" action="/alerts/routing/import">
                    <ErrorSummary form=&form labels=vec![("yaml", t!("routing-import-file"))]/>
                    <TextAreaField form=&form name="yaml" label=t!("routing-import-file") hint=t!("routing-import-file-hint") rows=18 mono=true/>
                    {replaces.map(|version| view! { <p class="muted">{t!("routing-import-replaces", version = version)}</p> })}
                    <div class="form-acts">
                        <Button label=t!("routing-import-plan") kind=ButtonKind::Primary/>
                        {planned.then(|| view! { <Button label=t!("routing-import-take") name="act" value="take"/> })}
                    </div>
                </form>
            }
        });
        view! {
            <PageHead title=t!("routing-import-title") sub=t!("routing-import-sub") back=("/alerts/routing".to_owned(), t!("routing-title"))/>
            <AlertTabs current="/alerts/routing"/>
            <div class="stack">
                {report.map(|report| view! { <Reported report/> })}
                {form}
            </div>
        }
    }))
}

#[component]
fn Reported(report: Report) -> impl IntoView {
    let (title, tone) = if report.done { (t!("routing-import-done"), Tone::Ok) } else { (t!("routing-import-planned"), Tone::P4) };
    let counts = t!(
        "routing-import-counts",
        root = report.root.as_str(),
        receivers = report.receivers,
        inhibitions = report.inhibitions,
        intervals = report.intervals
    );
    let left = (!report.left.is_empty()).then(|| {
        let lines = report.left.iter().map(|line| view! { <li class="small">{say_wording(current_locale(), line)}</li> }).collect_view();
        view! { <Panel title=t!("routing-import-left", count = report.left.len())><ul>{lines}</ul></Panel> }
    });
    let on = report.done.then(|| {
        view! {
            <p>
                <LinkButton href="/alerts/routing" label=t!("routing-title") icon="network"/>
                " "
                <LinkButton href="/admin/channels" label=t!("routing-channels") icon="send"/>
            </p>
        }
    });
    view! {
        <Notice tone title><p>{counts}</p>{on}</Notice>
        <Panel title=t!("routing-channels") flush=true>{channel_rows(report.channels)}</Panel>
        {left}
    }
}

fn channel_rows(channels: Vec<Line>) -> AnyView {
    if channels.is_empty() {
        return view! { <Empty kind=EmptyKind::Clear title=t!("routing-import-none") tight=true/> }.into_any();
    }
    let columns = vec![
        Column::new(t!("deliveries-channel")),
        Column::new(t!("routing-import-kind")),
        Column::new(t!("routing-import-target")),
        Column::new(t!("routing-import-fate")),
    ];
    let rows = channels
        .into_iter()
        .map(|line| {
            let (tone, word) = if line.there { (Tone::NoData, t!("routing-import-there")) } else { (Tone::Ok, t!("routing-import-made")) };
            view! {
                <tr>
                    <Cell main=true>
                        {line.name}
                        {line.firing_only.then(|| view! { <p class="muted small">{t!("deliveries-firing-only")}</p> })}
                    </Cell>
                    <Cell label=t!("routing-import-kind")>{kind_word(line.kind)}</Cell>
                    <Cell label=t!("routing-import-target")><span class="mono small">{line.target}</span></Cell>
                    <Cell label=t!("routing-import-fate")><Badge tone word/></Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("routing-channels") columns>{rows}</Table> }.into_any()
}
