//! Payments as they happen: each goes through the gateway, then what came of it is posted as a log shipper would.

use std::{sync::Arc, time::Duration};

use domain::{
    Clock as _, Portal,
    time::{MINUTE, SECOND},
    transactions::Batch,
};
use tokio_util::sync::CancellationToken;

use super::{
    Business, Company, SEED, ShiftedClock, booking,
    business::{Payment, Trouble},
    dice::Dice,
    me, past,
};

/// Payments that are under way at a time.
const AT_ONCE: usize = 64;
/// Seconds between two tries of a broken till.
const TRIES_EVERY: i64 = 3;

/// Posts the older weeks behind the pages that are served already.
pub(crate) async fn backfill(portal: Portal, business: Arc<Business>) {
    if let Err(fault) = past::older_transactions(&portal, &business, portal.clock.now()).await {
        tracing::error!(%fault, "the older weeks are not complete");
    }
}

/// The company as it goes on: who carries the payments of its trade, by which clock.
pub(crate) struct Alive {
    /// All ports.
    pub portal: Portal,
    /// The services.
    pub company: Arc<Company>,
    /// Who pays whom.
    pub business: Arc<Business>,
    /// The clock that everybody reads.
    pub clock: Arc<ShiftedClock>,
}

/// Carries payments until the token is cancelled. Minutes that somebody wants to be over pass one after another, each with its payments.
pub(crate) async fn run(alive: Alive, stop: CancellationToken) {
    let Alive { portal, company, business, clock } = &alive;
    let mut dice = Dice::new(SEED ^ portal.clock.now().0.cast_unsigned());
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let now = portal.clock.now();
        if let Err(fault) = booking::second(portal, now, &mut dice).await {
            tracing::warn!(%fault, "bookings were not posted");
        }
        let mut payments: Vec<_> = (0..dice.events(business.rate(now) / 60.0)).map(|_| business.payment(now, &mut dice)).collect();
        if company.is_till_broken() && now.0 / SECOND % TRIES_EVERY == 0 {
            payments.extend(business.tries(now, &mut dice));
        }
        alive.carry(payments, &mut dice).await;
        while company.ahead() > 0 && !stop.is_cancelled() {
            let from = clock.now();
            let count = dice.events(business.rate(from));
            let payments =
                (0..count).map(|_| business.payment(from.plus(i64::try_from(dice.below(60)).unwrap_or(0) * 1_000), &mut dice)).collect();
            clock.pass(MINUTE);
            alive.carry(payments, &mut dice).await;
            company.passed();
        }
    }
}

impl Alive {
    /// Sends payments through the gateway, and posts what came of each.
    async fn carry(&self, payments: Vec<Payment>, dice: &mut Dice) {
        let mut text = String::new();
        let troubles: Vec<Trouble> =
            self.company.is_till_broken().then(|| Business::of_till(self.portal.clock.now())).into_iter().collect();
        for some in payments.chunks(AT_ONCE) {
            let carried = futures::future::join_all(some.iter().map(|payment| self.company.pay(payment.link()))).await;
            for (payment, carried) in some.iter().zip(&carried) {
                let code = if carried == "00" { self.business.answer(payment, &troubles, dice) } else { carried.as_str() };
                let latency = self.business.latency(code, dice);
                self.business.write(payment, code, latency, &mut text);
            }
        }
        if text.is_empty() {
            return;
        }
        if let Err(fault) = self.portal.transactions.ingest(&me(), Batch { body: text.into_bytes(), ..Batch::default() }).await {
            tracing::warn!(%fault, "payments were not posted");
        }
    }
}
