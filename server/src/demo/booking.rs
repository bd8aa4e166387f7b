//! A second stream of the gateway, with dimensions of its own: seats booked by route, agent, channel and device.

use std::fmt::Write;

use domain::{Fault, Portal, Timestamp, form::Typed, time::MINUTE, transactions::Batch};

use super::{
    SEED, Stage,
    dice::{Dice, sums},
    me,
    world::World,
};

/// What lines call the stream.
const STREAM: &str = "gateway/booking";
/// Bookings a minute.
const PER_MINUTE: f64 = 4.0;
/// Days of bookings that are there from the beginning.
const DAYS: i64 = 2;
const ROUTES: [(&str, f64); 6] =
    [("PEK-SHA", 0.3), ("SHA-CAN", 0.22), ("PEK-CAN", 0.18), ("SZX-PEK", 0.14), ("CTU-SHA", 0.1), ("XIY-PEK", 0.06)];
const CHANNELS: [(&str, f64); 3] = [("app", 0.6), ("web", 0.3), ("counter", 0.1)];
const DEVICES: [(&str, f64); 4] = [("android", 0.46), ("ios", 0.32), ("harmony", 0.12), ("desktop", 0.1)];

/// Declares the stream, and tells its last days.
pub(super) async fn set_up(stage: &Stage<'_>, world: &World) -> Result<(), Fault> {
    let system = world.systems.get("gateway").ok_or(Fault::Internal)?;
    let mut typed = Typed::default();
    for (field, value) in [
        ("system", system.as_str()),
        ("key", "booking"),
        ("name", "Seat bookings 订座"),
        ("success_codes", "OK"),
        ("currency", "CNY"),
        ("latency", "took_ms"),
        ("amount", "fare"),
        ("amount_unit", "major"),
        ("dimensions", r#"{"key":"route","label":"Route 航线"}"#),
    ] {
        typed.set(field, value);
    }
    typed.add("dimensions", r#"{"key":"agent","label":"Agent 代理","wide":true,"limit":2000}"#);
    typed.add("dimensions", r#"{"key":"channel"}"#);
    typed.add("dimensions", r#"{"key":"device","label":"Device 设备","field":"client.device"}"#);
    stage.portal.streams.create(&me(), &typed).await?;
    let now = stage.ctx.now();
    let mut dice = Dice::new(SEED ^ 7);
    let mut text = String::new();
    let mut minute = now.plus(-DAYS * domain::time::DAY).floor(MINUTE);
    while minute < now.plus(-MINUTE) {
        for _ in 0..dice.events(PER_MINUTE) {
            write(minute.plus(i64::try_from(dice.below(60_000)).unwrap_or(0)), &mut dice, &mut text);
        }
        minute = minute.plus(MINUTE);
    }
    post(stage.portal, text).await
}

/// The bookings of a second.
pub(super) async fn second(portal: &Portal, now: Timestamp, dice: &mut Dice) -> Result<(), Fault> {
    let mut text = String::new();
    for _ in 0..dice.events(PER_MINUTE / 60.0) {
        write(now, dice, &mut text);
    }
    if text.is_empty() { Ok(()) } else { post(portal, text).await }
}

async fn post(portal: &Portal, text: String) -> Result<(), Fault> {
    let batch = Batch { body: text.into_bytes(), stream_name: Some(STREAM.to_owned()), ..Batch::default() };
    portal.transactions.ingest(&me(), batch).await.map(drop)
}

/// One booking, as the shop's own log has it.
fn write(at: Timestamp, dice: &mut Dice, out: &mut String) {
    let one_of = |list: &[(&'static str, f64)], dice: &mut Dice| list[dice.place(&sums(list.iter().map(|one| one.1)))].0;
    let (route, channel, device) = (one_of(&ROUTES, dice), one_of(&CHANNELS, dice), one_of(&DEVICES, dice));
    let code = match dice.below(2_000) {
        0..=29 => "SOLD-OUT",
        30 => "TIMEOUT",
        _ => "OK",
    };
    let (agent, took, fare) = (dice.below(60) + 1, dice.below(400) + 120, dice.below(160) * 10 + 300);
    // Writing to memory cannot fail.
    let _ = writeln!(
        out,
        r#"{{"time":{},"route":"{route}","agent":"A{agent:03}","channel":"{channel}","client":{{"device":"{device}"}},"code":"{code}","took_ms":{took},"fare":{fare}}}"#,
        at.0
    );
}
