//! What comes through a way in becomes alerts of its team.

use std::collections::BTreeSet;

use domain::{
    Actor, Fault, Permission, PermissionSet, Timestamp, Who, Wording,
    actor::Grants,
    alerts::{
        Posted, SeenFrom,
        inbound::{Asked, Integration, IntegrationKind, Taken, change, read},
    },
    deployments::Deployments,
};
use serde_json::Value;

use super::{TOGETHER, new_secret, store};
use crate::{
    Context,
    alerts::{intake, service::acknowledge_running, withdraw_all},
    deployments,
    seal::digest,
};

/// Of many alerts that are wrong so many are told.
const TOLD: usize = 10;

fn unread(why: &str) -> Fault {
    Fault::invalid("message", "", Wording::new("integrations-expect-message").with("why", why))
}

/// See [`domain::alerts::Integrations::take`].
pub(super) async fn take(ctx: &Context, secret: &str, kind: Option<IntegrationKind>, body: &[u8]) -> Result<Taken, Fault> {
    let found = store::by_secret(&mut *ctx.db.read().await?, &digest(secret)).await?;
    let one = found.ok_or(Fault::NotFound("integration"))?;
    // Its secret was no guess.
    if !one.enabled || kind.is_some_and(|kind| kind != one.kind) {
        return Err(Fault::NotFound("integration that listens here"));
    }
    let done = match serde_json::from_slice::<Value>(body) {
        Ok(message) => Message::of(ctx, &one).act(&message).await,
        Err(error) => Err(unread(&error.to_string())),
    };
    count(ctx, &one, &done).await?;
    done
}

/// See [`domain::alerts::Integrations::take_change`].
pub(super) async fn take_change(ctx: &Context, secret: &str, body: &[u8]) -> Result<(), Fault> {
    let found = store::by_secret(&mut *ctx.db.read().await?, &digest(secret)).await?;
    let one = found.filter(|one| one.enabled && one.kind == IntegrationKind::Pagerduty).ok_or(Fault::NotFound("integration"))?;
    let done = deploy(ctx, &one, body).await;
    count(ctx, &one, &done).await?;
    done
}

/// Posts the deployment that a change event speaks of.
async fn deploy(ctx: &Context, one: &Integration, body: &[u8]) -> Result<(), Fault> {
    let message = serde_json::from_slice(body).map_err(|error| unread(&error.to_string()))?;
    let mut typed = change(&message, ctx.now()).map_err(|why| unread(&why))?;
    let system = one.system.as_ref().ok_or_else(|| unread("routing_key: expected that of an integration that concerns a system"))?;
    typed.set("system", system);
    let actor = engine(one, [Permission::Read, Permission::PostDeployments].into_iter().collect());
    deployments::Service::new(ctx.clone()).post(&actor, &typed).await.map(drop)
}

/// Counts a message: taken, or refused with the reason.
async fn count<T>(ctx: &Context, one: &Integration, done: &Result<T, Fault>) -> Result<(), Fault> {
    let told = match done {
        Ok(_) => None,
        Err(Fault::Invalid(problems)) => Some(why(problems)),
        Err(fault) => Some(fault.to_string()),
    };
    let mut tx = ctx.begin_write().await?;
    store::count(&mut tx, &one.id, told.as_deref(), ctx.now()).await?;
    tx.commit().await
}

/// A way in as whoever acts: in its team only.
fn engine(one: &Integration, rights: PermissionSet) -> Actor {
    Actor {
        who: Who::Engine("integrations"),
        name: one.name.clone(),
        grants: Grants { everywhere: PermissionSet::NONE, teams: [(one.team.clone(), rights)].into() },
    }
}

/// What problems say beside their wording.
fn why(problems: &[domain::Problem]) -> String {
    let each = problems.iter().flat_map(|problem| problem.expected.args.iter().map(|(_, value)| value.clone()));
    each.collect::<Vec<_>>().join("; ")
}

/// One message on its way through. Alerts that it names once need no order among themselves and are written together; what
/// is said twice of the same alert is done in the order in which it was said.
struct Message<'a> {
    ctx: &'a Context,
    one: &'a Integration,
    actor: Actor,
    keys: BTreeSet<String>,
    posts: Vec<Posted>,
    over: Vec<(String, Option<Timestamp>)>,
    wrong: Vec<String>,
}

impl<'a> Message<'a> {
    fn of(ctx: &'a Context, one: &'a Integration) -> Self {
        let rights = [Permission::Read, Permission::IngestAlerts, Permission::AcknowledgeAlerts].into_iter().collect();
        Self { ctx, one, actor: engine(one, rights), keys: BTreeSet::new(), posts: Vec::new(), over: Vec::new(), wrong: Vec::new() }
    }

    /// The key of an alert among those of all ways in.
    fn own(&self, key: &str) -> String {
        format!("{}:{key}", self.one.id)
    }

    /// Does what it asks for. What is right is done; then what is wrong is told.
    async fn act(mut self, message: &Value) -> Result<Taken, Fault> {
        let asked = read(self.one.kind, &self.one.mapping, message).map_err(|error| unread(&error))?;
        let (mut alerts, mut last) = (0, None);
        let single = asked.len() == 1;
        for asked in asked {
            let asked = match asked {
                Ok(asked) => asked,
                Err(error) => {
                    self.wrong.push(error);
                    continue;
                }
            };
            alerts += 1;
            let key = self.step(asked).await?;
            last = single.then_some(key);
        }
        self.flush().await?;
        if self.wrong.is_empty() {
            return Ok(Taken { alerts, key: last });
        }
        let more = self.wrong.len().saturating_sub(TOLD);
        self.wrong.truncate(TOLD);
        let told = self.wrong.join("; ");
        Err(unread(&if more > 0 { format!("{told}; and {more} more") } else { told }))
    }

    /// Takes what is asked of one alert; gives its key.
    async fn step(&mut self, asked: Asked) -> Result<String, Fault> {
        let key = match &asked {
            Asked::Fires(posted) => posted.key.clone().unwrap_or_else(new_secret),
            Asked::Over(key, _) | Asked::Seen(key) => key.clone(),
        };
        if !self.keys.insert(key.clone()) {
            self.flush().await?;
            self.keys.insert(key.clone());
        }
        let own = self.own(&key);
        match asked {
            Asked::Fires(posted) => {
                // Whose clock is ahead begins now.
                let starts_at = posted.starts_at.map(|at: Timestamp| at.min(self.ctx.now()));
                self.posts.push(Posted { key: Some(own), starts_at, ..*posted });
            }
            Asked::Over(_, at) => self.over.push((own, at)),
            Asked::Seen(_) => match acknowledge_running(self.ctx, &self.actor, &format!("{}:{own}", self.one.kind)).await {
                // It went to another team together with its system: it is none of ours any more.
                Ok(()) | Err(Fault::NotFound(_)) => {}
                Err(fault) => return Err(fault),
            },
        }
        Ok(key)
    }

    /// Writes what has been gathered.
    async fn flush(&mut self) -> Result<(), Fault> {
        self.keys.clear();
        for together in std::mem::take(&mut self.over).chunks(TOGETHER) {
            let mut tx = self.ctx.begin_write().await?;
            let tally = withdraw_all(&mut tx, self.ctx, self.one.kind.name(), together).await?;
            intake::note(&mut tx, self.ctx, &self.actor, self.one.kind.name(), &tally).await?;
            tx.commit().await?;
        }
        let posts = std::mem::take(&mut self.posts);
        if posts.is_empty() {
            return Ok(());
        }
        let (team, system) = (Some(self.one.team.clone()), self.one.system.clone());
        let from = SeenFrom { kind: self.one.kind.name(), team, system, tells_end: true };
        match intake::post(self.ctx, &self.actor, &from, posts, Some(self.one)).await {
            Ok(_) => Ok(()),
            Err(Fault::Invalid(problems)) => {
                self.wrong.push(why(&problems));
                Ok(())
            }
            Err(fault) => Err(fault),
        }
    }
}
