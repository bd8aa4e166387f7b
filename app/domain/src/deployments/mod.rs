//! Deployments: which version of a system came into which environment, when, and how that went, as CI posts it.
//!
//! Posting the same again changes nothing; what had been posted as `started` is finished by a later post of the same
//! system, environment, version and commit.

mod port;

use serde::{Deserialize, Serialize};

use crate::{
    Fault, Timestamp, Wording,
    evidence::{Facts, read_facts},
    form::{Check, Checked, Typed},
    id::{ChangeId, DeploymentId, SystemId, TeamId},
    incidents::moment,
    text::{self, Name},
    time::DAY,
    words::words,
};
pub use port::Deployments;

words! {
    /// How a deployment stands.
    pub enum State {
        /// Under way.
        Started = "started",
        /// It is there.
        Succeeded = "succeeded",
        /// It is not, or only in part.
        Failed = "failed",
        /// It was, and the version before is back.
        RolledBack = "rolled-back",
    }
}

/// Names of the fields of a post.
pub const FIELDS: &[&str] =
    &["system", "version", "sha", "environment", "target", "facts", "url", "status", "started_at", "finished_at", "committed_at", "change"];

/// The environment of a post that names none.
pub const USUAL: &str = "production";

/// Environments whose deployments count as brought to those who use a system, in any case.
pub const PRODUCTION: [&str; 2] = [USUAL, "prod"];

/// Whether that is one of them.
pub fn is_production(environment: &str) -> bool {
    PRODUCTION.contains(&environment.to_lowercase().as_str())
}

/// One deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Deployment {
    /// Its id.
    pub id: DeploymentId,
    /// The system.
    pub system: SystemId,
    /// Name of the system.
    pub system_name: String,
    /// The team of the system.
    pub team: TeamId,
    /// Where to, e.g. `production`.
    pub environment: String,
    /// Which of its places, as the target of load tests there is called; empty for all of them.
    #[serde(default)]
    pub target: String,
    /// What that is made of, where CI says so.
    #[serde(default)]
    pub facts: Facts,
    /// What, e.g. `4.12.0`.
    pub version: String,
    /// The commit; may be empty.
    pub sha: String,
    /// Page of the pipeline; may be empty.
    pub url: String,
    /// How it stands.
    pub state: State,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// When the oldest commit that it brings was made, where CI says so.
    pub committed_at: Option<Timestamp>,
    /// Who posted it.
    pub by: String,
    /// The change that it was made for; absent where none was named.
    pub change: Option<ChangeId>,
    /// Its number, 12 for `CHG-12`.
    pub change_number: Option<i64>,
}

impl Deployment {
    /// `4.12.0 → production`, or `4.12.0 → production, green` where it came to one place of it.
    pub fn label(&self) -> String {
        let place = if self.target.is_empty() { String::new() } else { format!(", {}", self.target) };
        format!("{} → {}{place}", self.version, self.environment)
    }

    /// Whether it went wrong.
    pub fn went_wrong(&self) -> bool {
        matches!(self.state, State::Failed | State::RolledBack)
    }
}

/// What CI posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Key or id of the system.
    pub system: String,
    /// Where to.
    pub environment: Name,
    /// Which of its places; empty for all of them.
    pub target: String,
    /// What that is made of; empty where it is not said.
    pub facts: Facts,
    /// What.
    pub version: Name,
    /// The commit; may be empty.
    pub sha: String,
    /// Page of the pipeline; may be empty.
    pub url: String,
    /// How it stands.
    pub state: State,
    /// When it began, where the post says so.
    pub started_at: Option<Timestamp>,
    /// When it ended, where the post says so.
    pub finished_at: Option<Timestamp>,
    /// When the oldest commit that it brings was made, where the post says so.
    pub committed_at: Option<Timestamp>,
    /// Id or number of the change that it is made for; empty for none.
    pub change: String,
}

impl Post {
    /// Reads the [`FIELDS`]. Moments are RFC 3339 and not from the future.
    pub fn parse(typed: &Typed, now: Timestamp) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(FIELDS);
        let past = |text: &str| {
            let at = moment(text, "")?;
            if at <= now.plus(DAY / 24) { Ok(at) } else { Err(Wording::new("deployments-expect-past")) }
        };
        let system =
            check.field(
                "system",
                |text| if text.trim().is_empty() { Err(Wording::new("expect-something")) } else { Ok(text.trim().to_owned()) },
            );
        let version = check.field("version", Name::parse);
        let environment = check.field("environment", |text| Name::parse(if text.is_empty() { USUAL } else { text }));
        let target = check.optional("target", Name::parse);
        let facts = facts(&mut check);
        let sha = check.field("sha", sha);
        let url = check.field("url", |text| if text.is_empty() { Ok(String::new()) } else { text::parse_url(text) });
        let state = check.field("status", |text| {
            let choices = || State::ALL.iter().map(|state| state.name()).collect::<Vec<_>>().join(", ");
            State::parse(if text.is_empty() { "succeeded" } else { text })
                .ok_or_else(|| Wording::new("expect-one-of").with("choices", choices()))
        });
        let started_at = check.optional("started_at", past);
        let finished_at = check.optional("finished_at", past);
        let committed_at = check.optional("committed_at", |text| match text.trim().parse::<i64>() {
            // What git says in seconds is not meant for milliseconds.
            Ok(ms) if ms < 100_000_000_000 => Err(Wording::new("deployments-expect-milliseconds")),
            Ok(ms) => past(&Timestamp(ms).rfc3339()),
            Err(_) => past(text),
        });
        if let (Some(Some(commit)), Some(Some(from))) = (committed_at, started_at)
            && from < commit
        {
            check.problem("committed_at", Wording::new("deployments-expect-before"));
        }
        if let (Some(Some(from)), Some(Some(to))) = (started_at, finished_at)
            && to < from
        {
            check.problem("finished_at", Wording::new("deployments-expect-after"));
        }
        let (system, environment, target, facts, version, sha, url, state, started_at, finished_at, committed_at) =
            check.finish((system, environment, target, facts, version, sha, url, state, started_at, finished_at, committed_at))?;
        let target = target.map_or_else(String::new, Name::into_string);
        let change = typed.get("change").trim().to_owned();
        Ok(Self { system, environment, target, facts, version, sha, url, state, started_at, finished_at, committed_at, change })
    }
}

/// Reads `facts`: `name=value`, one a line or with `;` between them, or one a value.
fn facts(check: &mut Check<'_>) -> Checked<Facts> {
    let text = check.typed().all("facts").join("\n");
    match read_facts(&text) {
        Ok(facts) => Some(facts),
        Err(expected) => {
            check.wrong("facts", &text, expected);
            None
        }
    }
}

fn sha(text: &str) -> Result<String, Wording> {
    let text = text.trim().to_ascii_lowercase();
    let good = text.is_empty() || (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if good { Ok(text) } else { Err(Wording::new("deployments-expect-sha")) }
}

/// Which deployments a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Of this system.
    pub system: Option<SystemId>,
    /// Into this environment; empty for any.
    pub environment: String,
}

impl Filter {
    /// Reads `system` (an id) and `environment`; empty texts count as absent.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        let system = check.optional("system", |text| SystemId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let (system,) = check.finish((system,))?;
        Ok(Self { system, environment: typed.get("environment").trim().chars().take(120).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(pairs: &[(&str, &str)]) -> Result<Post, Fault> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Post::parse(&Typed::from_pairs(pairs), Timestamp(10 * DAY))
    }

    #[test]
    fn every_problem_of_a_post_is_told() {
        let fault = post(&[("version", ""), ("sha", "xyz"), ("status", "fine"), ("url", "here"), ("started_at", "2999-01-01T00:00:00Z")]);
        let fields: Vec<_> = fault.unwrap_err().problems().iter().map(|p| p.field.clone()).collect();
        assert_eq!(fields, ["system", "version", "sha", "url", "status", "started_at"]);
        let fine = post(&[("system", "gateway"), ("version", "4.12"), ("sha", "ABCDEF1")]).unwrap();
        assert_eq!((fine.environment.as_str(), fine.state, fine.sha.as_str()), (USUAL, State::Succeeded, "abcdef1"));
        let made = post(&[("system", "g"), ("version", "1"), ("target", "green"), ("facts", "CPU=8; replicas=3")]).unwrap();
        assert_eq!((made.target.as_str(), made.facts.len(), made.facts["cpu"].as_str()), ("green", 2, "8"));
        let listed = [("system", "g"), ("version", "1"), ("facts", "cpu=8"), ("facts", "replicas=3")];
        assert_eq!(post(&listed).unwrap().facts, made.facts);
        assert_eq!(post(&[("system", "g"), ("version", "1"), ("facts", "8 cores")]).unwrap_err().problems()[0].field, "facts");
        let commit = |text: &str| {
            post(&[("system", "g"), ("version", "1"), ("started_at", "1970-01-10T00:00:00Z"), ("committed_at", text)])
                .map(|post| post.committed_at)
        };
        assert_eq!(commit("1970-01-09T00:00:00Z").unwrap(), Some(Timestamp(8 * DAY)));
        for wrong in ["1970-01-10T00:00:01Z", "1700000000", "1700000000000", "yesterday"] {
            assert_eq!(commit(wrong).unwrap_err().problems()[0].field, "committed_at", "{wrong}");
        }
        let later = Post::parse(
            &Typed::from_pairs(
                [("system", "g"), ("version", "1"), ("committed_at", "1700000000000")].map(|(n, v)| (n.to_owned(), v.to_owned())),
            ),
            Timestamp(1_700_000_000_001),
        );
        assert_eq!(later.unwrap().committed_at, Some(Timestamp(1_700_000_000_000)));
        assert!(is_production("Production") && is_production("prod") && !is_production("pre-production"));
        let backwards =
            [("system", "g"), ("version", "1"), ("started_at", "1970-01-03T00:00:00Z"), ("finished_at", "1970-01-02T00:00:00Z")];
        assert_eq!(post(&backwards).unwrap_err().problems()[0].field, "finished_at");
    }
}
