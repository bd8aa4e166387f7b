//! What is explained by itself: alerts on transactions from their first sign on, and open incidents.

use domain::{
    Fault, Reach, Timestamp,
    id::{ObjectiveId, SystemId},
    incidents::Incident,
    slices::Looked,
    transactions::Filter,
};
use sqlx::AnyConnection;

use super::Subject;
use crate::{
    alerts, incidents, objectives,
    rules::{self, LooksAt},
};

/// One that lasts.
pub(super) struct Case {
    pub(super) subject: Subject,
    pub(super) id: String,
    /// Its first sign, as far as that is known at a glance.
    pub(super) sign: Timestamp,
    what: What,
}

enum What {
    Alert(alerts::Watched),
    Incident(Box<Incident>),
}

/// What is looked at to explain it.
pub(super) struct Plan {
    /// The systems whose transactions tell.
    pub(super) systems: Vec<SystemId>,
    pub(super) filter: Filter,
    /// Codes with which a failure counts as none.
    pub(super) excused: Vec<String>,
    /// The zone that its source names; empty where it names none.
    pub(super) zone: String,
    /// What is looked at, in this order, until something is found.
    pub(super) looked: Vec<Looked>,
    /// The currency of an amount; empty where none is named.
    pub(super) currency: String,
    /// The first sign.
    pub(super) sign: Timestamp,
    /// When it stopped to hurt; `None` while it does.
    pub(super) until: Option<Timestamp>,
}

/// Everything that lasts.
pub(super) async fn all(conn: &mut AnyConnection) -> Result<Vec<Case>, Fault> {
    let watched = alerts::watched(conn, &[rules::SOURCE, objectives::SOURCE]).await?;
    let alerts = watched.into_iter().map(|alert| Case {
        subject: Subject::Alert,
        id: alert.id.to_string(),
        sign: alert.started_at,
        what: What::Alert(alert),
    });
    let incidents = incidents::open(conn, &Reach::All).await?.into_iter().map(|incident| Case {
        subject: Subject::Incident,
        id: incident.id.to_string(),
        sign: incident.opened_at,
        what: What::Incident(Box::new(incident)),
    });
    Ok(alerts.chain(incidents).collect())
}

impl Case {
    /// What is to be looked at; `None` where no transactions tell anything of it.
    pub(super) async fn plan(&self, conn: &mut AnyConnection) -> Result<Option<Plan>, Fault> {
        match &self.what {
            What::Alert(alert) => {
                let asked = asked(conn, alert).await?;
                Ok(asked.map(|(excused, asked)| Plan {
                    systems: vec![alert.system.clone()],
                    filter: asked.filter,
                    excused,
                    zone: asked.zone,
                    looked: vec![asked.looked],
                    currency: asked.currency,
                    sign: self.sign,
                    until: None,
                }))
            }
            What::Incident(incident) => {
                let (systems, sign) = incidents::counted(conn, incident).await?;
                let plan = Plan {
                    systems,
                    filter: Filter::default(),
                    excused: Vec::new(),
                    zone: String::new(),
                    looked: vec![Looked::Success, Looked::Volume],
                    currency: String::new(),
                    sign,
                    until: incident.mitigated_at,
                };
                Ok((!plan.systems.is_empty()).then_some(plan))
            }
        }
    }
}

/// What the source of an alert looks at, where that is transactions, and the codes that it excuses.
async fn asked(conn: &mut AnyConnection, alert: &alerts::Watched) -> Result<Option<(Vec<String>, LooksAt)>, Fault> {
    if alert.source_kind == rules::SOURCE {
        return Ok(rules::of_transactions(conn, &alert.source_id).await?.map(|asked| (Vec::new(), asked)));
    }
    let source = alert.source_id.split('/').next().unwrap_or_default();
    match ObjectiveId::parse(source) {
        Some(id) => {
            let found = objectives::of_successes(conn, &id).await?;
            Ok(found.map(|(filter, excused, zone)| (excused, LooksAt { looked: Looked::Success, filter, zone, currency: String::new() })))
        }
        None => Ok(None),
    }
}
