//! What watches the company beside its monitors: scraped services, rules, and an objective that burns when a link breaks.

use domain::Fault;

use super::{Stage, company::SERVICES, me, typed, world::World};

/// Sources, rules and an objective, through the same ports as people make them.
pub(super) async fn set_up(stage: &Stage<'_>, world: &World) -> Result<(), Fault> {
    let portal = stage.portal;
    let system = |key: &str| world.systems.get(key).map(ToString::to_string).ok_or(Fault::Internal);
    for key in SERVICES {
        let (name, url) = (format!("{key} metrics"), stage.company.url(key, "/metrics"));
        let fields =
            [("name", name.as_str()), ("system", &system(key)?), ("kind", "scrape"), ("url", &url), ("interval", "10s"), ("timeout", "2s")];
        let id = portal.sources.create(&me(), &typed(&fields)).await?;
        portal.sources.choose(&me(), &id, &typed(&[("selectors", "requests_total\nfault_switch")])).await?;
        if key == "bank-link" {
            let rule = [
                ("name", "Bank link fails requests 银行链路请求失败"),
                ("group", "bank-link"),
                ("system", &system(key)?),
                ("kind", "kept"),
                ("source", id.as_str()),
                ("selector", "requests_total{outcome=\"failed\"}"),
                ("over", "1m"),
                ("fold", "max"),
                ("compare", "above"),
                ("fire", "0.05"),
                ("recover", "0.01"),
                ("for", "15s"),
                ("interval", "15s"),
                ("severity", "P2"),
                ("annotations", "summary: The line to the banks fails {{ $value | printf \"%.2f\" }} requests a second"),
            ];
            portal.rules.create(&me(), &typed(&rule)).await?;
        }
    }
    let low = [
        ("name", "Success rate low 成功率偏低"),
        ("group", "payments"),
        ("system", &system("gateway")?),
        ("kind", "transactions"),
        ("measure", "success"),
        ("over", "10m"),
        ("compare", "below"),
        ("fire", "80"),
        ("recover", "90"),
        ("for", "1m"),
        ("no_data", "keep"),
        ("severity", "P2"),
        ("severity_steps", "< 50: P1"),
        ("annotations", "summary: only {{ $value | printf \"%.1f\" }} % of payments succeed"),
    ];
    portal.rules.create(&me(), &typed(&low)).await?;
    // One link may fail wholly while the whole stays above any threshold that would not cry wolf.
    let unusual = [
        ("name", "A link fails unusually 某链路失败异常"),
        ("group", "payments"),
        ("system", &system("gateway")?),
        ("kind", "unusual"),
        ("measure", "success"),
        ("by", "link"),
        ("over", "5m"),
        ("no_data", "keep"),
        ("severity", "P3"),
        ("annotations", "summary: payments over link {{ $labels.link }} fail more than chance explains"),
    ];
    portal.rules.create(&me(), &typed(&unusual)).await?;
    // What the customer's bank refuses for want of money, or what is sold out, is no failure of the company's.
    let objective = [
        ("name", "Payments succeed 支付成功"),
        ("system", &system("gateway")?),
        ("kind", "success"),
        ("target", "99.9"),
        ("days", "28"),
        ("excused", "51, 05, 54, 14, 61, 59, SOLD-OUT"),
    ];
    // It is older than what happened to it last.
    let now = domain::Clock::now(stage.clock);
    stage.clock.set(now.plus(-6 * domain::time::DAY));
    portal.objectives.create(&me(), &typed(&objective)).await?;
    stage.clock.release();
    let quick = [
        ("name", "Payments are quick 支付迅速"),
        ("system", &system("gateway")?),
        ("kind", "latency"),
        ("target", "99"),
        // As its contracts are reckoned.
        ("month", "Asia/Shanghai"),
        ("within", "1500"),
    ];
    portal.objectives.create(&me(), &typed(&quick)).await?;
    Ok(())
}
