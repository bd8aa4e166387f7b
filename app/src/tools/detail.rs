//! One tool: the form that runs it, a dry run that shows every argument, its history.

use axum::extract::Path;
use domain::{
    Fault, PageRequest, Permission,
    form::Typed,
    systems::Brief,
    tools::{Kind, Parameter, Preview, RunFilter, Switch, Tool, Version},
};
use leptos::prelude::*;

use super::{brief_runs, list, say, switch_notice, tool_id};
use crate::{
    components::{
        Button, ButtonKind, Confirm, ErrorSummary, Fact, Facts, LinkButton, Markdown, Notice, NumberField, PageHead, Panel, PostButton,
        SecretField, SelectField, TextField, Tone, When, WhenStyle,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    query::Query,
    t,
    visit::Visit,
};

/// The page; `?incident=` or `?change=` say what the run will be for, `?p.KEY=` fill the form.
pub(super) async fn page(visit: Visit, Path(id): Path<String>, Query(pairs): Query<Vec<(String, String)>>) -> Answer {
    let given = list::typed(pairs);
    let mut typed = Typed::default();
    for name in given.names().filter(|n| n.starts_with("p.") || *n == "incident" || *n == "change") {
        typed.set(name, given.get(name));
    }
    show(&visit, &id, FormState::fresh(typed), None).await
}

pub(super) async fn run(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let tool = tool_id(&id)?;
    let tools = &visit.portal.tools;
    let refused = if form.get("act") == "preview" {
        match tools.preview(&visit.actor, &tool, &form.typed).await {
            Ok(preview) => return show(&visit, &id, FormState::fresh(form.typed), Some(preview)).await,
            Err(fault) => fault,
        }
    } else {
        match tools.run(&visit.actor, &tool, &form.typed).await {
            Ok(run) => return Ok(visit.go(&format!("/runs/{run}"), "toast-run-requested")),
            Err(fault) => fault,
        }
    };
    match refused {
        Fault::Invalid(_) | Fault::Conflict(_) | Fault::Unavailable(_) => {
            show(&visit, &id, FormState::refused(form.typed, refused), None).await
        }
        other => Err(other.into()),
    }
}

async fn show(visit: &Visit, id: &str, form: FormState, preview: Option<Preview>) -> Answer {
    let id = tool_id(id)?;
    let portal = &visit.portal;
    let actor = &visit.actor;
    let tool = portal.tools.get(actor, &id).await?;
    let switch = portal.tools.switch(actor).await?;
    let versions = portal.tools.versions(actor, &id).await?;
    let history = RunFilter { tool: Some(id.clone()), ..RunFilter::default() };
    let runs = portal.tools.runs(actor, &history, &PageRequest { after: None, limit: 10 }).await?;
    let takes_system = tool.definition.parameters.iter().any(|p| p.kind == Kind::System);
    let systems = if takes_system { portal.systems.choices(actor, Permission::Read).await? } else { Vec::new() };
    let may_run = portal.tools.may_run(actor, &tool);
    let may_define = actor.may(Permission::DefineTools, &tool.team);
    Ok(visit.page_as(form.status(), tool.definition.name.clone(), move || {
        let path = format!("/tools/{id}");
        let name = tool.definition.name.clone();
        let edit = may_define.then(|| view! { <LinkButton href=format!("{path}/edit") label=t!("tools-edit") icon="pencil"/> });
        let text = tool.definition.description.clone();
        let description = (!text.is_empty()).then(|| view! { <Markdown text/> });
        let runner = run_panel(&tool, &form, &systems, switch, may_run);
        let dry = preview.map(dry_run);
        let start = (may_run && !tool.retired).then(|| "#tools-run".to_owned());
        let every_run = view! { <a href=format!("/runs?tool={id}")>{t!("runs-all")}</a> }.into_any();
        let retire = may_define.then(|| retire(&tool, &path));
        let facts = about(&tool);
        view! {
            <PageHead
                title=name
                sub=tool.team_name.clone()
                back=("/tools".to_owned(), t!("tools-title"))
                badges=list::marks(&tool).into_any()
            >
                {edit}
            </PageHead>
            <div class="split">
                <div class="stack">
                    {switch_notice(switch)} {description} {runner} {dry}
                    <Panel title=t!("runs-title") id="tools-runs" live="runs" acts=every_run>{brief_runs(runs.items, start)}</Panel>
                </div>
                <div class="stack">{facts} {versions_panel(versions)} {retire}</div>
            </div>
        }
    }))
}

fn run_panel(tool: &Tool, form: &FormState, systems: &[Brief], switch: Switch, may_run: bool) -> AnyView {
    if tool.retired {
        return view! { <Notice tone=Tone::NoData title=t!("tools-retired")><p>{t!("tools-retired-text")}</p></Notice> }.into_any();
    }
    if !may_run {
        let needed = if tool.definition.first_line { Permission::RunSafeTools } else { Permission::RunTools };
        let text = t!("tools-may-not", permission = needed.name());
        return view! { <Notice tone=Tone::NoData><p>{text}</p></Notice> }.into_any();
    }
    let fields = tool.definition.parameters.iter().map(|p| field(p, form, systems)).collect_view();
    let kept = ["incident", "change"].map(|name| {
        let value = form.get(name);
        (!value.is_empty()).then(|| view! { <input type="hidden" name=name value=value/> })
    });
    let purpose = ["incident", "change"].into_iter().find(|name| !form.get(name).is_empty()).map(|name| {
        let href = format!("/{name}s/{}", form.get(name));
        let text = if name == "incident" { t!("tools-for-incident") } else { t!("tools-for-change") };
        view! { <p><a href=href>{text}</a></p> }
    });
    let approval = tool.definition.approval.then(|| view! { <p class="muted">{t!("tools-approval-text")}</p> });
    let named: Vec<_> = tool.definition.parameters.iter().map(|p| (format!("p.{}", p.key), p.label.clone())).collect();
    let (action, on, form) = (format!("/tools/{}/run", tool.id), switch.is_on(), form.clone());
    let label = if tool.definition.approval { t!("tools-request-run") } else { t!("tools-run") };
    view! {
        <Panel title=t!("tools-run-title") id="tools-run">
            <form class="form" method="post" action=action>
                <ErrorSummary form=&form named/>
                {purpose}
                {kept.into_iter().collect_view()}
                {fields}
                {approval}
                <div class="form-acts">
                    {on.then(|| view! { <Button label kind=ButtonKind::Primary icon="play" name="act" value="run"/> })}
                    <Button label=t!("tools-preview") icon="eye" name="act" value="preview"/>
                </div>
            </form>
        </Panel>
    }
    .into_any()
}

fn field(parameter: &Parameter, form: &FormState, systems: &[Brief]) -> AnyView {
    let name = format!("p.{}", parameter.key);
    let label = parameter.label.clone();
    let optional = !parameter.required;
    let hint = say::rule(&parameter.kind);
    match &parameter.kind {
        Kind::Text { .. } => view! { <TextField form name label hint optional mono=true/> }.into_any(),
        Kind::Number { min, max } => view! { <NumberField form name label hint min=*min max=*max optional/> }.into_any(),
        Kind::Choice { options } => {
            let options = options.iter().map(|o| (o.clone(), o.clone())).collect();
            view! { <SelectField form name label options blank=t!("tools-choose") optional/> }.into_any()
        }
        Kind::System => {
            let options = systems.iter().map(|s| (s.key.clone(), format!("{} ({})", s.name, s.key))).collect();
            view! { <SelectField form name label options blank=t!("tools-choose") optional/> }.into_any()
        }
        Kind::Secret => view! { <SecretField form name label hint optional/> }.into_any(),
    }
}

fn dry_run(preview: Preview) -> impl IntoView {
    let secrets = preview.secrets.join(", ");
    view! {
        <Panel title=t!("tools-preview-title") id="tools-preview">
            <div class="stack-tight" role="status">
                <p>{t!("tools-preview-text")}</p>
                {say::command(&preview.argv)}
                {(!secrets.is_empty()).then(|| view! { <p class="muted">{t!("tools-preview-secrets", names = secrets)}</p> })}
            </div>
        </Panel>
    }
}

fn about(tool: &Tool) -> impl IntoView + use<> {
    let system = tool.system_id.as_ref().map(|id| view! { <a href=format!("/systems/{id}")>{tool.system.clone()}</a> });
    let system = system.map_or_else(|| crate::components::NULL.into_any(), IntoAny::into_any);
    let command = say::command(tool.definition.argv.arguments());
    let limit = crate::components::duration(tool.definition.timeout_s * 1_000);
    let who = if tool.definition.first_line { t!("tools-who-first-line") } else { t!("tools-who-team") };
    let version = tool.version;
    view! {
        <Panel title=t!("tools-facts")>
            <Facts stacked=true>
                <Fact name=t!("tools-system")>{system}</Fact>
                <Fact name=t!("tools-command")>{command}</Fact>
                <Fact name=t!("tools-timeout")>{limit}</Fact>
                <Fact name=t!("tools-who")>{who}</Fact>
                <Fact name=t!("tools-version")>{version}</Fact>
            </Facts>
        </Panel>
    }
}

fn versions_panel(versions: Vec<Version>) -> impl IntoView {
    let rows = versions
        .into_iter()
        .map(|v| {
            view! {
                <li>
                    <span class="number">{v.version}</span>
                    <span>{v.edited_by}</span>
                    <When at=v.edited_at style=WhenStyle::Wall/>
                </li>
            }
        })
        .collect_view();
    view! {
        <Panel title=t!("tools-versions")>
            <ul class="tools-items">{rows}</ul>
        </Panel>
    }
}

fn retire(tool: &Tool, path: &str) -> AnyView {
    if tool.retired {
        return view! { <PostButton action=format!("{path}/revive") label=t!("tools-revive") icon="undo-2"/> }.into_any();
    }
    view! { <Confirm verb=t!("tools-retire") text=t!("tools-retire-text") action=format!("{path}/retire") icon="trash-2" small=true/> }
        .into_any()
}
