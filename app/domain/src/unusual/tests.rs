use super::*;
use crate::statistics::random::Chance;

fn window(chance: &mut Chance, n: u32, rate: f64) -> Counted {
    Counted { total: f64::from(n), failed: f64::from(chance.binomial(n, rate)) }
}

/// A rate that differs from window to window: a gamma of this mean, whose deviation is a fifth of it.
fn wandering(chance: &mut Chance, rate: f64) -> f64 {
    rate * chance.gamma(25.0) / 25.0
}

#[test]
fn calm_days_surprise_as_seldom_as_is_said() {
    for (n, rate, wanders) in [(20, 0.002, false), (300, 0.01, false), (20_000, 0.001, true), (200_000, 0.003, true)] {
        let mut chance = Chance::new(u64::from(n));
        let mut rare = 0;
        for _ in 0..2_000 {
            let mut draw = || {
                let rate = if wanders { wandering(&mut chance, rate) } else { rate };
                window(&mut chance, n, rate)
            };
            let past: Vec<Counted> = (0..42).map(|_| draw()).collect();
            rare += u32::from(failures(&past, draw()).is_some_and(|said| said.surprise >= 3.0));
        }
        assert!(rare <= 8, "{n} at {rate}: {rare} of 2,000 are one in a thousand");
    }
}

#[test]
fn few_transactions_that_all_fail_surprise() {
    let mut chance = Chance::new(7);
    let past: Vec<Counted> = (0..42).map(|_| window(&mut chance, 20, 0.005)).collect();
    let said = failures(&past, Counted { total: 20.0, failed: 6.0 }).unwrap();
    assert!(said.surprise > 6.0 && said.high < 3.0, "{said:?}");
    let said = failures(&past, Counted { total: 20.0, failed: 1.0 }).unwrap();
    assert!(said.surprise < 2.0, "{said:?}");
    assert_eq!(failures(&past[..5], Counted { total: 20.0, failed: 6.0 }), None);
    assert_eq!(failures(&past, Counted::default()).unwrap().surprise, 0.0);
}

#[test]
fn trouble_of_the_past_is_not_normal() {
    let mut chance = Chance::new(9);
    let mut past: Vec<Counted> = (0..36).map(|_| window(&mut chance, 2_000, 0.002)).collect();
    past.extend((0..5).map(|_| window(&mut chance, 2_000, 0.3)));
    let said = failures(&past, Counted { total: 2_000.0, failed: 30.0 }).unwrap();
    assert!(said.surprise > 6.0 && said.windows == 36, "{said:?}");
}

#[test]
fn volumes_that_fall_or_double_surprise_and_the_level_of_today_does_not() {
    let mut chance = Chance::new(3);
    let mut day = |scale: f64| {
        let level = scale * (1.0 + 0.1 * chance.normal());
        (f64::from(chance.binomial(100_000, 0.01 * level)), 12_000.0 * level)
    };
    let past: Vec<(f64, f64)> = (0..28).map(|_| day(1.0)).collect();
    let mut rare = 0;
    for _ in 0..500 {
        let (count, before) = day(1.3);
        rare += u32::from(volume(&past, count, before).unwrap().surprise >= 3.0);
    }
    assert!(rare <= 3, "{rare} of 500");
    assert!(volume(&past, 500.0, 12_000.0).unwrap().surprise > 6.0);
    assert!(volume(&past, 2_000.0, 12_000.0).unwrap().surprise > 6.0);
    assert!(volume(&past, 0.0, 0.0).unwrap().surprise > 6.0);
    // Four in a window: none at all is not so rare.
    let few: Vec<(f64, f64)> = (0..28).map(|_| (f64::from(chance.binomial(100, 0.04)), 40.0)).collect();
    assert!(volume(&few, 0.0, 40.0).unwrap().surprise < 3.0);
}

#[test]
fn a_latency_that_is_half_as_much_again_surprises() {
    let mut chance = Chance::new(5);
    let past: Vec<f64> = (0..40).map(|_| 200.0 * (0.05 * chance.normal()).exp()).collect();
    assert!(latency(&past, 300.0).unwrap().surprise > 5.0);
    assert!(latency(&past, 210.0).unwrap().surprise < 2.0);
    assert!(latency(&past, 50.0).unwrap().surprise < 1.0);
    assert_eq!(latency(&past, f64::NAN), None);
}

#[test]
fn a_leak_that_no_window_shows_is_found_and_says_since_when() {
    let (mut found, mut false_ones, mut off) = (0, 0, 0);
    for seed in 0..200 {
        let mut chance = Chance::new(seed);
        let mut draw = |rate: f64| (window(&mut chance, 600, rate), 0.005);
        let calm: Vec<_> = (0..72).map(|_| draw(0.005)).collect();
        false_ones += u32::from(leak(&calm, 1.0).is_some_and(|leak| leak.surprise >= 3.0));
        let leaking: Vec<_> = (0..72).map(|at| draw(if at < 36 { 0.005 } else { 0.009 })).collect();
        let single = leaking.iter().map(|(window, _)| window.failed).fold(0.0, f64::max);
        assert!(single < 18.0);
        if let Some(leak) = leak(&leaking, 1.0).filter(|leak| leak.surprise >= 3.0) {
            found += 1;
            off += u32::from(leak.since.abs_diff(36) > 12);
        }
    }
    assert!(found >= 190 && false_ones <= 2 && off <= 20, "{found} found, {false_ones} false, {off} of another time");
}
