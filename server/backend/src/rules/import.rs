//! Files of Prometheus rules, taken over in one transaction.

use domain::{
    Actor, Fault, Permission, Problem, Wording,
    audit::Object,
    id::{RuleId, SourceId, SystemId},
    live::Topic,
    rules::{
        Draft,
        import::{Fate, File, Group, Line, MOST, Report, draft},
    },
};
use serde_json::json;

use super::{
    NAME, acts, record,
    store::{self, Stored},
};
use crate::{Context, WriteTx, audit, systems};

fn read(yaml: &str) -> Result<Vec<Group>, Fault> {
    crate::yaml::bounded(yaml)?;
    let wrong = |message: String| {
        let expected = Wording::new("rules-expect-yaml").with("message", message);
        Fault::Invalid(vec![Problem::unsaid("yaml", Wording::new("unsaid-text"), expected)])
    };
    let file: File = crate::yaml::read(yaml).map_err(wrong)?;
    let groups = file.groups().ok_or_else(|| wrong("groups: –".to_owned()))?;
    let count: usize = groups.iter().map(|group| group.rules.len()).sum();
    if count > MOST {
        return Err(Fault::invalid("yaml", count, Wording::new("expect-between").with("min", 0).with("max", MOST)));
    }
    Ok(groups)
}

pub(super) async fn import(
    ctx: &Context,
    actor: &Actor,
    system: &SystemId,
    source: &SourceId,
    yaml: &str,
    plan: bool,
) -> Result<Report, Fault> {
    actor.require_somewhere(Permission::EditMonitors)?;
    let groups = read(yaml)?;
    let mut tx = ctx.begin_write().await?;
    let mut report = Report { lines: Vec::new(), done: !plan };
    let mut taken: Vec<(String, String)> = Vec::new();
    // Rules that are edited, as they were: what they fired is over, all of it together.
    let mut before: Vec<Stored> = Vec::new();
    for group in &groups {
        for written in &group.rules {
            let name = written.alert.clone().or_else(|| written.record.clone()).unwrap_or_default();
            let mut line = Line { group: group.name.clone(), name, fate: Fate::Refused, notes: Vec::new() };
            match draft(group, written, system, source) {
                Err(why) => line.notes.push(why),
                Ok((mut draft, notes)) => {
                    line.notes = notes;
                    // A file may name several rules alike: they are told apart by a number.
                    let alike = taken.iter().filter(|(g, n)| *g == draft.group && n == draft.name.as_str()).count();
                    taken.push((draft.group.clone(), draft.name.to_string()));
                    if alike > 0 {
                        draft.group = format!("{} #{}", draft.group, alike + 1);
                    }
                    let (fate, edited) = write(&mut tx, ctx, actor, &draft, plan).await?;
                    line.fate = fate;
                    before.extend(edited);
                }
            }
            report.lines.push(line);
        }
    }
    if plan {
        // Nothing was written: the transaction ends with nothing in it.
        return Ok(report);
    }
    record::withdraw(&mut tx, ctx, &before).await?;
    let brief = systems::brief(&mut tx, system).await?;
    let detail = json!({
        "source": source,
        "created": report.count(Fate::Create),
        "updated": report.count(Fate::Update),
        "same": report.count(Fate::Same),
        "refused": report.count(Fate::Refused),
    });
    tx.announce(Topic::Rules, "", Some(&brief.team));
    tx.ring(NAME);
    audit::record(&mut tx, ctx, actor, "rules.import", Object::new("system", system, &brief.name, Some(&brief.team)), &detail).await?;
    tx.commit().await?;
    Ok(report)
}

/// Writes one rule; gives what became of it, and of one that is edited what it was.
async fn write(tx: &mut WriteTx, ctx: &Context, actor: &Actor, draft: &Draft, plan: bool) -> Result<(Fate, Option<Stored>), Fault> {
    let stored = store::named(tx, &draft.system, &draft.group, draft.name.as_str()).await?;
    acts::check(tx, actor, draft, stored.as_ref().map(|stored| &stored.input)).await?;
    let now = ctx.now();
    match stored {
        None if plan => Ok((Fate::Create, None)),
        None => {
            let id: RuleId = ctx.new_id();
            store::insert(tx, &id, draft, now).await?;
            Ok((Fate::Create, None))
        }
        Some(stored) if acts::same(&stored, draft) => Ok((Fate::Same, None)),
        Some(_) if plan => Ok((Fate::Update, None)),
        Some(stored) => {
            let held = store::hold(tx, &stored.id).await?;
            store::update(tx, &held.id, draft, held.version, now).await?;
            Ok((Fate::Update, Some(held)))
        }
    }
}
