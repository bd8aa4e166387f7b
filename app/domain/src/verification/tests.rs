mod codes;
mod files;
mod shapes;

use super::*;
use crate::statistics::random::Chance;

fn sheet(names: &[&str], rows: impl IntoIterator<Item = Vec<f64>>) -> Sheet {
    let header = Some(names.iter().map(|name| (*name).to_owned()).collect());
    Sheet { header, rows: rows.into_iter().map(|row| row.iter().map(f64::to_string).collect()).collect() }
}

fn values(values: &[f64]) -> Sheet {
    sheet(&["latency"], values.iter().map(|v| vec![*v]))
}

fn verdict(baseline: &Sheet, candidate: &Sheet) -> Judgement {
    judge(&metrics(baseline, candidate).unwrap().metrics, &Terms::default())
}

fn normal(chance: &mut Chance, n: usize, mean: f64, deviation: f64) -> Vec<f64> {
    (0..n).map(|_| mean + deviation * chance.normal()).collect()
}

#[test]
fn seven_of_ten_at_a_hundred_times_do_not_pass() {
    let base = [10.0, 11.0, 9.0, 10.5, 9.5, 10.2, 9.8, 10.1, 9.9, 10.4];
    let mut bad = base;
    bad[..7].iter_mut().for_each(|v| *v *= 100.0);
    let judged = verdict(&values(&base), &values(&bad));
    assert_eq!(judged.verdict, Verdict::Fail, "{}", sentence(&judged));
}

#[test]
fn two_humps_with_one_median_do_not_pass() {
    let mut chance = Chance::new(1);
    for (n, apart) in [(10, 50.0), (40, 40.0), (200, 30.0), (1_000, 10.0)] {
        let base = normal(&mut chance, n, 100.0, 5.0);
        let humps: Vec<f64> = (0..n).map(|i| 100.0 + if i % 2 == 0 { apart } else { -apart } + chance.normal()).collect();
        let judged = verdict(&values(&base), &values(&humps));
        assert_ne!(judged.verdict, Verdict::Pass, "{n}: {}", sentence(&judged));
    }
}

#[test]
fn six_tied_points_with_outliers_do_not_pass() {
    for (base, bad) in [
        (vec![5.0; 6], vec![5.0, 5.0, 5.0, 5.0, 5.0, 500.0]),
        (vec![5.0; 9], vec![5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 500.0, 510.0, 505.0]),
        (vec![0.0; 6], vec![0.0, 0.0, 0.0, 0.0, 9.0, 9.0]),
        (vec![5.0; 30], [vec![5.0; 24], vec![900.0; 6]].concat()),
    ] {
        let judged = verdict(&values(&base), &values(&bad));
        assert_ne!(judged.verdict, Verdict::Pass, "{}", sentence(&judged));
    }
}

#[test]
fn the_same_data_do_not_fail_and_pass_where_they_suffice() {
    let mut chance = Chance::new(2);
    for n in [1, 3, 5, 6, 10, 30, 60, 200, 3_000] {
        let same = normal(&mut chance, n, 100.0, 4.0);
        let judged = verdict(&values(&same), &values(&same));
        assert_ne!(judged.verdict, Verdict::Fail);
        assert!(n < 30 || judged.verdict == Verdict::Pass, "{n}: {}", sentence(&judged));
        let tied = vec![7.0; n];
        assert_eq!(verdict(&values(&tied), &values(&tied)).verdict == Verdict::Pass, n >= 5, "{n}");
    }
    let rows = || (0..60).map(|i| vec![f64::from(i), 2_000.0, f64::from(i % 3)]);
    let names = ["minute_number", "total", "failed"];
    let judged =
        verdict(&sheet(&names[1..], rows().map(|row| row[1..].to_vec())), &sheet(&names[1..], rows().map(|row| row[1..].to_vec())));
    assert_eq!(judged.verdict, Verdict::Pass, "{}", sentence(&judged));
}

#[test]
fn missing_data_never_passes() {
    let full = sheet(&["a", "b"], (0..60).map(|i| vec![100.0 + f64::from(i % 5), 7.0]));
    let mut holes = full.clone();
    holes.rows.iter_mut().take(20).for_each(|row| row[1] = "NaN".into());
    let judged = verdict(&full, &holes);
    assert_eq!(judged.verdict, Verdict::Inconclusive);
    assert_eq!(judged.metrics[0].verdict, Verdict::Pass);
    let few = |count: usize, full: &Sheet| {
        let mut sheet = full.clone();
        sheet.rows.iter_mut().take(count).for_each(|row| row[1] = String::new());
        sheet
    };
    assert_eq!(verdict(&full, &few(6, &full)).verdict, Verdict::Inconclusive, "what is blank may be what timed out");
    assert_eq!(verdict(&few(6, &full), &few(6, &full)).verdict, Verdict::Pass, "it always is");
    let mut gone = full.clone();
    gone.header = Some(vec!["a".into(), "c".into()]);
    assert_eq!(verdict(&full, &gone).verdict, Verdict::Inconclusive);
    let mut none = full.clone();
    none.rows.clear();
    assert_eq!(verdict(&full, &none).verdict, Verdict::Inconclusive);
    let timed = |skip: i32| {
        sheet(
            &["timestamp", "a"],
            (0..120).filter(move |i| skip == 0 || !(30..60).contains(i)).map(|i| vec![1.7e9 + f64::from(i) * 60.0, 5.0]),
        )
    };
    assert_eq!(verdict(&timed(0), &timed(0)).verdict, Verdict::Pass);
    assert_eq!(verdict(&timed(0), &timed(1)).verdict, Verdict::Inconclusive);
}

#[test]
fn margin_that_is_given_is_kept_to_the_letter() {
    let one = |failed: f64| sheet(&["total", "failed"], vec![vec![100_000.0, failed]]);
    let strict = |failed: f64, margin: &str| {
        let terms = Terms { margin: Margin::parse(margin), ..Terms::default() };
        judge(&metrics(&one(50.0), &one(failed)).unwrap().metrics, &terms).verdict
    };
    assert_eq!(strict(150.0, "0.001"), Verdict::Inconclusive);
    assert_eq!(strict(150.0, "0.02%"), Verdict::Fail);
    assert_eq!(strict(52.0, "0.05%"), Verdict::Pass);
    assert_eq!(Margin::parse("-1"), None);
}

#[test]
fn files_of_every_shape_are_read() {
    let rows = |text: &str| Sheet::new(text.lines().map(|line| line.split(';').map(str::to_owned).collect()).collect());
    let plain = rows("1\n2\n3\n4\n5\n6");
    assert_eq!(plain.header, None);
    let found = metrics(&plain, &rows("\u{feff}latency\n1\n2,5\n3")).unwrap().metrics;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].points, Points::Measure { baseline: vec![1., 2., 3., 4., 5., 6.], candidate: vec![1., 2.5, 3.] });
    let found = metrics(
        &rows("time;pay_total;pay_errors;host;p99\n2025-01-01T00:00:00Z;10;1;a;5\n2025-01-01T00:01:00Z;10;0;b;6"),
        &rows("pay_total;pay_errors;p99;host\n9;0;5;a"),
    )
    .unwrap();
    assert_eq!(found.metrics.iter().map(|metric| metric.name.as_str()).collect::<Vec<_>>(), ["pay", "p99"]);
    assert_eq!(found.left_out, [("host".to_owned(), LeftOut::Words)]);
    assert!(matches!(metrics(&rows("total;failed\n1;2"), &plain), Err(BadSheet::Impossible { row: 1, .. })));
    assert!(matches!(metrics(&rows("a\nx"), &rows("a\ny")), Err(BadSheet::NoMetric(_))));
    assert!(matches!(metrics(&rows(""), &plain), Err(BadSheet::Empty("baseline"))));
}

#[test]
fn better_is_no_failure_and_higher_may_be_better() {
    let mut chance = Chance::new(4);
    let (slow, fast) = (normal(&mut chance, 100, 100.0, 4.0), normal(&mut chance, 100, 60.0, 4.0));
    assert_eq!(verdict(&values(&slow), &values(&fast)).verdict, Verdict::Pass);
    assert_eq!(verdict(&values(&fast), &values(&slow)).verdict, Verdict::Fail);
    let terms = Terms { higher: vec!["LATENCY".into()], ..Terms::default() };
    assert_eq!(judge(&metrics(&values(&slow), &values(&fast)).unwrap().metrics, &terms).verdict, Verdict::Fail);
}

#[test]
fn controls_are_taken_off_and_missing_ones_do_not_pass() {
    let counts = |failed: f64| sheet(&["total", "failed"], (0..60).map(|_| vec![1_000.0, failed]));
    let against = |candidate: f64, controls: &[(f64, f64)]| {
        let mut found = metrics(&counts(5.0), &counts(candidate)).unwrap().metrics;
        for (before, after) in controls {
            control(&mut found, "other", &counts(*before), &counts(*after)).unwrap();
        }
        judge(&found, &Terms::default())
    };
    assert_eq!(against(15.0, &[]).verdict, Verdict::Fail);
    let shared = against(15.0, &[(5.0, 15.0), (4.0, 14.0)]);
    let part = &shared.metrics[0].parts[0];
    assert_eq!((shared.verdict, part.drift.unwrap().controls), (Verdict::Inconclusive, 2), "{}", sentence(&shared));
    assert!(part.estimate.abs() < 1e-3 && part.alone.unwrap().0 > 0.009, "{part:?}");
    assert!(sentence(&shared).contains("less the +1 of 2 controls"), "{}", sentence(&shared));
    assert_eq!(against(30.0, &[(5.0, 10.0), (4.0, 9.0)]).verdict, Verdict::Fail);
    assert_eq!(against(4.0, &[(5.0, 5.0), (4.0, 4.0)]).verdict, Verdict::Pass);
    // A control of which half is missing says nothing, and then nothing passes.
    let mut found = metrics(&counts(5.0), &counts(5.0)).unwrap().metrics;
    let mut holes = counts(5.0);
    holes.rows.iter_mut().take(30).for_each(|row| row[0] = "NaN".into());
    control(&mut found, "other", &counts(5.0), &holes).unwrap();
    let judged = judge(&found, &Terms::default());
    assert_eq!((judged.verdict, judged.metrics[0].parts[0].drift), (Verdict::Inconclusive, None));
    let wrong = control(&mut found, "other", &values(&[1.0, 2.0]), &values(&[1.0, 2.0])).unwrap_err();
    assert!(wrong.to_string().contains("failure_rate"), "{wrong}");
}

#[test]
fn a_measure_is_held_against_controls_as_well() {
    let mut chance = Chance::new(9);
    let mut side = |mean: f64| values(&normal(&mut chance, 120, mean, 4.0));
    let (before, slow, other, other_slow) = (side(100.0), side(130.0), side(100.0), side(130.0));
    let mut found = metrics(&before, &slow).unwrap().metrics;
    assert_eq!(judge(&found, &Terms::default()).verdict, Verdict::Fail);
    control(&mut found, "other", &other, &other_slow).unwrap();
    let judged = judge(&found, &Terms::default());
    assert_eq!(judged.verdict, Verdict::Inconclusive, "{}", sentence(&judged));
}

#[test]
fn numbers_are_read_as_they_are_written() {
    for (cell, wanted) in [
        ("1.5", Some(1.5)),
        ("1,5", Some(1.5)),
        ("1,234.5", Some(1_234.5)),
        ("1.234,5", Some(1_234.5)),
        ("1,234,567", Some(1_234_567.0)),
        ("99.95 %", Some(99.95)),
        ("-3e2", Some(-300.0)),
        ("1.2.3", None),
        ("inf", None),
    ] {
        assert_eq!(crate::text::number(cell), wanted, "{cell}");
    }
}

fn text(header: &str, row: impl Fn(usize) -> String) -> Sheet {
    let cells = |line: String| line.split(',').map(str::to_owned).collect();
    Sheet::new(std::iter::once(header.to_owned()).chain((0..120).map(row)).map(cells).collect())
}

#[test]
fn what_does_not_go_one_way_is_left_out_and_told() {
    // A count of everything, the number of a row, a place and a moment say nothing of better or worse.
    let side = |from: usize, busy: usize| {
        text(",at_start,host,requests,latency", move |i| {
            format!("{},{},web-{},{},{}", from + i, 1_735_689_600 + 60 * i, i % 3, busy + i % 7, 100 + i % 5)
        })
    };
    let found = metrics(&side(0, 1_000), &side(240, 3_000)).unwrap();
    assert_eq!(found.metrics.iter().map(|metric| metric.name.as_str()).collect::<Vec<_>>(), ["latency"]);
    let why: Vec<(&str, LeftOut)> = found.left_out.iter().map(|(name, why)| (name.as_str(), *why)).collect();
    assert_eq!(why, [("", LeftOut::Rows), ("host", LeftOut::Words), ("requests", LeftOut::Everything)]);
    assert_eq!(judge(&found.metrics, &Terms::default()).verdict, Verdict::Pass);
}

#[test]
fn outcomes_of_single_transactions_are_a_rate() {
    for (header, good, bad) in [
        ("success,elapsed", "true", "false"),
        ("status,elapsed", "OK", "FAILED"),
        ("failed,elapsed", "0", "1"),
        ("is_error,elapsed", "0", "1"),
        ("timeout,elapsed", "0", "1"),
        ("payment_succeeded,elapsed", "1", "0"),
        ("http_status,elapsed", "200", "503"),
    ] {
        let side = |every: usize| text(header, move |i| format!("{},{}", if i % every == 0 { bad } else { good }, 100 + i % 5));
        let judged = verdict(&side(60), &side(2));
        assert_eq!((judged.verdict, judged.metrics[0].kind), (Verdict::Fail, Kind::Rate), "{header}: {}", sentence(&judged));
        assert_ne!(verdict(&side(60), &side(60)).verdict, Verdict::Fail, "{header}");
    }
}

#[test]
fn as_many_failures_among_half_as_many_are_worse() {
    let side =
        |total: usize, failed: usize| text("total_requests,failed_requests", move |i| format!("{},{}", total + i % 9, failed + i % 3));
    assert_eq!(verdict(&side(2_000, 20), &side(4_000, 40)).verdict, Verdict::Pass);
    assert_eq!(verdict(&side(2_000, 20), &side(1_000, 20)).verdict, Verdict::Fail);
}

#[test]
fn traffic_that_stopped_does_not_pass() {
    let side = |until: usize| text("total,failed", move |i| format!("{},0", if i < until { 2_000 } else { 0 }));
    assert_eq!(verdict(&side(120), &side(120)).verdict, Verdict::Pass);
    assert_eq!(verdict(&side(120), &side(20)).verdict, Verdict::Inconclusive);
    let half = |text: &str| {
        let mut sheet = side(120);
        sheet.rows.iter_mut().step_by(2).for_each(|row| row[0] = text.to_owned());
        sheet
    };
    assert_eq!(verdict(&half(""), &half("")).verdict, Verdict::Inconclusive, "missing on both sides");
}

#[test]
fn rare_failures_of_single_transactions_do_not_hide_among_quantiles() {
    for name in ["is_error", "has_failed", "flag"] {
        let side = |every: usize| sheet(&[name], (0..26_000).map(|i| vec![if i % every == 0 { 1.0 } else { 0.0 }]));
        assert_eq!(verdict(&side(2_000), &side(200)).verdict, Verdict::Fail, "{name}");
        assert_eq!(verdict(&side(2_000), &side(2_000)).verdict, Verdict::Pass, "{name}");
    }
}

#[test]
fn more_traffic_is_no_regression_by_whatever_name() {
    for names in ["volume,failed", "samples,errors", "trials,failures", "orders,failed", "payments,declined"] {
        let side = |total: usize| text(names, move |i| format!("{},{}", total + i % 9, total / 2_000 + i % 2));
        assert_eq!(verdict(&side(4_000), &side(5_000)).verdict, Verdict::Pass, "{names}");
    }
}

#[test]
fn an_order_that_is_not_known_is_said() {
    let bare = text("latency", |i| format!("{}", 100 + i % 5));
    let timed = text("time,latency", |i| format!("2025-03-14 05:{:02}:{:02},{}", i / 60, i % 60, 100 + i % 5));
    let told = |a: &Sheet, b: &Sheet| metrics(a, b).unwrap().unknown_order();
    assert_eq!(told(&timed, &timed), None);
    assert!(told(&timed, &bare).unwrap().starts_with("no column says when the rows of the candidate were measured"));
    let neither = told(&bare, &bare).unwrap();
    assert!(
        neither.contains("of the baseline and of the candidate")
            && neither
                .ends_with("is not known; nor is whether any is missing: there are 120 rows in the baseline and 120 in the candidate"),
        "{neither}"
    );
    // One row without its moment is enough, and none of it fails anything.
    let mut holed = timed.clone();
    holed.rows[7][0].clear();
    assert!(told(&holed, &timed).is_some());
    assert_eq!(verdict(&bare, &bare).verdict, Verdict::Pass);
}

#[test]
fn an_axis_without_a_name_is_no_measure() {
    for (name, step) in [("t", 60), ("offset", 15), ("x", 1)] {
        let header = format!("{name},latency");
        let side = |from: usize| text(&header, move |i| format!("{},{}", (from + i) * step, 100 + i % 5));
        let found = metrics(&side(0), &side(120)).unwrap();
        assert_eq!(found.left_out, [(name.to_owned(), LeftOut::Rows)]);
        assert_eq!(judge(&found.metrics, &Terms::default()).verdict, Verdict::Pass);
    }
}

/// `000` and `0` stand for no answer at all: the worst there is, however quick.
#[test]
fn no_answer_at_all_is_a_failure() {
    for (name, none) in [("http_code", "000"), ("status", "0"), ("code", "0")] {
        let header = format!("{name},time_total");
        let side =
            |every: usize| text(&header, move |i| if i % every == 0 { format!("{none},0.0004") } else { format!("200,0.1{}", i % 5) });
        assert_ne!(verdict(&side(1_000), &side(2)).verdict, Verdict::Pass, "{name} in part");
        assert_ne!(verdict(&side(1_000), &side(1)).verdict, Verdict::Pass, "{name} in all");
    }
}

/// Many of something that should be rare, or slower ones, are no total that excuses what fails.
#[test]
fn nothing_that_grew_hides_what_failed() {
    for names in [
        "minute,warnings,errors",
        "minute,response_times,errors",
        "minute,cache_misses,errors",
        "minute,throttled,errors",
        "分钟,超时数,失败数",
    ] {
        let side = |rest: usize, failed: usize| text(names, move |i| format!("{i},{},{}", rest + i % 7, failed + i % 3));
        assert_ne!(verdict(&side(200, 20), &side(2_000, 100)).verdict, Verdict::Pass, "{names}");
    }
    for names in
        ["minute,latency_ms,duplicate_payments", "minute,latency_ms,stuck_transactions", "minute,latency_ms,cancelled_orders_per_minute"]
    {
        let side = |rare: usize| text(names, move |i| format!("{i},{},{}", 100 + i % 5, rare + i % 3));
        assert_ne!(verdict(&side(0), &side(40)).verdict, Verdict::Pass, "{names}");
    }
    for names in ["minute,seconds_per_request", "minute,queries_per_request"] {
        let side = |each: usize| text(names, move |i| format!("{i},{}", each * 10 + i % 5));
        assert_ne!(verdict(&side(2), &side(20)).verdict, Verdict::Pass, "{names}");
        assert_eq!(verdict(&side(20), &side(20)).verdict, Verdict::Pass, "{names}");
    }
    for name in ["crash_free", "authorized", "ready"] {
        let side = |every: usize| sheet(&[name], (0..6_000).map(|i| vec![if i % every == 0 { 0.0 } else { 1.0 }]));
        assert_eq!(verdict(&side(1_000), &side(20)).verdict, Verdict::Fail, "{name}");
    }
}
