//! Payments as they happen: each goes through the gateway, then what came of it is posted as a log shipper would.

use std::time::Duration;

use domain::{Portal, time::MINUTE, transactions::Batch};
use tokio_util::sync::CancellationToken;

use super::{Business, Company, SEED, booking, dice::Dice, me, past};

/// Posts the older weeks behind the pages that are served already.
pub(crate) async fn backfill(portal: Portal, business: std::sync::Arc<Business>) {
    if let Err(fault) = past::older_transactions(&portal, &business, portal.clock.now()).await {
        tracing::error!(%fault, "the older weeks are not complete");
    }
}

/// Carries payments until the token is cancelled.
pub(crate) async fn run(portal: Portal, company: std::sync::Arc<Company>, business: std::sync::Arc<Business>, stop: CancellationToken) {
    let mut dice = Dice::new(SEED ^ portal.clock.now().0.cast_unsigned());
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let now = portal.clock.now();
        if let Err(fault) = booking::second(&portal, now, &mut dice).await {
            tracing::warn!(%fault, "bookings were not posted");
        }
        let payments: Vec<_> = (0..dice.events(business.rate(now) / 60.0)).map(|_| business.payment(now, &mut dice)).collect();
        if payments.is_empty() {
            continue;
        }
        let carried = futures::future::join_all(payments.iter().map(|payment| company.pay(payment.link()))).await;
        let mut text = String::new();
        for (payment, carried) in payments.iter().zip(&carried) {
            let code = if carried == "00" { business.answer(payment, &[], &mut dice) } else { carried.as_str() };
            let latency = business.latency(code, &mut dice);
            business.write(payment, code, latency, &mut text);
        }
        // The clock may have gone on by less than a minute; nothing here is from the future.
        debug_assert!(portal.clock.now().since(now) < MINUTE);
        if let Err(fault) = portal.transactions.ingest(&me(), Batch { body: text.into_bytes(), ..Batch::default() }).await {
            tracing::warn!(%fault, "payments were not posted");
        }
    }
}
