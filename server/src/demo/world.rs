//! Systems, monitors, tools, a channel.

use std::collections::BTreeMap;

use domain::{
    Fault, Permission,
    id::{MonitorId, SystemId},
};
use serde_json::json;

use super::{Stage, ZONE, company::SERVICES, me, typed};

const SYSTEMS: &str = "\
systems:
- key: gateway
  name: Payment gateway 支付网关
  team: payments
  tier: 1
  description: Takes payments from merchants and carries them to risk, ledger and bank link.
  runbook: |
    1. Is one of the systems it needs down? Mend that one first.
    2. Look at the changes of the last hour.
    3. Tool **Mend a service** with the system `gateway`.
  needs: [risk, ledger, bank-link]
- key: risk
  name: Risk control 风控
  team: payments
  tier: 2
  description: Decides in real time whether a payment is let through.
- key: ledger
  name: Ledger 账务核心
  team: core
  tier: 1
  description: Books every payment twice. Nothing is paid that is not booked.
- key: bank-link
  name: Bank link 银行通道
  team: payments
  tier: 1
  description: Carries UnionPay payments to the banks over leased lines. The other networks are reached by other ways.
  runbook: |
    UnionPay payments get code **91** while it is down.

    1. Look at the changes of the last hour on this system.
    2. Run the tool **Mend a service** with the system `bank-link`; the first line may.
    3. Watch the success rate return within a minute.
- key: reports
  name: Reporting 报表
  team: core
  tier: 4
  description: Daily settlement files.
  needs: [ledger]
";

/// The tool that a trial of high availability runs.
pub const KILL: &str = "Kill an instance of the ledger 停掉一个账务实例";

/// What was built.
pub struct World {
    /// Systems by key.
    pub systems: BTreeMap<String, SystemId>,
    /// Monitors with the key of their system.
    pub monitors: Vec<(MonitorId, String)>,
}

/// Builds it through the same ports as people do.
pub async fn build(stage: &Stage<'_>) -> Result<World, Fault> {
    let portal = stage.portal;
    portal.systems.apply(&me(), SYSTEMS, None).await?;
    let briefs = portal.systems.choices(&me(), Permission::Read).await?;
    let systems: BTreeMap<String, SystemId> = briefs.into_iter().map(|s| (s.key, s.id)).collect();
    let mut monitors = Vec::new();
    for key in SERVICES {
        let url = stage.company.url(key, "/health");
        let id = systems.get(key).ok_or(Fault::Internal)?.to_string();
        let name = format!("{key} health");
        let severity = if key == "risk" { "P2" } else { "P1" };
        let fields = [
            ("name", name.as_str()),
            ("system", &id),
            ("kind", "http"),
            ("severity", severity),
            ("needed", "1"),
            ("url", &url),
            ("interval", "5"),
            ("timeout", "2"),
            ("json_path", "$.status"),
            ("json_value", "ok"),
        ];
        monitors.push((portal.monitors.create(&me(), &typed(&fields)).await?, key.to_owned()));
    }
    // The port by itself: it answers even where the service behind it is broken.
    let address = stage.company.address("gateway");
    let gateway = systems.get("gateway").ok_or(Fault::Internal)?.to_string();
    let fields = [
        ("name", "gateway port"),
        ("system", gateway.as_str()),
        ("kind", "tcp"),
        ("severity", "P2"),
        ("address", address.as_str()),
        ("interval", "10"),
        ("timeout", "2"),
    ];
    let port = portal.monitors.create(&me(), &typed(&fields)).await?;
    // The line is switched over every Sunday night.
    let weekly = [("rrule", "FREQ=WEEKLY;BYDAY=SU"), ("start", "2025-01-05T02:00"), ("minutes", "60"), ("zone", ZONE)];
    portal.monitors.recur(&me(), &port, &typed(&weekly)).await?;
    monitors.push((port, String::new()));
    let till = stage.company.url("gateway", "/till");
    let fields = [
        ("name", "Old Town Books till 老城书店收银台"),
        ("system", gateway.as_str()),
        ("kind", "http"),
        ("severity", "P2"),
        ("needed", "1"),
        ("url", till.as_str()),
        ("interval", "5"),
        ("timeout", "2"),
        ("json_path", "$.status"),
        ("json_value", "ok"),
    ];
    monitors.push((portal.monitors.create(&me(), &typed(&fields)).await?, String::new()));
    tools(stage).await?;
    Ok(World { systems, monitors })
}

/// A channel that is told of everything from now on; what was long ago is not told again.
pub async fn channel(stage: &Stage<'_>) -> Result<(), Fault> {
    let hook = stage.company.url("gateway", "/hook");
    let mut channel = typed(&[("name", "Operations room 值班室"), ("url", &hook), ("secret", ""), ("team", "*"), ("enabled", "on")]);
    for event in domain::deliveries::Notify::choices() {
        channel.add("events", event.name());
    }
    let made = stage.portal.deliveries.create_channel(&me(), &channel).await?;
    // A chat room of the night shift, played by the company itself: quiet but for the worst, and the first one steps in.
    let robot = stage.company.url("gateway", "/robot/send");
    let mut room = typed(&[
        ("name", "Night shift 夜班群"),
        ("kind", "dingtalk"),
        ("hook", &robot),
        ("secret", "SECdemo"),
        ("team", "*"),
        ("enabled", "on"),
        ("language", "zh-CN"),
        ("zone", "Asia/Shanghai"),
        ("quiet_from", "23:00"),
        ("quiet_to", "07:00"),
        ("quiet_through", "P1"),
        ("per_minute", "10"),
        ("fallback", made.channel.id.as_str()),
        ("fallback_after", "10"),
    ]);
    for event in domain::deliveries::Notify::choices().filter(|event| event.name().starts_with("incident.")) {
        room.add("events", event.name());
    }
    stage.portal.deliveries.create_channel(&me(), &room).await?;
    // Quiet every week while the ledger is closed: only what is for information.
    let silence = typed(&[
        ("matchers", "system=\"ledger\"\nseverity=\"info\""),
        ("team", "*"),
        ("comment", "Weekly closing of the ledger 每周账务结算"),
        ("start", "2025-01-05T02:00"),
        ("zone", "Asia/Shanghai"),
        ("rrule", "FREQ=WEEKLY;BYDAY=SU"),
        ("minutes", "120"),
    ]);
    stage.portal.silences.create(&me(), &silence).await?;
    Ok(())
}

/// Tools that break and mend a service: this program itself, no shell, no curl.
async fn tools(stage: &Stage<'_>) -> Result<(), Fault> {
    let program = std::env::current_exe().ok().and_then(|path| path.to_str().map(str::to_owned)).ok_or(Fault::Internal)?;
    let directory = stage.company.directory();
    let service = json!({"key": "service", "label": "Service 系统", "kind": "system", "required": true});
    // Lists begin with the newest: mending comes last here.
    let list = [
        (
            KILL,
            "Kills one of the two instances of the ledger at its test place; the other takes over. For trials of high availability.",
            json!([program, "demo-fault", super::pair::NAME, "on", "--at", directory]),
            json!([]),
            false,
            false,
        ),
        (
            "Mend with approval 审批后修复",
            "The same as mending, but somebody else must approve it: to see how that goes.",
            json!([program, "demo-fault", "{service}", "off", "--at", directory]),
            json!([service]),
            false,
            true,
        ),
        (
            "Look at a service 查看服务",
            "Asks a service how it is, as often as you say.",
            json!([program, "demo-fault", "{service}", "look", "--at", directory, "--times", "{times}"]),
            json!([service, {"key": "times", "label": "Times 次数", "kind": "number", "rule": "1..60", "required": true}]),
            true,
            false,
        ),
        (
            "Let time pass 快进时间",
            "Minutes of the demonstration that pass at once, each with its payments, as the services are now: to see how a change is verified without waiting for it.",
            json!([program, "demo-fault", "gateway", "hasten", "--at", directory, "--minutes", "{minutes}"]),
            json!([{"key": "minutes", "label": "Minutes 分钟", "kind": "number", "rule": "1..240", "required": true}]),
            false,
            false,
        ),
        (
            "Break a merchant 商户故障",
            "Breaks the till of the merchant M0017: UnionPay takes nothing of it, and it tries again and again.",
            json!([program, "demo-fault", super::company::TILL, "on", "--at", directory]),
            json!([]),
            false,
            false,
        ),
        (
            "Mend a merchant 修复商户",
            "Takes the fault out of the till of the merchant M0017.",
            json!([program, "demo-fault", super::company::TILL, "off", "--at", directory]),
            json!([]),
            true,
            false,
        ),
        (
            "Break a service 注入故障",
            "Puts a fault into one of the four services, so that you see what follows.",
            json!([program, "demo-fault", "{service}", "on", "--at", directory]),
            json!([service]),
            false,
            false,
        ),
        (
            "Mend a service 修复服务",
            "Takes the fault out of one of the four services. Safe: mending what is not broken does nothing.",
            json!([program, "demo-fault", "{service}", "off", "--at", directory]),
            json!([service]),
            true,
            false,
        ),
    ];
    for (name, description, argv, parameters, first_line, approval) in list {
        let ledger = name == KILL;
        let (team, system) = match name {
            KILL => ("core", "ledger"),
            _ if name.contains("merchant") => ("payments", "gateway"),
            _ => ("payments", "bank-link"),
        };
        let body = json!({
            "name": name, "description": description, "team": team, "system": system, "argv": argv, "parameters": parameters,
            "timeout_s": 90, "first_line": first_line, "approval": approval, "takes_away": ledger || name.starts_with("Break"),
        });
        let typed = serde_json::from_value(body).map_err(|_| Fault::Internal)?;
        stage.portal.tools.define(&me(), &typed).await?;
    }
    Ok(())
}
