//! Who works on an incident, what is to be done, what to read, and what belongs to it: the panels of its page.

use domain::{
    incidents::{COMMANDER, Incident, LinkKind, Linked, Responder, Role, Runbook, Task, Together},
    people::{Locale, UserBrief},
};
use leptos::prelude::*;

use super::say::{state_word, who};
use crate::{
    components::{
        Badge, Button, ButtonKind, LinkButton, Markdown, MomentField, PostButton, SelectField, TextAreaField, TextField, Tone, When,
    },
    form::FormState,
    t,
    visit::{current_locale, use_visit},
};

/// A role's name in the language being rendered; its handle where the house no longer has it.
pub(super) fn role_word(roles: &[Role], key: &str) -> String {
    let zh = current_locale() == Locale::Zh;
    roles
        .iter()
        .find(|role| role.key == key)
        .map_or_else(|| key.to_owned(), |role| if zh { role.name_zh.clone() } else { role.name.clone() })
}

/// How another incident belongs to this one.
pub(super) fn link_word(kind: LinkKind, reverse: bool) -> String {
    match (kind, reverse) {
        (LinkKind::Related, _) => t!("incidents-link-related"),
        (LinkKind::CausedBy, false) => t!("incidents-link-caused-by"),
        (LinkKind::CausedBy, true) => t!("incidents-link-caused"),
        (LinkKind::Duplicate, _) => t!("incidents-link-duplicate"),
    }
}

fn choices(workers: &[UserBrief]) -> Vec<(String, String)> {
    workers.iter().map(|user| (user.id.to_string(), user.name.clone())).collect()
}

/// Who holds which role, and the form that gives one.
pub(super) fn people(path: &str, together: &Together, workers: Option<&[UserBrief]>, form: &FormState, open: bool) -> AnyView {
    let roles = &together.roles;
    let row = |held: &Responder| {
        let (role, name) = (role_word(roles, &held.role), held.name.clone());
        let take = workers.is_some().then(|| {
            let fields = vec![("user", held.user.to_string()), ("role", held.role.clone())];
            let label = t!("incidents-role-take");
            view! { <PostButton action=format!("{path}/responders/remove") label fields kind=ButtonKind::Quiet small=true/> }
        });
        view! { <li><span class="incident-role">{role}</span><span>{name}</span>{take}</li> }
    };
    let list = if together.responders.is_empty() {
        view! { <p class="muted">{t!("incidents-nobody")}</p> }.into_any()
    } else {
        view! { <ul class="incident-people">{together.responders.iter().map(row).collect_view()}</ul> }.into_any()
    };
    let give = workers.map(|workers| {
        let options = roles.iter().map(|role| (role.key.clone(), role_word(roles, &role.key))).collect::<Vec<_>>();
        view! {
            <details class="incident-edit" open=open>
                <summary>{t!("incidents-role-give")}</summary>
                <form class="form" method="post" action=format!("{path}/responders")>
                    <SelectField form=form name="user" label=t!("incidents-person") options=choices(workers) blank=t!("incidents-choose")/>
                    <SelectField form=form name="role" label=t!("incidents-role") options hint=t!("incidents-role-hint")/>
                    <div class="form-acts"><Button label=t!("incidents-role-give") kind=ButtonKind::Primary/></div>
                </form>
            </details>
        }
    });
    view! { {list}{give} }.into_any()
}

/// What is to be done, and the form that adds to it.
pub(super) fn tasks(path: &str, tasks: &[Task], workers: Option<&[UserBrief]>, form: &FormState, open: bool) -> AnyView {
    let now = use_visit().now;
    let row = |task: &Task| {
        let act = format!("{path}/tasks/{}", task.id);
        let done = task.done_at.is_some();
        let (label, value) = if done { (t!("incidents-task-reopen"), "") } else { (t!("incidents-task-done"), "on") };
        let fields = if done { Vec::new() } else { vec![("done", value.to_owned())] };
        let acts = workers.is_some().then(|| {
            view! {
                <div class="row">
                    <PostButton action=act.clone() label fields icon=if done { "undo-2" } else { "check" } small=true/>
                    <PostButton action=format!("{act}/remove") label=t!("incidents-task-remove") kind=ButtonKind::Quiet small=true/>
                </div>
            }
        });
        let assignee = if task.assignee_name.is_empty() { t!("incidents-task-anybody") } else { task.assignee_name.clone() };
        let due = task.due.filter(|_| !done).map(|due| view! { " · "{t!("incidents-task-due")}" "<When at=due/> });
        let late = task.is_overdue(now).then(|| view! { " "<Badge tone=Tone::P2 icon="clock" word=t!("incidents-task-overdue")/> });
        let finished = task.done_at.map(|at| view! { " · "{t!("incidents-task-done-by", name = who(&task.done_by))}" "<When at/> });
        view! {
            <li class="incident-task" data-done=done.then_some("")>
                <p class="incident-task-text">{task.text.clone()}</p>
                <p class="muted small">{assignee}{due}{late}{finished}</p>
                {acts}
            </li>
        }
    };
    let list = if tasks.is_empty() {
        view! { <p class="muted">{t!("incidents-no-tasks")}</p> }.into_any()
    } else {
        view! { <ul class="incident-tasks">{tasks.iter().map(row).collect_view()}</ul> }.into_any()
    };
    let zone = use_visit().zone_name.clone();
    let add = workers.map(|workers| {
        view! {
            <details class="incident-edit" open=open>
                <summary>{t!("incidents-task-add")}</summary>
                <form class="form" method="post" action=format!("{path}/tasks")>
                    <input type="hidden" name="zone" value=zone/>
                    <TextField form=form name="task" label=t!("incidents-task")/>
                    <SelectField form=form name="assignee" label=t!("incidents-task-assignee") options=choices(workers) blank=t!("incidents-task-anybody") optional=true/>
                    <MomentField form=form name="due" label=t!("incidents-task-due") optional=true/>
                    <div class="form-acts"><Button label=t!("incidents-task-add") kind=ButtonKind::Primary/></div>
                </form>
            </details>
        }
    });
    view! { {list}{add} }.into_any()
}

/// The runbook, folded unless it was pinned, and the form that chooses one.
pub(super) fn runbook(path: &str, incident: &Incident, runbook: Option<&Runbook>, may: bool, form: &FormState, open: bool) -> AnyView {
    let text = match runbook {
        None => view! { <p class="muted">{t!("incidents-no-runbook")}</p> }.into_any(),
        Some(found) => {
            let title = if found.system.is_some() {
                t!("incidents-runbook-of", system = found.system_name.as_str())
            } else {
                t!("incidents-runbook-own")
            };
            view! {
                <details class="incident-runbook" open=found.pinned>
                    <summary>{title}</summary>
                    <Markdown text=found.text.clone()/>
                </details>
            }
            .into_any()
        }
    };
    let choose = may.then(|| {
        let mut options = vec![(String::new(), t!("incidents-runbook-usual"))];
        options.extend(incident.systems.iter().map(|s| (s.id.to_string(), t!("incidents-runbook-of", system = s.name.as_str()))));
        options.push(("own".to_owned(), t!("incidents-runbook-own")));
        view! {
            <details class="incident-edit" open=open>
                <summary>{t!("incidents-runbook-choose")}</summary>
                <form class="form" method="post" action=format!("{path}/runbook")>
                    <SelectField form=form name="runbook_of" label=t!("incidents-runbook") options/>
                    <TextAreaField form=form name="runbook" label=t!("incidents-runbook-text") hint=t!("incidents-runbook-hint") optional=true/>
                    <div class="form-acts"><Button label=t!("incidents-runbook-pin") kind=ButtonKind::Primary/></div>
                </form>
            </details>
        }
    });
    view! { {text}{choose} }.into_any()
}

/// The incidents that belong to it, in short.
pub(super) fn belongings(path: &str, together: &Together, may: bool) -> AnyView {
    let links = together.links.iter().map(|link| view! { <li>{one_link(link)}</li> }).collect_view();
    let merged = together.merged.iter().map(|(number, title)| {
        let label = format!("INC-{number} {title}");
        view! { <li><span class="muted">{t!("incidents-merged-from")}</span>" "<a href=format!("/incidents/{number}")>{label}</a></li> }
    });
    let merged = merged.collect_view();
    let none = together.links.is_empty() && together.merged.is_empty();
    let list = if none {
        view! { <p class="muted">{t!("incidents-no-links")}</p> }.into_any()
    } else {
        view! { <ul class="incident-links">{links}{merged}</ul> }.into_any()
    };
    let edit = may.then(|| {
        view! { <LinkButton href=format!("{path}/relations") label=t!("incidents-relations-edit") icon="link" small=true/> }
    });
    view! { {list}{edit} }.into_any()
}

/// One incident that belongs to another: how, which, and where it stands.
pub(super) fn one_link(link: &Linked) -> AnyView {
    let label = format!("INC-{} {}", link.number, crate::alerts::title_words(&link.title));
    view! {
        <span class="muted">{link_word(link.kind, link.reverse)}</span>
        " "
        <a href=format!("/incidents/{}", link.number)>{label}</a>
        " "
        <span class="muted small">{state_word(link.state)}</span>
    }
    .into_any()
}

/// What was told of a role, `Lena → scribe`, with the role in the reader's language.
pub(super) fn told_role(roles: &[Role], text: &str) -> String {
    text.rsplit_once(" → ").map_or_else(|| text.to_owned(), |(name, key)| format!("{name} → {}", role_word(roles, key)))
}

/// What was told of a link, `caused-by → INC-4 Title`, in the reader's language.
pub(super) fn told_link(text: &str) -> String {
    let parts = text.split_once(' ').and_then(|(kind, rest)| Some((LinkKind::parse(kind)?, rest)));
    parts.map_or_else(
        || text.to_owned(),
        |(kind, rest)| {
            let reverse = rest.starts_with('←');
            format!("{} {}", link_word(kind, reverse), rest.trim_start_matches(['→', '←', ' ']))
        },
    )
}

/// Whether this role may be removed from the list of the house.
pub(super) fn is_fixed(role: &Role) -> bool {
    role.key == COMMANDER
}
