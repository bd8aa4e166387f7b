//! API tokens: bounded by scope and by owner, ending, told once.

use domain::{Fault, Permission, people::NewToken, time::DAY};

use super::*;

async fn bearer(app: &TestApp, secret: &str) -> Result<domain::people::Identity, Fault> {
    app.portal.people.authenticate(Credential::Token(secret)).await
}

async fn engineer_with_token(app: &TestApp, admin: &Actor) -> (domain::id::UserId, Actor, NewToken) {
    let id = user(app, admin, "emil", "engineer").await;
    let cookie = log_in(app, "emil").await;
    let emil = who(app, &cookie).await.unwrap().actor;
    let fields = typed(&[("name", "CI"), ("days", "30"), ("permissions", "read"), ("permissions", "tools.run")]);
    let token = app.portal.people.create_token(&emil, &fields).await.unwrap();
    (id, emil, token)
}

both! {
    async fn a_token_holds_its_scope_and_no_more(app: TestApp) {
        let admin = begin(&app).await;
        let (id, emil, token) = engineer_with_token(&app, &admin).await;
        let shown = bearer(&app, &token.secret).await.unwrap();
        assert_eq!(shown.actor.name, "emil (CI)");
        assert!(shown.actor.may_somewhere(Permission::RunTools) && shown.actor.may_somewhere(Permission::Read));
        assert!(!shown.actor.may_somewhere(Permission::WorkIncidents), "the owner holds it, the token does not");
        // Less for the owner is less for the token, at once.
        let people = &app.portal.people;
        let engineer = role(&app, &admin, "engineer").await;
        people.remove_membership(&admin, &id, &typed(&[("team", "*"), ("role", &engineer)])).await.unwrap();
        assert!(!bearer(&app, &token.secret).await.unwrap().actor.may_somewhere(Permission::Read));
        // What concerns the person is not done by token.
        let needs = Fault::conflict("conflict-needs-session");
        assert_eq!(people.edit_me(&shown.actor, &typed(&[("name", "x")])).await, Err(needs.clone()));
        assert_eq!(people.sessions(&shown.actor).await.err(), Some(needs));
        assert_eq!(people.tokens(&emil, false).await.unwrap()[0].name, "CI");
    }

    async fn a_token_cannot_be_made_stronger_than_its_maker(app: TestApp) {
        let admin = begin(&app).await;
        let (_, emil, token) = engineer_with_token(&app, &admin).await;
        let people = &app.portal.people;
        let fields = typed(&[("name", "x"), ("days", "1"), ("permissions", "read"), ("permissions", "people.manage")]);
        let fault = people.create_token(&emil, &fields).await.err().unwrap();
        assert_eq!((fault.problems()[0].field.as_str(), fault.problems()[0].value.as_str()), ("permissions", "people.manage"));
        let shown = bearer(&app, &token.secret).await.unwrap().actor;
        assert_eq!(people.create_token(&shown, &fields).await.err(), Some(Fault::Forbidden(Permission::ManageTokens)));
        let fault = people.create_token(&emil, &typed(&[("name", ""), ("days", "400")])).await.err().unwrap();
        assert_eq!(fault.problems().iter().map(|p| p.field.as_str()).collect::<Vec<_>>(), ["name", "days", "permissions"]);
    }

    async fn a_token_ends(app: TestApp) {
        let admin = begin(&app).await;
        let (_, _, token) = engineer_with_token(&app, &admin).await;
        app.advance(30 * DAY - 1);
        assert!(bearer(&app, &token.secret).await.is_ok());
        app.advance(1);
        assert_eq!(bearer(&app, &token.secret).await.err(), Some(Fault::Unauthenticated));
    }

    async fn a_revoked_token_opens_nothing(app: TestApp) {
        let admin = begin(&app).await;
        let (_, emil, token) = engineer_with_token(&app, &admin).await;
        let people = &app.portal.people;
        let stranger = app.user("sven", &[Permission::Read, Permission::ManageTokens], None).await;
        assert_eq!(people.revoke_token(&stranger, &token.id).await, Err(Fault::NotFound("token")));
        people.revoke_token(&emil, &token.id).await.unwrap();
        people.revoke_token(&emil, &token.id).await.unwrap();
        assert_eq!(bearer(&app, &token.secret).await.err(), Some(Fault::Unauthenticated));
        assert!(people.tokens(&admin, true).await.unwrap()[0].revoked_at.is_some());
    }

    async fn a_disabled_owner_disables_the_token(app: TestApp) {
        let admin = begin(&app).await;
        let (id, _, token) = engineer_with_token(&app, &admin).await;
        app.portal.people.set_disabled(&admin, &id, true).await.unwrap();
        assert_eq!(bearer(&app, &token.secret).await.err(), Some(Fault::Unauthenticated));
    }

    async fn a_bent_token_opens_nothing_and_is_stored_nowhere(app: TestApp) {
        let admin = begin(&app).await;
        let (_, _, token) = engineer_with_token(&app, &admin).await;
        let last = if token.secret.ends_with('0') { '1' } else { '0' };
        let bent = format!("{}{last}", &token.secret[..token.secret.len() - 1]);
        for rubbish in [bent.as_str(), "evk_", "evk_é_", "", "Bearer x", &token.secret[..40]] {
            assert_eq!(bearer(&app, rubbish).await.err(), Some(Fault::Unauthenticated), "{rubbish}");
        }
        let mut conn = app.ctx.db.read().await.unwrap();
        let hash = backend::db::sql("SELECT hash FROM tokens").texts(&mut conn).await.unwrap().remove(0);
        assert!(hash.len() == 64 && !token.secret.contains(&hash));
    }
}
