use proptest::prelude::*;

use super::*;

fn ask(horizon: usize) -> Ask {
    Ask { horizon, seasons: Vec::new(), level: 0.9 }
}

fn hourly(count: usize) -> Vec<f64> {
    let wave = |at: usize, length: f64| (at as f64 / length * std::f64::consts::TAU).sin();
    let noise = |at: usize| ((at * 7_919 % 1_009) as f64 / 1_009.0 - 0.5) * 4.0;
    (0..count).map(|at| 100.0 + 30.0 * wave(at, 24.0) - if at / 24 % 7 >= 5 { 25.0 } else { 0.0 } + noise(at)).collect()
}

#[test]
fn days_and_weeks_are_found_and_forecast() {
    let values = hourly(24 * 7 * 6);
    let (known, next) = values.split_at(values.len() - 48);
    let said = forecast(known, &ask(48)).unwrap();
    assert_eq!(said.seasons, [24, 168]);
    let off = said.mean.iter().zip(next).map(|(said, truth)| (said - truth).abs()).sum::<f64>() / 48.0;
    assert!(off < 2.0, "{off} {:?}", said.model);
    let held = next.iter().zip(said.lower.iter().zip(&said.upper)).filter(|(truth, (low, high))| (**low..=**high).contains(*truth)).count();
    assert!(held >= 36, "{held}");
    let back = said.backtest.unwrap();
    assert!(back.mase < 1.0 && back.coverage > 0.8 && back.origins == 10, "{back:?}");
}

#[test]
fn seasons_are_those_of_the_latest_values_with_their_gaps() {
    const HOUR: i64 = 3_600_000;
    let mut closed = hourly(24 * 7 * 6);
    for (at, value) in closed.iter_mut().enumerate() {
        if at % 24 < 8 {
            *value = f64::NAN;
        }
    }
    let found = seasons_of_step(&closed, HOUR);
    assert_eq!(found.first(), Some(&24), "{found:?}");
    assert!(seasons_of_step(&[f64::NAN; 500], HOUR).is_empty());
    // What was a rhythm long ago, and is none since.
    let scattered = |at: usize| (at as f64 * 0.618_033_988_75).fract() * (at as f64 * 0.414_213_562_37).fract();
    let before = hourly(24 * 7 * 100);
    let since: Vec<f64> = (0..MOST_VALUES).map(|at| 100.0 + 5.0 * scattered(at * at % 10_007)).collect();
    assert_eq!(seasons_of_step(&[before, since.clone()].concat(), HOUR), seasons_of_step(&since, HOUR));
}

#[test]
fn a_night_stays_night() {
    let values: Vec<f64> = hourly(24 * 30).iter().enumerate().map(|(at, value)| if at % 24 < 6 { 0.0 } else { *value }).collect();
    let said = forecast(&values, &ask(48)).unwrap();
    assert!(said.mean.iter().enumerate().all(|(at, value)| (at % 24 < 6) == (*value == 0.0)), "{:?}", said.mean);
}

#[test]
fn short_constant_and_odd_series_get_sane_answers() {
    assert_eq!(forecast(&[], &ask(3)), None);
    assert_eq!(forecast(&[f64::NAN; 9], &ask(3)), None);
    for values in [vec![5.0; 2], vec![5.0; 3], vec![5.0; 500]] {
        let said = forecast(&values, &ask(3)).unwrap();
        assert_eq!(said.mean, [5.0; 3]);
        assert!(said.lower.iter().zip(&said.upper).all(|(low, high)| (low - 5.0).abs() < 1e-6 && (high - 5.0).abs() < 1e-6), "{said:?}");
    }
    // One value tells nothing of how far the next is from it.
    for values in [vec![5.0], vec![f64::NAN, 5.0, f64::NAN]] {
        let said = forecast(&values, &ask(3)).unwrap();
        assert!(said.mean == [5.0; 3] && said.lower == [0.0; 3] && said.upper[0] > 10.0 && said.upper.is_sorted(), "{said:?}");
    }
    assert_eq!(forecast(&[0.0; 400], &ask(2)).unwrap().mean, [0.0; 2]);
    let mut gaps = hourly(700);
    gaps[300..360].fill(f64::NAN);
    gaps[690..].fill(f64::NAN);
    let said = forecast(&gaps, &Ask { seasons: vec![24, 168], ..ask(48) }).unwrap();
    assert!(said.mean.iter().all(|value| (20.0..160.0).contains(value)), "{said:?}");
    // A season longer than half the series is not believed.
    assert_eq!(forecast(&hourly(100), &Ask { seasons: vec![24, 168], ..ask(48) }).unwrap().seasons, [24]);
    let counts: Vec<f64> = hourly(400).iter().map(|value| (value - 120.0).max(0.0)).collect();
    assert!(forecast(&counts, &ask(48)).unwrap().lower.iter().all(|low| *low >= 0.0));
}

#[test]
fn values_however_large_or_small_are_forecast_alike() {
    let values = hourly(24 * 7 * 5);
    let plain = forecast(&values, &ask(24)).unwrap();
    for power in [1_015, 700, -800] {
        let unit = 2.0_f64.powi(power);
        let moved: Vec<f64> = values.iter().map(|value| value * unit).collect();
        let said = forecast(&moved, &ask(24)).unwrap();
        assert_eq!((&said.seasons, seasons_of_step(&moved, 3_600_000)), (&plain.seasons, plain.seasons.clone()), "{power}");
        // Floors of the models are in the unit of the values: not to the bit.
        let near = said.mean.iter().zip(&plain.mean).all(|(said, plain)| (said / unit - plain).abs() < 1.0);
        assert!(near, "{power}: {:?}", said.mean);
    }
    let sign = |at: usize| if at * 7_919 % 1_009 < 500 { -1.0 } else { 1.0 };
    let mut one = values;
    one[200] = -1e200;
    for wild in [(0..700).map(|at| sign(at) * (1e308 + 1e304 * at as f64)).collect(), vec![f64::MAX; 300], one] {
        let said = forecast(&wild, &ask(24)).unwrap();
        let sides = said.lower.iter().zip(&said.mean).zip(&said.upper);
        assert!(
            sides.into_iter().all(|((low, mean), high)| low.is_finite() && low <= mean && mean <= high && high.is_finite()),
            "{said:?}"
        );
        assert!(resemblances(&wild).len() <= 2 && seasons_of_step(&wild, 3_600_000).len() <= 2);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_comes_the_answer_is_finite_and_in_order(
        values in proptest::collection::vec(
            prop_oneof![
                16 => -1e6..1e6_f64,
                2 => Just(f64::NAN),
                2 => Just(0.0),
                1 => (-300..308_i32).prop_map(|power| 10.0_f64.powi(power)),
            ],
            1..160,
        ),
        horizon in 1_usize..40,
        seasons in proptest::collection::vec(0_usize..40, 0..3),
    ) {
        let asked = Ask { horizon, seasons, level: 0.9 };
        match forecast(&values, &asked) {
            None => prop_assert!(values.iter().all(|value| value.is_nan())),
            Some(said) => {
                prop_assert_eq!(said.mean.len(), horizon);
                for step in 0..horizon {
                    prop_assert!(said.lower[step].is_finite() && said.upper[step].is_finite());
                    prop_assert!(said.lower[step] <= said.mean[step] && said.mean[step] <= said.upper[step]);
                }
                prop_assert_eq!(forecast(&values, &asked), Some(said));
            }
        }
    }
}
