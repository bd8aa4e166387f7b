//! The audit trail: who reads it, and what its chain finds.

mod again;

use std::{collections::BTreeSet, path::Path};

use backend::db::sql;
use domain::{
    PageRequest, Permission,
    audit::{AuditFilter, Damage, KINDS, Mark},
    form::Typed,
    id::TeamId,
};

use sha2::{Digest, Sha256};

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
    app.portal.audit.verify(admin, None).await.unwrap().broken
}

/// What stands in the sources below a folder.
fn sources(folder: &Path, all: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            sources(&entry, all);
        } else if entry.extension().is_some_and(|kind| kind == "rs") {
            all.push_str(&std::fs::read_to_string(&entry).unwrap());
        }
    }
}

#[test]
fn every_kind_that_is_written_is_offered() {
    let mut all = String::new();
    for folder in ["src", "backend/src"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut all);
    }
    // An engine that stands for itself names itself by a constant: it is held by the assertion in `Object::new` alone.
    let written: BTreeSet<&str> =
        all.split("Object::new(").skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next()).collect();
    assert!(written.len() > 30, "{written:?}");
    let unknown: Vec<_> = written.iter().filter(|kind| !KINDS.contains(kind)).collect();
    assert!(unknown.is_empty(), "not in the list: {unknown:?}");
    let unused: Vec<_> = KINDS.iter().filter(|kind| **kind != "retention" && !written.contains(*kind)).collect();
    assert!(unused.is_empty(), "written nowhere: {unused:?}");
}

both! {
    async fn a_whole_chain_is_whole(app: TestApp) {
        let engine = domain::Actor::engine("test");
        let verdict = app.portal.audit.verify(&engine, None).await.unwrap();
        assert!(verdict.is_whole() && verdict.rows == 0);
        let admin = app.admin().await;
        for key in ["a", "b"] {
            app.portal.people.add_team(&admin, &typed(&[("key", key), ("name", key)])).await.unwrap();
        }
        let verdict = app.portal.audit.verify(&admin, None).await.unwrap();
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

    async fn who_writes_to_the_database_cannot_forge(app: TestApp) {
        let (admin, _) = some_rows(&app).await;
        // The last rows cut off, and the head said to end there.
        tamper(&app, "DELETE FROM audit WHERE seq = 5").await;
        tamper(&app, "UPDATE audit_head SET seq = 4, hash = (SELECT hash FROM audit WHERE seq = 4)").await;
        assert_eq!(broken(&app, &admin).await, Some((5, Damage::Truncated)));
        // What is written afterwards does not heal it.
        app.portal.people.add_team(&admin, &typed(&[("key", "f"), ("name", "f")])).await.unwrap();
        assert_eq!(broken(&app, &admin).await, Some((6, Damage::Truncated)));
        // Nor does a head without a hand.
        tamper(&app, "UPDATE audit_head SET mac = ''").await;
        assert_eq!(broken(&app, &admin).await, Some((6, Damage::Truncated)));
    }

    async fn an_edited_row_with_a_hash_computed_anew_is_found(app: TestApp) {
        let (admin, _) = some_rows(&app).await;
        // A row of the old kind after keyed ones, however well it fits, is none.
        tamper(&app, "UPDATE audit SET actor_name = 'x', scheme = 0 WHERE seq = 5").await;
        assert_eq!(broken(&app, &admin).await, Some((5, Damage::Edited)));
    }

    async fn no_column_is_free(app: TestApp) {
        let (admin, _) = some_rows(&app).await;
        for text in [
            "UPDATE audit SET team_id = 'zzz' WHERE seq = 3",
            "UPDATE audit SET team_id = '' WHERE seq = 3",
            "UPDATE audit SET team_id = NULL, at = at + 1 WHERE seq = 3",
            "UPDATE audit SET at = at - 1, object_name = 'zzz' WHERE seq = 3",
        ] {
            tamper(&app, text).await;
            assert_eq!(broken(&app, &admin).await, Some((3, Damage::Edited)), "{text}");
        }
    }

    async fn an_empty_trail_of_a_portal_with_users_is_broken(app: TestApp) {
        let (admin, _) = some_rows(&app).await;
        let mut conn = app.ctx.db.read().await.unwrap();
        sql("DELETE FROM audit").run(&mut conn).await.unwrap();
        sql("UPDATE audit_head SET seq = 0, hash = '', mac = ''").run(&mut conn).await.unwrap();
        drop(conn);
        assert_eq!(broken(&app, &admin).await, Some((1, Damage::Missing)));
        app.advance(5 * domain::time::MINUTE);
        app.portal.people.add_team(&admin, &typed(&[("key", "f"), ("name", "f")])).await.unwrap();
        assert_eq!(broken(&app, &admin).await, Some((2, Damage::Truncated)), "a new first row does not heal it");
    }

    async fn rows_from_before_the_key_are_taken_and_counted(app: TestApp) {
        let admin = app.admin().await;
        // Two rows as the first version wrote them.
        let mut before = String::new();
        let mut conn = app.ctx.db.read().await.unwrap();
        for seq in 1..=2 {
            let mut sha = Sha256::new();
            for part in [&before, &seq.to_string(), "1741932000000", "engine", "test", "test", "test.act", "test", "1", "one", "", "{}"] {
                sha.update((part.len() as u64).to_be_bytes());
                sha.update(part.as_bytes());
            }
            before = sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            sql("INSERT INTO audit (seq, at, actor_kind, actor_id, actor_name, act, object_kind, object_id, object_name, detail, hash) \
                 VALUES ($1, 1741932000000, 'engine', 'test', 'test', 'test.act', 'test', '1', 'one', '{}', $2)")
                .value(seq)
                .value(&before)
                .run(&mut conn)
                .await
                .unwrap();
        }
        sql("UPDATE audit_head SET seq = 2, hash = $1").value(&before).run(&mut conn).await.unwrap();
        drop(conn);
        let old = app.portal.audit.verify(&admin, None).await.unwrap();
        assert!(old.is_whole() && (old.rows, old.plain) == (2, 2), "{old:?}");
        app.portal.people.add_team(&admin, &typed(&[("key", "a"), ("name", "a")])).await.unwrap();
        let now = app.portal.audit.verify(&admin, Mark::parse(&old.mark()).as_ref()).await.unwrap();
        assert!(now.is_whole() && (now.rows, now.plain) == (3, 2), "{now:?}");
        // A team that no portal wrote.
        tamper(&app, "UPDATE audit SET team_id = 'zzz' WHERE seq = 2").await;
        assert_eq!(broken(&app, &admin).await, Some((2, Damage::Edited)));
    }

    async fn a_noted_head_tells_an_older_copy(app: TestApp) {
        let (admin, _) = some_rows(&app).await;
        let audit = &app.portal.audit;
        let noted = Mark::parse(&audit.verify(&admin, None).await.unwrap().mark()).unwrap();
        app.portal.people.add_team(&admin, &typed(&[("key", "f"), ("name", "f")])).await.unwrap();
        assert!(audit.verify(&admin, Some(&noted)).await.unwrap().is_whole());
        let another = Mark { hash: "0".repeat(64), ..noted.clone() };
        assert_eq!(audit.verify(&admin, Some(&another)).await.unwrap().broken, Some((5, Damage::Another)));
        let later = Mark { rows: 7, ..noted };
        assert_eq!(audit.verify(&admin, Some(&later)).await.unwrap().broken, Some((7, Damage::Another)));
        for bad in ["", "5", "0:", "5:xyz", "-1:aa", "5:"] {
            assert_eq!(Mark::parse(bad), None, "{bad}");
        }
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
        assert!(audit.verify(&auditor, None).await.is_err());
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
