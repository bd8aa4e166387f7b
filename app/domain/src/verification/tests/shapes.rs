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

