//! The audit trail: who reads it, and what its chain finds.

use backend::db::sql;
use domain::{
    PageRequest, Permission,
    audit::{AuditFilter, Damage},
    form::Typed,
    id::TeamId,
};

use crate::app::TestApp;

fn typed(pairs: &[(&str, &str)]) -> Typed {
    Typed::from_pairs(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
}

/// Five rows of a team each.
async fn some_rows(app: &TestApp) -> (domain::Actor, Vec<TeamId>) {
    let admin = app.admin().await;
    let mut teams = Vec::new();
    for key in ["a", "b", "c", "d", "e"] {
        app.advance(1_000);
        teams.push(app.portal.people.add_team(&admin, &typed(&[("key", key), ("name", key)])).await.unwrap());
    }
    (admin, teams)
}

async fn tamper(app: &TestApp, text: &'static str) {
    let mut conn = app.ctx.db.read().await.unwrap();
    assert_eq!(sql(text).run(&mut conn).await.unwrap(), 1, "{text}");
}

async fn broken(app: &TestApp, admin: &domain::Actor) -> Option<(i64, Damage)> {
    app.portal.audit.verify(admin).await.unwrap().broken
}

both! {
    async fn a_whole_chain_is_whole(app: TestApp) {
        let admin = app.admin().await;
        let verdict = app.portal.audit.verify(&admin).await.unwrap();
        assert!(verdict.is_whole() && verdict.rows == 0);
        for key in ["a", "b"] {
            app.portal.people.add_team(&admin, &typed(&[("key", key), ("name", key)])).await.unwrap();
        }
        let verdict = app.portal.audit.verify(&admin).await.unwrap();
        assert!(verdict.is_whole() && verdict.rows == 2 && verdict.head.len() == 64);
    }

    async fn an_edited_row_is_found(app: TestApp) {
        let (admin, _) = some_rows(&app).await;
        tamper(&app, "UPDATE audit SET actor_name = 'somebody else' WHERE seq = 3").await;
        assert_eq!(broken(&app, &admin).await, Some((3, Damage::Edited)));
    }

    async fn an_edited_team_is_found(app: TestApp) {
        let (admin, _) = some_rows(&app).await;
        tamper(&app, "UPDATE audit SET team_id = 'rubbish' WHERE seq = 2").await;
        assert_eq!(broken(&app, &admin).await, Some((2, Damage::Edited)));
    }

    async fn a_deleted_row_is_found(app: TestApp) {
        let (admin, _) = some_rows(&app).await;
        tamper(&app, "DELETE FROM audit WHERE seq = 2").await;
        assert_eq!(broken(&app, &admin).await, Some((2, Damage::Missing)));
    }

    async fn a_deleted_row_is_found_when_the_rest_moves_up(app: TestApp) {
        let (admin, _) = some_rows(&app).await;
        tamper(&app, "DELETE FROM audit WHERE seq = 4").await;
        tamper(&app, "UPDATE audit SET seq = 4 WHERE seq = 5").await;
        tamper(&app, "UPDATE audit_head SET seq = 4").await;
        assert_eq!(broken(&app, &admin).await, Some((4, Damage::Edited)));
    }

    async fn a_truncated_trail_is_found(app: TestApp) {
        let (admin, _) = some_rows(&app).await;
        tamper(&app, "DELETE FROM audit WHERE seq = 5").await;
        assert_eq!(broken(&app, &admin).await, Some((5, Damage::Truncated)));
        tamper(&app, "UPDATE audit_head SET seq = 4").await;
        assert_eq!(broken(&app, &admin).await, Some((5, Damage::Truncated)), "the head's hash is that of the row cut off");
    }

    async fn rows_beyond_the_head_are_found(app: TestApp) {
        let (admin, _) = some_rows(&app).await;
        tamper(&app, "UPDATE audit_head SET seq = 4, hash = (SELECT hash FROM audit WHERE seq = 4)").await;
        assert_eq!(broken(&app, &admin).await, Some((5, Damage::Truncated)));
    }

    async fn a_list_is_cut_to_the_readers_teams_and_pages_back(app: TestApp) {
        let (admin, teams) = some_rows(&app).await;
        let audit = &app.portal.audit;
        let page = PageRequest { after: None, limit: 2 };
        let first = audit.list(&admin, &AuditFilter::default(), &page).await.unwrap();
        assert_eq!(first.items.iter().map(|r| r.seq).collect::<Vec<_>>(), [5, 4]);
        let second = audit.list(&admin, &AuditFilter::default(), &PageRequest { after: first.next, limit: 2 }).await.unwrap();
        assert_eq!(second.items.iter().map(|r| r.seq).collect::<Vec<_>>(), [3, 2]);

        let auditor = app.user("audrey", &[Permission::Read, Permission::ReadAudit], Some(&teams[1])).await;
        let hers = audit.list(&auditor, &AuditFilter::default(), &PageRequest::default()).await.unwrap();
        assert_eq!(hers.items.iter().map(|r| r.seq).collect::<Vec<_>>(), [2]);
        assert!(audit.verify(&auditor).await.is_err());
        let viewer = app.viewer("vera", &teams[0]).await;
        assert!(audit.list(&viewer, &AuditFilter::default(), &page).await.is_err());
        assert!(audit.list(&domain::Actor::nobody(), &AuditFilter::default(), &page).await.is_err());
    }

    async fn filters_narrow(app: TestApp) {
        let (admin, teams) = some_rows(&app).await;
        let find = async |pairs: &[(&str, &str)]| {
            let filter = AuditFilter::parse(&typed(pairs), domain::Timestamp::parse_rfc3339).unwrap();
            let rows = app.portal.audit.list(&admin, &filter, &PageRequest::default()).await.unwrap().items;
            rows.into_iter().map(|r| r.seq).collect::<Vec<_>>()
        };
        assert_eq!(find(&[("actor", "ADM")]).await, [5, 4, 3, 2, 1]);
        assert_eq!(find(&[("actor", "a%n")]).await, Vec::<i64>::new(), "wildcards are text");
        assert_eq!(find(&[("act", "team")]).await.len(), 5);
        assert_eq!(find(&[("act", "team.remove")]).await, Vec::<i64>::new());
        assert_eq!(find(&[("team", teams[3].as_str())]).await, [4]);
        assert_eq!(find(&[("kind", "team"), ("object", teams[0].as_str())]).await, [1]);
        assert_eq!(find(&[("from", "2025-03-14T06:00:03Z"), ("to", "2025-03-14T06:00:05Z")]).await, [4, 3]);
        let fault = AuditFilter::parse(&typed(&[("team", "x"), ("from", "soon")]), domain::Timestamp::parse_rfc3339).unwrap_err();
        assert_eq!(fault.problems().iter().map(|p| p.field.as_str()).collect::<Vec<_>>(), ["team", "from"]);
    }
}
