//! Reading, writing down, importing: each act begins with authority and ends with its audit row.

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    Actor, Fault, Page, PageRequest, Permission, Problem, Wording,
    audit::Object,
    form::{Check, Typed},
    id::{SystemId, TeamId},
    live::Topic,
    systems::{Brief, Entry, FieldChange, Filter, Plan, StepKind, System, Systems, TeamChoice, arrows, check, cycle, differences, plan},
};
use serde_json::json;
use tokio::sync::Semaphore;

use super::{
    catalogue::Catalogue,
    store::{self, Stored},
    yaml::{self, Written},
};
use crate::{Context, WriteTx, alerts, audit, changes, escalations, incidents};

/// Implements [`domain::systems::Systems`].
pub struct Service {
    ctx: Context,
    /// Files read at a time: reading one takes a core for a moment.
    readers: Arc<Semaphore>,
}

/// Files read at a time; others wait.
const READERS: usize = 2;

impl Service {
    /// The service over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx, readers: Arc::new(Semaphore::new(READERS)) }
    }

    /// Reads a file beside the threads that answer requests, and before anything of the database is held.
    async fn read(&self, yaml: &str) -> Result<Vec<Written>, Fault> {
        let place = self.readers.clone().acquire_owned().await.map_err(|_| Fault::Internal)?;
        let text = yaml.to_owned();
        let reading = tokio::task::spawn_blocking(move || {
            let _place = place;
            yaml::read(&text)
        });
        reading.await.map_err(|error| {
            tracing::error!(%error, "a catalogue was not read");
            Fault::Internal
        })?
    }

    async fn record(
        &self,
        tx: &mut WriteTx,
        actor: &Actor,
        act: &str,
        id: &SystemId,
        entry: &Entry,
        team: &TeamChoice,
        fields: &[FieldChange],
    ) -> Result<(), Fault> {
        let detail = json!({ "key": entry.key, "changes": fields });
        tx.announce(Topic::Systems, id, Some(&team.id));
        audit::record(tx, &self.ctx, actor, act, Object::new("system", id, &entry.name, Some(&team.id)), &detail).await
    }

    /// Resolves one entry, checks it against the whole and writes it; `stands` is the row that it replaces.
    async fn write(
        &self,
        tx: &mut WriteTx,
        actor: &Actor,
        catalogue: &Catalogue,
        entry: &Entry,
        stands: Option<(&Stored, i64)>,
    ) -> Result<SystemId, Fault> {
        let (entry, mut problems) = catalogue.resolve(actor, entry, stands.map(|(old, _)| old), &[]);
        let mut edges = catalogue.edges();
        if let Some((old, _)) = stands.filter(|(old, _)| old.entry.key != entry.key) {
            rename(&mut edges, &old.entry.key, &entry.key);
        }
        if catalogue.by_key(&entry.key).is_some_and(|s| stands.is_none_or(|(old, _)| old.id != s.id)) {
            problems.push(Problem::new("key", &entry.key, Wording::new("expect-free")));
        }
        edges.insert(entry.key.clone(), entry.needs.clone());
        if let Some(ring) = cycle(&edges) {
            let shown: Vec<String> = ring.into_iter().map(|key| self.shown(actor, catalogue, &entry, key)).collect();
            problems.push(Problem::new(
                "needs",
                entry.needs.join(", "),
                Wording::new("systems-expect-no-cycle").with("cycle", arrows(&shown)),
            ));
        }
        if !problems.is_empty() {
            return Err(Fault::Invalid(problems));
        }
        let team = catalogue.team(actor, &entry.team).map_err(|problem| Fault::Invalid(vec![problem]))?;
        actor.require(Permission::EditSystems, &team.id, "system")?;
        let fields = differences(stands.map(|(old, _)| &old.entry), &entry);
        let needs: Vec<SystemId> = entry.needs.iter().filter_map(|key| catalogue.by_key(key)).map(|s| s.id.clone()).collect();
        let id = match stands {
            None => {
                let id = self.ctx.new_id();
                store::insert(tx, &id, &team.id, &entry, self.ctx.now()).await?;
                id
            }
            Some((old, version)) => {
                if !store::update(tx, &old.id, version, &team.id, &entry, self.ctx.now()).await? {
                    return Err(Fault::Conflict(Wording::new("systems-conflict-edited").with("version", old.version)));
                }
                self.hand_over(tx, old, &team.id).await?;
                old.id.clone()
            }
        };
        store::set_needs(tx, &id, &needs).await?;
        let act = if stands.is_some() { "system.edit" } else { "system.create" };
        self.record(tx, actor, act, &id, &entry, team, &fields).await?;
        Ok(id)
    }

    /// A system that goes to another team takes with it what still runs on it. Tools stay: who may run a program is
    /// given by whoever defines it, not by whoever keeps the catalogue.
    async fn hand_over(&self, tx: &mut WriteTx, old: &Stored, team: &TeamId) -> Result<(), Fault> {
        if old.team == *team {
            return Ok(());
        }
        alerts::follow_system(tx, &self.ctx, &old.id, team).await?;
        incidents::follow_system(tx, &old.id, team).await?;
        changes::follow_system(tx, &self.ctx, &old.id, team).await?;
        escalations::follow_system(tx, &old.id, team).await?;
        // Who had it hears, too, that it is gone.
        tx.announce(Topic::Systems, &old.id, Some(&old.team));
        Ok(())
    }

    /// A key of a cycle as the actor may see it: `…` stands for systems beyond their reach.
    fn shown(&self, actor: &Actor, catalogue: &Catalogue, entry: &Entry, key: String) -> String {
        let seen = key == entry.key || catalogue.by_key(&key).is_none_or(|s| actor.may(Permission::Read, &s.team));
        if seen { key } else { "…".to_owned() }
    }

    /// Names everything by key and compares; refuses what the actor may not do.
    fn compare(&self, actor: &Actor, catalogue: &Catalogue, wanted: &[Written]) -> Result<(Vec<Entry>, Plan), Fault> {
        let stand: BTreeMap<String, Entry> = catalogue.visible(actor).into_iter().map(|entry| (entry.key.clone(), entry)).collect();
        let wanted: Vec<Entry> = wanted.iter().map(|written| written.over(stand.get(written.key()))).collect();
        let mut problems = Vec::new();
        let mut entries = Vec::new();
        for (i, entry) in wanted.iter().enumerate() {
            let stands = catalogue.by_key(&entry.key);
            if stands.is_some_and(|s| !actor.may(Permission::Read, &s.team)) {
                problems.push(Problem::new(format!("systems[{i}].key"), &entry.key, Wording::new("expect-free")));
            }
            let (resolved, found) = catalogue.resolve(actor, entry, stands, &wanted);
            problems.extend(found.into_iter().map(|p| Problem { field: format!("systems[{i}].{}", p.field), ..p }));
            entries.push(resolved);
        }
        if problems.is_empty() {
            problems = check(&catalogue.edges(), &entries);
        }
        if !problems.is_empty() {
            return Err(Fault::Invalid(problems));
        }
        let stand: Vec<Entry> = catalogue.systems.iter().map(|s| s.entry.clone()).collect();
        let mut plan = plan(&stand, &entries);
        plan.absent.retain(|key| catalogue.by_key(key).is_some_and(|s| actor.may(Permission::Read, &s.team)));
        for step in &plan.steps {
            let teams = entries.iter().find(|e| e.key == step.key).map(|e| e.team.as_str()).into_iter();
            for team in teams.chain(catalogue.by_key(&step.key).map(|s| s.entry.team.as_str())) {
                let team = catalogue.team(actor, team).map_err(|problem| Fault::Invalid(vec![problem]))?;
                actor.require(Permission::EditSystems, &team.id, "system")?;
            }
        }
        Ok((entries, plan))
    }
}

/// Every mention of a key under its new name.
fn rename(edges: &mut domain::systems::Edges, old: &str, new: &str) {
    edges.remove(old);
    for need in edges.values_mut().flatten().filter(|need| *need == old) {
        new.clone_into(need);
    }
}

#[async_trait::async_trait]
impl Systems for Service {
    async fn list(&self, actor: &Actor, filter: &Filter, page: &PageRequest) -> Result<Page<System>, Fault> {
        actor.authenticated()?;
        let mut conn = self.ctx.db.read().await?;
        let rows = store::list(&mut conn, &actor.reach(Permission::Read), filter, page).await?;
        Ok(Page::cut(rows, page.limit, |s| (i64::from(s.brief.tier), s.brief.key.clone())))
    }

    async fn get(&self, actor: &Actor, id: &SystemId) -> Result<System, Fault> {
        actor.authenticated()?;
        let mut conn = self.ctx.db.read().await?;
        store::get(&mut conn, &actor.reach(Permission::Read), id).await
    }

    async fn choices(&self, actor: &Actor, permission: Permission) -> Result<Vec<Brief>, Fault> {
        actor.authenticated()?;
        let mut conn = self.ctx.db.read().await?;
        store::all(&mut conn, &actor.reach(permission)).await
    }

    async fn teams(&self, actor: &Actor, permission: Permission) -> Result<Vec<TeamChoice>, Fault> {
        actor.authenticated()?;
        let mut conn = self.ctx.db.read().await?;
        let mut teams = store::teams(&mut conn).await?;
        teams.retain(|team| actor.may(permission, &team.id));
        Ok(teams)
    }

    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<SystemId, Fault> {
        actor.require_somewhere(Permission::EditSystems)?;
        let entry = Entry::parse(&typed.with_key())?;
        let mut tx = self.ctx.begin_write().await?;
        let catalogue = Catalogue::read(&mut tx).await?;
        let id = self.write(&mut tx, actor, &catalogue, &entry, None).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn edit(&self, actor: &Actor, id: &SystemId, typed: &Typed) -> Result<(), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let catalogue = Catalogue::read(&mut tx).await?;
        let stands = catalogue.by_id(id).ok_or(Fault::NotFound("system"))?;
        actor.require(Permission::EditSystems, &stands.team, "system")?;
        let entry = Entry::parse(typed)?;
        let mut form = Check::new(typed);
        let version = form.number("version", 1, i64::MAX);
        let (version,) = form.finish((version,))?;
        self.write(&mut tx, actor, &catalogue, &entry, Some((stands, version))).await?;
        tx.commit().await
    }

    async fn delete(&self, actor: &Actor, id: &SystemId) -> Result<(), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let catalogue = Catalogue::read(&mut tx).await?;
        let stands = catalogue.by_id(id).ok_or(Fault::NotFound("system"))?;
        actor.require(Permission::EditSystems, &stands.team, "system")?;
        let needed_by: Vec<String> = catalogue
            .systems
            .iter()
            .filter(|s| s.entry.needs.contains(&stands.entry.key))
            .map(|s| if actor.may(Permission::Read, &s.team) { s.entry.key.clone() } else { "…".to_owned() })
            .collect();
        if !needed_by.is_empty() {
            return Err(Fault::Conflict(Wording::new("systems-conflict-needed").with("systems", needed_by.join(", "))));
        }
        store::delete(&mut tx, id).await.map_err(|fault| match fault {
            Fault::Conflict(_) => Fault::conflict("systems-conflict-used"),
            other => other,
        })?;
        tx.announce(Topic::Systems, id, Some(&stands.team));
        let object = Object::new("system", id, &stands.entry.name, Some(&stands.team));
        audit::record(&mut tx, &self.ctx, actor, "system.delete", object, &json!({ "key": stands.entry.key })).await?;
        tx.commit().await
    }

    async fn export(&self, actor: &Actor) -> Result<String, Fault> {
        actor.require_somewhere(Permission::Export)?;
        let mut conn = self.ctx.db.read().await?;
        yaml::write(&Catalogue::read(&mut conn).await?.visible(actor))
    }

    async fn plan(&self, actor: &Actor, yaml: &str) -> Result<Plan, Fault> {
        actor.require_somewhere(Permission::EditSystems)?;
        let wanted = self.read(yaml).await?;
        let mut conn = self.ctx.db.read().await?;
        let catalogue = Catalogue::read(&mut conn).await?;
        drop(conn);
        Ok(self.compare(actor, &catalogue, &wanted)?.1)
    }

    async fn apply(&self, actor: &Actor, yaml: &str, fingerprint: Option<&str>) -> Result<Plan, Fault> {
        actor.require_somewhere(Permission::EditSystems)?;
        let wanted = self.read(yaml).await?;
        let mut tx = self.ctx.begin_write().await?;
        let catalogue = Catalogue::read(&mut tx).await?;
        let (entries, plan) = self.compare(actor, &catalogue, &wanted)?;
        if fingerprint.is_some_and(|shown| shown != plan.fingerprint) {
            return Err(Fault::conflict("systems-conflict-plan"));
        }
        // First every row, then what each needs: a file may name systems before it writes them down.
        let now = self.ctx.now();
        let mut ids: BTreeMap<String, SystemId> = catalogue.systems.iter().map(|s| (s.entry.key.clone(), s.id.clone())).collect();
        let steps: Vec<(&Entry, &domain::systems::Step)> =
            plan.steps.iter().filter_map(|step| entries.iter().find(|e| e.key == step.key).map(|e| (e, step))).collect();
        for (entry, step) in &steps {
            let team = catalogue.team(actor, &entry.team).map_err(|problem| Fault::Invalid(vec![problem]))?;
            match catalogue.by_key(&entry.key) {
                Some(old) => {
                    if !store::update(&mut tx, &old.id, old.version, &team.id, entry, now).await? {
                        return Err(Fault::conflict("systems-conflict-plan"));
                    }
                    self.hand_over(&mut tx, old, &team.id).await?;
                }
                None => {
                    let id: SystemId = self.ctx.new_id();
                    store::insert(&mut tx, &id, &team.id, entry, now).await?;
                    ids.insert(step.key.clone(), id);
                }
            }
        }
        for (entry, step) in &steps {
            let id = ids.get(&entry.key).ok_or(Fault::Internal)?.clone();
            let needs: Vec<SystemId> = entry.needs.iter().filter_map(|key| ids.get(key).cloned()).collect();
            store::set_needs(&mut tx, &id, &needs).await?;
            let team = catalogue.team(actor, &entry.team).map_err(|problem| Fault::Invalid(vec![problem]))?;
            let act = if step.kind == StepKind::Create { "system.create" } else { "system.edit" };
            self.record(&mut tx, actor, act, &id, entry, team, &step.fields).await?;
        }
        tx.commit().await?;
        Ok(plan)
    }
}
