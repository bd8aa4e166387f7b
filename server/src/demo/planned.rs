//! Changes that are still to come, or under way while somebody looks.

use domain::{
    Fault, Timestamp,
    time::{DAY, HOUR, MINUTE, zone},
};

use super::{
    Stage, ZONE,
    past::{day_at, wall},
    people::Crew,
    typed,
};

/// What will be done: a change tonight, one that waits for approval, a draft.
pub(super) async fn planned(stage: &Stage<'_>, crew: &Crew, now: Timestamp) -> Result<(), Fault> {
    stage.clock.set(now.plus(-40 * MINUTE));
    // The next 02:00 of the company that is at least an hour away.
    let tonight = (0..3).map(|d| day_at(now, -d, 2, 0)).find(|at| *at > now.plus(HOUR)).unwrap_or(now.plus(8 * HOUR));
    let plan =
        |title, systems, risk, from: Timestamp, hours: i64, plan| Plan { title, systems, risk, from, to: from.plus(hours * HOUR), plan };
    let night = plan(
        "Ledger: archive the last quarter 账务归档上季度数据",
        &["ledger"],
        "medium",
        tonight,
        2,
        "Copy, compare sums, then drop the partitions of the last quarter.",
    );
    let id = ask(stage, crew, &night, true).await?;
    approve(stage, crew, &id).await?;
    stage.portal.changes.schedule(&crew.actor("release"), &id).await?;
    let next = plan(
        "Gateway 4.12 网关版本 4.12",
        &["gateway"],
        "medium",
        tonight.plus(DAY),
        1,
        "Roll out to one node, compare for ten minutes, then to the others.",
    );
    ask(stage, crew, &next, true).await?;
    let draft =
        plan("Risk: new device list 风控设备名单", &["risk"], "low", tonight.plus(3 * DAY), 1, "Load the list, switch it to observe only.");
    ask(stage, crew, &draft, false).await?;
    shown_first(stage, crew, tonight.plus(4 * DAY)).await
}

/// A release of high risk that needs evidence: the load test is there, the drill is not.
async fn shown_first(stage: &Stage<'_>, crew: &Crew, from: Timestamp) -> Result<(), Fault> {
    let policy = [
        ("name", "High risk: load test and drill 高风险须压测与演练"),
        ("risks", "high"),
        ("stages[0].count", "2"),
        ("stages[0].of", "owners"),
        ("rollback", "on"),
    ];
    let mut policy = typed(&policy);
    policy.add("evidence", "performance");
    policy.add("evidence", "drill");
    stage.portal.approving.set_policy(&crew.actor("admin"), &policy).await?;
    let artifact = [("artifact", "ledger"), ("artifact_version", "12.1.0"), ("artifact_sha", "9f2c7d1e40ab")];
    let plan = Plan {
        title: "Ledger 12.1: new booking engine 账务新记账引擎",
        systems: &["ledger"],
        risk: "high",
        from,
        to: from.plus(2 * HOUR),
        plan: "Switch one shard after another; each is compared for ten minutes.",
    };
    let id = ask_with(stage, crew, &plan, &artifact).await?;
    let operations = crew.actor("operations");
    let team = stage.portal.changes.detail(&operations, id.as_str()).await?.content.team.to_string();
    let mut fields = typed(&artifact);
    for (name, value) in [
        ("team", team.as_str()),
        ("kind", "performance"),
        ("environment", "pre-production, 4 nodes"),
        ("max_p99_ms", "120"),
        ("max_failed", "0.1"),
    ] {
        fields.set(name, value);
    }
    // What whoever requested it brings does not count.
    stage.portal.evidence.submit(&crew.actor("release"), &fields, "k6-summary.json", LOAD_TEST.as_bytes().to_vec()).await?;
    Ok(())
}

/// What `k6 run --summary-export` wrote.
const LOAD_TEST: &str = r#"{"metrics":{"http_reqs":{"count":540000,"rate":1500.0},"http_req_failed":{"passes":12,"fails":539988,"value":0.0000222},
"http_req_duration":{"avg":21.4,"min":3.1,"med":18.2,"max":412.0,"p(90)":38.4,"p(95)":52.7,"p(99)":88.9}}}"#;

/// What is under way while somebody looks: one step done, one to do; and a freeze that comes again and yields to a reason.
pub(super) async fn under_way(stage: &Stage<'_>, crew: &Crew, now: Timestamp) -> Result<(), Fault> {
    let plan = Plan {
        title: "Reports: new export 报表导出升级",
        systems: &["reports"],
        risk: "low",
        from: now.plus(-30 * MINUTE),
        to: now.plus(3 * HOUR),
        plan: "One node first, compare its export with the old one, then the other.",
    };
    stage.clock.set(now.plus(-5 * HOUR));
    let steps = [
        ("Export on node 1 with the new version", "The same rows as yesterday"),
        ("Compare both exports", "No difference"),
        ("Node 2", "Both answer with 1.9.3"),
    ];
    let mut fields = asked(&plan);
    for (i, (what, expected)) in steps.iter().enumerate() {
        fields.set(format!("steps[{i}].what"), what);
        fields.set(format!("steps[{i}].expected"), expected);
    }
    fields.set("submit", "on");
    let id = stage.portal.changes.request(&crew.actor("operations"), &fields).await?;
    stage.clock.set(now.plus(-4 * HOUR));
    approve(stage, crew, &id).await?;
    stage.clock.set(now.plus(-20 * MINUTE));
    let release = crew.actor("release");
    stage.portal.changes.start(&release, &id, &typed(&[])).await?;
    stage.clock.set(now.plus(-12 * MINUTE));
    stage.portal.carrying.tick(&release, &id, 0, &typed(&[("result", "done"), ("note", "48,112 rows, as yesterday")])).await?;
    let template = typed(&[("name", "Nightly report load 夜间报表装载")]);
    let template = stage.portal.change_templates.make(&release, id.as_str(), &template).await?;
    stage.portal.change_templates.agree(&crew.actor("admin"), &template).await?;
    let team = stage.portal.changes.detail(&release, id.as_str()).await?.content.team;
    for (name, query, team) in [
        ("Waits for approval 待审批", "view=list&state=pending", ""),
        ("Nights of the week 本周夜间", "view=lanes&quiet=on", team.as_str()),
    ] {
        let fields = [("place", "changes"), ("name", name), ("query", query), ("team", team)];
        stage.portal.views.save(&crew.actor("release"), &typed(&fields)).await?;
    }
    let friday = (1..8).map(|d| day_at(now, -d, 18, 0)).find(|at| wall_weekday(*at) == jiff::civil::Weekday::Friday);
    let friday = friday.unwrap_or_else(|| day_at(now, -7, 18, 0));
    let (begins, ends) = (wall(friday), wall(friday.plus(5 * HOUR)));
    let freeze = [
        ("scope", "all"),
        ("start", begins.as_str()),
        ("end", ends.as_str()),
        ("zone", ZONE),
        ("reason", "Friday evening, the most payments of the week 周五晚高峰"),
        ("rrule", "FREQ=WEEKLY;BYDAY=FR"),
        ("soft", "on"),
    ];
    stage.portal.changes.set_freeze(&crew.actor("admin"), &typed(&freeze)).await?;
    let (begun, soon) = (wall(now.plus(-60 * DAY)), wall(now.plus(4 * DAY)));
    let occasions =
        [("payday", "Payday 发薪日", &begun[..10], "FREQ=MONTHLY;BYMONTHDAY=-1"), ("event", "Autumn sale 秋季促销", &soon[..10], "")];
    for (kind, name, first, rrule) in occasions {
        let fields = [("kind", kind), ("name", name), ("first", first), ("zone", ZONE), ("rrule", rrule)];
        stage.portal.occasions.add(&crew.actor("admin"), &typed(&fields)).await?;
    }
    Ok(())
}

fn wall_weekday(at: Timestamp) -> jiff::civil::Weekday {
    at.jiff().to_zoned(zone(ZONE).unwrap_or(jiff::tz::TimeZone::UTC)).weekday()
}

/// A change to be asked for.
pub(super) struct Plan<'a> {
    pub title: &'a str,
    pub systems: &'a [&'a str],
    pub risk: &'a str,
    pub from: Timestamp,
    pub to: Timestamp,
    pub plan: &'a str,
}

pub(super) async fn ask(stage: &Stage<'_>, crew: &Crew, plan: &Plan<'_>, submit: bool) -> Result<domain::id::ChangeId, Fault> {
    let mut fields = asked(plan);
    if submit {
        fields.set("submit", "on");
    }
    stage.portal.changes.request(&crew.actor("operations"), &fields).await
}

/// The same for approval, with further fields.
pub(super) async fn ask_with(
    stage: &Stage<'_>,
    crew: &Crew,
    plan: &Plan<'_>,
    further: &[(&str, &str)],
) -> Result<domain::id::ChangeId, Fault> {
    let mut fields = asked(plan);
    fields.set("submit", "on");
    for (name, value) in further {
        fields.set(*name, value);
    }
    stage.portal.changes.request(&crew.actor("operations"), &fields).await
}

/// Its form.
fn asked(plan: &Plan<'_>) -> domain::form::Typed {
    let (start, end) = (wall(plan.from), wall(plan.to));
    let mut fields = typed(&[
        ("title", plan.title),
        ("start", &start),
        ("end", &end),
        ("zone", ZONE),
        ("plan", plan.plan),
        ("rollback", "Put the configuration back that was saved before, and restart one node after another."),
        ("impact", "None expected; single payments may be retried."),
        ("risk", plan.risk),
        ("risk_reason", "Tried twice on the test line; can be undone within five minutes."),
    ]);
    for system in plan.systems {
        fields.add("systems", system);
    }
    fields
}

/// Approved by as many as it takes.
pub(super) async fn approve(stage: &Stage<'_>, crew: &Crew, id: &domain::id::ChangeId) -> Result<(), Fault> {
    let changes = &stage.portal.changes;
    // As many as it takes, by what was said and by what facts say.
    for login in ["approver", "admin"] {
        let actor = crew.actor(login);
        let detail = changes.detail(&actor, id.as_str()).await?;
        if detail.summary.approvals >= detail.summary.needed {
            break;
        }
        let hash = detail.hash;
        changes.approve(&actor, id, &typed(&[("hash", &hash), ("remark", "")])).await?;
    }
    Ok(())
}
