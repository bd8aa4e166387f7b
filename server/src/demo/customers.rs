//! What customers are told: a status page with its components, and what was said of the last trouble.

use domain::{Fault, Timestamp, time::MINUTE};

use super::{Stage, me, past::day_at, people::Crew, typed, world::World};

/// Makes the page, and tells of the last trouble.
pub(super) async fn tell(stage: &Stage<'_>, crew: &Crew, world: &World, now: Timestamp) -> Result<(), Fault> {
    let editor = crew.actor("operations");
    let gateway = world.systems.get("gateway").ok_or(Fault::Internal)?;
    let team = stage.portal.systems.get(&me(), gateway).await?.brief.team.to_string();
    let fields = [
        ("slug", "payments"),
        ("title", "Payments status 支付服务状态"),
        ("about", "How the payment services of the demonstration company are. 演示公司支付服务的运行状态。"),
        ("team", team.as_str()),
        ("public", "on"),
        (
            "components",
            "Payments 支付 / Card payments 银行卡支付 = gateway\nPayments 支付 / Bank transfers 银行转账 = bank-link\n\
             Back office 后台 / Bookings 账务 = ledger\nBack office 后台 / Settlement files 结算文件 = reports",
        ),
    ];
    let page = stage.portal.status.add(&editor, &typed(&fields)).await?;
    let began = day_at(now, 5, 18, 9);
    stage.clock.set(began.plus(6 * MINUTE));
    let mut notice = typed(&[
        ("title", "Some bank transfers fail 部分银行转账失败"),
        ("state", "investigating"),
        ("impact", "degraded"),
        ("text", "Some transfers by WeChat Pay fail. Please try again a little later. 部分微信支付转账失败，请稍后重试。"),
        ("began", &began.rfc3339()),
    ]);
    notice.add("affects", "Bank transfers 银行转账");
    let told = stage.portal.status.publish(&editor, &page.id, &notice).await?;
    stage.clock.set(began.plus(40 * MINUTE));
    let over = typed(&[("state", "resolved"), ("text", "Transfers work again. Nothing was charged twice. 转账已恢复，没有重复扣款。")]);
    stage.portal.status.update(&editor, &told.id, &over).await
}
