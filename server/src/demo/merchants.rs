//! Whom to call at the largest merchants.

use domain::Fault;

use super::{Stage, me, typed, world::World};

/// Value, name, contact, telephone, mail address, notes.
const KNOWN: [(&str, &str, &str, &str, &str, &str); 4] = [
    (
        "M0001",
        "Harbour Supermarkets 海港超市",
        "Ms Chen 陈女士",
        "+86 21 5550 0101",
        "it@harbour.example",
        "Open around the clock. Their cashiers call us first. 全天营业。",
    ),
    (
        "M0002",
        "Red Lantern Tickets 红灯笼票务",
        "Mr Wu 吴先生",
        "+86 10 5550 0102",
        "ops@lantern.example",
        "Sales begin at 10:00; never release before. 每日 10 点开售。",
    ),
    (
        "M0003",
        "Swift Rides 速行打车",
        "On call 值班",
        "+86 755 5550 0103",
        "oncall@swift.example",
        "Tell them at once when a code stands out.",
    ),
    (
        "M0017",
        "Old Town Books 老城书店",
        "Ms Zhao 赵女士",
        "+86 28 5550 0117",
        "zhao@books.example",
        "Many expired cards: their terminal keeps old card data. 过期卡较多。",
    ),
];

/// Writes the contacts down for the team of the gateway, as a person would.
pub(super) async fn write_down(stage: &Stage<'_>, world: &World) -> Result<(), Fault> {
    let gateway = world.systems.get("gateway").ok_or(Fault::Internal)?;
    let team = stage.portal.systems.get(&me(), gateway).await?.brief.team.to_string();
    for (merchant, name, contact, phone, email, notes) in KNOWN {
        let fields = [("team", team.as_str()), ("name", name), ("contact", contact), ("phone", phone), ("email", email), ("notes", notes)];
        stage.portal.merchants.edit(&me(), merchant, &typed(&fields)).await?;
    }
    Ok(())
}
