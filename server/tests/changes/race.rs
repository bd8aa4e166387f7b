//! Fifty approvals at once, change after change: exactly as many count as are needed. `EVENKEEL_RACE_CHANGES=1000` does a
//! thousand changes; the ordinary run does a few.

use super::*;

fn changes() -> usize {
    std::env::var("EVENKEEL_RACE_CHANGES").ok().and_then(|n| n.parse().ok()).unwrap_or(4)
}

both! {
    async fn fifty_approvals_of_each_change_have_the_effect_of_those_that_are_needed(app: TestApp) {
        let room = Room::new(app).await;
        let mut approvers = Vec::new();
        for n in 0..50 {
            approvers.push(room.app.user(&format!("a{n}"), APPROVER, Some(&room.team)).await);
        }
        for n in 0..changes() {
            let risk = if n % 2 == 0 { "low" } else { "high" };
            let body = room.with(&[("title", json!(format!("Change {n}"))), ("risk", json!(risk))]);
            let typed: domain::form::Typed = serde_json::from_value(body).unwrap();
            let changes = &room.app.portal.changes;
            let id = changes.request(&room.rita, &typed).await.unwrap();
            let before = changes.detail(&room.rita, id.as_str()).await.unwrap();
            let mut hash = domain::form::Typed::default();
            hash.set("hash", &before.hash);
            let answers = futures::future::join_all(approvers.iter().map(|who| changes.approve(who, &id, &hash))).await;
            let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
            assert!(refused.iter().all(|r| matches!(r, Err(domain::Fault::Conflict(_)))), "{refused:?}");
            let after = changes.detail(&room.rita, id.as_str()).await.unwrap();
            assert_eq!((after.summary.state, after.summary.approvals), (domain::changes::State::Approved, before.summary.needed), "change {n}");
            assert_eq!((done.len(), after.approvals_given.len()), (before.summary.needed as usize, before.summary.needed as usize), "change {n}");
        }
        let wrong = "SELECT COUNT(*) FROM changes c WHERE c.state <> 'approved' OR c.approvals <> c.needed OR c.needed <> \
                     (SELECT COUNT(*) FROM change_approvals a WHERE a.change_id = c.id)";
        assert_eq!(room.count(wrong).await, 0);
        let audited = room.count("SELECT COUNT(*) FROM audit WHERE act = 'change.approve'").await;
        assert_eq!(audited, room.count("SELECT COUNT(*) FROM change_approvals").await);
    }
}
