//! Five days ago a link failed so badly that the error budget burned: the alert fired, somebody was called, came, and it was over.
//! Told by the engines themselves with the clock set back, so that whoever looks finds the whole of it without waiting.

use domain::{
    Fault, PageRequest, Timestamp,
    incidents::Filter,
    time::{HOUR, MINUTE},
};

use super::{Stage, me, past, people::Crew, typed, world::World};

/// How long it takes until no stretch of time burns any more that an alarm looks at: six hours after the trouble.
const OVER: i64 = 7 * HOUR;
/// While it burns, time goes on in these steps; afterwards in longer ones.
const STEP: i64 = 2 * MINUTE;
const LATER: i64 = 10 * MINUTE;

/// Lets the engines work through those hours. Payments of then, the roster and the objective are there already.
pub(super) async fn tell(stage: &Stage<'_>, crew: &Crew, world: &World, now: Timestamp) -> Result<(), Fault> {
    let Some(trouble) = past::latest_trouble(now) else { return Ok(()) };
    let gateway = world.systems.get("gateway").ok_or(Fault::Internal)?;
    let (incidents, second) = (&stage.portal.incidents, crew.actor("operations"));
    let filter = Filter { systems: vec![gateway.clone()], open: true, ..Filter::default() };
    let (mut at, mut answered) = (trouble.from, Vec::new());
    while at < trouble.from.plus(OVER).min(now.plus(-HOUR)) {
        stage.clock.set(at);
        stage.engines.settle().await?;
        let open = incidents.list(&me(), &filter, &PageRequest { after: None, limit: 10 }).await?;
        for incident in open.items.into_iter().map(|incident| incident.id).filter(|id| !answered.contains(id)).collect::<Vec<_>>() {
            // Whoever was called comes before anybody else is.
            at = at.plus(MINUTE);
            stage.clock.set(at);
            incidents.acknowledge(&second, &incident).await?;
            if answered.is_empty() {
                let words =
                    "The budget of a month burns within hours: WeChat Pay, see the other incident. 一小时烧掉数天预算，见微信通道工单。";
                incidents.comment(&second, &incident, &typed(&[("text", words)])).await?;
            }
            answered.push(incident);
        }
        at = at.plus(if at < trouble.to.plus(HOUR) { STEP } else { LATER });
    }
    stage.clock.release();
    if answered.is_empty() {
        tracing::warn!("the trouble of five days ago burned no budget");
    }
    Ok(())
}
