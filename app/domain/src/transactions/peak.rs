//! What production bears at its busiest.

/// One minute of so many is left out, the busiest first.
const BEYOND: usize = 1_000;
/// Minutes of an hour.
const MINUTES: usize = 60;

/// Transactions in the busiest of these minutes in which there were any, but for one in a thousand: a batch that is booked at once is no load
/// that lasts. `hours` are the same ones by the hour; where no minute of one is known all of them held as many.
pub fn usual_most(minutes: &[u64], hours: &[f64]) -> f64 {
    let mut all: Vec<f64> = Vec::with_capacity(minutes.len());
    for (own, total) in minutes.chunks(MINUTES).zip(hours) {
        if own.iter().all(|minute| *minute == 0) {
            all.extend(std::iter::repeat_n(total / MINUTES as f64, own.len()));
        } else {
            all.extend(own.iter().map(|minute| *minute as f64));
        }
    }
    all.retain(|minute| *minute > 0.0);
    all.sort_by(|a, b| b.total_cmp(a));
    all.get(all.len() / BEYOND).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_no_load_that_lasts() {
        // Four weeks of one a second, with a million at midnight, and one evening of twice as much.
        let mut minutes = vec![60_u64; 28 * 24 * 60];
        minutes.iter_mut().step_by(24 * 60).for_each(|minute| *minute = 1_000_000);
        let hours = |minutes: &[u64]| minutes.chunks(60).map(|hour| hour.iter().sum::<u64>() as f64).collect::<Vec<_>>();
        assert!((usual_most(&minutes, &hours(&minutes)) - 60.0).abs() < 1e-9);
        minutes[1_200..1_260].fill(120);
        assert!((usual_most(&minutes, &hours(&minutes)) - 120.0).abs() < 1e-9);
        // Of few minutes each counts, and of hours that are all that is left the average.
        assert!((usual_most(&[0, 7, 9], &[16.0]) - 9.0).abs() < 1e-9);
        assert!((usual_most(&[0; 120], &[600.0, 0.0]) - 10.0).abs() < 1e-9);
        assert!(usual_most(&[], &[]).abs() < 1e-9);
    }
}
