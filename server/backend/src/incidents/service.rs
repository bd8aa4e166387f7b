//! What people do with incidents.

use std::collections::HashMap;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Page, PageRequest, Permission, Reach, Wording,
    audit::Object,
    form::Typed,
    id::{IncidentId, SystemId, UserId},
    incidents::{
        Edit, EntryKind, Filter, Incident, IncidentDetail, Lead, Opening, Ref, Remark, State, SuspectKind, SystemRef, Verdict, moves,
    },
};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use super::{
    after, note, paging, record,
    store::{self, IncidentRow},
    suspects, teamwork, tell,
};
use crate::{Context, WriteTx, alerts, audit, files, people, systems};

/// Implements [`domain::incidents::Incidents`].
pub struct Service {
    pub(super) ctx: Context,
    pub(super) settings: files::Settings,
}

impl Service {
    /// The service over the common ground.
    pub fn new(ctx: Context, settings: files::Settings) -> Self {
        Self { ctx, settings }
    }

    /// Begins an act on an incident: it is locked by nothing yet, but the actor may do this to it, and it was not merged.
    pub(super) async fn begin(&self, actor: &Actor, id: &IncidentId) -> Result<(WriteTx, IncidentRow), Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut tx = self.ctx.begin_write().await?;
        let row = store::get(&mut tx, &actor.reach(Permission::Read), id).await?;
        actor.require(Permission::WorkIncidents, &row.team()?, "incident")?;
        if row.merged_into.is_some() {
            return Err(Fault::conflict("conflict-incident-merged"));
        }
        Ok((tx, row))
    }

    /// Ends it: the audit row, the commit.
    pub(super) async fn finish(&self, mut tx: WriteTx, actor: &Actor, act: &str, row: &IncidentRow, detail: &Value) -> Result<(), Fault> {
        let object = Object::new("incident", &row.id, format!("INC-{} {}", row.number, row.title), Some(&row.team()?));
        audit::record(&mut tx, &self.ctx, actor, act, object, detail).await?;
        tx.commit().await
    }
}

#[async_trait]
impl domain::incidents::Incidents for Service {
    async fn list(&self, actor: &Actor, filter: &Filter, page: &PageRequest) -> Result<Page<Incident>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let owner = match (filter.mine, actor.user()) {
            (false, _) => None,
            (true, Some(user)) => Some(user),
            // An engine leads nothing.
            (true, None) => return Ok(Page { items: Vec::new(), next: None }),
        };
        let after = page.position()?.map(|(number, _)| number);
        let conn = &mut *self.ctx.db.read().await?;
        let rows = store::list(conn, filter, &actor.reach(Permission::Read), owner, after, page.limit).await?;
        let page = Page::cut(rows, page.limit, |row| (row.number, row.id.clone()));
        Ok(Page { items: with_systems(conn, page.items).await?, next: page.next })
    }

    async fn get(&self, actor: &Actor, which: &Ref) -> Result<IncidentDetail, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let reach = actor.reach(Permission::Read);
        let conn = &mut *self.ctx.db.read().await?;
        let row = match which {
            Ref::Id(id) => store::get(conn, &reach, id).await?,
            Ref::Number(number) => store::by_number(conn, &reach, *number).await?,
        };
        let team_name = people::team_name(conn, &row.team()?).await?.unwrap_or_default();
        let mut incidents = with_systems(conn, vec![row]).await?;
        let incident = incidents.pop().ok_or(Fault::Internal)?;
        let previous_number = match &incident.previous {
            Some(id) => super::title(conn, &reach, id).await?.map(|(number, ..)| number),
            None => None,
        };
        let (timeline, timeline_left_out) = store::timeline(conn, &incident.id).await?;
        let (alerts, earlier_alerts) = alerts::of_incident(conn, &incident.id).await?;
        Ok(IncidentDetail {
            team_name,
            previous_number,
            timeline,
            timeline_left_out,
            suspects: suspects::of(conn, &incident, &reach).await?,
            alerts,
            earlier_alerts,
            files: files::files(conn, files::Holder::Incident(&incident.id)).await?,
            together: teamwork::around(conn, &reach, &incident).await?,
            incident,
        })
    }

    async fn open(&self, actor: &Actor, typed: &Typed) -> Result<Incident, Fault> {
        actor.require_somewhere(Permission::WorkIncidents)?;
        let input = Opening::parse(typed)?;
        let mut tx = self.ctx.begin_write().await?;
        let known = systems::briefs(&mut tx, &actor.reach(Permission::Read), &input.systems).await?;
        let unknown = input.systems.iter().find(|id| !known.iter().any(|brief| brief.id == **id));
        if let Some(id) = unknown {
            return Err(Fault::invalid("system", id, Wording::new("expect-id")));
        }
        let first = known.iter().find(|brief| Some(&brief.id) == input.systems.first());
        let team = match (first, &input.team) {
            (Some(first), Some(team)) if first.team != *team => {
                return Err(Fault::invalid("team", team, Wording::new("incidents-expect-team-of-system")));
            }
            (Some(first), _) => {
                actor.require(Permission::WorkIncidents, &first.team, "system")?;
                first.team.clone()
            }
            (None, team) => {
                let known = people::teams(&mut tx, &actor.reach(Permission::Read)).await?;
                let named = team.clone().filter(|team| known.iter().any(|known| known.id == *team));
                let team = named.ok_or_else(|| Fault::invalid("team", typed.get("team"), Wording::new("expect-id")))?;
                actor.require(Permission::WorkIncidents, &team, "team")?;
                team
            }
        };
        let (id, now): (IncidentId, _) = (self.ctx.new_id(), self.ctx.now());
        let number = store::next_number(&mut tx).await?;
        let row = IncidentRow {
            system_id: first.map(|first| first.id.to_string()),
            impact: input.impact.to_string(),
            owner_id: actor.user().map(ToString::to_string),
            owner_name: actor.user().map_or_else(String::new, |_| actor.name.clone()),
            // Whoever opens it by hand has seen it.
            acknowledged_at: Some(now.0),
            seen_at: Some(now.0),
            ..IncidentRow::fresh(&id, number, input.title.to_string(), input.severity, &team, now)
        };
        store::insert(&mut tx, &row, &input.systems).await?;
        note(&mut tx, &self.ctx, &id, &actor.name, EntryKind::Opened, &row.title, None).await?;
        if let Some(user) = actor.user() {
            store::set_commander(&mut tx, &id, Some((user, &actor.name)), &actor.name, now).await?;
            note(&mut tx, &self.ctx, &id, &actor.name, EntryKind::Owned, &row.owner_name, None).await?;
        }
        tell(&mut tx, &self.ctx, &id, "incident.opened").await?;
        let incident = with_systems(&mut tx, vec![row.clone()]).await?.pop().ok_or(Fault::Internal)?;
        self.finish(tx, actor, "incident.open", &row, &json!({ "severity": input.severity })).await?;
        Ok(incident)
    }

    async fn edit(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, row) = self.begin(actor, id).await?;
        let input = Edit::parse(typed)?;
        let version = input.version.unwrap_or(row.version);
        if version != row.version {
            return Err(Fault::conflict("conflict-incident-edited"));
        }
        let mut changed = Vec::new();
        if input.title.as_str() != row.title {
            changed.push(("title", json!([row.title, input.title])));
        }
        if input.severity.rank() != row.severity {
            changed.push(("severity", json!([domain::alerts::Severity::from_rank(row.severity), input.severity])));
        }
        if input.impact.as_str() != row.impact {
            changed.push(("impact", json!([row.impact, input.impact])));
        }
        if changed.is_empty() {
            return Ok(());
        }
        if !store::edit(&mut tx, id, version, &input, self.ctx.now()).await? {
            return Err(Fault::conflict("conflict-incident-edited"));
        }
        for (field, _) in &changed {
            let text = match *field {
                "title" => input.title.as_str(),
                "severity" => input.severity.name(),
                _ => input.impact.as_str(),
            };
            note(&mut tx, &self.ctx, id, &actor.name, EntryKind::Edited, text, None).await?;
        }
        if input.severity.rank() < row.severity {
            paging::worsened(&mut tx, &self.ctx, id).await?;
        }
        let detail: serde_json::Map<String, Value> = changed.into_iter().map(|(field, pair)| (field.to_owned(), pair)).collect();
        self.finish(tx, actor, "incident.edit", &row, &Value::Object(detail)).await
    }

    async fn move_to(&self, actor: &Actor, id: &IncidentId, to: State) -> Result<(), Fault> {
        let (mut tx, row) = self.begin(actor, id).await?;
        let from = row.state()?;
        if !moves(from).contains(&to) {
            return Err(Fault::Conflict(Wording::new("conflict-incident-move").with("from", from).with("to", to)));
        }
        after::allows(&mut tx, id, to).await?;
        // Taken before counting, so that no alert joins in between.
        note(&mut tx, &self.ctx, id, &actor.name, EntryKind::Moved, to.name(), None).await?;
        if to == State::Resolved {
            let lasting = alerts::lasting(&mut tx, id).await?;
            if lasting > 0 {
                return Err(Fault::Conflict(Wording::new("conflict-incident-alerts").with("count", lasting)));
            }
        }
        if to.is_open() && !from.is_open() {
            // As after a relapse: who had heard that it was over hears that it is not, and will hear its end again.
            store::reopen(&mut tx, id, to, self.ctx.now()).await?;
            tell(&mut tx, &self.ctx, id, "incident.reopened").await?;
        } else if !store::move_state(&mut tx, id, from, to, self.ctx.now()).await? {
            return Err(Fault::conflict("conflict-incident-moved"));
        }
        paging::seen(&mut tx, &self.ctx, id, &actor.name).await?;
        if to == State::Resolved {
            tell(&mut tx, &self.ctx, id, "incident.resolved").await?;
        }
        self.finish(tx, actor, "incident.move", &row, &json!({ "from": from, "to": to })).await
    }

    async fn acknowledge(&self, actor: &Actor, id: &IncidentId) -> Result<(), Fault> {
        self.take_notice(actor, id).await
    }

    async fn comment(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, row) = self.begin(actor, id).await?;
        let remark = Remark::parse(typed, domain::Timestamp(row.opened_at), self.ctx.now())?;
        record::remark(self, &mut tx, actor, &row, &remark).await?;
        self.finish(tx, actor, "incident.comment", &row, &json!({ "text": remark.text, "at": remark.at })).await
    }

    async fn lead(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, row) = self.begin(actor, id).await?;
        let Lead { owner, was } = Lead::parse(typed, actor.user())?;
        let leads = row.owner_id.as_deref().unwrap_or_default();
        if leads == owner.as_ref().map_or("", UserId::as_str) {
            return Ok(());
        }
        let moved = || match row.owner_name.as_str() {
            "" => Fault::conflict("conflict-incident-released"),
            name => Fault::Conflict(Wording::new("conflict-incident-led").with("name", name)),
        };
        let was = was.as_ref().map_or(leads, |was| was.as_ref().map_or("", UserId::as_str));
        if was != leads {
            return Err(moved());
        }
        let name = match &owner {
            None => String::new(),
            Some(user) if actor.user() == Some(user) => actor.name.clone(),
            // Whoever leads must be able to.
            Some(user) => teamwork::worker(&mut tx, "owner", user, &row.team()?).await?,
        };
        let to = owner.as_ref().map(|user| (user, name.as_str()));
        if !store::set_owner(&mut tx, id, was, to, self.ctx.now()).await? {
            return Err(moved());
        }
        store::set_commander(&mut tx, id, to, &actor.name, self.ctx.now()).await?;
        paging::seen(&mut tx, &self.ctx, id, &actor.name).await?;
        let kind = if owner.is_some() { EntryKind::Owned } else { EntryKind::Released };
        note(&mut tx, &self.ctx, id, &actor.name, kind, &name, None).await?;
        self.finish(tx, actor, "incident.assign", &row, &json!({ "from": row.owner_name, "to": name })).await
    }

    async fn judge(&self, actor: &Actor, id: &IncidentId, kind: SuspectKind, what: &str, verdict: Verdict) -> Result<(), Fault> {
        let (mut tx, row) = self.begin(actor, id).await?;
        let incident = with_systems(&mut tx, vec![row.clone()]).await?.pop().ok_or(Fault::Internal)?;
        let found = suspects::of(&mut tx, &incident, &actor.reach(Permission::Read)).await?;
        let suspect = found.into_iter().find(|s| s.kind == kind && s.id == what).ok_or(Fault::NotFound("suspect"))?;
        if !store::judge(&mut tx, id, &suspect, verdict, &actor.name, self.ctx.now()).await? {
            return Ok(());
        }
        suspects::note_both(&mut tx, &self.ctx, actor, &incident, &suspect, verdict).await?;
        self.finish(tx, actor, "incident.judge", &row, &json!({ "kind": kind, "id": what, "title": suspect.title, "verdict": verdict }))
            .await
    }
}

/// Reads rows with their systems by name, and their outages.
pub(super) async fn with_systems(conn: &mut AnyConnection, rows: Vec<IncidentRow>) -> Result<Vec<Incident>, Fault> {
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let pairs = store::systems_of(conn, &ids).await?;
    let mut wanted = pairs.iter().map(|pair| crate::db::stored(&pair.system_id)).collect::<Result<Vec<SystemId>, _>>()?;
    wanted.sort();
    wanted.dedup();
    let names: HashMap<SystemId, String> =
        systems::briefs(conn, &Reach::All, &wanted).await?.into_iter().map(|brief| (brief.id, brief.name)).collect();
    let mut of: HashMap<String, Vec<SystemRef>> = HashMap::new();
    for pair in pairs {
        let id: SystemId = crate::db::stored(&pair.system_id)?;
        let name = names.get(&id).cloned().unwrap_or_default();
        of.entry(pair.incident_id).or_default().push(SystemRef { id, name });
    }
    let mut outages = store::outages(conn, &ids).await?;
    rows.into_iter()
        .map(|row| {
            let systems = of.remove(&row.id).unwrap_or_default();
            let outages = outages.remove(&row.id).unwrap_or_default();
            row.read(systems, outages)
        })
        .collect()
}
