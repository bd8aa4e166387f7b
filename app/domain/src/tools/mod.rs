//! Tools: commands that people may run, with typed parameters, and the runs of them.
//!
//! **Architecture invariants:** a command is a list of arguments, never a line for a shell; what a person types
//! becomes part of one argument and nothing else ([`Argv`]). A secret never stands in an argument: it reaches the
//! command through its environment. Who runs a tool, who approved it and every argument of it stay on record.

mod argv;
mod definition;
mod log;
mod parameter;
mod port;
mod run;

use serde::{Deserialize, Serialize};

use crate::{
    Fault, Timestamp, Wording,
    id::{ChangeId, IncidentId, RunId, SystemId, TeamId, ToolId, UserId},
};
pub use argv::Argv;
pub use definition::{Definition, MAX_PARAMETERS, PARAMETER_PARTS};
pub use log::{LineCutter, MASK};
pub use parameter::{Kind, Parameter, Value, variable};
pub use port::Tools;
pub use run::{End, RunState};

/// A tool as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tool {
    /// Its id.
    pub id: ToolId,
    /// The team whose people may run it.
    pub team: TeamId,
    /// Name of that team.
    pub team_name: String,
    /// Key of the system that it works on; empty where it is none in particular.
    pub system: String,
    /// Id of that system.
    pub system_id: Option<SystemId>,
    /// What it is.
    #[serde(flatten)]
    pub definition: Definition,
    /// Counts up with every edit; each run names the version that it ran.
    pub version: i64,
    /// Retired tools stay on record and cannot be run.
    pub retired: bool,
    /// When it was defined.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub updated_at: Timestamp,
}

impl Tool {
    /// Whether it can be run by the clock: nobody is there to approve it then, and secrets are not kept until then.
    pub fn runs_alone(&self) -> bool {
        !self.retired && !self.definition.approval && !self.definition.parameters.iter().any(Parameter::is_secret)
    }
}

/// One version of a definition, kept for the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Version {
    /// 1, 2, 3 …
    pub version: i64,
    /// What the tool was.
    pub definition: Definition,
    /// Who wrote it.
    pub edited_by: String,
    /// When.
    pub edited_at: Timestamp,
}

/// One execution of a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The tool.
    pub tool: ToolId,
    /// Name of the tool when it was asked for.
    pub tool_name: String,
    /// Version of the tool when it was asked for.
    pub version: i64,
    /// Team of the tool.
    pub team: TeamId,
    /// How it stands.
    pub state: RunState,
    /// Every argument exactly as it was or will be passed.
    pub argv: Vec<String>,
    /// What was given for each parameter; secrets show as [`MASK`].
    pub values: Vec<Value>,
    /// Who asked for it; `None` where it was not a person.
    pub requested_by: Option<UserId>,
    /// Name of who asked.
    pub requested_name: String,
    /// When.
    pub requested_at: Timestamp,
    /// Name of who approved or rejected it; empty where nobody had to.
    pub decided_name: String,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// When the command started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Exit code of the command, if it ended by itself.
    pub exit_code: Option<i32>,
    /// What the machine said when the command could not be started; empty otherwise.
    pub trouble: String,
    /// Seconds that it may take.
    pub timeout_s: i64,
    /// Name of who asked for it to be killed; empty where nobody did.
    pub killed_name: String,
    /// Lines in its log.
    pub log_lines: i64,
    /// Bytes that it wrote, those not kept included.
    pub log_bytes: i64,
    /// Whether part of the log was not kept.
    pub log_cut: bool,
    /// The incident that it was run for.
    pub incident: Option<IncidentId>,
    /// The change that it was run for.
    pub change: Option<ChangeId>,
    /// Which of its steps, from 0; absent where it was not run by the plan.
    pub step: Option<usize>,
    /// Whether it undoes that step.
    pub undo: bool,
}

impl Run {
    /// Milliseconds from start to end, or to `now` while it runs; `None` before the start.
    pub fn duration(&self, now: Timestamp) -> Option<i64> {
        self.started_at.map(|start| self.finished_at.unwrap_or(now).since(start))
    }
}

/// Part of a log, as whole lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogPart {
    /// Number of the first line given; lines count from 1.
    pub first: i64,
    /// The lines, without line ends.
    pub lines: Vec<String>,
    /// Where to go on reading: the number of the next line.
    pub next: i64,
    /// Whether no more will come: the run has ended and this was the rest.
    pub done: bool,
    /// How the run stands.
    pub state: RunState,
}

/// What a run would do, exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preview {
    /// Every argument.
    pub argv: Vec<String>,
    /// Names of the environment variables that carry secrets.
    pub secrets: Vec<String>,
    /// Whether somebody else must approve it first.
    pub approval: bool,
    /// Seconds that it may take.
    pub timeout_s: i64,
}

/// Which tools a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ToolFilter {
    /// Text within the name, in any case.
    pub text: Option<String>,
    /// Tools for this system.
    pub system: Option<SystemId>,
    /// Retired ones too.
    pub retired: bool,
}

/// Which runs a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunFilter {
    /// Of this tool.
    pub tool: Option<ToolId>,
    /// In this state.
    pub state: Option<RunState>,
    /// For this incident.
    pub incident: Option<IncidentId>,
    /// For this change.
    pub change: Option<ChangeId>,
    /// Of tools for this system.
    pub system: Option<SystemId>,
}

impl RunFilter {
    /// Reads query parameters by name; absent and empty ones let everything through.
    pub fn parse(given: &crate::form::Typed) -> Result<Self, Fault> {
        fn id<T>(given: &crate::form::Typed, field: &str, parse: fn(&str) -> Option<T>) -> Result<Option<T>, Fault> {
            match given.get(field) {
                "" => Ok(None),
                text => parse(text).map(Some).ok_or_else(|| Fault::invalid(field, text, Wording::new("expect-id"))),
            }
        }
        let state = match given.get("state") {
            "" => None,
            word => Some(RunState::parse(word).ok_or_else(|| {
                let words = RunState::ALL.iter().map(|s| s.word()).collect::<Vec<_>>().join(", ");
                Fault::invalid("state", word, Wording::new("expect-one-of").with("choices", words))
            })?),
        };
        Ok(Self {
            tool: id(given, "tool", ToolId::parse)?,
            state,
            incident: id(given, "incident", IncidentId::parse)?,
            change: id(given, "change", ChangeId::parse)?,
            system: id(given, "system", SystemId::parse)?,
        })
    }
}

/// Whether tools may be run at all, and why (not).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// Somebody chose so in set-up or in the settings.
    On,
    /// Nobody has chosen to run tools.
    Off,
    /// The configuration file says on; it cannot be switched here.
    FixedOn,
    /// The configuration file says off; it cannot be switched here.
    FixedOff,
}

impl Switch {
    /// Whether tools run.
    pub fn is_on(self) -> bool {
        matches!(self, Self::On | Self::FixedOn)
    }
}
