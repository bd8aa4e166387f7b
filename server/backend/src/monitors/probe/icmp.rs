//! A host: that it answers echo requests, how many of them, and how fast.

use domain::monitors::{FactKind, IcmpTarget, Pings};

use super::{Asking, Miss, Phases, Sight, us};

pub(super) async fn probe(asking: &Asking<'_>, target: &IcmpTarget) -> Result<Sight, Miss> {
    let echoes = asking.egress.ping(&target.host, target.count, asking.deadline).await?;
    let pings = Pings { sent: echoes.sent, rtts_us: echoes.rtts.iter().filter_map(|time| us(*time)).collect() };
    let mean = echoes.rtts.iter().sum::<std::time::Duration>().checked_div(u32::try_from(echoes.rtts.len()).unwrap_or(u32::MAX));
    let mut sight = Sight { phases: Phases { dns: echoes.dns, ..Phases::default() }, latency: mean, ..Sight::default() };
    sight.tell(FactKind::Peer, echoes.peer);
    sight.tell(
        FactKind::Loss,
        format!("{} % ({} of {})", pings.loss(), pings.sent - u32::try_from(pings.rtts_us.len()).unwrap_or(0), pings.sent),
    );
    if let (Some(least), Some(most), Some(mean)) = (echoes.rtts.iter().min(), echoes.rtts.iter().max(), mean) {
        sight.tell(FactKind::RoundTrip, format!("{least:.1?} / {mean:.1?} / {most:.1?}"));
    }
    sight.phases.answer = mean.unwrap_or_default();
    let (reason, detail) = target.judge(&pings);
    if pings.rtts_us.is_empty() {
        return Err(Miss::Told(reason, detail));
    }
    sight.judged((reason, detail));
    Ok(sight)
}
