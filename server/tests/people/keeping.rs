//! Users, teams, roles, memberships: kept by administrators, felt with the next request.

use domain::{Fault, PageRequest, Permission, people::UserFilter};

use super::*;

both! {
    async fn a_role_change_is_felt_with_the_next_request(app: TestApp) {
        let admin = begin(&app).await;
        let id = user(&app, &admin, "emil", "engineer").await;
        let cookie = log_in(&app, "emil").await;
        assert!(who(&app, &cookie).await.unwrap().actor.may_somewhere(Permission::RunTools));
        let engineer = role(&app, &admin, "engineer").await;
        let people = &app.portal.people;
        people.remove_membership(&admin, &id, &typed(&[("team", "*"), ("role", &engineer)])).await.unwrap();
        assert!(!who(&app, &cookie).await.unwrap().actor.may_somewhere(Permission::Read));
        let viewer = role(&app, &admin, "viewer").await;
        people.add_membership(&admin, &id, &typed(&[("team", "*"), ("role", &viewer)])).await.unwrap();
        people.add_membership(&admin, &id, &typed(&[("team", "*"), ("role", &viewer)])).await.unwrap();
        assert!(who(&app, &cookie).await.unwrap().actor.may_somewhere(Permission::Read));
        // The role itself is edited.
        let fields = [("key", "viewer"), ("name", "Viewer"), ("name_zh", "只读"), ("home", "/monitors"), ("permissions", "read"), ("permissions", "export")];
        let viewer = domain::id::RoleId::parse(&viewer).unwrap();
        people.edit_role(&admin, &viewer, &typed(&fields)).await.unwrap();
        let emil = who(&app, &cookie).await.unwrap();
        assert!(emil.actor.may_somewhere(Permission::Export));
        assert_eq!(emil.home, "/monitors");
    }

    async fn a_disabled_user_is_out_with_the_next_request(app: TestApp) {
        let admin = begin(&app).await;
        let id = user(&app, &admin, "emil", "engineer").await;
        let cookie = log_in(&app, "emil").await;
        let people = &app.portal.people;
        people.set_disabled(&admin, &id, true).await.unwrap();
        assert_eq!(who(&app, &cookie).await, Err(Fault::Unauthenticated));
        assert_eq!(people.login("emil", PASSWORD, "192.0.2.1", "").await.err(), Some(Fault::Unauthenticated));
        people.set_disabled(&admin, &id, false).await.unwrap();
        assert_eq!(who(&app, &cookie).await, Err(Fault::Unauthenticated), "an old session does not come back");
        assert!(people.login("emil", PASSWORD, "192.0.2.1", "").await.is_ok());
    }

    async fn an_administrator_always_remains(app: TestApp) {
        backend::people::ensure_defaults(&app.ctx).await.unwrap();
        let engine = Actor::engine("cli");
        let one = user(&app, &engine, "one", "administrator").await;
        let people = &app.portal.people;
        let last = Err(Fault::conflict("conflict-last-administrator"));
        let administrator = role(&app, &engine, "administrator").await;
        let membership = typed(&[("team", "*"), ("role", &administrator)]);
        let cookie = log_in(&app, "one").await;
        let me = who(&app, &cookie).await.unwrap().actor;
        assert_eq!(people.set_disabled(&me, &one, true).await, last);
        assert_eq!(people.remove_membership(&me, &one, &membership).await, last);
        let id = domain::id::RoleId::parse(&administrator).unwrap();
        let weaker = typed(&[("key", "administrator"), ("name", "A"), ("name_zh", "管"), ("home", "/"), ("permissions", "read")]);
        assert_eq!(people.edit_role(&me, &id, &weaker).await, last);
        assert!(who(&app, &cookie).await.is_ok(), "nothing half done");

        // Two administrators disable each other at the same moment: one of them remains.
        let two = user(&app, &engine, "two", "administrator").await;
        let cookie = log_in(&app, "two").await;
        let they = who(&app, &cookie).await.unwrap().actor;
        let (a, b) = tokio::join!(people.set_disabled(&me, &two, true), people.set_disabled(&they, &one, true));
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    }

    async fn nobody_gives_or_takes_over_more_than_they_hold(app: TestApp) {
        let admin = begin(&app).await;
        let chief = user(&app, &admin, "chief", "administrator").await;
        let clerk = app.user("clerk", &[Permission::Read, Permission::ManagePeople], None).await;
        let mate = user(&app, &admin, "mate", "viewer").await;
        let people = &app.portal.people;
        let administrator = role(&app, &admin, "administrator").await;
        let more = Err(Fault::conflict("conflict-gives-more-than-held"));
        assert_eq!(people.add_membership(&clerk, &mate, &typed(&[("team", "*"), ("role", &administrator)])).await, more);
        assert_eq!(people.add_membership(&clerk, clerk.user().unwrap(), &typed(&[("team", "*"), ("role", &administrator)])).await, more);
        let fields = [("key", "sly"), ("name", "Sly"), ("name_zh", "狡"), ("home", "/"), ("permissions", "tools.define")];
        assert!(people.add_role(&clerk, &typed(&fields)).await.is_err());
        let stronger = Err(Fault::conflict("conflict-holds-more-than-you"));
        assert_eq!(people.set_password(&clerk, &chief, &typed(&[("password", "a password I know")])).await, stronger);
        assert_eq!(people.set_disabled(&clerk, &chief, true).await, stronger);
        people.set_password(&clerk, &mate, &typed(&[("password", "a password I know")])).await.unwrap();
    }

    async fn only_keepers_of_people_see_and_edit_them(app: TestApp) {
        let admin = begin(&app).await;
        let team = app.team("payments").await;
        let viewer = app.viewer("vera", &team).await;
        let local = app.user("lou", Permission::ALL, Some(&team)).await;
        let id = user(&app, &admin, "emil", "engineer").await;
        let people = &app.portal.people;
        for actor in [&viewer, &local] {
            let refused = Fault::Forbidden(Permission::ManagePeople);
            assert_eq!(people.users(actor, &UserFilter::default(), &PageRequest::default()).await.err(), Some(refused.clone()));
            assert_eq!(people.user(actor, &id).await.err(), Some(refused.clone()));
            assert_eq!(people.add_team(actor, &typed(&[])).await.err(), Some(refused.clone()));
            assert_eq!(people.roles(actor).await.err(), Some(refused.clone()));
            assert_eq!(people.unlock(actor, &id).await.err(), Some(refused.clone()));
            assert_eq!(people.tokens(actor, true).await.err(), Some(refused));
            assert_eq!(people.teams(actor).await.unwrap().len(), 1);
        }
        assert_eq!(people.granters(&viewer, Permission::RunTools).await.unwrap(), ["admin"]);
        assert_eq!(people.users(&Actor::nobody(), &UserFilter::default(), &PageRequest::default()).await.err(), Some(Fault::Unauthenticated));
        assert_eq!(people.colleagues(&viewer).await.unwrap().len(), 4);
    }

    async fn users_are_found_and_paged(app: TestApp) {
        let admin = begin(&app).await;
        let team = app.team("payments").await;
        for login in ["ann", "bob", "cy_d"] {
            app.viewer(login, &team).await;
        }
        let people = &app.portal.people;
        let find = async |filter: UserFilter, page: PageRequest| people.users(&admin, &filter, &page).await.unwrap();
        let first = find(UserFilter::default(), PageRequest { after: None, limit: 3 }).await;
        assert_eq!(first.items.iter().map(|u| u.login.as_str()).collect::<Vec<_>>(), ["admin", "ann", "bob"]);
        let second = find(UserFilter::default(), PageRequest { after: first.next, limit: 3 }).await;
        assert_eq!(second.items.len(), 1);
        let text = |text: &str| UserFilter { text: text.into(), ..UserFilter::default() };
        assert_eq!(find(text("_"), PageRequest::default()).await.items.len(), 1, "wildcards are text");
        assert_eq!(find(text("AN"), PageRequest::default()).await.items.len(), 1);
        let members = find(UserFilter { team: Some(team), ..UserFilter::default() }, PageRequest::default()).await;
        assert_eq!(members.items.len(), 4, "the administrator is a member of every team");
    }

    async fn what_is_taken_or_in_use_says_so(app: TestApp) {
        let admin = begin(&app).await;
        let people = &app.portal.people;
        user(&app, &admin, "emil", "engineer").await;
        let fields = [("login", "EMIL"), ("name", "Emil"), ("password", PASSWORD)];
        let fault = people.add_user(&admin, &typed(&fields)).await.unwrap_err();
        assert_eq!((fault.problems()[0].field.as_str(), fault.problems()[0].expected.key), ("login", "expect-free"));
        let team = people.add_team(&admin, &typed(&[("key", "ops"), ("name", "Ops")])).await.unwrap();
        let fault = people.add_team(&admin, &typed(&[("key", "ops"), ("name", "Other")])).await.unwrap_err();
        assert_eq!(fault.problems()[0].field, "key");
        let named = |name| typed(&[("key", ""), ("name", name)]);
        people.add_team(&admin, &named("Night Desk 夜班")).await.unwrap();
        assert!(people.teams(&admin).await.unwrap().iter().any(|team| team.key == "night-desk"));
        let fault = people.add_team(&admin, &named("夜班")).await.unwrap_err();
        assert_eq!((fault.problems()[0].field.as_str(), fault.problems()[0].expected.key), ("key", "expect-key"));
        app.system("gateway", &team).await;
        assert!(matches!(people.remove_team(&admin, &team).await, Err(Fault::Conflict(_))));
        let engineer = domain::id::RoleId::parse(&role(&app, &admin, "engineer").await).unwrap();
        assert!(matches!(people.remove_role(&admin, &engineer).await, Err(Fault::Conflict(_))));
        let other = people.add_team(&admin, &typed(&[("key", "other"), ("name", "Other")])).await.unwrap();
        people.remove_team(&admin, &other).await.unwrap();
        assert_eq!(people.remove_team(&admin, &other).await, Err(Fault::NotFound("team")));
        let gone = typed(&[("team", other.as_str()), ("role", engineer.as_str())]);
        assert_eq!(people.add_membership(&admin, admin.user().unwrap(), &gone).await, Err(Fault::NotFound("team")));
    }

    async fn secrets_stay_out_of_the_trail_and_the_tables(app: TestApp) {
        let canary = "canary-secret-5417";
        let admin = begin(&app).await;
        let people = &app.portal.people;
        let fields = [("login", "cora"), ("name", "Cora"), ("password", canary)];
        let id = people.add_user(&admin, &typed(&fields)).await.unwrap();
        people.set_password(&admin, &id, &typed(&[("password", canary)])).await.unwrap();
        let entered = people.login("cora", canary, "192.0.2.1", "").await.unwrap();
        let rows = app.portal.audit.list(&admin, &Default::default(), &PageRequest::default()).await.unwrap();
        assert!(rows.items.len() >= 3);
        let trail = format!("{:?}", rows.items);
        assert!(!trail.contains(canary) && !trail.contains(&entered.cookie));
        let mut conn = app.ctx.db.read().await.unwrap();
        let stored = backend::db::sql("SELECT password_hash FROM users UNION ALL SELECT value FROM settings").texts(&mut conn).await.unwrap();
        assert!(!stored.join(" ").contains(canary));
    }
}
