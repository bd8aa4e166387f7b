use proptest::prelude::*;

use super::*;

fn noisy_days(count: usize) -> Vec<f64> {
    let wave = |at: usize| (at as f64 / 96.0 * std::f64::consts::TAU).sin();
    let noise = |at: usize| ((at * 7_919 % 1_009) as f64 / 1_009.0 - 0.5) * 4.0;
    (0..count).map(|at| 100.0 + 20.0 * wave(at) + noise(at)).collect()
}

#[test]
fn what_happens_is_told_at_once_and_once() {
    let mut values = noisy_days(2_000);
    values[1_500..1_520].iter_mut().for_each(|value| *value += 120.0);
    let said = judge(&values, Some(96));
    let told: Vec<usize> = (0..said.len()).filter(|&at| said[at].anomaly).collect();
    assert!(told.iter().any(|at| (1_500..1_503).contains(at)), "{told:?}");
    assert!(told.iter().filter(|at| !(1_500..1_600).contains(*at)).count() <= 5, "{told:?}");
}

#[test]
fn a_line_that_goes_flat_and_a_level_that_moves_are_seen() {
    for what in ["flat", "level"] {
        let mut values = noisy_days(3_000);
        let held = values[2_500];
        for value in &mut values[2_500..2_700] {
            *value = if what == "flat" { held } else { *value - 60.0 };
        }
        let said = judge(&values, None);
        let highest = |from: usize, to: usize| said[from..to].iter().map(|one| one.score).fold(0.0, f64::max);
        assert!(highest(2_500, 2_640) > 0.6, "{what}: {}", highest(2_500, 2_640));
    }
}

/// Views begin to speak one after the other, and anew with another season: that is not the series.
#[test]
fn what_is_learnt_is_no_alarm() {
    let noise = |seed: usize, at: usize| {
        // A mixed counter (splitmix64).
        let mut mixed = ((seed * 1_000_003 + at) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    };
    // In how many of twenty series the row was told that was told in most.
    let most = |of: &dyn Fn(usize, usize) -> f64| {
        let mut told = vec![0; 2_000];
        for seed in 0..20 {
            let said = judge(&(0..2_000).map(|at| of(seed, at)).collect::<Vec<_>>(), None);
            said.iter().enumerate().filter(|(_, said)| said.anomaly).for_each(|(at, _)| told[at] += 1);
        }
        told.into_iter().max()
    };
    let wave = |at: usize| (at as f64 / 24.0 * std::f64::consts::TAU).sin();
    assert_eq!(most(&|seed, at| wave(at + seed)), Some(0), "a pure wave");
    let (of_wave, of_noise) = (most(&|seed, at| 100.0 + 20.0 * wave(at) + noise(seed, at)), most(&|seed, at| 100.0 + noise(seed, at)));
    assert!(of_wave <= Some(2) && of_noise <= Some(2), "a wave with noise {of_wave:?}, noise {of_noise:?}");
}

/// A hole moves nothing to another time of day: what follows is as usual as it was, and what happens then is seen.
#[test]
fn what_follows_a_hole_is_compared_with_its_own_time_of_day() {
    let whole = noisy_days(2_400);
    for (hole, length) in [(1_502, 12), (1_530, 40), (900, 7 * 96 + 24)] {
        let mut values = whole.clone();
        values[hole + length + 400] += 120.0;
        let mut gaps = values.clone();
        gaps[hole..hole + length].fill(f64::NAN);
        let said = judge(&gaps, Some(96));
        assert!(said[hole..hole + length + 96].iter().all(|said| !said.anomaly), "{hole} {length}");
        assert!(said[hole + length + 400].anomaly, "{hole} {length}");
        // Rows that are missing are as good as rows without a value.
        let rows = [&values[..hole], &values[hole + length..]].concat();
        let mut holes = vec![0; hole + 1];
        holes[hole] = length;
        let over = judge_over(&rows, &holes, Some(96));
        assert!(over[..hole] == said[..hole] && over[hole..] == said[hole + length..]);
    }
}

/// Where there is no season, a hole is none to be told of either.
#[test]
fn a_walk_goes_on_behind_its_holes() {
    let (mut at, mut dice) = (100.0, 1_u64);
    let mut step = || {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        at += (dice >> 40) as f64 / (1_u64 << 24) as f64 - 0.5;
        at
    };
    let mut values: Vec<f64> = (0..3_000).map(|_| step()).collect();
    let told = |values: &[f64]| judge(values, Some(96)).iter().filter(|said| said.anomaly).count();
    let without = told(&values);
    for hole in (600..2_900).step_by(230) {
        values[hole..hole + 5].fill(f64::NAN);
    }
    assert!(told(&values) <= without + 1, "{} {without}", told(&values));
}

#[test]
fn any_input_has_a_score_between_nought_and_one() {
    for values in [vec![], vec![f64::NAN; 100], vec![0.0; 500], vec![1e300; 200], (0..500).map(f64::from).collect(), vec![-1e-300; 90]] {
        assert!(judge(&values, None).iter().all(|said| (0.0..=1.0).contains(&said.score)));
    }
    assert!(judge(&[7.0; 2_000], None).iter().all(|said| !said.anomaly), "a constant is not out of the ordinary");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn nothing_is_known_of_what_follows(
        values in proptest::collection::vec(prop_oneof![9 => -1e3..1e3_f64, 1 => Just(f64::NAN)], 100..500),
        cut in 50_usize..100,
    ) {
        let (whole, part) = (judge(&values, Some(24)), judge(&values[..cut], Some(24)));
        prop_assert_eq!(&whole[..cut], &part[..]);
    }
}

#[test]
fn values_however_large_are_judged_alike() {
    let mut values = noisy_days(1_200);
    values[900] += 200.0;
    let plain = judge(&values, Some(96));
    assert!(plain[900].anomaly, "{:?}", plain[900]);
    let moved: Vec<f64> = values.iter().map(|value| value * 2.0_f64.powi(1_015)).collect();
    let said = judge(&moved, Some(96));
    assert!(said.iter().zip(&plain).all(|(said, plain)| (said.score - plain.score).abs() < 0.05), "{:?}", said[900]);
    // One that is beyond all changes nothing before it.
    values[1_000] = -1e308;
    let wild = judge(&values, Some(96));
    assert!(wild[..1_000] == plain[..1_000] && wild[1_000].anomaly && wild.iter().all(|one| one.score.is_finite()), "{:?}", wild[1_000]);
}
