//! API tokens: what a program shows instead of a password.

use domain::{
    Actor, Fault, Permission, Wording,
    actor::Grants,
    audit::Object,
    form::Typed,
    id::{TokenId, UserId},
    people::{NewToken, Token, TokenDraft, grants_of, held_anywhere},
    time::DAY,
};
use serde_json::json;

use super::{Service, access::token_secret, store};
use crate::{audit, db::stored, seal::digest};

impl Service {
    pub(super) async fn list_tokens(&self, actor: &Actor, everybody: bool) -> Result<Vec<Token>, Fault> {
        actor.authenticated()?;
        let owner = if everybody {
            actor.require_everywhere(Permission::ManagePeople)?;
            None
        } else {
            Some(actor.user().ok_or(Fault::NotFound("user"))?)
        };
        let mut conn = self.ctx.db.read().await?;
        store::tokens::list(&mut conn, owner).await
    }

    pub(super) async fn make_token(&self, actor: &Actor, typed: &Typed) -> Result<NewToken, Fault> {
        actor.require_somewhere(Permission::ManageTokens)?;
        let owner = actor.person()?;
        self.insert_token(actor, owner, &actor.grants, typed).await
    }

    /// Makes a token for someone else: only the process itself may, on the command line of its host.
    pub async fn create_token_for(&self, actor: &Actor, owner: &UserId, typed: &Typed) -> Result<NewToken, Fault> {
        actor.require_everywhere(Permission::ManagePeople)?;
        if actor.user().is_some() {
            return Err(Fault::Forbidden(Permission::ManagePeople));
        }
        let mut conn = self.ctx.db.read().await?;
        store::users::account(&mut conn, owner).await?.ok_or(Fault::NotFound("user"))?;
        let grants = grants_of(&store::users::memberships_of(&mut conn, owner).await?);
        drop(conn);
        self.insert_token(actor, owner, &grants, typed).await
    }

    async fn insert_token(&self, actor: &Actor, owner: &UserId, bound: &Grants, typed: &Typed) -> Result<NewToken, Fault> {
        let draft = TokenDraft::parse(typed)?;
        let held = held_anywhere(bound);
        if draft.permissions.intersection(held) != draft.permissions {
            let wording = Wording::new("expect-one-of").with("choices", held.to_names().replace(' ', ", "));
            let more = draft.permissions.iter().filter(|p| !held.has(*p)).map(Permission::name).collect::<Vec<_>>().join(", ");
            return Err(Fault::invalid("permissions", more, wording));
        }
        let (id, now): (TokenId, _) = (self.ctx.new_id(), self.ctx.now());
        let (secret, expires) = (token_secret(&id), now.plus(draft.days * DAY));
        let mut tx = self.ctx.begin_write().await?;
        let (name, hash, permissions) = (draft.name.as_str(), digest(&secret), draft.permissions);
        store::tokens::insert(&mut tx, store::tokens::New { id: &id, user: owner, name, hash: &hash, permissions, now, expires }).await?;
        let detail = json!({"owner": owner, "permissions": permissions.to_names(), "days": draft.days});
        audit::record(&mut tx, &self.ctx, actor, "token.create", Object::new("token", &id, name, None), &detail).await?;
        tx.commit().await?;
        Ok(NewToken { id, secret, expires_at: expires })
    }

    pub(super) async fn kill_token(&self, actor: &Actor, id: &TokenId) -> Result<(), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let token = store::tokens::owner(&mut tx, id).await?.ok_or(Fault::NotFound("token"))?;
        let owner: UserId = stored(&token.user_id)?;
        if actor.user() != Some(&owner) && actor.require_everywhere(Permission::ManagePeople).is_err() {
            return Err(Fault::NotFound("token"));
        }
        if !store::tokens::revoke(&mut tx, id, self.ctx.now()).await? {
            return Ok(());
        }
        tx.announce(domain::live::Topic::People, id, None);
        audit::record(&mut tx, &self.ctx, actor, "token.revoke", Object::new("token", id, token.name, None), &json!({"owner": owner}))
            .await?;
        tx.commit().await
    }
}
