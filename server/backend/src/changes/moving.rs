//! Moving a change to another time: an edit of its window alone, shown before it is kept.
//!
//! Whoever may edit it may move it, in the states in which it may be edited; what its steps and systems say is not read anew, so that
//! a tool or a system that is gone meanwhile does not hold it where it is.

use domain::{
    Actor, Fault, Permission, Span, Wording,
    changes::{Act, Content, EntryKind, Moving, Revised, SLOT_HORIZON, State, Subject, Window, are_mild, conflicts_changed, free_slot},
    form::{Check, Typed},
    id::{ChangeId, UserId},
};
use jiff::tz::TimeZone;
use sqlx::AnyConnection;

use super::{
    Service,
    acts::{Edit, person},
    loaded::{self, Loaded},
    surroundings::Around,
};

/// A change, its content at another time, and the version that was read.
struct Shift {
    before: Loaded,
    content: Content,
    version: i64,
}

/// `2025-03-14 02:00 – 2025-03-14 04:00`.
fn wall(window: &Window) -> String {
    format!("{} – {}", window.start.replace('T', " "), window.end.replace('T', " "))
}

impl Service {
    /// Reads `start`, and `version` where it is to be kept, for a change that the actor may move now.
    async fn shifted(&self, conn: &mut AnyConnection, actor: &Actor, id: &str, typed: &Typed, keep: bool) -> Result<Shift, Fault> {
        let before = loaded::change(conn, actor, id).await?;
        before.require(actor, Permission::RequestChanges)?;
        person(actor, Permission::RequestChanges)?;
        let to = before.stored.summary.state.step(Act::Revise)?;
        let mut check = Check::new(typed);
        check.only(&["start", "version"]);
        let now = self.ctx.now();
        let window = check.field("start", |text| {
            let window = before.content.window.moved(text)?;
            // What waits for approval, or has it, lies ahead.
            if to == State::Pending && window.span.to <= now { Err(Wording::new("changes-expect-move-ahead")) } else { Ok(window) }
        });
        let version = if keep { check.number("version", 1, i64::MAX) } else { Some(0) };
        let (window, version) = check.finish((window, version))?;
        let content = Content { window, ..before.content.clone() };
        Ok(Shift { before, content, version })
    }

    pub(super) async fn moving(&self, actor: &Actor, id: &str, typed: &Typed) -> Result<Moving, Fault> {
        let mut conn = self.ctx.db.read().await?;
        let Shift { before, content, .. } = self.shifted(&mut conn, actor, id, typed, false).await?;
        let same = content.window == before.content.window;
        let terms = self.terms(&mut conn, &content, &before.systems).await?;
        let owners = before.owners();
        let subject = |span: Span| Subject { span, ..before.subject(&owners) };
        let (from, to) = (before.content.window.span, content.window.span);
        // Both windows, and the fortnight after the other in case something is in the way there.
        let begin = to.from.max(self.ctx.now());
        let wide = Span { from: from.from.min(to.from), to: from.to.max(to.to).max(begin.plus(SLOT_HORIZON + to.length())) };
        let mut around = Around::gather(&mut conn, actor, wide, self.ctx.now()).await?;
        let standing = around.standing(&mut conn, &before).await?;
        // Moved, it is approved anew.
        let hands: Vec<&UserId> = before.writers.iter().chain(actor.user()).collect();
        let anew = around.foreseen(&mut conn, (content.kind, &content.steps), (&terms.demands, &[]), &hands).await?;
        let moved = |span: Span| if same { standing.of(subject(span)) } else { anew.of(subject(span)) };
        let (now, conflicts) = (around.of(&standing.of(subject(from)))?, around.of(&moved(to))?);
        let (more, fewer) = conflicts_changed(&now, &conflicts);
        let free = if are_mild(&conflicts) {
            None
        } else {
            let zone = domain::time::zone(&content.window.zone).unwrap_or(TimeZone::UTC);
            free_slot(&moved(to), &around.near(&subject(to))?, begin, &zone)
        };
        let [cost_now, cost_then] = self.costs(&mut conn, actor, &content, [from.from, to.from]).await?;
        let state = before.stored.summary.state;
        Ok(Moving {
            version: before.stored.version,
            state: if same { state } else { state.step(Act::Revise)? },
            voided: if same { 0 } else { before.stored.summary.approvals },
            needed: terms.demands.needed(),
            score: terms.score,
            change: before.stored.summary,
            window: content.window,
            conflicts,
            more,
            fewer,
            free,
            cost_now,
            cost_then,
        })
    }

    pub(super) async fn shift(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<Revised, Fault> {
        let mut tx = self.ctx.begin_write().await?;
        let Shift { before, content, version } = self.shifted(&mut tx, actor, id.as_str(), typed, true).await?;
        let told = format!("{} → {} ({})", wall(&before.content.window), wall(&content.window), content.window.zone);
        let edit = Edit { content, systems: before.systems.clone(), version, verb: "change.move", entry: (EntryKind::Moved, told) };
        self.rewrite(tx, actor, before, edit).await
    }
}
