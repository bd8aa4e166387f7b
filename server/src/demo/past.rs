//! Eight weeks of past: changes, incidents, what monitors saw, payments. Told through the same services, with the
//! clock set back, oldest first.

use backend::monitors::{self, Settings};
use domain::{
    Fault, PageRequest, Timestamp,
    alerts::{Posted, SeenFrom},
    id::ReviewTemplateId,
    incidents::{Filter, State},
    monitors::{CheckResult, Reason, Verdict},
    time::{DAY, HOUR, MINUTE, parse_wall, zone},
    transactions::Batch,
};

use super::{
    SEED, Stage, ZONE,
    business::{LARGEST, NOT_PERMITTED, Trouble},
    company::OVER_BANK_LINK,
    customers,
    dice::Dice,
    me,
    people::Crew,
    planned::{Plan, approve, ask, planned, under_way},
    reviewed, typed, verified,
    world::World,
};

/// Length of the past.
const LENGTH: i64 = 56 * DAY;
/// So many days ago the house agreed on what is asked after a disruption of payments.
const TEMPLATE: i64 = 25;
/// Days of payments that are there before the first page is served; the rest follows behind it.
const AT_ONCE: i64 = 8 * DAY;

/// When the past begins.
pub fn beginning(now: Timestamp) -> Timestamp {
    now.plus(-LENGTH - HOUR)
}

/// Past incidents: days ago, hour of the company's day, minutes, system, link, code, share of payments, title, cause.
struct Old(i64, i64, i64, &'static str, Option<&'static str>, &'static str, f64, &'static str, &'static str);

const INCIDENTS: [Old; 5] = [
    Old(
        47,
        19,
        34,
        "bank-link",
        Some("unionpay"),
        "91",
        0.85,
        "UnionPay line down 银联专线中断",
        "The carrier lost a fibre; traffic went over the second line after 34 minutes.",
    ),
    Old(
        33,
        12,
        18,
        "ledger",
        None,
        "68",
        0.35,
        "Ledger slow at noon 午间账务超时",
        "A report scanned the whole booking table. It now runs at night.",
    ),
    Old(
        21,
        20,
        41,
        "bank-link",
        Some("visa"),
        "91",
        0.7,
        "Visa refuses all 维萨通道全部失败",
        "An expired client certificate. Its expiry is watched now.",
    ),
    Old(12, 10, 12, "risk", None, "96", 0.5, "Risk rules too strict 风控规则误杀", "A rule without a country list. It was rolled back."),
    Old(
        5,
        18,
        23,
        "bank-link",
        Some("wechat-pay"),
        "91",
        0.6,
        "WeChat Pay flaps 微信通道抖动",
        "A half-open connection pool; the pool is now checked before use.",
    ),
];

/// Deployments: days ago, hour of the company's day, system, version, commit, how it went.
const DEPLOYMENTS: [(i64, i64, &str, &str, &str, &str); 7] = [
    (26, 2, "risk", "2025.2.0", "b51c9e07", "succeeded"),
    (13, 2, "risk", "2025.2.3", "0d4f6a91", "rolled-back"),
    (9, 2, "gateway", "4.11.0", "7e21aa40", "succeeded"),
    (5, 17, "bank-link", "7.3.0", "c0ffee12", "failed"),
    (4, 2, "bank-link", "7.3.1", "9a8b7c6d", "succeeded"),
    (2, 3, "ledger", "12.0.4", "4455aa77", "succeeded"),
    (0, 0, "reports", "1.9.2", "1f2e3d4c", "succeeded"),
];

/// Past changes: days ago, system, risk, outcome, title.
const CHANGES: [(i64, &str, &str, &str, &str); 9] = [
    (52, "gateway", "medium", "success", "Gateway 4.9 网关版本 4.9"),
    (45, "bank-link", "low", "success", "Second UnionPay line 银联第二专线"),
    (38, "ledger", "high", "success", "Ledger: move to new storage 账务存储迁移"),
    (31, "ledger", "low", "success", "Report moved to the night 报表改为夜间"),
    (26, "risk", "medium", "degraded", "Risk model 2025-2 风控模型更新"),
    (20, "bank-link", "low", "success", "Renew client certificates 更新客户端证书"),
    (13, "risk", "medium", "rolled-back", "Country rules 国别规则"),
    (9, "gateway", "medium", "success", "Gateway 4.11 网关版本 4.11"),
    (4, "bank-link", "low", "success", "Check pooled connections 连接池健康检查"),
];

/// A moment so many days ago at an hour of the company's day.
pub(super) fn day_at(now: Timestamp, days: i64, hour: i64, minute: i64) -> Timestamp {
    let tz = zone(ZONE).unwrap_or(jiff::tz::TimeZone::UTC);
    let day = now.plus(-days * DAY).jiff().to_zoned(tz.clone()).strftime("%Y-%m-%d").to_string();
    parse_wall(&format!("{day}T{hour:02}:{minute:02}"), &tz).unwrap_or(now.plus(-days * DAY))
}

pub(super) fn wall(at: Timestamp) -> String {
    let tz = zone(ZONE).unwrap_or(jiff::tz::TimeZone::UTC);
    at.jiff().to_zoned(tz).strftime("%Y-%m-%dT%H:%M").to_string()
}

/// The times in which payments failed because of a past incident.
pub fn troubles(now: Timestamp) -> Vec<Trouble> {
    INCIDENTS
        .iter()
        .map(|Old(days, hour, minutes, _, link, code, share, ..)| {
            let from = day_at(now, *days, *hour, 7);
            Trouble { from, to: from.plus(minutes * MINUTE), link: *link, merchant: None, code, share: *share }
        })
        .chain([verified::trouble(now), of_the_largest(now)])
        .collect()
}

/// Ten days ago UnionPay took nothing of the largest merchant for a while: too little of all to be an incident.
fn of_the_largest(now: Timestamp) -> Trouble {
    let from = day_at(now, 10, 11, 7);
    Trouble { from, to: from.plus(40 * MINUTE), link: Some(OVER_BANK_LINK), merchant: Some(LARGEST), code: NOT_PERMITTED, share: 0.95 }
}

/// The last of them that was an incident.
pub(super) fn latest_trouble(now: Timestamp) -> Option<Trouble> {
    troubles(now).into_iter().take(INCIDENTS.len()).max_by_key(|trouble| trouble.from)
}

/// Tells changes and incidents in their order, then what is planned.
pub async fn tell(stage: &Stage<'_>, crew: &Crew, world: &World, now: Timestamp) -> Result<(), Fault> {
    let mut days: Vec<i64> = INCIDENTS.iter().map(|i| i.0).chain(CHANGES.iter().map(|c| c.0)).collect();
    days.sort_unstable_by(|a, b| b.cmp(a));
    days.dedup();
    let mut template = None;
    for day in days {
        if template.is_none() && day < TEMPLATE {
            stage.clock.set(day_at(now, TEMPLATE, 10, 0));
            template = Some(reviewed::template(stage).await?);
        }
        for change in CHANGES.iter().filter(|c| c.0 == day) {
            old_change(stage, crew, change, now).await?;
        }
        for incident in INCIDENTS.iter().filter(|i| i.0 == day) {
            old_incident(stage, crew, world, (incident, template.as_ref()), now).await?;
        }
    }
    for (days, hour, system, version, sha, status) in DEPLOYMENTS {
        let from = day_at(now, days, hour, 5).min(now.plus(-HOUR));
        stage.clock.set(from.plus(6 * MINUTE));
        let (started, finished) = (from.rfc3339(), from.plus(6 * MINUTE).rfc3339());
        let url = format!("https://ci.example.org/{system}/{version}");
        let post = [
            ("system", system),
            ("version", version),
            ("sha", sha),
            ("status", status),
            ("url", url.as_str()),
            ("started_at", started.as_str()),
            ("finished_at", finished.as_str()),
        ];
        stage.portal.deployments.post(&me(), &typed(&post)).await?;
    }
    customers::tell(stage, crew, world, now).await?;
    // An hour ago, on the system that the tour breaks: the suspect.
    let suspect = Plan {
        title: "Bank link: more connections per line 银行通道连接数调整",
        systems: &["bank-link"],
        risk: "medium",
        from: now.plus(-75 * MINUTE),
        to: now.plus(-15 * MINUTE),
        plan: "Raise the pool of every line from 32 to 64 connections, one line after another.",
    };
    stage.clock.set(now.plus(-9 * HOUR));
    let id = ask(stage, crew, &suspect, true).await?;
    stage.clock.set(now.plus(-6 * HOUR));
    approve(stage, crew, &id).await?;
    let changes = &stage.portal.changes;
    let release = crew.actor("release");
    changes.schedule(&release, &id).await?;
    stage.clock.set(now.plus(-66 * MINUTE));
    changes.start(&release, &id, &typed(&[])).await?;
    stage.clock.set(now.plus(-52 * MINUTE));
    changes.finish(&release, &id, &typed(&[("outcome", "success"), ("remark", "")])).await?;
    under_way(stage, crew, now).await?;
    planned(stage, crew, now).await
}

async fn old_change(stage: &Stage<'_>, crew: &Crew, change: &(i64, &str, &str, &str, &str), now: Timestamp) -> Result<(), Fault> {
    let (days, system, risk, outcome, title) = *change;
    let from = day_at(now, days, 1, 30);
    let text = "As rehearsed on the test system; every step is checked before the next.";
    let plan = Plan { title, systems: &[system], risk, from, to: from.plus(2 * HOUR), plan: text };
    let (changes, release) = (&stage.portal.changes, crew.actor("release"));
    stage.clock.set(from.plus(-10 * HOUR));
    let id = ask(stage, crew, &plan, true).await?;
    stage.clock.set(from.plus(-8 * HOUR));
    approve(stage, crew, &id).await?;
    stage.clock.set(from.plus(-7 * HOUR));
    changes.schedule(&release, &id).await?;
    stage.clock.set(from.plus(4 * MINUTE));
    changes.start(&release, &id, &typed(&[])).await?;
    stage.clock.set(from.plus(47 * MINUTE));
    let remark = if outcome == "success" { "" } else { "More payments were refused than expected." };
    changes.finish(&release, &id, &typed(&[("outcome", outcome), ("remark", remark)])).await?;
    stage.clock.set(from.plus(3 * HOUR));
    changes.close(&release, &id).await
}

async fn old_incident(
    stage: &Stage<'_>,
    crew: &Crew,
    world: &World,
    (incident, template): (&Old, Option<&ReviewTemplateId>),
    now: Timestamp,
) -> Result<(), Fault> {
    let Old(days, hour, minutes, system, _, code, _, title, cause) = incident;
    let from = day_at(now, *days, *hour, 7);
    let (first, second) = (crew.actor("firstline"), crew.actor("operations"));
    let incidents = &stage.portal.incidents;
    let id = world.systems.get(*system).ok_or(Fault::Internal)?;
    stage.clock.set(from.plus(2 * MINUTE));
    let alert = |ends_at| {
        let labels = [("alertname", "PaymentsFail"), ("system", *system), ("severity", "high"), ("code", *code)];
        let said = [("summary", (*title).to_owned()), ("description", format!("payments fail with code {code}"))];
        Posted {
            labels: labels.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            annotations: said.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            starts_at: Some(from),
            ends_at,
            ..Posted::default()
        }
    };
    let prometheus = SeenFrom { kind: "alertmanager", team: None, system: None, tells_end: true };
    stage.portal.alerts.post(&me(), &prometheus, vec![alert(None)]).await?;
    let filter = Filter { systems: vec![id.clone()], open: true, ..Filter::default() };
    let page = incidents.list(&me(), &filter, &PageRequest { after: None, limit: 1 }).await?;
    let opened = page.items.into_iter().next().ok_or(Fault::Internal)?.id;
    stage.clock.set(from.plus(3 * MINUTE));
    incidents.acknowledge(&first, &opened).await?;
    stage.clock.set(from.plus(4 * MINUTE));
    incidents.lead(&second, &opened, &typed(&[("owner", "me")])).await?;
    let steps = [
        (5, State::Investigating, "Looking at the lines one by one."),
        (minutes / 2, State::Identified, cause),
        (*minutes, State::Mitigated, "The success rate is back where it was."),
        (minutes + 20, State::Resolved, ""),
        (minutes + 24 * 60, State::Reviewed, "Written up and talked through with both teams."),
        (minutes + 25 * 60, State::Closed, ""),
    ];
    // What was promised after the later ones is not done yet: they stay open for it.
    let last = usize::from(*days < 25);
    for (minute, state, text) in steps.into_iter().take(6 - last) {
        stage.clock.set(from.plus(minute * MINUTE));
        if !text.is_empty() {
            incidents.comment(&second, &opened, &typed(&[("text", text)])).await?;
        }
        if state == State::Reviewed {
            reviewed::write(stage, &second, &opened, (title, cause), template).await?;
            // What was promised: kept by now, or still to be kept; one promise is late.
            for (action, due) in
                [("Watch every line by itself 逐条线路监控", 7), ("Practise the switch-over once a quarter 每季度演练切换", 16)]
            {
                let fields = typed(&[("action", action), ("owner", "me"), ("due", &from.plus(due * DAY).rfc3339())]);
                let made = incidents.add_action(&second, &opened, &fields).await?;
                if from.plus(due * DAY) < now.plus(-6 * DAY) {
                    incidents.end_action(&second, &made.id, &typed(&[])).await?;
                }
            }
            incidents.finish_review(&second, &opened).await?;
        } else if state == State::Resolved {
            // The alert is over, and with it the incident.
            stage.portal.alerts.post(&me(), &prometheus, vec![alert(Some(from.plus(minutes * MINUTE)))]).await?;
        } else {
            incidents.move_to(&second, &opened, state).await?;
        }
    }
    Ok(())
}

/// What monitors saw: by the minute for two days, three times an hour before.
pub async fn monitors(stage: &Stage<'_>, world: &World) -> Result<(), Fault> {
    let now = stage.ctx.now();
    let troubles = troubles(now);
    for (number, (id, system)) in (1..).zip(&world.monitors) {
        let mut dice = Dice::new(SEED + number);
        let down = |at: Timestamp| INCIDENTS.iter().zip(&troubles).any(|(i, t)| i.3 == system && i.6 > 0.6 && t.from <= at && at < t.to);
        let mut results = Vec::new();
        let mut at = now.plus(-LENGTH);
        while at < now.plus(-MINUTE) {
            let mut result = if down(at) {
                CheckResult::bare(at, Verdict::Down, Reason::Status, "503")
            } else {
                CheckResult::bare(at, Verdict::Up, Reason::Fine, "")
            };
            result.status = Some(if result.verdict == Verdict::Down { 503 } else { 200 });
            result.latency_us = Some(700 + i64::try_from(dice.below(900) + dice.below(40).pow(2)).unwrap_or(0));
            results.push(result);
            at = at.plus(if now.since(at) < 2 * DAY { MINUTE } else { 20 * MINUTE });
        }
        let mut tx = stage.ctx.begin_write().await?;
        monitors::backfill(&mut tx, &Settings::default(), id, results, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The payments of the last days.
pub async fn recent_transactions(stage: &Stage<'_>) -> Result<(), Fault> {
    let now = stage.ctx.now();
    post(stage.portal, stage.business, now.plus(-AT_ONCE), now, now).await
}

/// Payments of the weeks before, newest day first: what people look at first is there first.
pub async fn older_transactions(portal: &domain::Portal, business: &super::Business, now: Timestamp) -> Result<(), Fault> {
    let mut to = now.plus(-AT_ONCE);
    while to > now.plus(-LENGTH) {
        post(portal, business, to.plus(-DAY), to, now).await?;
        to = to.plus(-DAY);
    }
    Ok(())
}

async fn post(portal: &domain::Portal, business: &super::Business, from: Timestamp, to: Timestamp, now: Timestamp) -> Result<(), Fault> {
    for body in business.history(from, to, &troubles(now), SEED, 20_000) {
        let receipt = portal.transactions.ingest(&me(), Batch { body, ..Batch::default() }).await?;
        if receipt.refused > 0 {
            tracing::error!(refused = receipt.refused, "payments of the past were refused");
            return Err(Fault::Internal);
        }
    }
    Ok(())
}
