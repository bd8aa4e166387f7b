//! Who pays whom, when, and how it goes: a daily and a weekly rhythm, 300 merchants after Zipf, five links.

use std::fmt::Write;

use domain::{
    Timestamp,
    time::{DAY, HOUR, MINUTE},
};

use super::dice::{Dice, sums};

/// The links, each with its share of the traffic: the one that the tour breaks carries enough for its failures to be told apart within
/// a minute at any hour.
pub const LINKS: [(&str, f64); 5] = [("unionpay", 0.52), ("alipay", 0.18), ("wechat-pay", 0.16), ("visa", 0.09), ("mastercard", 0.05)];
const CHANNELS: [(&str, f64); 3] = [("app", 0.62), ("web", 0.23), ("pos", 0.15)];
/// What banks say to a payment that was carried to them well: ISO 8583 codes with their shares.
const REFUSALS: [(&str, f64); 6] = [("51", 0.021), ("05", 0.007), ("54", 0.004), ("14", 0.003), ("61", 0.003), ("59", 0.002)];
/// Volume by hour of the company's day, against the mean. No real night is as busy: whoever breaks a service at three in the morning
/// shall not wait much longer than by day, for what failed is told apart once half a dozen payments did.
const DAY_RHYTHM: [f64; 24] = [
    0.58, 0.55, 0.53, 0.53, 0.53, 0.55, 0.59, 0.73, 0.97, 1.14, 1.24, 1.36, 1.44, 1.24, 1.11, 1.09, 1.15, 1.29, 1.53, 1.65, 1.57, 1.27,
    0.82, 0.61,
];
/// Volume by day of the week against the mean, Monday first.
const WEEK_RHYTHM: [f64; 7] = [0.94, 0.92, 0.95, 0.99, 1.12, 1.14, 0.94];
/// The company's offset from UTC.
const OFFSET: i64 = 8 * HOUR;

/// The merchant with a till that can be broken, `M0017`: its place among them.
const TILL_OF: usize = 16;
/// The largest merchant, `M0001`.
pub const LARGEST: usize = 0;
/// What the bank says to a card that may not pay there.
pub const NOT_PERMITTED: &str = "57";

/// A time in which much went wrong.
#[derive(Debug, Clone, Copy)]
pub struct Trouble {
    /// When it began.
    pub from: Timestamp,
    /// When it was over.
    pub to: Timestamp,
    /// On this link only.
    pub link: Option<&'static str>,
    /// Of this merchant only, by its place.
    pub merchant: Option<usize>,
    /// What the bank or the system said.
    pub code: &'static str,
    /// Share of payments that it hit.
    pub share: f64,
}

/// One payment before its outcome is known.
#[derive(Debug, Clone, Copy)]
pub struct Payment {
    /// When.
    pub at: Timestamp,
    link: usize,
    channel: usize,
    merchant: usize,
    /// In fen.
    amount: u64,
}

impl Payment {
    /// The link that it goes over.
    pub fn link(&self) -> &'static str {
        LINKS.get(self.link).map_or("", |link| link.0)
    }
}

/// The company's trade.
pub struct Business {
    per_minute: f64,
    links: Vec<f64>,
    channels: Vec<f64>,
    merchants: Vec<f64>,
    refusals: Vec<f64>,
}

impl Business {
    /// A trade of so many payments a minute on average.
    pub fn new(per_minute: f64) -> Self {
        Self {
            per_minute,
            links: sums(LINKS.map(|l| l.1)),
            channels: sums(CHANNELS.map(|c| c.1)),
            merchants: sums((1..=300_u32).map(|rank| f64::from(rank).powf(-1.05))),
            refusals: sums(REFUSALS.map(|r| r.1)),
        }
    }

    /// Payments expected per minute at a moment.
    pub fn rate(&self, at: Timestamp) -> f64 {
        let local = at.0 + OFFSET;
        let hour = usize::try_from(local.rem_euclid(DAY) / HOUR).unwrap_or(0);
        // The epoch was a Thursday.
        let weekday = usize::try_from((local.div_euclid(DAY) + 3).rem_euclid(7)).unwrap_or(0);
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of an hour")]
        let within = local.rem_euclid(HOUR) as f64 / HOUR as f64;
        let day = DAY_RHYTHM[hour] * (1.0 - within) + DAY_RHYTHM[(hour + 1) % 24] * within;
        self.per_minute * day * WEEK_RHYTHM[weekday]
    }

    /// A payment at a moment.
    pub fn payment(&self, at: Timestamp, dice: &mut Dice) -> Payment {
        let amount = (dice.share() * 4.2 + dice.share() * 4.2).exp() * 3.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 3 and 13,000 yuan")]
        let amount = (amount * 100.0) as u64;
        Payment { at, link: dice.place(&self.links), channel: dice.place(&self.channels), merchant: dice.place(&self.merchants), amount }
    }

    /// What goes wrong while the till is broken: UnionPay takes nothing of it.
    pub fn of_till(now: Timestamp) -> Trouble {
        Trouble {
            from: now.plus(-DAY),
            to: now.plus(DAY),
            link: Some(LINKS[0].0),
            merchant: Some(TILL_OF),
            code: NOT_PERMITTED,
            share: 1.0,
        }
    }

    /// A broken till tries again and again, by one network and by another.
    pub fn tries(&self, at: Timestamp, dice: &mut Dice) -> [Payment; 2] {
        [0, 1].map(|link| Payment { link, merchant: TILL_OF, ..self.payment(at, dice) })
    }

    /// How a payment goes that all systems carried: `00`, or what the bank says.
    pub fn answer(&self, payment: &Payment, troubles: &[Trouble], dice: &mut Dice) -> &'static str {
        let link = LINKS[payment.link].0;
        for trouble in troubles {
            let there = trouble.link.is_none_or(|l| l == link) && trouble.merchant.is_none_or(|merchant| merchant == payment.merchant);
            let hit = trouble.from <= payment.at && payment.at < trouble.to && there;
            if hit && dice.share() < trouble.share {
                return trouble.code;
            }
        }
        let refused: f64 = self.refusals.last().copied().unwrap_or(0.0);
        // One merchant has trouble of its own with expired cards.
        let refused = if payment.merchant == TILL_OF { refused * 2.5 } else { refused };
        if dice.share() < refused { REFUSALS[dice.place(&self.refusals)].0 } else { "00" }
    }

    /// Milliseconds that a payment took.
    pub fn latency(&self, code: &str, dice: &mut Dice) -> u64 {
        let base = 90.0 * (dice.share() * 1.6 + dice.share() * 0.9).exp();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few seconds at most")]
        let base = base as u64;
        match code {
            "91" | "96" => 2_000 + base,
            "68" => 5_000 + base,
            _ => base,
        }
    }

    /// The payment as a line of NDJSON, as a log shipper would post it.
    pub fn write(&self, payment: &Payment, code: &str, latency_ms: u64, out: &mut String) {
        let Payment { at, link, channel, merchant, amount } = payment;
        let (link, channel) = (LINKS[*link].0, CHANNELS[*channel].0);
        // Writing to memory cannot fail.
        let _ = writeln!(
            out,
            r#"{{"time":{},"system":"gateway","link":"{link}","merchant":"M{:04}","channel":"{channel}","code":"{code}","latency_ms":{latency_ms},"amount":{amount},"currency":"CNY"}}"#,
            at.0,
            merchant + 1,
        );
    }

    /// Every payment of a span with its outcome, as NDJSON in batches of about `lines` lines.
    pub fn history(&self, from: Timestamp, to: Timestamp, troubles: &[Trouble], seed: u64, lines: usize) -> Vec<Vec<u8>> {
        let mut batches = Vec::new();
        let (mut text, mut count) = (String::new(), 0);
        let mut minute = from.floor(MINUTE);
        while minute < to {
            // A stream per minute: a span gives the same however it is cut.
            let mut dice = Dice::new(seed ^ minute.0.cast_unsigned());
            for _ in 0..dice.events(self.rate(minute)) {
                let at = minute.plus(i64::try_from(dice.below(60_000)).unwrap_or(0));
                let payment = self.payment(at, &mut dice);
                let code = self.answer(&payment, troubles, &mut dice);
                let latency = self.latency(code, &mut dice);
                if at < to {
                    self.write(&payment, code, latency, &mut text);
                    count += 1;
                }
            }
            if count >= lines {
                batches.push(std::mem::take(&mut text).into_bytes());
                count = 0;
            }
            minute = minute.plus(MINUTE);
        }
        if !text.is_empty() {
            batches.push(text.into_bytes());
        }
        batches
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_span_gives_the_same_history() {
        let business = Business::new(5.0);
        let from = Timestamp(1_741_932_000_000);
        let whole = business.history(from, from.plus(2 * HOUR), &[], 1, usize::MAX).concat();
        let halves = [
            business.history(from, from.plus(HOUR), &[], 1, usize::MAX).concat(),
            business.history(from.plus(HOUR), from.plus(2 * HOUR), &[], 1, usize::MAX).concat(),
        ]
        .concat();
        assert_eq!(whole, halves);
        let first: serde_json::Value = serde_json::from_slice(whole.split(|b| *b == b'\n').next().unwrap()).unwrap();
        assert_eq!(first["system"], "gateway");
    }

    #[test]
    fn a_broken_till_fails_over_one_network_only() {
        let business = Business::new(10.0);
        let (now, mut dice) = (Timestamp(1_741_932_000_000), Dice::new(1));
        let trouble = [Business::of_till(now)];
        for _ in 0..20 {
            let [unionpay, other] = business.tries(now, &mut dice);
            let mut text = String::new();
            business.write(&unionpay, business.answer(&unionpay, &trouble, &mut dice), 1, &mut text);
            assert!(text.contains(r#""link":"unionpay","merchant":"M0017""#) && text.contains(r#""code":"57""#), "{text}");
            assert!(other.link() == "alipay" && business.answer(&other, &trouble, &mut dice) != NOT_PERMITTED);
            assert_ne!(business.answer(&unionpay, &[], &mut dice), NOT_PERMITTED);
        }
    }

    #[test]
    fn nights_are_quiet_and_evenings_are_not() {
        let business = Business::new(10.0);
        let night = Timestamp::parse_rfc3339("2025-03-14T03:30:00+08:00").unwrap();
        let evening = Timestamp::parse_rfc3339("2025-03-14T19:30:00+08:00").unwrap();
        assert!(business.rate(evening) > 3.0 * business.rate(night));
        assert!(business.rate(night) > 4.0, "what happens at night is seen soon, too");
    }
}
