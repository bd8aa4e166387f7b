//! The service of the area `evidence`: what was shown of artifacts, with its files; and what the gate of changes asks of it.
//!
//! **Invariants:** a file is kept as it came, with its hash, and never changed; evidence counts for a change only where it is
//! of the change's team or of an owner of its systems, so that nobody else opens a gate;
//! who brought it, and whether its file decides, is kept, so that nobody opens the gate of their own change by saying so.

mod store;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Page, PageRequest, Permission, Wording,
    audit::Object,
    evidence::{Evidence, EvidenceVerdict, Submission, fingerprint},
    form::Typed,
    id::{EvidenceId, TeamId, UserId},
    live::Topic,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::AnyConnection;

use crate::{Context, WriteTx, audit, people};

/// What the process decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Bytes that a file may have.
    pub file_bytes: usize,
}

/// Implements [`domain::evidence::Evidences`].
pub struct Service {
    ctx: Context,
    settings: Settings,
}

impl Service {
    /// The service over the common ground.
    pub fn new(ctx: Context, settings: Settings) -> Self {
        Self { ctx, settings }
    }
}

/// What these teams have shown of an artifact of this name and hash, the newest first, at most 200 of each kind; and the newest of each
/// kind of another hash; a thousand in all.
pub(crate) async fn of_artifact(conn: &mut AnyConnection, teams: &[TeamId], artifact: &str, sha: &str) -> Result<Vec<Evidence>, Fault> {
    store::of_artifact(conn, teams, artifact, sha).await
}

/// A file as it came, with its hash.
pub(crate) struct File {
    name: String,
    sha256: String,
    body: Vec<u8>,
}

impl File {
    /// Hashes a file; its name is taken without the path that some browsers send, and without what turns the direction of text:
    /// `result_\u{202E}fdp.exe` must not pass for a report.
    ///
    /// # Errors
    /// A name that is none.
    pub(crate) fn new(name: String, body: Vec<u8>) -> Result<Self, Fault> {
        let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let seen = domain::text::seen(last);
        let seen = seen.trim();
        if seen.is_empty() || seen.chars().count() > 120 || last.trim().chars().any(char::is_control) {
            return Err(Fault::invalid("file", &name, Wording::new("evidence-expect-file-name")));
        }
        let sha256 = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { name: seen.to_owned(), sha256, body })
    }
}

/// Whose evidence it is.
pub(crate) struct Origin<'a> {
    /// The team.
    pub team: &'a TeamId,
    /// The name of whoever brought it.
    pub by: &'a str,
    /// Whose word it is; nobody's where the portal measured it and held it to limits of its own.
    pub word: Option<&'a UserId>,
    /// Whether the portal measured it, against a registered target.
    pub here: bool,
}

/// Keeps what a file shows for a team, in the name of whoever brought it; the caller's act has the authority. Gives its id.
pub(crate) async fn keep(
    tx: &mut WriteTx,
    ctx: &Context,
    actor: &Actor,
    Origin { team, by, word, here }: Origin<'_>,
    read: Submission,
    file: File,
) -> Result<EvidenceId, Fault> {
    let kept = Evidence {
        id: ctx.new_id(),
        team: team.clone(),
        team_name: String::new(),
        kind: read.kind,
        custom: read.custom,
        artifact: read.artifact,
        version: read.version,
        sha: read.sha,
        environment: read.environment,
        fingerprint: fingerprint(&read.facts),
        facts: read.facts,
        verdict: read.verdict,
        computed: read.computed,
        measured: read.measured,
        note: read.note,
        size: i64::try_from(file.body.len()).unwrap_or(i64::MAX),
        file: file.name,
        file_sha256: file.sha256,
        expires_at: read.expires_at,
        by: by.to_owned(),
        by_id: word.cloned(),
        measured_here: here,
        at: ctx.now(),
    };
    store::insert(tx, &kept, file.body).await?;
    tx.announce(Topic::Changes, &kept.id, Some(team));
    let label = format!("{} {} {}", kept.kind, kept.artifact, kept.version);
    let detail = json!({
        "sha": kept.sha, "verdict": kept.verdict, "environment": kept.environment, "fingerprint": kept.fingerprint, "file": kept.file, "file_sha256": kept.file_sha256,
        "expires_at": kept.expires_at, "passed": kept.verdict == EvidenceVerdict::Passed, "by": kept.by, "computed": kept.computed,
    });
    audit::record(tx, ctx, actor, "evidence.submit", Object::new("evidence", &kept.id, label, Some(team)), &detail).await?;
    Ok(kept.id)
}

#[async_trait]
impl domain::evidence::Evidences for Service {
    async fn list(&self, actor: &Actor, text: &str, page: &PageRequest) -> Result<Page<Evidence>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut conn = self.ctx.db.read().await?;
        let rows = store::list(&mut conn, &actor.reach(Permission::Read), text.trim(), page).await?;
        Ok(Page::cut(rows, page.limit, |one| (one.at.0, one.id.to_string())))
    }

    async fn get(&self, actor: &Actor, id: &EvidenceId) -> Result<Evidence, Fault> {
        actor.require_somewhere(Permission::Read)?;
        store::get(&mut *self.ctx.db.read().await?, &actor.reach(Permission::Read), id).await
    }

    async fn file(&self, actor: &Actor, id: &EvidenceId) -> Result<(Evidence, Vec<u8>), Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut conn = self.ctx.db.read().await?;
        let found = store::get(&mut conn, &actor.reach(Permission::Read), id).await?;
        Ok((found, store::body(&mut conn, id).await?.ok_or(Fault::NotFound("file"))?))
    }

    async fn submit(&self, actor: &Actor, typed: &Typed, name: &str, body: Vec<u8>) -> Result<EvidenceId, Fault> {
        actor.require_somewhere(Permission::RequestChanges)?;
        if body.len() > self.settings.file_bytes {
            let mib = self.settings.file_bytes >> 20;
            return Err(Fault::invalid("file", name, Wording::new("files-expect-size").with("mib", mib)));
        }
        let now = self.ctx.now();
        let (typed, name) = (typed.clone(), name.to_owned());
        // Megabytes of a load test are read beside the others' work, and before anything is held.
        let reading = tokio::task::spawn_blocking(move || {
            let read = Submission::parse(&typed, &body, now)?;
            Ok::<_, Fault>((read, File::new(name, body)?))
        });
        let (read, file) = reading.await.map_err(|_| Fault::Internal)??;
        let mut tx = self.ctx.begin_write().await?;
        let own = people::teams(&mut tx, &actor.reach(Permission::RequestChanges)).await?;
        let team = match &read.team {
            Some(team) => own.iter().find(|known| known.id == *team),
            None if own.len() == 1 => own.first(),
            None => None,
        };
        let team = team.ok_or_else(|| {
            let given = read.team.as_ref().map(ToString::to_string).unwrap_or_default();
            Fault::invalid("team", given, Wording::new("changes-expect-team"))
        })?;
        let origin = Origin { team: &team.id, by: &actor.name, word: actor.user(), here: false };
        let id = keep(&mut tx, &self.ctx, actor, origin, read, file).await?;
        tx.commit().await?;
        Ok(id)
    }
}
