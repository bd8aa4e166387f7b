//! All ports in one hand.

use std::sync::Arc;

use crate::{
    Clock, Timestamp,
    alerts::{Alerts, Integrations, Routes, Silences},
    audit::Audit,
    bands::Bands,
    calendars::Calendars,
    changes::{Approving, Carrying, Changes, Templates, Verifying},
    deliveries::{Contacts, Deliveries},
    deployments::Deployments,
    escalations::Escalations,
    evidence::Evidences,
    health::Health,
    incidents::Incidents,
    live::Live,
    load::Load,
    merchants::Merchants,
    monitors::{Locations, Monitors},
    objectives::Objectives,
    occasions::Occasions,
    oncall::OnCall,
    overview::Overview,
    people::People,
    rules::Rules,
    slices::Explanations,
    sources::Sources,
    status::Status,
    streams::Streams,
    systems::Systems,
    tools::Tools,
    transactions::Transactions,
    views::Views,
};

/// Everything that pages and the API may ask, built once at boot; cloning it is cheap.
#[derive(Clone)]
pub struct Portal {
    /// The clock of the process.
    pub clock: Arc<dyn Clock>,
    /// When the process began.
    pub began: Timestamp,
    /// Alerts.
    pub alerts: Arc<dyn Alerts>,
    /// Who approves changes.
    pub approving: Arc<dyn Approving>,
    /// The audit trail.
    pub audit: Arc<dyn Audit>,
    /// What is expected of systems.
    pub bands: Arc<dyn Bands>,
    /// How changes are carried out.
    pub carrying: Arc<dyn Carrying>,
    /// Changes, approvals and freezes.
    pub changes: Arc<dyn Changes>,
    /// What standard changes are made from.
    pub change_templates: Arc<dyn Templates>,
    /// How persons are reached.
    pub contacts: Arc<dyn Contacts>,
    /// Notification channels and what was delivered through them.
    pub deliveries: Arc<dyn Deliveries>,
    /// Foreign calendars.
    pub calendars: Arc<dyn Calendars>,
    /// What CI brought where.
    pub deployments: Arc<dyn Deployments>,
    /// Policies of escalation and their runs.
    pub escalations: Arc<dyn Escalations>,
    /// What was shown of artifacts.
    pub evidence: Arc<dyn Evidences>,
    /// Which slices explain what is wrong.
    pub explanations: Arc<dyn Explanations>,
    /// The health of the process.
    pub health: Arc<dyn Health>,
    /// Incidents.
    pub incidents: Arc<dyn Incidents>,
    /// Where other systems post alerts.
    pub integrations: Arc<dyn Integrations>,
    /// Live events.
    pub live: Arc<dyn Live>,
    /// Load tests.
    pub load: Arc<dyn Load>,
    /// Where checks are run from.
    pub locations: Arc<dyn Locations>,
    /// Who merchants are.
    pub merchants: Arc<dyn Merchants>,
    /// Monitors.
    pub monitors: Arc<dyn Monitors>,
    /// Objectives and their budgets.
    pub objectives: Arc<dyn Objectives>,
    /// Days that are not like others.
    pub occasions: Arc<dyn Occasions>,
    /// Schedules of who is on call.
    pub oncall: Arc<dyn OnCall>,
    /// The overview and the palette's search.
    pub overview: Arc<dyn Overview>,
    /// Users, teams, roles, sessions, tokens.
    pub people: Arc<dyn People>,
    /// Who is told of alerts.
    pub routes: Arc<dyn Routes>,
    /// Silences.
    pub silences: Arc<dyn Silences>,
    /// Alert rules.
    pub rules: Arc<dyn Rules>,
    /// Metric sources.
    pub sources: Arc<dyn Sources>,
    /// Status pages.
    pub status: Arc<dyn Status>,
    /// What systems send, and how it is told apart.
    pub streams: Arc<dyn Streams>,
    /// The catalogue of systems.
    pub systems: Arc<dyn Systems>,
    /// Tools and their runs.
    pub tools: Arc<dyn Tools>,
    /// Transactions.
    pub transactions: Arc<dyn Transactions>,
    /// How changes are watched after their work.
    pub verifying: Arc<dyn Verifying>,
    /// Lists as people want to see them again.
    pub views: Arc<dyn Views>,
}
