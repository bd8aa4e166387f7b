//! Pages of the area `tools`: definitions, the form that runs one, runs with their live log.

mod detail;
mod edit;
mod list;
mod log;
mod run;
mod runs;
mod say;

use domain::{
    Fault, Permission,
    id::{RunId, ToolId},
    tools::{LogPart, Run, RunState, Switch, Tool},
};
use leptos::prelude::*;

use crate::{
    components::{Badge, Empty, EmptyKind, LinkButton, LogView, Notice, PostButton, Tone, When, WhenStyle},
    i18n::say_wording,
    routes::{Need, Routes},
    t,
    visit::{Visit, use_visit},
};

/// Its pages and acts.
pub fn routes() -> Routes {
    let define = Need::Permission(Permission::DefineTools);
    let run = Need::Permission(Permission::RunSafeTools);
    let approve = Need::Permission(Permission::ApproveRuns);
    Routes::new()
        .get("/tools", Need::LoggedIn, list::page)
        .get("/tools.csv", Need::Permission(Permission::Export), list::csv)
        .post("/tools/switch", Need::Permission(Permission::ManageSettings), list::switch)
        .get("/tools/new", define, edit::fresh)
        .post("/tools/new", define, edit::create)
        .get("/tools/{id}", Need::LoggedIn, detail::page)
        .post("/tools/{id}/run", run, detail::run)
        .get("/tools/{id}/edit", define, edit::page)
        .post("/tools/{id}/edit", define, edit::save)
        .post("/tools/{id}/retire", define, edit::retire)
        .post("/tools/{id}/revive", define, edit::revive)
        .get("/runs", Need::LoggedIn, runs::page)
        .get("/runs.csv", Need::Permission(Permission::Export), runs::csv)
        .get("/runs/{id}", Need::LoggedIn, run::page)
        .get("/runs/{id}/log", Need::LoggedIn, log::part)
        .get("/runs/{id}/log.txt", Need::LoggedIn, log::text)
        .post("/runs/{id}/kill", run, run::kill)
        .post("/runs/{id}/approve", approve, run::approve)
        .post("/runs/{id}/reject", approve, run::reject)
}

/// The state of a run as a badge, wherever runs are told of.
pub(crate) fn state_badge(state: RunState) -> AnyView {
    let (tone, word) = say::state(state);
    view! { <Badge tone word/> }.into_any()
}

/// The end of a log in the place for which the tool was run; live while it is being written.
pub(crate) fn log_in_place(run: &Run, part: &LogPart) -> AnyView {
    let path = format!("/runs/{}", run.id);
    let whole = log::is_forgotten(run, part) || (part.first <= 1 && part.next > run.log_lines);
    let live = !run.state.is_over();
    let source = (live || !whole).then(|| format!("{path}/log"));
    let total = if log::is_forgotten(run, part) { 0 } else { run.log_lines };
    let (lines, end) = (log::lines(part), log::end_words(run, part));
    view! { <LogView label=t!("runs-log") lines source total live end download=format!("{path}/log.txt")/> }.into_any()
}

fn tool_id(text: &str) -> Result<ToolId, Fault> {
    ToolId::parse(text).ok_or(Fault::NotFound("tool"))
}

fn run_id(text: &str) -> Result<RunId, Fault> {
    RunId::parse(text).ok_or(Fault::NotFound("run"))
}

/// Says that tools are off, or cannot run here, to whoever could expect them to run; the button only to those who may
/// switch.
fn switch_notice(switch: Switch) -> impl IntoView {
    let visit = use_visit();
    let may = visit.actor.require_everywhere(Permission::ManageSettings).is_ok();
    match switch {
        Switch::On | Switch::FixedOn => obstacle_notice(&visit).into_any(),
        Switch::Off => view! {
            <Notice tone=Tone::P3 title=t!("tools-off")>
                <p>{t!("tools-off-text")}</p>
                {may
                    .then(|| {
                        view! { <PostButton action="/tools/switch" label=t!("tools-switch-on") fields=vec![("to", "on".to_owned())] icon="play"/> }
                    })}
            </Notice>
        }
        .into_any(),
        Switch::FixedOff => {
            view! { <Notice tone=Tone::P3 title=t!("tools-off")><p>{t!("tools-off-fixed")}</p></Notice> }.into_any()
        }
    }
}

/// Says why no tool can run on this machine, where that is so.
pub fn obstacle_notice(visit: &Visit) -> impl IntoView + use<> {
    let why = visit.portal.tools.obstacle().map(|why| say_wording(visit.locale, &why));
    why.map(|why| view! { <Notice tone=Tone::P2 title=t!("tools-obstacle")><p>{why}</p></Notice> })
}

/// What a timeline says of a run, `Restart: failed (1)`, with the state in the reader's language.
pub(crate) fn say_told(told: &str) -> String {
    let Some((name, rest)) = told.rsplit_once(": ") else { return told.to_owned() };
    let (state, code) = rest.split_once(' ').map_or((rest, String::new()), |(state, code)| (state, format!(" {code}")));
    RunState::parse(state).map_or_else(|| told.to_owned(), |state| format!("{name}: {}{code}", say::state(state).1))
}

/// A short list of tools, for the pages of other areas.
pub fn brief_tools(tools: Vec<Tool>, may_define: bool) -> AnyView {
    if tools.is_empty() {
        return view! {
            <Empty kind=EmptyKind::NotConfigured title=t!("tools-none-here") tight=true>
                {may_define.then(|| view! { <LinkButton href="/tools/new" label=t!("tools-new") icon="plus" small=true/> })}
            </Empty>
        }
        .into_any();
    }
    let items = tools.into_iter().map(|tool| {
        view! {
            <li>
                <a href=format!("/tools/{}", tool.id)>{tool.definition.name.clone()}</a>
                {list::marks(&tool)}
            </li>
        }
    });
    view! { <ul class="tools-items">{items.collect_view()}</ul> }.into_any()
}

/// A short list of runs, for the pages of other areas; where there are none, `start` is where the reader may start one.
pub fn brief_runs(runs: Vec<Run>, start: Option<String>) -> AnyView {
    if runs.is_empty() {
        return view! {
            <Empty kind=EmptyKind::NotConfigured title=t!("runs-none-here") tight=true>
                {start.map(|href| view! { <LinkButton href label=t!("runs-start") icon="play" small=true/> })}
            </Empty>
        }
        .into_any();
    }
    let items = runs.into_iter().map(|run| {
        let (tone, word) = say::state(run.state);
        view! {
            <li>
                <Badge tone word/>
                <a href=format!("/runs/{}", run.id)>{run.tool_name}</a>
                <span class="muted">{run.requested_name}</span>
                <When at=run.requested_at style=WhenStyle::Ago/>
            </li>
        }
    });
    view! { <ul class="tools-items">{items.collect_view()}</ul> }.into_any()
}
