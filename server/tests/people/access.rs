//! Log-in, log-out, sessions, lock-out, set-up.

use backend::db::sql;
use domain::{
    Fault,
    people::{LOCK_MS, SETUP_MS},
    time::{HOUR, MINUTE},
};

use super::*;

both! {
    async fn a_session_lives_until_it_ends(app: TestApp) {
        let admin = begin(&app).await;
        user(&app, &admin, "olga", "operator").await;
        let entered = app.portal.people.login("Olga", PASSWORD, "192.0.2.7", "a browser").await.unwrap();
        assert_eq!(entered.home, "/alerts?mine=1");
        assert_eq!(entered.expires, app.now().plus(12 * HOUR));
        let identity = who(&app, &entered.cookie).await.unwrap();
        assert_eq!((identity.login.as_str(), identity.home.as_str()), ("olga", "/alerts?mine=1"));
        assert!(identity.actor.may_somewhere(domain::Permission::RunSafeTools));
        assert!(!identity.actor.may_somewhere(domain::Permission::RunTools));
        app.advance(12 * HOUR - 1);
        assert!(who(&app, &entered.cookie).await.is_ok());
        app.advance(1);
        assert_eq!(who(&app, &entered.cookie).await, Err(Fault::Unauthenticated), "expired, without leeway");
    }

    async fn after_log_out_the_cookie_opens_nothing(app: TestApp) {
        let admin = begin(&app).await;
        user(&app, &admin, "olga", "operator").await;
        let (one, other) = (log_in(&app, "olga").await, log_in(&app, "olga").await);
        let identity = who(&app, &one).await.unwrap();
        app.portal.people.logout(&identity.actor, identity.session.as_ref().unwrap()).await.unwrap();
        assert_eq!(who(&app, &one).await, Err(Fault::Unauthenticated));
        assert!(who(&app, &other).await.is_ok(), "only this session");
    }

    async fn an_open_stream_ends_with_its_session_and_with_what_it_may_read(app: TestApp) {
        use futures::StreamExt;
        let admin = begin(&app).await;
        let id = user(&app, &admin, "olga", "operator").await;
        let end = std::time::Duration::from_secs(5);
        for (n, why) in ["revoked", "in the database only", "expired", "another role", "not at all"].into_iter().enumerate() {
            let cookie = log_in(&app, "olga").await;
            let olga = who(&app, &cookie).await.unwrap();
            let stream = app.get("/live?topics=alerts").cookie(&format!("ek_session={cookie}")).open().await;
            assert_eq!(stream.status(), 200);
            let mut stream = stream.into_body().into_data_stream();
            assert!(String::from_utf8_lossy(&stream.next().await.unwrap().unwrap()).contains("hello"));
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            match n {
                0 => app.portal.people.revoke_session(&olga.actor, olga.session.as_ref().unwrap()).await.unwrap(),
                1 => {
                    let mut conn = app.ctx.db.read().await.unwrap();
                    sql("UPDATE sessions SET revoked_at = 1").run(&mut conn).await.unwrap();
                }
                2 => app.advance(12 * HOUR),
                3 => {
                    let engineer = role(&app, &admin, "engineer").await;
                    app.portal.people.add_membership(&admin, &id, &typed(&[("team", "*"), ("role", &engineer)])).await.unwrap();
                }
                _ => {}
            }
            let rest = tokio::time::timeout(end, async { while stream.next().await.is_some() {} }).await;
            assert_eq!(rest.is_ok(), n < 4, "{why}");
        }
    }

    async fn one_sees_and_revokes_ones_own_sessions_only(app: TestApp) {
        let admin = begin(&app).await;
        user(&app, &admin, "olga", "operator").await;
        user(&app, &admin, "emil", "engineer").await;
        let (olga, emil) = (log_in(&app, "olga").await, log_in(&app, "emil").await);
        let (olga, emil) = (who(&app, &olga).await.unwrap(), who(&app, &emil).await.unwrap());
        let second = log_in(&app, "olga").await;
        let sessions = app.portal.people.sessions(&olga.actor).await.unwrap();
        assert_eq!(sessions.len(), 2);
        assert_eq!((sessions[0].address.as_str(), sessions[0].agent.as_str()), ("192.0.2.7", "a browser"));
        let hers = who(&app, &second).await.unwrap().session.unwrap();
        assert_eq!(app.portal.people.revoke_session(&emil.actor, &hers).await, Err(Fault::NotFound("session")));
        app.portal.people.revoke_session(&olga.actor, &hers).await.unwrap();
        assert_eq!(who(&app, &second).await, Err(Fault::Unauthenticated));
        assert_eq!(app.portal.people.revoke_session(&olga.actor, &hers).await, Err(Fault::NotFound("session")));
    }

    async fn a_session_of_another_portal_opens_nothing(app: TestApp) {
        let admin = begin(&app).await;
        user(&app, &admin, "olga", "operator").await;
        let cookie = log_in(&app, "olga").await;
        let mut conn = app.ctx.db.read().await.unwrap();
        sql("DELETE FROM settings WHERE name = 'session.key'").run(&mut conn).await.unwrap();
        drop(conn);
        // The same database behind a process that has another key.
        let other = backend::people::Service::new(app.ctx.clone(), backend::people::Settings::default());
        let shown = domain::people::People::authenticate(&other, Credential::Session(&cookie)).await;
        assert_eq!(shown, Err(Fault::Unauthenticated));
        for rubbish in ["", "a.b.c", "....", "evk_x_y", "eyJhbGciOiJub25lIn0.e30."] {
            assert_eq!(who(&app, rubbish).await, Err(Fault::Unauthenticated), "{rubbish}");
        }
    }

    async fn guessing_locks_out_the_guesser_first(app: TestApp) {
        let admin = begin(&app).await;
        let id = user(&app, &admin, "olga", "operator").await;
        let people = &app.portal.people;
        // Unknown users take the same way, so the whole of it is told twice.
        for login in ["olga", "nobody"] {
            for n in 0..10 {
                assert_eq!(people.login(login, "wrong password", "192.0.2.1", "").await.err(), Some(Fault::Unauthenticated), "{login} {n}");
            }
            if login == "olga" {
                assert_eq!(people.user(&admin, &id).await.unwrap().locked_until, Some(app.now().plus(LOCK_MS)));
            }
            app.advance(5 * MINUTE);
            // From there the right password does not open, and does not say that it was right; from elsewhere it does.
            let shown = people.login(login, PASSWORD, "192.0.2.1", "").await.err();
            assert_eq!(shown, Some(Fault::Unauthenticated), "{login}");
            assert_eq!(people.login(login, PASSWORD, "198.51.100.1", "").await.is_ok(), login == "olga");
            for _ in 0..9 {
                assert_eq!(people.login(login, "wrong password", "192.0.2.1", "").await.err(), Some(Fault::Unauthenticated), "{login}");
            }
            app.advance(5 * MINUTE);
            let shown = people.login(login, PASSWORD, "192.0.2.1", "").await.err();
            assert_eq!(shown, Some(Fault::TooMany { retry_after_s: 601 }), "{login}: twenty are refused unread");
        }
        app.advance(LOCK_MS);
        assert!(people.login("olga", PASSWORD, "192.0.2.1", "").await.is_ok());
        assert_eq!(people.user(&admin, &id).await.unwrap().locked_until, None);
        let mut conn = app.ctx.db.read().await.unwrap();
        assert_eq!(sql("SELECT COUNT(*) FROM audit WHERE act = 'user.lock'").count(&mut conn).await.unwrap(), 1);
    }

    async fn a_hundred_from_everywhere_lock_for_everyone(app: TestApp) {
        let admin = begin(&app).await;
        user(&app, &admin, "olga", "operator").await;
        // As a hundred wrong ones from many addresses leave it.
        let mut conn = app.ctx.db.read().await.unwrap();
        for n in 0..33 {
            sql("INSERT INTO login_tries (login, peer, failures, last_at) VALUES ('olga', $1, 3, $2)")
                .value(format!("192.0.2.{n}"))
                .value(app.now())
                .run(&mut conn)
                .await
                .unwrap();
        }
        drop(conn);
        let people = &app.portal.people;
        assert_eq!(people.login("olga", "wrong password", "198.51.100.1", "").await.err(), Some(Fault::Unauthenticated), "the hundredth");
        assert_eq!(people.login("olga", PASSWORD, "198.51.100.2", "").await.err(), Some(Fault::TooMany { retry_after_s: 901 }));
        app.advance(LOCK_MS);
        assert!(people.login("olga", PASSWORD, "198.51.100.2", "").await.is_ok());
    }

    async fn many_tries_at_once_get_no_further(app: TestApp) {
        let admin = begin(&app).await;
        user(&app, &admin, "olga", "operator").await;
        let tries = (0..60).map(|n| {
            let (people, login) = (app.portal.people.clone(), if n % 2 == 0 { "olga".to_owned() } else { format!("user{n}") });
            tokio::spawn(async move { people.login(&login, "wrong password", "192.0.2.1", "").await.err() })
        });
        let mut looked_at = 0;
        for shown in futures::future::join_all(tries).await {
            match shown.unwrap() {
                Some(Fault::Unauthenticated) => looked_at += 1,
                Some(Fault::TooMany { .. }) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(looked_at, 20);
        let mut conn = app.ctx.db.read().await.unwrap();
        let counted = sql("SELECT CAST(SUM(failures) AS BIGINT) FROM login_tries").count(&mut conn).await.unwrap();
        assert_eq!(counted, 20);
        // Right ones are not counted: any number of people enter from one address.
        for _ in 0..25 {
            assert!(app.portal.people.login("olga", PASSWORD, "192.0.2.2", "").await.is_ok());
        }
    }

    async fn one_address_may_not_try_many_logins(app: TestApp) {
        let admin = begin(&app).await;
        user(&app, &admin, "olga", "operator").await;
        let people = &app.portal.people;
        for n in 0..20 {
            assert_eq!(people.login(&format!("user{n}"), "wrong", "192.0.2.1", "").await.err(), Some(Fault::Unauthenticated));
        }
        assert!(matches!(people.login("olga", PASSWORD, "192.0.2.1", "").await.err(), Some(Fault::TooMany { .. })));
        assert!(people.login("olga", PASSWORD, "192.0.2.2", "").await.is_ok());
        app.advance(5 * MINUTE);
        assert!(people.login("olga", PASSWORD, "192.0.2.1", "").await.is_ok());
    }

    async fn an_administrator_unlocks(app: TestApp) {
        let admin = begin(&app).await;
        let id = user(&app, &admin, "olga", "operator").await;
        let people = &app.portal.people;
        for _ in 0..10 {
            let _ = people.login("olga", "wrong password", "198.51.100.1", "").await;
        }
        assert!(people.login("olga", PASSWORD, "198.51.100.1", "").await.is_err());
        people.unlock(&admin, &id).await.unwrap();
        assert!(people.login("olga", PASSWORD, "198.51.100.1", "").await.is_ok());
    }

    async fn a_changed_password_ends_the_other_sessions(app: TestApp) {
        let admin = begin(&app).await;
        user(&app, &admin, "olga", "operator").await;
        let (here, there) = (log_in(&app, "olga").await, log_in(&app, "olga").await);
        let olga = who(&app, &here).await.unwrap();
        let people = &app.portal.people;
        let session = olga.session.clone().unwrap();
        let change = |current: &str, new: &str, again: &str| typed(&[("current", current), ("password", new), ("again", again)]);
        let wrong = people.change_password(&olga.actor, &session, &change("wrong", "another long one", "another long one")).await;
        assert_eq!(wrong.unwrap_err().problems()[0].field, "current");
        let short = people.change_password(&olga.actor, &session, &change(PASSWORD, "short", "other")).await.unwrap_err();
        assert_eq!(short.problems().iter().map(|p| p.field.as_str()).collect::<Vec<_>>(), ["password", "again"]);
        people.change_password(&olga.actor, &session, &change(PASSWORD, "another long one", "another long one")).await.unwrap();
        assert!(who(&app, &here).await.is_ok());
        assert_eq!(who(&app, &there).await, Err(Fault::Unauthenticated));
        assert!(people.login("olga", PASSWORD, "192.0.2.9", "").await.is_err());
        assert!(people.login("olga", "another long one", "192.0.2.9", "").await.is_ok());
    }

    async fn the_set_up_link_opens_once(app: TestApp) {
        backend::people::ensure_defaults(&app.ctx).await.unwrap();
        backend::people::ensure_defaults(&app.ctx).await.unwrap();
        let people = &app.portal.people;
        let old = backend::people::setup_secret(&app.ctx).await.unwrap().unwrap();
        let secret = backend::people::setup_secret(&app.ctx).await.unwrap().unwrap();
        assert!(!people.setup_opens(&old).await.unwrap(), "a newer link closes an older one");
        assert!(!people.setup_opens("").await.unwrap());
        let fields = [("login", "root"), ("name", "Root"), ("password", PASSWORD), ("team", "Payments"), ("locale", "zh-CN"), ("tools", "on")];
        let half = people.setup(&secret, &typed(&fields[..2]), "192.0.2.1", "").await.err().unwrap();
        assert!(half.problems().iter().any(|p| p.field == "password"), "{half:?}");
        assert!(people.setup_opens(&secret).await.unwrap(), "bad input does not use it up");

        let fields = typed(&fields);
        let (first, second) = tokio::join!(people.setup(&secret, &fields, "192.0.2.1", ""), people.setup(&secret, &fields, "192.0.2.1", ""));
        assert!(first.is_ok() != second.is_ok(), "two at once, one effect");
        let entered = first.or(second).ok().unwrap();
        assert_eq!(entered.home, "/admin/health");
        let root = who(&app, &entered.cookie).await.unwrap();
        assert_eq!(root.preferences.locale, Some(domain::people::Locale::Zh));
        assert_eq!(people.teams(&root.actor).await.unwrap()[0].key, "payments");
        let mut conn = app.ctx.db.read().await.unwrap();
        assert_eq!(backend::settings::read(&mut conn, "tools.enabled").await.unwrap().as_deref(), Some("1"));
        drop(conn);
        assert!(matches!(people.setup(&secret, &fields, "192.0.2.1", "").await.err(), Some(Fault::NotFound(_))));
        assert_eq!(backend::people::setup_secret(&app.ctx).await.unwrap(), None, "there are users now");
    }

    async fn the_set_up_link_lives_a_day(app: TestApp) {
        backend::people::ensure_defaults(&app.ctx).await.unwrap();
        let secret = backend::people::setup_secret(&app.ctx).await.unwrap().unwrap();
        app.advance(SETUP_MS);
        assert!(!app.portal.people.setup_opens(&secret).await.unwrap());
    }
}
