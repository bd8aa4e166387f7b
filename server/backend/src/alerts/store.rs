//! Tables `alerts`, `alert_labels` and `alert_events`.

use std::{borrow::Cow, collections::HashSet};

use domain::{
    Fault, Reach, Timestamp,
    alerts::{Alert, AlertFacts, Delays, Labels, Reading, Reason, Severity, Signal, State, Term, kept_told},
    id::{AlertId, IncidentId, SystemId, TeamId},
    incidents::AlertRef,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

mod figures;
mod history;
mod labels;
mod list;
mod near;
pub(crate) mod noise;
mod refused;
mod unseen;
mod write;

pub(crate) use figures::Standing;
pub(super) use figures::standing;
pub(super) use history::{Event, append, forget, history, note_acknowledged, seen_at_first};
pub(super) use list::list;
pub(crate) use near::Watched;
pub(super) use near::{Began, began, firing_of, hurting, running_of, watched};
pub(super) use refused::{refuse, refused};
pub(super) use unseen::unseen;
pub(super) use write::{insert, over_since, relabel, save, take, take_over, take_running};

pub(super) mod owner;

/// One row of `alerts`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct AlertRow {
    pub(super) id: String,
    pub(super) fingerprint: String,
    pub(super) source_kind: String,
    pub(super) source_id: String,
    pub(super) system_id: Option<String>,
    pub(super) team_id: String,
    pub(super) title: String,
    pub(super) detail: String,
    pub(super) url: String,
    pub(super) severity: i64,
    pub(super) state: String,
    pub(super) holds: i64,
    pub(super) holds_since: i64,
    pub(super) hold_ms: i64,
    pub(super) recover_ms: i64,
    pub(super) started_at: i64,
    pub(super) changed_at: i64,
    /// When its source last spoke of it: moved by the statement that locks the row for that, never by [`save`].
    pub(super) seen_at: i64,
    pub(super) fired_at: Option<i64>,
    pub(super) resolved_at: Option<i64>,
    pub(super) acknowledged_at: Option<i64>,
    pub(super) acknowledged_by: String,
    pub(super) incident_id: Option<String>,
    pub(super) labels: String,
    pub(super) annotations: String,
    /// What is kept of annotations that tell a finding, as JSON; empty where none does.
    pub(super) late: String,
    pub(super) suppressed: String,
    pub(super) expires_at: Option<i64>,
    /// 1 where its source named that end: an earlier one does not count then.
    pub(super) end_named: i64,
    /// Rows of its history.
    pub(super) events: i64,
    /// Version of the routes that led it to its groups.
    pub(super) routed: i64,
    /// Who posted it; empty where our own sources observe it.
    pub(super) sender: String,
    /// Its rule, as its source said it last: JSON of its terms.
    pub(super) rule: String,
}

pub(super) const COLUMNS: &str = "id, fingerprint, source_kind, source_id, system_id, team_id, title, detail, url, severity, state, holds, holds_since, \
     hold_ms, recover_ms, started_at, changed_at, seen_at, fired_at, resolved_at, acknowledged_at, acknowledged_by, incident_id, labels, annotations, \
     suppressed, expires_at, end_named, events, routed, sender, rule, late";

/// Bytes of a text that an index takes together with a name and an id.
const INDEXED: usize = 2_048;

/// Where a row stands in a list, in one number: unacknowledged, acknowledged, over; then the worst; then the newest. The
/// index `alerts_place` says it word for word.
const ORDER: &str = "(CASE WHEN state = 'resolved' THEN 2000000000000000 WHEN acknowledged_at IS NOT NULL THEN 1000000000000000 ELSE 0 END \
     + CASE WHEN state = 'resolved' THEN 0 ELSE severity * 100000000000000 END + 10000000000000 - started_at)";
/// Where what is over begins in this order.
const OVER: i64 = 2_000_000_000_000_000;

impl AlertRow {
    pub(super) fn begin(id: &AlertId, signal: &Signal, team: &TeamId, now: Timestamp) -> Self {
        let delays = signal.delays.unwrap_or_else(|| Delays::of(signal.source_kind));
        Self {
            id: id.to_string(),
            fingerprint: signal.fingerprint(),
            source_kind: signal.source_kind.to_owned(),
            source_id: signal.source_id.clone(),
            system_id: signal.system.as_ref().map(ToString::to_string),
            team_id: team.to_string(),
            title: signal.title.clone(),
            detail: signal.detail.clone(),
            url: signal.url.clone(),
            severity: signal.severity.rank(),
            state: State::Pending.name().to_owned(),
            holds: 1,
            holds_since: now.0,
            hold_ms: delays.hold_ms,
            recover_ms: delays.recover_ms,
            started_at: now.0,
            changed_at: now.0,
            seen_at: now.0,
            fired_at: None,
            resolved_at: None,
            acknowledged_at: None,
            acknowledged_by: String::new(),
            incident_id: None,
            labels: "{}".to_owned(),
            annotations: written(&signal.annotations),
            late: signal.late.clone(),
            suppressed: "[]".to_owned(),
            expires_at: None,
            end_named: 0,
            events: 0,
            routed: 0,
            sender: String::new(),
            rule: terms(&signal.rule),
        }
    }

    pub(super) fn state(&self) -> Result<State, Fault> {
        stored(&self.state)
    }

    pub(super) fn system(&self) -> Result<Option<SystemId>, Fault> {
        self.system_id.as_deref().map(stored).transpose()
    }

    pub(super) fn labels(&self) -> Result<Labels, Fault> {
        read_labels(&self.labels)
    }

    pub(super) fn team(&self) -> Result<TeamId, Fault> {
        stored(&self.team_id)
    }

    pub(super) fn incident(&self) -> Result<Option<IncidentId>, Fault> {
        self.incident_id.as_deref().map(stored).transpose()
    }

    /// Whether it is written down that something keeps it quiet.
    pub(super) fn is_suppressed(&self) -> bool {
        self.suppressed != "[]"
    }

    pub(super) fn suppressed(&self) -> Result<Vec<Reason>, Fault> {
        kept("reasons", &self.suppressed)
    }

    pub(super) fn rule(&self) -> Result<Vec<Term>, Fault> {
        kept("rule", &self.rule)
    }

    pub(super) fn delays(&self) -> Delays {
        Delays { hold_ms: self.hold_ms, recover_ms: self.recover_ms }
    }

    pub(super) fn reading(&self) -> Reading {
        Reading { holds: (self.holds >= 0).then_some(self.holds == 1), since: Timestamp(self.holds_since) }
    }

    pub(super) fn take_reading(&mut self, reading: Reading) {
        self.holds = reading.holds.map_or(-1, i64::from);
        self.holds_since = reading.since.0;
    }

    /// What incidents are told of it.
    pub(super) fn facts(&self) -> Result<AlertFacts, Fault> {
        Ok(AlertFacts {
            id: stored(&self.id)?,
            title: self.title.clone(),
            detail: self.detail.clone(),
            told: self.kept_told()?,
            severity: Severity::from_rank(self.severity),
            system: self.system()?,
            team: self.team()?,
            cause: self.fingerprint.clone(),
            incident: self.incident()?,
        })
    }

    /// What is kept of annotations that tell a finding, as messages hold it; nothing where none does.
    pub(super) fn late(&self) -> Value {
        serde_json::from_str(&self.late).unwrap_or_default()
    }

    /// Its texts in each language, for messages that name it by its title; nothing where there is one alone.
    pub(super) fn told(&self) -> Result<Value, Fault> {
        Ok(kept_told(&read_labels(&self.annotations)?, &self.late).unwrap_or_default())
    }

    /// The same, as an incident keeps it: empty where there is nothing.
    pub(super) fn kept_told(&self) -> Result<String, Fault> {
        self.told().map(|told| if told.is_null() { String::new() } else { told.to_string() })
    }

    pub(super) fn read(&self, system_name: &str) -> Result<Alert, Fault> {
        Ok(Alert {
            id: stored(&self.id)?,
            title: self.title.clone(),
            detail: self.detail.clone(),
            url: self.url.clone(),
            severity: Severity::from_rank(self.severity),
            state: self.state()?,
            holds: self.reading().holds,
            source_kind: self.source_kind.clone(),
            source_id: self.source_id.clone(),
            system: self.system()?,
            system_name: system_name.to_owned(),
            team: self.team()?,
            labels: self.labels()?,
            annotations: read_labels(&self.annotations)?,
            late: self.late.clone(),
            suppressed: self.suppressed()?,
            incident: self.incident()?,
            started_at: Timestamp(self.started_at),
            fired_at: self.fired_at.map(Timestamp),
            resolved_at: self.resolved_at.map(Timestamp),
            expires_at: self.expires_at.map(Timestamp),
            changed_at: Timestamp(self.changed_at),
            seen_at: Timestamp(self.seen_at),
            acknowledged_at: self.acknowledged_at.map(Timestamp),
            acknowledged_by: self.acknowledged_by.clone(),
            delays: self.delays(),
        })
    }
}

/// Labels or annotations as they are stored: one JSON object with its names in order.
pub(super) fn written(labels: &Labels) -> String {
    serde_json::to_string(labels).unwrap_or_else(|_| "{}".to_owned())
}

/// The lines of a rule as they are stored: a JSON list.
pub(super) fn terms(rule: &[Term]) -> String {
    serde_json::to_string(rule).unwrap_or_else(|_| "[]".to_owned())
}

pub(super) fn read_labels(text: &str) -> Result<Labels, Fault> {
    kept("labels", text)
}

/// JSON as it is stored of an alert.
fn kept<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(what, %error, "what is stored of an alert does not read");
        Fault::Internal
    })
}

/// A text as an index takes it, which takes no long ones: of one that is longer its beginning, and a hash of the whole.
pub(super) fn indexed(text: &str) -> Cow<'_, str> {
    if text.len() <= INDEXED {
        return Cow::Borrowed(text);
    }
    let hash: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    Cow::Owned(format!("{}…{hash}", &text[..text.floor_char_boundary(INDEXED - 100)]))
}

fn select() -> Sql {
    sql("SELECT ").push(COLUMNS).push(" FROM alerts WHERE 1 = 1")
}

/// One alert within reach.
pub(super) async fn get(conn: &mut AnyConnection, reach: &Reach, id: &AlertId) -> Result<AlertRow, Fault> {
    select().within("team_id", reach).push(" AND id = ").bind(id).first(conn).await?.ok_or(Fault::NotFound("alert"))
}

/// Those of the alerts that lie within reach, by id.
pub(super) async fn get_all(conn: &mut AnyConnection, reach: &Reach, ids: &[AlertId]) -> Result<Vec<AlertRow>, Fault> {
    select().within("team_id", reach).and_in("id", ids).push(" ORDER BY id").all(conn).await
}

/// Alerts that would be over before, unless somebody repeats them, last until then; nobody named that end.
pub(super) async fn outlast(conn: &mut AnyConnection, until: Timestamp) -> Result<(), Fault> {
    sql("UPDATE alerts SET expires_at = $1, end_named = 0 WHERE expires_at < $2 AND state <> 'resolved'")
        .value(until)
        .value(until)
        .run(conn)
        .await
        .map(drop)
}

/// Alerts that time has moved on, by id as it is stored.
pub(super) async fn due(conn: &mut AnyConnection, now: Timestamp, limit: usize) -> Result<Vec<String>, Fault> {
    sql("SELECT id FROM alerts WHERE (state = 'pending' AND holds = 1 AND holds_since + hold_ms <= $1) \
         OR (state = 'recovering' AND holds = 0 AND holds_since + recover_ms <= $2) \
         OR (state <> 'resolved' AND expires_at <= $3) ORDER BY started_at, id LIMIT ")
    .value(now)
    .value(now)
    .value(now)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .texts(conn)
    .await
}

/// When the next alert ends by itself that has not ended yet.
pub(super) async fn next_due(conn: &mut AnyConnection, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    let next = sql("SELECT MIN(expires_at) FROM alerts WHERE state <> 'resolved' AND expires_at > $1").value(now).count(conn).await?;
    Ok((next > 0).then_some(Timestamp(next)))
}

/// Marks it seen and locks it; gives the number of the event that tells so, `None` where it had been seen, or is over.
pub(super) async fn acknowledge(conn: &mut AnyConnection, id: &str, by: &str, now: Timestamp) -> Result<Option<i64>, Fault> {
    let seq = sql("UPDATE alerts SET acknowledged_at = $1, acknowledged_by = $2, events = events + 1 \
         WHERE id = $3 AND acknowledged_at IS NULL AND state <> 'resolved' RETURNING events")
    .value(now)
    .value(by)
    .value(id)
    .count(conn)
    .await?;
    Ok((seq > 0).then_some(seq))
}

pub(super) async fn lasting(conn: &mut AnyConnection, incident: &IncidentId) -> Result<i64, Fault> {
    sql("SELECT COUNT(*) FROM alerts WHERE incident_id = $1 AND fired_at IS NOT NULL AND state <> 'resolved'")
        .value(incident)
        .count(conn)
        .await
}

pub(super) async fn lasting_in(conn: &mut AnyConnection, incidents: &[IncidentId]) -> Result<HashSet<String>, Fault> {
    let found = sql("SELECT DISTINCT incident_id FROM alerts WHERE fired_at IS NOT NULL AND state <> 'resolved'")
        .and_in("incident_id", incidents)
        .texts(conn)
        .await?;
    Ok(found.into_iter().collect())
}

/// Every alert of an incident that lasts.
pub(super) async fn lasting_of(conn: &mut AnyConnection, incident: &IncidentId) -> Result<Vec<AlertId>, Fault> {
    let ids = sql("SELECT id FROM alerts WHERE incident_id = $1 AND state <> 'resolved'").value(incident).texts(conn).await?;
    ids.iter().map(|id| stored(id)).collect()
}

/// Alerts of an incident that are told, the newest.
const TOLD: usize = 200;

pub(super) async fn of_incident(conn: &mut AnyConnection, incident: &IncidentId) -> Result<(Vec<AlertRef>, i64), Fault> {
    let all = sql("SELECT COUNT(*) FROM alerts WHERE incident_id = $1").value(incident);
    let newest = select().push(" AND incident_id = ").bind(incident).push(" ORDER BY started_at DESC, id DESC");
    let (rows, earlier) = newest.up_to::<AlertRow>(TOLD, all, conn).await?;
    let read = |row: &AlertRow| {
        Ok(AlertRef {
            id: stored(&row.id)?,
            title: row.title.clone(),
            told: row.kept_told()?,
            severity: Severity::from_rank(row.severity),
            state: row.state()?,
            acknowledged: row.acknowledged_at.is_some(),
            started_at: Timestamp(row.started_at),
        })
    };
    Ok((rows.iter().map(read).collect::<Result<_, Fault>>()?, earlier))
}

/// What runs holds for as long as it did, and lasts for as long as it would have: the clock was set back.
pub(super) async fn sooner(conn: &mut AnyConnection, by: i64) -> Result<(), Fault> {
    sql("UPDATE alerts SET holds_since = holds_since - $1, expires_at = expires_at - $2 WHERE state <> 'resolved'")
        .value(by)
        .value(by)
        .run(conn)
        .await
        .map(drop)
}
