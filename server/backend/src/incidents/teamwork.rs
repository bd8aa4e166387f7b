//! Working on an incident together: roles, tasks, the runbook; the rules of the house for all incidents.

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Reach, Wording,
    audit::Object,
    form::Typed,
    id::{IncidentId, TaskId, TeamId, UserId},
    incidents::{
        COMMANDER, EntryKind, Incident, MOST, RELAPSE_MS, ResponderInput, Role, RoleInput, Rules, Runbook, RunbookInput, Task, TaskInput,
        Together, read_window,
    },
    people::UserBrief,
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{Service, note, relations, store};
use crate::{audit, people, settings, systems};

/// Name of the setting that holds the window of relapses, in milliseconds.
const WINDOW: &str = "incidents.reopen_ms";

/// How long after resolution a fault that comes back reopens an incident, in milliseconds.
pub(super) async fn window(conn: &mut AnyConnection) -> Result<i64, Fault> {
    Ok(settings::read(conn, WINDOW).await?.and_then(|text| text.parse().ok()).unwrap_or(RELAPSE_MS))
}

/// What stands around an incident, for whoever reaches so far.
pub(super) async fn around(conn: &mut AnyConnection, reach: &Reach, incident: &Incident) -> Result<Together, Fault> {
    let merged_into = match &incident.merged_into {
        Some(other) => super::title(conn, reach, other).await?.map(|(number, ..)| number),
        None => None,
    };
    Ok(Together {
        roles: store::roles(conn).await?,
        responders: store::responders(conn, &incident.id).await?,
        tasks: store::tasks(conn, &incident.id).await?,
        runbook: runbook(conn, incident).await?,
        links: store::links(conn, reach, &incident.id).await?,
        merged: store::merged(conn, reach, &incident.id).await?,
        merged_into,
    })
}

/// The runbook to read: the one that was chosen, or that of the first system, where anybody wrote one.
async fn runbook(conn: &mut AnyConnection, incident: &Incident) -> Result<Option<Runbook>, Fault> {
    let pinned = store::pinned(conn, &incident.id).await?;
    if !pinned.runbook.is_empty() {
        return Ok(Some(Runbook { system: None, system_name: String::new(), pinned: true, text: pinned.runbook }));
    }
    let chosen = pinned.runbook_system.as_deref().map(crate::db::stored).transpose()?;
    let Some(system) = chosen.clone().or_else(|| incident.systems.first().map(|system| system.id.clone())) else { return Ok(None) };
    let Some(text) = systems::runbook(conn, &system).await?.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let name = systems::brief(conn, &system).await?.name;
    Ok(Some(Runbook { system: Some(system), system_name: name, pinned: chosen.is_some(), text }))
}

/// Whether there is a runbook to read for it.
pub(super) async fn has_runbook(conn: &mut AnyConnection, row: &store::IncidentRow) -> Result<bool, Fault> {
    let pinned = store::pinned(conn, &row.id()?).await?;
    if !pinned.runbook.is_empty() {
        return Ok(true);
    }
    let Some(system) = pinned.runbook_system.as_ref().or(row.system_id.as_ref()) else { return Ok(false) };
    Ok(systems::runbook(conn, &crate::db::stored(system)?).await?.is_some_and(|text| !text.trim().is_empty()))
}

/// Somebody who may work incidents in the team, by name; else a problem of the field.
pub(super) async fn worker(conn: &mut AnyConnection, field: &'static str, user: &UserId, team: &TeamId) -> Result<String, Fault> {
    let holders = people::holders(conn, Permission::WorkIncidents, team).await?;
    holders
        .into_iter()
        .find_map(|holder| (holder.id == *user).then_some(holder.name))
        .ok_or_else(|| Fault::invalid(field, user, Wording::new("incidents-expect-worker")))
}

/// Refuses what would be one too many.
pub(super) fn bounded(count: usize) -> Result<(), Fault> {
    if i64::try_from(count).is_ok_and(|count| count < MOST) {
        return Ok(());
    }
    Err(Fault::Conflict(Wording::new("conflict-incident-many").with("max", MOST)))
}

impl Service {
    /// Ends an act on the rules of the house.
    async fn finish_rules(&self, mut tx: crate::WriteTx, actor: &Actor, act: &str, detail: &serde_json::Value) -> Result<(), Fault> {
        let object = Object::new("incident-rules", "incident-rules", "incidents", None);
        audit::record(&mut tx, &self.ctx, actor, act, object, detail).await?;
        tx.commit().await
    }
}

#[async_trait]
impl domain::incidents::Teamwork for Service {
    async fn workers(&self, actor: &Actor, id: &IncidentId) -> Result<Vec<UserBrief>, Fault> {
        actor.require_somewhere(Permission::WorkIncidents)?;
        let conn = &mut *self.ctx.db.read().await?;
        let team = store::get(conn, &actor.reach(Permission::Read), id).await?.team()?;
        actor.require(Permission::WorkIncidents, &team, "incident")?;
        people::holders(conn, Permission::WorkIncidents, &team).await
    }

    async fn add_responder(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, row) = self.begin(actor, id).await?;
        let input = ResponderInput::parse(typed, actor.user())?;
        if input.leads() {
            drop(tx);
            let lead = Typed::from_pairs([("owner".to_owned(), input.user.to_string())]);
            return domain::incidents::Incidents::lead(self, actor, id, &lead).await;
        }
        let roles = store::roles(&mut tx).await?;
        let role = roles.iter().find(|role| role.key == input.role.as_str());
        let choices = || roles.iter().map(|role| role.key.as_str()).collect::<Vec<_>>().join(", ");
        let role = role.ok_or_else(|| Fault::invalid("role", &input.role, Wording::new("expect-one-of").with("choices", choices())))?;
        let name = worker(&mut tx, "user", &input.user, &row.team()?).await?;
        bounded(store::responders(&mut tx, id).await?.len())?;
        if !store::add_responder(&mut tx, id, (&input.user, &name), &role.key, &actor.name, self.ctx.now()).await? {
            return Ok(());
        }
        let text = format!("{name} → {}", role.key);
        note(&mut tx, &self.ctx, id, &actor.name, EntryKind::RoleGiven, &text, None).await?;
        self.finish(tx, actor, "incident.role-give", &row, &json!({ "user": input.user, "name": name, "role": role.key })).await
    }

    async fn remove_responder(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, row) = self.begin(actor, id).await?;
        let input = ResponderInput::parse(typed, actor.user())?;
        if input.leads() {
            if row.owner_id.as_deref() != Some(input.user.as_str()) {
                return Ok(());
            }
            drop(tx);
            let lead = Typed::from_pairs([("owner".to_owned(), String::new())]);
            return domain::incidents::Incidents::lead(self, actor, id, &lead).await;
        }
        let held = store::responders(&mut tx, id).await?;
        let Some(held) = held.into_iter().find(|held| held.user == input.user && held.role == input.role.as_str()) else { return Ok(()) };
        if !store::remove_responder(&mut tx, id, &input.user, &held.role).await? {
            return Ok(());
        }
        let text = format!("{} → {}", held.name, held.role);
        note(&mut tx, &self.ctx, id, &actor.name, EntryKind::RoleTaken, &text, None).await?;
        self.finish(tx, actor, "incident.role-take", &row, &json!({ "user": input.user, "name": held.name, "role": held.role })).await
    }

    async fn add_task(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<Task, Fault> {
        let (mut tx, row) = self.begin(actor, id).await?;
        let input = TaskInput::parse(typed, actor.user())?;
        let assignee = match &input.assignee {
            Some(user) => worker(&mut tx, "assignee", user, &row.team()?).await?,
            None => String::new(),
        };
        bounded(store::tasks(&mut tx, id).await?.len())?;
        let task: TaskId = self.ctx.new_id();
        store::add_task(&mut tx, &task, id, &input, &assignee, &actor.name, self.ctx.now()).await?;
        let made = store::task(&mut tx, id, &task).await?;
        let text = if assignee.is_empty() { input.text.to_string() } else { format!("{} → {assignee}", input.text) };
        note(&mut tx, &self.ctx, id, &actor.name, EntryKind::TaskAdded, &text, None).await?;
        self.finish(
            tx,
            actor,
            "incident.task-add",
            &row,
            &json!({ "task": task, "text": input.text, "assignee": assignee, "due": input.due }),
        )
        .await?;
        Ok(made)
    }

    async fn tick_task(&self, actor: &Actor, id: &IncidentId, task: &TaskId, done: bool) -> Result<(), Fault> {
        let (mut tx, row) = self.begin(actor, id).await?;
        let found = store::task(&mut tx, id, task).await?;
        if !store::tick_task(&mut tx, task, done.then_some(actor.name.as_str()), self.ctx.now()).await? {
            return Ok(());
        }
        let (kind, act) =
            if done { (EntryKind::TaskDone, "incident.task-done") } else { (EntryKind::TaskReopened, "incident.task-reopen") };
        note(&mut tx, &self.ctx, id, &actor.name, kind, &found.text, None).await?;
        self.finish(tx, actor, act, &row, &json!({ "task": task, "text": found.text })).await
    }

    async fn remove_task(&self, actor: &Actor, id: &IncidentId, task: &TaskId) -> Result<(), Fault> {
        let (mut tx, row) = self.begin(actor, id).await?;
        let found = store::task(&mut tx, id, task).await?;
        store::remove_task(&mut tx, task).await?;
        note(&mut tx, &self.ctx, id, &actor.name, EntryKind::TaskRemoved, &found.text, None).await?;
        self.finish(tx, actor, "incident.task-remove", &row, &json!({ "task": found })).await
    }

    async fn pin_runbook(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, row) = self.begin(actor, id).await?;
        let (system, text) = match RunbookInput::parse(typed)? {
            RunbookInput::Usual => (None, String::new()),
            RunbookInput::Of(system) => (Some(system), String::new()),
            RunbookInput::Own(text) => (None, text.into_string()),
        };
        let name = match &system {
            Some(system) => {
                let known = systems::briefs(&mut tx, &actor.reach(Permission::Read), std::slice::from_ref(system)).await?.pop();
                known.ok_or_else(|| Fault::invalid("runbook_of", system, Wording::new("expect-id")))?.name
            }
            None => String::new(),
        };
        let before = store::pinned(&mut tx, id).await?;
        if before.runbook == text && before.runbook_system.as_deref() == system.as_ref().map(domain::id::SystemId::as_str) {
            return Ok(());
        }
        store::pin(&mut tx, id, system.as_ref(), &text).await?;
        note(&mut tx, &self.ctx, id, &actor.name, EntryKind::RunbookPinned, &name, None).await?;
        self.finish(tx, actor, "incident.runbook", &row, &json!({ "system": system, "text": text })).await
    }

    async fn merge(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<i64, Fault> {
        relations::merge(self, actor, id, typed).await
    }

    async fn link(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault> {
        relations::link(self, actor, id, typed, true).await
    }

    async fn unlink(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault> {
        relations::link(self, actor, id, typed, false).await
    }

    async fn set_system(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault> {
        relations::set_system(self, actor, id, typed).await
    }

    async fn rules(&self, actor: &Actor) -> Result<Rules, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        Ok(Rules { reopen_within_ms: window(conn).await?, roles: store::roles(conn).await? })
    }

    async fn set_rules(&self, actor: &Actor, typed: &Typed) -> Result<(), Fault> {
        actor.require_everywhere(Permission::ManageSettings)?;
        let ms = read_window(typed)?;
        let mut tx = self.ctx.begin_write().await?;
        let before = window(&mut tx).await?;
        if before == ms {
            return Ok(());
        }
        settings::write(&mut tx, WINDOW, &ms.to_string(), self.ctx.now()).await?;
        self.finish_rules(tx, actor, "incident-rules.window", &json!({ "from_ms": before, "to_ms": ms })).await
    }

    async fn save_role(&self, actor: &Actor, typed: &Typed) -> Result<Role, Fault> {
        actor.require_everywhere(Permission::ManageSettings)?;
        let input = RoleInput::parse(typed)?;
        let mut tx = self.ctx.begin_write().await?;
        bounded(store::roles(&mut tx).await?.len())?;
        store::save_role(&mut tx, &input).await?;
        let role = Role { key: input.key.into_string(), name: input.name.into_string(), name_zh: input.name_zh.into_string() };
        self.finish_rules(tx, actor, "incident-rules.role", &json!(role)).await?;
        Ok(role)
    }

    async fn remove_role(&self, actor: &Actor, key: &str) -> Result<(), Fault> {
        actor.require_everywhere(Permission::ManageSettings)?;
        let mut tx = self.ctx.begin_write().await?;
        if key == COMMANDER {
            return Err(Fault::conflict("conflict-incident-role-commander"));
        }
        let held = store::held(&mut tx, key).await?;
        if held > 0 {
            return Err(Fault::Conflict(Wording::new("conflict-incident-role-held").with("count", held)));
        }
        if !store::remove_role(&mut tx, key).await? {
            return Err(Fault::NotFound("role"));
        }
        self.finish_rules(tx, actor, "incident-rules.role-remove", &json!({ "key": key })).await
    }
}
