//! Files as people have them: what their columns are taken for, and what that comes to.

use super::*;

fn file(header: &str, rows: usize, row: impl Fn(usize) -> String) -> Sheet {
    let cells = |line: String| line.split(',').map(str::to_owned).collect();
    Sheet::new(std::iter::once(header.to_owned()).chain((0..rows).map(row)).map(cells).collect())
}

/// Ones among 26,000 rows: of 100,000 so many.
fn ones(header: &str, of_100_000: usize) -> Sheet {
    file(header, 26_000, move |i| format!("{}", usize::from((i * of_100_000) % 100_000 < of_100_000)))
}

fn names(judged: &Judgement) -> Vec<&str> {
    judged.metrics.iter().map(|metric| metric.name.as_str()).collect()
}

#[test]
fn zeros_and_ones_by_a_name_with_other_words_are_a_rate() {
    for header in ["failed", "is_error", "has_failed", "http_error", "timeout", "payment_failed"] {
        let worse = verdict(&ones(header, 50), &ones(header, 500));
        assert_eq!((worse.verdict, worse.metrics[0].kind), (Verdict::Fail, Kind::Rate), "{header}: {}", sentence(&worse));
        let none = verdict(&ones(header, 0), &ones(header, 500));
        assert_eq!((none.verdict, none.metrics[0].kind), (Verdict::Fail, Kind::Rate), "{header}: {}", sentence(&none));
        for many in [0, 50] {
            let same = verdict(&ones(header, many), &ones(header, many));
            assert_eq!((same.verdict, same.metrics[0].kind), (Verdict::Pass, Kind::Rate), "{header}: {}", sentence(&same));
        }
    }
    for header in ["is_success", "payment_approved", "no_error", "up"] {
        let worse = verdict(&ones(header, 99_950), &ones(header, 99_500));
        assert_eq!((worse.verdict, worse.metrics[0].kind), (Verdict::Fail, Kind::Rate), "{header}: {}", sentence(&worse));
        assert_eq!(verdict(&ones(header, 99_950), &ones(header, 99_950)).verdict, Verdict::Pass, "{header}");
    }
    let words = |every: usize| file("has_timeout,ms", 120, move |i| format!("{},{}", i % every == 0, 100 + i % 5));
    assert_eq!(verdict(&words(60), &words(2)).metrics[0].kind, Kind::Rate);
}

#[test]
fn ten_times_as_many_ones_never_pass_whatever_their_name() {
    for header in ["x", "flag", "http_errors", "timeout_count"] {
        for (before, after) in [(50, 500), (5, 50), (0, 50), (500, 5_000)] {
            let judged = verdict(&ones(header, before), &ones(header, after));
            assert_eq!(judged.metrics[0].kind, Kind::Continuous, "{header}");
            assert_ne!(judged.verdict, Verdict::Pass, "{header} {before} {after}: {}", sentence(&judged));
        }
        assert_eq!(verdict(&ones(header, 50), &ones(header, 500)).verdict, Verdict::Fail, "{header}");
        for many in [0, 50, 50_000, 100_000] {
            let judged = verdict(&ones(header, many), &ones(header, many));
            assert_eq!(judged.verdict, Verdict::Pass, "{header} {many}: {}", sentence(&judged));
        }
    }
    let few = |many: usize| file("x", 60, move |i| usize::from(i % 20 < many).to_string());
    assert_eq!(verdict(&few(0), &few(0)).verdict, Verdict::Pass);
    assert_ne!(verdict(&few(1), &few(10)).verdict, Verdict::Pass);
    let steady = |higher: &str, many| {
        judge(&metrics(&ones("a", 100_000), &ones("a", many)).unwrap().metrics, &Terms { higher: vec![higher.into()], ..Terms::default() })
    };
    assert_eq!((steady("a", 100_000).verdict, steady("a", 99_500).verdict), (Verdict::Pass, Verdict::Fail));
}

#[test]
fn more_missing_in_the_candidate_than_before_does_not_pass() {
    let blank = |rows: usize, gone: usize| {
        let every = rows.checked_div(gone).unwrap_or(usize::MAX);
        file("latency,p99", rows, move |i| {
            format!("{},{}", if i % every == every - 1 { String::new() } else { (100 + i % 7).to_string() }, 200 + i % 5)
        })
    };
    let judged = |before: Sheet, after: Sheet| {
        let judged = verdict(&before, &after);
        let warned = judged.metrics[0].warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        (judged.metrics[0].verdict, warned)
    };
    for (rows, before, after) in [(60, 0, 6), (60, 0, 1), (60, 1, 6), (26_000, 0, 13), (26_000, 13, 130), (1_000, 20, 50)] {
        let (verdict, warned) = judged(blank(rows, before), blank(rows, after));
        assert_eq!(verdict, Verdict::Inconclusive, "{rows} {before} {after}");
        assert!(warned.contains("missing data never passes"), "{warned}");
    }
    for (rows, before, after) in [(60, 3, 3), (60, 3, 4), (60, 4, 0), (26_000, 0, 1), (26_000, 130, 130), (1_000, 50, 50)] {
        let (verdict, warned) = judged(blank(rows, before), blank(rows, after));
        assert_eq!(verdict, Verdict::Pass, "{rows} {before} {after}: {warned}");
        assert!(warned.contains("points missing"), "{warned}");
    }
    assert!(sentence(&verdict(&blank(60, 0), &blank(60, 6))).contains("10 % of the candidate's points are missing, 0 % of the baseline's"));
}

#[test]
fn rows_without_transactions_are_missing_where_chance_makes_none() {
    let side = |total: usize, idle: usize| file("total,failed", 120, move |i| format!("{},0", if i < idle { 0 } else { total + i % 3 }));
    assert_eq!(verdict(&side(2_000, 0), &side(2_000, 3)).verdict, Verdict::Inconclusive, "a busy system stood still");
    assert_eq!(verdict(&side(2_000, 3), &side(2_000, 6)).verdict, Verdict::Pass, "one that rests now and then");
}

#[test]
fn a_candidate_that_was_cut_off_is_warned_of() {
    let side =
        |from: usize, rows: usize| file("timestamp,latency", rows, move |i| format!("{},{}", 1_735_689_600 + 60 * (from + i), 100 + i % 5));
    let warned = |rows: usize| {
        let judged = verdict(&side(0, 600), &side(10_000, rows));
        assert_eq!(judged.verdict, Verdict::Pass);
        judged.metrics[0].warnings.iter().any(|warning| matches!(warning, Warning::Shorter(_)))
    };
    assert!(warned(480), "the last fifth is not there");
    assert!(!warned(600) && !warned(570), "as long, or nearly");
    assert!(!warned(60), "an hour against a day was meant so");
}

/// So many rows may be gone that those that are left have no step, or another one.
#[test]
fn rows_are_counted_on_the_grid_of_the_baseline() {
    let rates = |minutes: &[usize], times: usize| {
        file("timestamp,total,failed", minutes.len(), |i| format!("{},{},{times}", 1_735_689_600 + 60 * minutes[i], 2_000 * times))
    };
    let latencies = |minutes: &[usize]| {
        file("timestamp,latency", minutes.len(), |i| format!("{},{}", 1_735_689_600 + 60 * minutes[i], 100 + minutes[i] % 5))
    };
    let all: Vec<usize> = (0..60).collect();
    let every = |step: usize| all.iter().copied().step_by(step).collect::<Vec<_>>();
    let told = |judged: &Judgement| {
        assert_eq!(judged.verdict, Verdict::Inconclusive, "{}", sentence(judged));
        assert!(judged.metrics[0].warnings.iter().any(|warning| matches!(warning, Warning::Missing { .. })), "{}", sentence(judged));
    };
    for gone in [10, 24, 33, 45] {
        for seed in 1..6 {
            let (mut chance, mut left) = (Chance::new(seed), all.clone());
            for _ in 0..gone {
                left.remove(chance.below(left.len()));
            }
            told(&verdict(&rates(&all, 1), &rates(&left, 1)));
            told(&verdict(&latencies(&all), &latencies(&left)));
        }
    }
    for step in [2, 5] {
        told(&verdict(&rates(&all, 1), &rates(&every(step), 1)));
        told(&verdict(&latencies(&all), &latencies(&every(step))));
        // The same transactions in fewer rows: none is missing, until one is.
        let coarse = every(step);
        let judged = verdict(&rates(&all, 1), &rates(&coarse, step));
        assert_eq!((judged.verdict, judged.metrics[0].warnings.len()), (Verdict::Pass, 0), "{step}: {}", sentence(&judged));
        let holes = [&coarse[..3], &coarse[6..]].concat();
        told(&verdict(&rates(&all, 1), &rates(&holes, step)));
    }
    // Every second row is gone, and there is half as much again of the rest: that is no coarser file.
    let risen = file("timestamp,total,failed", 30, |i| format!("{},2840,1", 1_735_689_600 + 120 * i));
    told(&verdict(&rates(&all, 1), &risen));
    // A finer one lacks nothing, nor does one that stands beside the grid.
    assert_eq!(verdict(&rates(&every(2), 2), &rates(&all, 1)).verdict, Verdict::Pass);
    let beside = file("timestamp,total,failed", 40, |i| format!("{},2000,1", 1_735_689_600 + 97 * i));
    assert_eq!(verdict(&rates(&all, 1), &beside).verdict, Verdict::Pass);
}

#[test]
fn counts_by_many_names_are_totals() {
    let busy = |header: &str, times: usize, failed: usize| {
        file(header, 120, move |i| format!("{},{}", (2_000 + i % 9) * times / 4, (20 + i % 3) * failed * times / 4))
    };
    for header in
        ["volume,failed", "samples,errors", "orders,failed_orders", "payments,declined", "tx,ko", "logins,failed", "processed,errors"]
    {
        let more = verdict(&busy(header, 4, 1), &busy(header, 5, 1));
        assert_eq!(
            (more.verdict, names(&more).len(), more.metrics[0].kind),
            (Verdict::Pass, 1, Kind::Rate),
            "{header}: {}",
            sentence(&more)
        );
        assert_eq!(verdict(&busy(header, 4, 1), &busy(header, 4, 2)).verdict, Verdict::Fail, "{header}");
    }
    let passed = |failed: usize| file("trials,passed", 120, move |i| format!("{},{}", 2_000 + i % 9, 1_980 - failed));
    assert_eq!(verdict(&passed(0), &passed(0)).metrics[0].kind, Kind::Rate);
    assert_eq!(verdict(&passed(0), &passed(40)).verdict, Verdict::Fail);
}

#[test]
fn a_measure_is_no_total() {
    // Ten times as slow is no smaller share of failures.
    for header in ["latency_ms,failed", "rtt,failed", "latency,errors", "response_bytes,failed", "port,failed", "used,failed", "cpu,errors"]
    {
        let side = |slow: usize| file(header, 120, move |i| format!("{},{}", (100 + i % 7) * slow, 2 + i % 2));
        let judged = verdict(&side(1), &side(10));
        assert_eq!((judged.verdict, names(&judged).len()), (Verdict::Fail, 2), "{header}: {}", sentence(&judged));
        assert_eq!(verdict(&side(1), &side(1)).metrics[0].kind, Kind::Continuous, "{header}");
    }
    // Of two that may be it none is taken, nor one of which more fails than there is, nor beside an outcome of single rows.
    let side = |header: &str| file(header, 120, |i| format!("{},{},{}", 2_000 + i % 7, 1_000 + i % 5, 2 + i % 2));
    let kinds = |sheet: &Sheet| verdict(sheet, sheet).metrics.iter().map(|metric| metric.kind).collect::<Vec<_>>();
    assert!(kinds(&side("logins,uploads,failed")).iter().all(|kind| *kind == Kind::Continuous));
    let less = file("logins,failed", 120, |i| format!("{},{}", if i == 7 { 1 } else { 50 }, 2 + i % 2));
    assert!(kinds(&less).iter().all(|kind| *kind == Kind::Continuous));
    let single = file("uploads,failed", 120, |i| format!("{},{}", 5 + i % 3, usize::from(i % 40 == 0)));
    assert!(verdict(&single, &single).metrics.iter().any(|metric| metric.name == "failed" && metric.n_baseline == 120.0));
}

#[test]
fn an_axis_by_any_name_and_step_is_left_out() {
    for header in ["t,latency", "second,latency", "offset,latency", "elapsed,latency", "x,latency"] {
        for (step, from) in [(60, 3_600), (5, 600), (1, 60)] {
            let side = |from: usize| file(header, 60, move |i| format!("{},{}", from + i * step, 100 + i % 5));
            let found = metrics(&side(0), &side(from)).unwrap();
            assert_eq!(found.left_out.iter().map(|(_, why)| *why).collect::<Vec<_>>(), [LeftOut::Rows], "{header} {step}");
            let judged = judge(&found.metrics, &Terms::default());
            assert_eq!((judged.verdict, names(&judged)), (Verdict::Pass, vec!["latency"]), "{header} {step}");
        }
    }
    // Rows that its steps let expect are missing, but for those that only have numbers.
    let holes = |header: &str, step: usize, gone: usize| {
        file(header, 120 - gone, move |i| format!("{},{}", step * if i < 40 { i } else { i + gone }, 100 + i % 5))
    };
    for (header, step) in [("t,latency", 60), ("minute,latency", 1), ("x,latency", 1)] {
        let of = |gone| verdict(&holes(header, step, 0), &holes(header, step, gone)).verdict;
        assert_eq!((of(0), of(9)), (Verdict::Pass, Verdict::Inconclusive), "{header}");
    }
    for name in ["request_id", "sequence", "seq", "rownum", "recno", "offset", "iteration", "流水号"] {
        let header = format!("{name},latency");
        assert_eq!(verdict(&holes(&header, 1, 0), &holes(&header, 1, 9)).verdict, Verdict::Pass, "{name}");
    }
    // One that ends early is warned of, as one of moments is.
    let cut = |rows: usize| {
        let judged = verdict(&holes("second,latency", 1, 0), &file("second,latency", rows, |i| format!("{},{}", 500 + i, 100 + i % 5)));
        judged.metrics[0].warnings.contains(&Warning::Shorter(1.0 - rows as f64 / 120.0))
    };
    assert!(cut(90) && !cut(120) && !cut(40));
}

#[test]
fn whether_rows_are_missing_is_said_where_nothing_shows_it() {
    let side = |header: &str, rows: usize| file(header, rows, |i| format!("{i},{}", 100 + i % 5));
    let told = |header: &str| metrics(&side(header, 60), &side(header, 40)).unwrap().unknown_order().unwrap();
    let open = "nor is whether any is missing: there are 60 rows in the baseline and 40 in the candidate";
    for header in ["row,latency", "id,latency"] {
        assert!(told(header).ends_with(open), "{}", told(header));
    }
    assert!(!told("second,latency").contains(open), "an axis shows it");
}

#[test]
fn what_only_rises_is_judged() {
    let rises = |header: &'static str, by: usize, wobble: usize| {
        file(header, 60, move |i| format!("{},{}", 1_000 + i * by + wobble * (i * i % 3), 7))
    };
    for (header, before, after) in [
        ("heap,y", rises("heap,y", 10, 0), rises("heap,y", 100, 0)),
        ("depth,y", rises("depth,y", 0, 0), rises("depth,y", 100, 0)),
        ("wait,y", rises("wait,y", 10, 6), rises("wait,y", 100, 60)),
        ("errors,y", rises("errors,y", 60, 0), file("errors,y", 60, |i| format!("{},7", 100_000 + 60 * i))),
    ] {
        assert_eq!(verdict(&before, &after).metrics.len(), 2, "{header}");
    }
    let alone = |from: usize| file("t", 60, move |i| (from + 60 * i).to_string());
    assert_eq!(metrics(&alone(0), &alone(3_600)).unwrap().metrics.len(), 1, "the only column there is");
}
