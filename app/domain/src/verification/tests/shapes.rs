//! Tables as others export them: numbers with units, a row for each metric, -1 for nothing, counters that go on.

use super::*;

/// A row for each of 60 minutes, from this hour on.
fn minutes(header: &str, hour: usize, row: impl Fn(usize) -> Vec<String>) -> Sheet {
    let cells = |line: String| line.split(',').map(str::to_owned).collect();
    let rows =
        (0..60).flat_map(|i| row(i).into_iter().map(move |rest| format!("2026-05-01T{hour:02}:{i:02}:00Z,{rest}")).collect::<Vec<_>>());
    Sheet::new(std::iter::once(format!("time,{header}")).chain(rows).map(cells).collect())
}

fn one(header: &str, hour: usize, row: impl Fn(usize) -> String) -> Sheet {
    minutes(header, hour, |i| vec![row(i)])
}

fn told(judged: &Judgement) -> Vec<(&str, Verdict)> {
    judged.metrics.iter().map(|metric| (metric.name.as_str(), metric.verdict)).collect()
}

fn by_names(before: &Sheet, after: &Sheet) -> Judgement {
    let found = metrics(before, after).unwrap().metrics;
    let higher = found.iter().map(|metric| metric.name.clone()).filter(|name| columns::more_is_better(name)).collect();
    judge(&found, &Terms { higher, ..Terms::default() })
}

fn notes(before: &Sheet, after: &Sheet) -> String {
    metrics(before, after).unwrap().notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[test]
fn numbers_with_units_are_read() {
    let slow = |ms: usize| one("p99,error rate", 5, move |i| format!("{} ms,0.5{}%", ms + i % 9, i % 3));
    assert_eq!(told(&verdict(&slow(120), &slow(360)))[0], ("p99", Verdict::Fail));
    assert_eq!(verdict(&slow(120), &slow(120)).verdict, Verdict::Pass);
    let mixed =
        |text: &'static str| one("latency,total,failed", 5, move |i| format!("{},1000,{}", text.replace('#', &(i % 9).to_string()), i % 2));
    assert_eq!(told(&verdict(&mixed("12# ms"), &mixed("1.5# s"))), [("failure_rate", Verdict::Pass), ("latency", Verdict::Fail)]);
    assert_eq!(verdict(&mixed("12# ms"), &mixed("0.12# s")).verdict, Verdict::Pass);
    assert_eq!(verdict(&mixed("1m0#s"), &mixed("6# s")).verdict, Verdict::Pass);
    assert_eq!(told(&verdict(&mixed("1m0#s"), &mixed("9# s")))[1], ("latency", Verdict::Fail));
    let many = |text: &'static str| one("errors,cpu", 5, move |i| format!("{},2{}", text.replace('#', &(i % 9).to_string()), i % 5));
    assert_eq!(verdict(&many("1.5# K"), &many("4.5# K")).verdict, Verdict::Fail);
    assert_eq!(verdict(&many("1.5# K"), &many("150#")).verdict, Verdict::Pass, "a plain number is what it is");
    // As numbers alone.
    let (units, plain) = (mixed("1.2# s"), mixed("12#0"));
    let values = |sheet: &Sheet| match &metrics(sheet, sheet).unwrap().metrics[1].points {
        Points::Measure { baseline, .. } => baseline.iter().map(|value| value.round()).collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    assert_eq!(values(&units), values(&plain));
    assert!(notes(&units, &units).contains("latency: times with a unit, read in milliseconds"));
}

#[test]
fn numbers_whose_units_do_not_read_never_pass() {
    let side = |text: &'static str| one("cost,latency", 5, move |i| format!("{},{}", text.replace('#', &(i % 9).to_string()), 100 + i % 5));
    // One unit is as good as another.
    assert_eq!(told(&verdict(&side("12# zorks"), &side("12# zorks")))[0], ("cost", Verdict::Pass));
    assert_eq!(told(&verdict(&side("12# zorks"), &side("15# zorks")))[0], ("cost", Verdict::Fail));
    // Several, or one beside plain numbers, are not known.
    for (before, after) in [("12# zorks", "1.2# grolls"), ("12#", "1.2# zorks"), ("12#", "12# ms")] {
        let judged = verdict(&side(before), &side(after));
        assert_eq!(judged.verdict, Verdict::Inconclusive, "{before} {after}: {}", sentence(&judged));
    }
    assert!(notes(&side("12# zorks"), &side("1.2# grolls")).contains("cost: numbers with units that do not read"));
    // Nor does one that the candidate does not have.
    let gone = one("latency", 5, |i| (100 + i % 5).to_string());
    for cell in ["12# ms", "12# zorks", "<1# ms"] {
        assert_eq!(verdict(&side(cell), &gone).verdict, Verdict::Inconclusive, "{cell}");
    }
    let took = |text: &'static str| one("response_time,latency", 5, move |i| format!("00:00:{text},{}", 100 + i % 5));
    assert_eq!(verdict(&took("12"), &took("12")).verdict, Verdict::Inconclusive, "not read");
    // What tells one thing from another is left out as ever.
    for (name, cell) in [("build", "4.12.0"), ("network", "4G"), ("host", "10.0.0.1"), ("job", "web-1"), ("commit", "12ab34c")] {
        let header = format!("{name},latency");
        let side = one(&header, 5, |i| format!("{cell},{}", 100 + i % 5));
        assert_eq!((told(&verdict(&side, &side)).len(), verdict(&side, &side).verdict), (1, Verdict::Pass), "{name}");
    }
}

#[test]
fn a_row_for_each_metric_is_a_column_for_each() {
    let side = |header: &str, errors: usize, throughput: usize| {
        minutes(header, 5, move |i| vec![format!("error_percent,{}.0{}", errors, i % 7), format!("throughput,{}", throughput + i % 9)])
    };
    for header in ["metric_name,value", "metric,value", "name,value", "指标,数值"] {
        let of = |errors, throughput| by_names(&side(header, 1, 1_000), &side(header, errors, throughput));
        assert_eq!(told(&of(1, 1_000)), [("error_percent", Verdict::Pass), ("throughput", Verdict::Pass)], "{header}");
        assert_eq!(told(&of(20, 1_000)), [("error_percent", Verdict::Fail), ("throughput", Verdict::Pass)], "{header}");
        assert_eq!(told(&of(1, 500)), [("error_percent", Verdict::Pass), ("throughput", Verdict::Fail)], "{header}");
    }
    // A rate of two of them, with units beside; and one that the candidate does not have.
    let counts = |failed: usize, last: &'static str| {
        minutes("metric,unit,value", 5, move |i| {
            vec!["total,1,2000".into(), format!("failed,1,{}", failed + i % 2), format!("{last},ms,{}", 100 + i % 5)]
        })
    };
    let judged = verdict(&counts(1, "p99"), &counts(20, "p99"));
    assert_eq!(told(&judged), [("failure_rate", Verdict::Fail), ("p99", Verdict::Pass)], "{}", sentence(&judged));
    let judged = verdict(&counts(1, "p99"), &counts(1, "p95"));
    assert_eq!(judged.verdict, Verdict::Inconclusive, "{}", sentence(&judged));
    // What is measured less often is missing nowhere.
    let rarely = minutes("metric,value", 5, |i| {
        let mut rows = vec![format!("cpu,{}", 40 + i % 5)];
        rows.extend((i % 10 < 3).then(|| format!("latency,{}", 100 + i % 5)));
        rows
    });
    assert!(metrics(&rarely, &rarely).unwrap().metrics.iter().all(|metric| metric.missing_baseline < 0.8), "{}", notes(&rarely, &rarely));
    // Without moments, and of several systems.
    let rows = |slow: usize| {
        let text = |i: usize| {
            vec![format!("cpu,web,{}", 40 + i % 5), format!("latency,web,{}", slow + i % 5), format!("latency,db,{}", 9 + i % 2)]
        };
        let rows = (0..60).flat_map(text).map(|line| line.split(',').map(str::to_owned).collect());
        Sheet::new(std::iter::once(vec!["metric".to_owned(), "system".to_owned(), "value".to_owned()]).chain(rows).collect())
    };
    assert_eq!(verdict(&rows(100), &rows(300)).verdict, Verdict::Fail);
}

#[test]
fn a_row_for_each_route_is_judged_by_route() {
    let routes = |names: &'static [&'static str], slow: usize| {
        minutes("route,p99_ms", 5, move |i| {
            let of = |(at, name): (usize, &&str)| format!("{name},{}", if at == 0 { slow + i % 3 } else { 1_000 * at + i * 7 % 100 });
            names.iter().enumerate().map(of).collect()
        })
    };
    const ROUTES: &[&str] = &["pay", "report", "throughput"];
    let judged = by_names(&routes(ROUTES, 20), &routes(ROUTES, 30));
    let wanted = [("p99_ms{pay}", Verdict::Fail), ("p99_ms{report}", Verdict::Pass), ("p99_ms{throughput}", Verdict::Pass)];
    assert_eq!(told(&judged), wanted, "{}", sentence(&judged));
    assert_eq!(by_names(&routes(ROUTES, 20), &routes(ROUTES, 20)).verdict, Verdict::Pass);
    // One that is gone is missing.
    let judged = by_names(&routes(ROUTES, 20), &routes(&ROUTES[..2], 20));
    assert_eq!(told(&judged)[2], ("p99_ms{throughput}", Verdict::Inconclusive), "{}", sentence(&judged));
    // It takes two columns to tell these apart; the third says which file it is.
    let methods = |version: &'static str, slow: usize| {
        let row = move |i: usize, route: &str, method: &str, level: usize| format!("{route},{method},{version},{}", level + i % 5);
        minutes("route,method,version,p99", 5, move |i| {
            vec![row(i, "a", "GET", 100), row(i, "a", "PUT", slow), row(i, "b", "GET", 900), row(i, "b", "PUT", 2_000)]
        })
    };
    let judged = verdict(&methods("v1", 100), &methods("v2", 200));
    let failing: Vec<&str> = told(&judged).into_iter().filter(|(_, verdict)| *verdict == Verdict::Fail).map(|(name, _)| name).collect();
    assert_eq!((failing, judged.metrics.len()), (vec!["p99{a, PUT}"], 4), "{}", sentence(&judged));
    // Where the values are others they are taken together, and that is said.
    let judged = by_names(&routes(&["a", "b"], 20), &routes(&["c", "d"], 20));
    assert_eq!(told(&judged).len(), 1);
    assert!(notes(&routes(&["a", "b"], 20), &routes(&["c", "d"], 20)).contains("route: its values differ"));
    let pairs = |failed: usize| {
        minutes("route,total,failed", 5, move |i| vec![format!("error,2000,{}", i % 2), format!("ok,2000,{}", failed + i % 2)])
    };
    let judged = verdict(&pairs(0), &pairs(20));
    assert_eq!(told(&judged), [("failure_rate{error}", Verdict::Pass), ("failure_rate{ok}", Verdict::Fail)], "{}", sentence(&judged));
    let mut found = metrics(&pairs(0), &pairs(20)).unwrap().metrics;
    control(&mut found, "other", &pairs(0), &pairs(0)).unwrap();
    assert!(found.iter().all(|metric| metric.controls.len() == 1));
}

#[test]
fn a_row_for_each_outcome_is_a_rate() {
    let side = |header: &str, bad: usize| {
        minutes(header, 5, move |i| {
            // Now and then there is none, and then no row for it.
            let failed = if i % 7 == 0 { 0 } else { bad };
            let mut rows = vec![format!("ok,{}", 2_000 + i % 9)];
            rows.extend((failed > 0).then(|| format!("declined,{failed}")));
            rows
        })
    };
    for header in ["outcome,count", "status,requests"] {
        let busy = |bad| side(header, bad);
        let judged = verdict(&busy(1), &busy(20));
        assert_eq!((told(&judged), judged.metrics[0].kind), (vec![("failure_rate", Verdict::Fail)], Kind::Rate), "{}", sentence(&judged));
        assert_eq!(told(&verdict(&busy(1), &busy(1))), [("failure_rate", Verdict::Pass)]);
    }
}

#[test]
fn what_is_measured_beside_a_count_hides_no_outcomes() {
    // In the baseline there is a row of failures only now and then.
    for every in [1, 3] {
        let side = |bad: usize| {
            minutes("status,count,avg_ms", 5, move |i| {
                let mut rows = vec![format!("ok,2000,{}", 100 + i % 5)];
                rows.extend((i % every == 0).then(|| format!("failed,{bad},{}", 100 + i % 5)));
                rows
            })
        };
        let judged = verdict(&side(1), &side(400));
        assert_eq!((told(&judged)[0], judged.verdict), (("failure_rate", Verdict::Fail), Verdict::Fail), "{}", sentence(&judged));
        let same = verdict(&side(1), &side(1));
        assert_eq!(told(&same)[0], ("failure_rate", Verdict::Pass), "{}", sentence(&same));
        assert!(every > 1 || told(&same)[1] == ("avg_ms{ok}", Verdict::Pass), "{}", sentence(&same));
    }
    // Where not each of them is an outcome, how many failed is judged by itself.
    let side = |bad: usize| {
        minutes("status,count,avg_ms", 5, move |i| {
            ["ok,2000", "waiting,7", if bad == 1 { "failed,1" } else { "failed,400" }].map(|row| format!("{row},{}", 100 + i % 5)).to_vec()
        })
    };
    assert!(told(&verdict(&side(1), &side(400))).contains(&("count{failed}", Verdict::Fail)));
}

#[test]
fn a_row_for_each_status_is_a_rate() {
    for (header, good, bad) in [("status_code,count", "200", "500"), ("http_status,requests", "200", "503"), ("class,count", "2xx", "5xx")]
    {
        let side = |failed: usize| minutes(header, 5, move |i| vec![format!("{good},{}", 2_000 + i % 9), format!("{bad},{failed}")]);
        let worse = verdict(&side(1), &side(200));
        assert_eq!(told(&worse), [("status from 500", Verdict::Fail)], "{header}: {}", sentence(&worse));
        assert_eq!(told(&verdict(&side(1), &side(1))), [("status from 500", Verdict::Pass)], "{header}");
    }
    let timed = |failed: usize| {
        minutes("status_code,count,avg_ms", 5, move |i| vec![format!("200,2000,{}", 100 + i % 5), format!("500,{failed},{}", 90 + i % 5)])
    };
    let judged = verdict(&timed(1), &timed(200));
    assert_eq!(told(&judged)[..2], [("status from 500", Verdict::Fail), ("avg_ms{status 200}", Verdict::Pass)], "{}", sentence(&judged));
}

#[test]
fn single_transactions_are_no_table_of_routes() {
    let side = |slow: usize| {
        minutes("merchant,latency", 5, move |i| (0..5).map(|k| format!("m{},{}", (i * 5 + k) * 7 % 40, slow + (i + k) % 7)).collect())
    };
    assert_eq!(told(&verdict(&side(100), &side(100))), [("latency", Verdict::Pass)]);
}

#[test]
fn minus_one_where_nothing_lies_below_zero_is_missing() {
    let side = |name: &str, level: f64, every: usize| {
        one(name, 5, move |i| if i % every == 1 { "-1".to_owned() } else { (level + (i % 7) as f64 / 10.0).to_string() })
    };
    for (name, level) in [("latency", 99.0), ("cpu", 20.0), ("error_rate", 0.1), ("heap_bytes", 500.0)] {
        let judged = verdict(&side(name, level, 60), &side(name, level, 2));
        assert_eq!(judged.verdict, Verdict::Inconclusive, "{name}: {}", sentence(&judged));
        assert!(notes(&side(name, level, 60), &side(name, level, 2)).contains(&format!("{name}: 31 below zero")), "{name}");
    }
    let points = |sheet: &Sheet| match &metrics(sheet, sheet).unwrap().metrics[0].points {
        Points::Measure { baseline, .. } => baseline.iter().filter(|value| **value < 0.0).count(),
        _ => 0,
    };
    for name in ["clock_offset_ms", "delta", "drift", "temperature"] {
        assert_eq!(points(&side(name, 99.0, 2)), 30, "{name}");
    }
    let other = one("value", 5, |i| ["-3.2", "-1", "4"][i % 3].to_owned());
    assert_eq!((points(&other), notes(&other, &other)), (40, String::new()));
    let answers = one("vote", 5, |i| ["-1", "0", "1"][i % 3].to_owned());
    assert_eq!(points(&answers), 20);
    assert_eq!(points(&one("latency", 5, |i| ["-3.2", "1", "4"][i % 3].to_owned())), 0);
    // A code is one.
    let codes = |bad: usize| one("exit_code", 5, move |i| if i % bad == 0 { "-1".to_owned() } else { "0".to_owned() });
    assert_eq!(verdict(&codes(60), &codes(2)).verdict, Verdict::Fail);
}

/// Counters from where they stood, with so many more in a row.
fn counters(header: &str, hour: usize, from: usize, steps: &'static [usize], failed: usize, again: usize) -> Sheet {
    one(header, hour, move |i| {
        let since = if i >= again { again } else { 0 };
        let sum = |upto: usize, times: usize| (since..upto).map(|row| steps[row % steps.len()] * times).sum::<usize>();
        let base = if i >= again { 0 } else { from };
        format!("{},{}", base * 1_000 + sum(i + 1, 1_000), base + sum(i + 1, failed))
    })
}

#[test]
fn counters_that_go_on_are_judged_by_their_steps() {
    const STEPS: &[usize] = &[2, 0, 1, 2, 1];
    const NEVER: usize = 100;
    for header in ["requests_total,errors_total", "http_requests_total,http_errors_total", "total,failed", "ok,ko"] {
        let side = |hour, from, failed, again| counters(header, hour, from, STEPS, failed, again);
        let of = |failed, again| verdict(&side(5, 500, 1, NEVER), &side(6, 600, failed, again));
        let same = of(1, NEVER);
        assert_eq!(
            (same.verdict, same.metrics[0].kind, same.metrics.len()),
            (Verdict::Pass, Kind::Rate, 1),
            "{header}: {}",
            sentence(&same)
        );
        let worse = of(10, NEVER);
        assert_eq!((worse.verdict, worse.metrics[0].kind), (Verdict::Fail, Kind::Rate), "{header}: {}", sentence(&worse));
        assert_eq!(of(1, 20).verdict, Verdict::Pass, "{header}: begun again");
        assert_eq!(of(10, 20).verdict, Verdict::Fail, "{header}: begun again");
        assert!(notes(&side(5, 500, 1, NEVER), &side(6, 600, 1, NEVER)).contains("a counter that goes on"));
    }
    let alone = |hour, from: usize, times: usize| {
        one("http_errors_total", hour, move |i| (from + (0..=i).map(|row| STEPS[row % 5] * times).sum::<usize>()).to_string())
    };
    let judged = verdict(&alone(5, 2, 1), &alone(6, 74, 1));
    assert_eq!(judged.verdict, Verdict::Pass, "{}", sentence(&judged));
    assert_eq!(verdict(&alone(5, 2, 1), &alone(6, 74, 10)).verdict, Verdict::Fail);
}

#[test]
fn what_falls_or_grows_by_itself_is_no_counter() {
    let untouched = |sheet: &Sheet| notes(sheet, sheet).is_empty();
    assert!(untouched(&one("errors", 5, |i| ["0", "2", "1", "0"][i % 4].to_owned())));
    assert!(untouched(&one("heap_used", 5, |i| (i * 10 + i % 2).to_string())));
    assert!(untouched(&one("queue_count,y", 5, |i| format!("{},7", i * 10 + i % 2))));
    // Failures in a minute that rise beside as many requests as ever.
    let side = |failed: usize| one("total,failed", 5, move |i| format!("{},{}", 1_000 + i % 3, i * failed));
    assert!(untouched(&side(2)));
    assert_eq!(verdict(&side(0), &side(2)).verdict, Verdict::Fail);
    let flat = |failed: usize| one("total,failed", 5, move |i| format!("1000,{}", i * failed));
    assert_eq!(verdict(&flat(0), &flat(2)).verdict, Verdict::Fail);
}

#[test]
fn a_level_that_only_rises_does_not_pass_by_its_steps() {
    // The ramp of a load test, with as many failures in each row.
    let ramp = |hour: usize, failed: usize| one("total,failed", hour, move |i| format!("{},{failed}", 1_000 + i * 100));
    let judged = verdict(&ramp(5, 1), &ramp(6, 400));
    assert_eq!(judged.verdict, Verdict::Fail, "{}", sentence(&judged));
    assert_eq!(verdict(&ramp(5, 1), &ramp(6, 1)).verdict, Verdict::Pass);
    let well = |hour: usize, failed: usize| one("total,ok", hour, move |i| format!("{},{}", 2_000 + i * 100, 2_000 + i * 100 - failed));
    assert_ne!(verdict(&well(5, 1), &well(6, 400)).verdict, Verdict::Pass);
    // A level that creeps, far from where it was, and twice what it was.
    let creeps = |hour: usize, from: usize| one("failed_jobs", hour, move |i| (from + i / 4).to_string());
    let judged = verdict(&creeps(5, 0), &creeps(6, 500));
    assert_eq!(judged.verdict, Verdict::Inconclusive, "{}", sentence(&judged));
    assert!(notes(&creeps(5, 0), &creeps(6, 500)).contains("or a level that only rises"));
    assert!(!notes(&creeps(5, 10), &creeps(6, 24)).contains("or a level that only rises"), "goes on");
    let steep = |hour: usize, from: usize| one("failed_jobs", hour, move |i| (from + i).to_string());
    assert_eq!(verdict(&steep(5, 10), &steep(6, 65)).verdict, Verdict::Inconclusive);
}

#[test]
fn business_figures_are_judged_by_their_direction() {
    for name in ["conversion_rate", "cache_hit_ratio", "revenue", "logins"] {
        let side = |level: usize| one(name, 5, move |i| format!("{}.{}", level, i % 9));
        assert_eq!(by_names(&side(60), &side(30)).verdict, Verdict::Fail, "{name}");
        assert_eq!(by_names(&side(30), &side(60)).verdict, Verdict::Pass, "{name}");
    }
    let orders = |header: &str, level: usize| one(header, 5, move |i| format!("{},{}", level + i % 9, 100 + i % 5));
    let (before, after) = (orders("orders,latency", 1_000), orders("orders,latency", 50));
    assert_eq!(verdict(&before, &after).verdict, Verdict::Pass);
    assert!(notes(&before, &after).starts_with("orders: 0.05"), "{}", notes(&before, &after));
    assert_eq!(notes(&before, &before), "");
    let why = metrics(&orders("orders,requests", 1_000), &orders("orders,requests", 50)).unwrap_err().to_string();
    assert!(why.contains("no column can be judged; orders: more or less of everything"), "{why}");
}
