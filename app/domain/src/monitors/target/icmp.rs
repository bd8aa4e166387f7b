//! A check by ICMP echo: a ping.

use serde::{Deserialize, Serialize};

use super::{Pace, parse_host};
use crate::{
    form::{Check, Typed, whole},
    monitors::Reason,
};

/// A check by ICMP echo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IcmpTarget {
    /// The host.
    pub host: String,
    /// How often.
    #[serde(flatten)]
    pub pace: Pace,
    /// Requests in one check, 1–10.
    pub count: u32,
    /// Percent of them that may be lost, 0–99.
    pub loss: u32,
    /// Milliseconds that the answers may take in the mean; `null` for as long as the timeout.
    pub rtt_ms: Option<u32>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pings {
    /// Requests sent.
    pub sent: u32,
    /// Microseconds of each answer.
    pub rtts_us: Vec<i64>,
}

impl Pings {
    /// Percent lost.
    pub fn loss(&self) -> u32 {
        let back = u32::try_from(self.rtts_us.len()).unwrap_or(u32::MAX).min(self.sent);
        ((self.sent - back) * 100).checked_div(self.sent).unwrap_or(100)
    }

    /// Mean of the answers in microseconds; `None` where none came.
    pub fn mean_us(&self) -> Option<i64> {
        let count = i64::try_from(self.rtts_us.len()).ok().filter(|n| *n > 0)?;
        Some(self.rtts_us.iter().sum::<i64>() / count)
    }
}

impl IcmpTarget {
    pub(super) fn parse(check: &mut Check<'_>) -> Option<Self> {
        let host = check.field("host", parse_host);
        let pace = Pace::parse(check);
        let count = check.optional("count", |text| whole(text, 1, 10));
        let loss = check.optional("loss", |text| whole(text, 0, 99));
        let rtt_ms = check.optional("rtt", |text| whole(text, 1, 60_000));
        Some(Self { host: host?, pace: pace?, count: count?.unwrap_or(3), loss: loss?.unwrap_or(50), rtt_ms: rtt_ms? })
    }

    pub(super) fn fill(&self, typed: &mut Typed) {
        typed.set("host", &self.host);
        typed.set("count", self.count);
        typed.set("loss", self.loss);
        typed.set("rtt", self.rtt_ms.map(|ms| ms.to_string()).unwrap_or_default());
    }

    /// Judges what came back.
    pub fn judge(&self, pings: &Pings) -> (Reason, String) {
        let Some(mean) = pings.mean_us() else { return (Reason::Timeout, format!("0 of {} answered", pings.sent)) };
        if pings.loss() > self.loss {
            return (Reason::Loss, format!("{} of {} answered, at most {} % may be lost", pings.rtts_us.len(), pings.sent, self.loss));
        }
        match self.rtt_ms {
            Some(most) if mean > i64::from(most) * 1_000 => (Reason::Slow, format!("{} ms, at most {most} ms", mean / 1_000)),
            _ => (Reason::Fine, String::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_then_time() {
        let target = IcmpTarget { host: "h".into(), pace: Pace { interval_s: 30, timeout_s: 5 }, count: 4, loss: 25, rtt_ms: Some(10) };
        let reason = |rtts: &[i64]| target.judge(&Pings { sent: 4, rtts_us: rtts.to_vec() }).0;
        assert_eq!(reason(&[]), Reason::Timeout);
        assert_eq!(reason(&[1, 1]), Reason::Loss);
        assert_eq!(reason(&[1, 1, 1]), Reason::Fine);
        assert_eq!(reason(&[20_000, 20_000, 1_000, 1_000]), Reason::Slow);
    }
}
