//! Statuses and codes: what of them went well, and what did not.

use super::*;

/// A file of one column: so many rows of each cell, well mixed.
fn cells(name: &str, cells: &[(&str, usize)]) -> Sheet {
    let mut rows: Vec<Vec<String>> = cells.iter().flat_map(|(cell, times)| std::iter::repeat_n(vec![(*cell).to_owned()], *times)).collect();
    let mut chance = Chance::new(7);
    for at in (1..rows.len()).rev() {
        rows.swap(at, chance.below(at + 1));
    }
    Sheet { header: Some(vec![name.to_owned()]), rows }
}

fn names(judged: &Judgement) -> Vec<(&str, Verdict)> {
    judged.metrics.iter().map(|metric| (metric.name.as_str(), metric.verdict)).collect()
}

#[test]
fn what_is_refused_fails_against_what_the_baseline_refuses() {
    let statuses = |cells_of: &[(&str, usize)]| cells("http_status", cells_of);
    let good = statuses(&[("200", 5_000)]);
    for refused in ["404", "401", "429"] {
        let judged = verdict(&good, &statuses(&[(refused, 5_000)]));
        assert_eq!(names(&judged), [("http_status from 500", Verdict::Pass), ("http_status from 400", Verdict::Fail)], "{refused}");
        let some = verdict(&good, &statuses(&[("200", 4_900), (refused, 100)]));
        assert_eq!(some.verdict, Verdict::Fail, "{refused}: {}", sentence(&some));
    }
    // Those that are usual are no matter, but more of them are, and failures of the service stay a question of their own.
    let usual =
        |refused: usize, failed: usize| statuses(&[("200", 60_000 - refused - failed), ("302", 5_000), ("404", refused), ("503", failed)]);
    assert_eq!(verdict(&usual(6_000, 6), &usual(6_060, 5)).verdict, Verdict::Pass);
    assert_eq!(verdict(&usual(6_000, 6), &usual(9_000, 5)).verdict, Verdict::Fail);
    assert_eq!(names(&verdict(&usual(6_000, 6), &usual(6_000, 300)))[0], ("http_status from 500", Verdict::Fail));
    // Without any of them there is one question, as there was.
    let plain = |failed: usize| statuses(&[("200", 20_000 - failed), ("304", 500), ("500", failed)]);
    assert_eq!(names(&verdict(&plain(10), &plain(12))), [("http_status from 500", Verdict::Pass)]);
}

fn new_codes(judged: &Judgement) -> Vec<&str> {
    let warnings = judged.metrics.iter().flat_map(|metric| &metric.warnings);
    let codes = warnings.filter_map(|warning| if let Warning::NewCodes(codes) = warning { Some(codes) } else { None });
    codes.flatten().map(|(code, _)| code.as_str()).collect()
}

#[test]
fn beside_a_good_word_every_other_one_is_a_failure() {
    let side = |codes: &[(&str, usize)]| {
        let bad: usize = codes.iter().map(|(_, times)| times).sum();
        cells("status", &[&[("OK", 20_000 - bad)], codes].concat())
    };
    let judged = verdict(&side(&[("E51", 100)]), &side(&[("E51", 130)]));
    assert_ne!(judged.verdict, Verdict::Pass, "{}", sentence(&judged));
    assert_eq!((judged.metrics[0].baseline, judged.metrics[0].candidate, judged.metrics[0].kind), (0.005, 0.0065, Kind::Rate));
    for bad in ["E51", "51", "DECLINED_BY_ISSUER", "connection reset by peer"] {
        assert_eq!(verdict(&side(&[(bad, 20)]), &side(&[(bad, 20)])).verdict, Verdict::Pass, "{bad}");
        assert_eq!(verdict(&side(&[(bad, 20)]), &side(&[(bad, 200)])).verdict, Verdict::Fail, "{bad}");
        assert_eq!(verdict(&side(&[(bad, 20)]), &side(&[(bad, 20_000)])).verdict, Verdict::Fail, "{bad} in all");
    }
    // One that was never seen before is named, though as much failed.
    let judged = verdict(&side(&[("E51", 12), ("E05", 8)]), &side(&[("E99", 12), ("E05", 5), ("request 17 was lost", 3)]));
    assert_eq!((judged.verdict, new_codes(&judged)), (Verdict::Pass, vec!["E99"]));
    let said = judged.metrics[0].warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    assert!(said.contains("failures that the baseline does not have, with how often they are there: E99 (12)"), "{said}");
    assert!(new_codes(&verdict(&side(&[("FAILED", 20)]), &side(&[("timeout", 20)]))).is_empty(), "words, not codes");
    // What is not over yet says nothing, and more of it never passes.
    assert_eq!(verdict(&side(&[("pending", 300)]), &side(&[("pending", 300)])).verdict, Verdict::Pass);
    assert_eq!(verdict(&side(&[("pending", 300)]), &side(&[("pending", 3_000)])).verdict, Verdict::Inconclusive);
    // Where no word says that it went well nothing is known of the others.
    let hosts = || Sheet { header: Some(vec!["host".into(), "ms".into()]), rows: vec![vec!["web-1".into(), "7".into()]; 60] };
    assert_eq!(metrics(&hosts(), &hosts()).unwrap().left_out, [("host".to_owned(), LeftOut::Words)]);
    // Numbers where there was none are another column, not failures.
    let judged = verdict(&side(&[]), &cells("status", &[("200", 15_000), ("180", 5_000)]));
    assert_eq!(judged.verdict, Verdict::Inconclusive, "{}", sentence(&judged));
}

#[test]
fn another_stage_or_a_good_status_is_no_failure() {
    // How far orders have come says nothing of what failed.
    let orders = |shipped: usize| {
        let mut side = cells("order_status", &[("completed", 1_000 - shipped), ("shipped", shipped)]);
        side.header = Some(vec!["order_status".into(), "failed".into()]);
        for row in &mut side.rows {
            row.push("false".into());
        }
        side
    };
    let found = metrics(&orders(100), &orders(300)).unwrap();
    assert_eq!(found.left_out, [("order_status".to_owned(), LeftOut::Words)]);
    let side = |cells_of: &[(&str, usize)]| cells("status", cells_of);
    let judged = verdict(&side(&[("OK", 19_000), ("200", 990), ("E51", 10)]), &side(&[("OK", 12_000), ("200", 7_990), ("E51", 10)]));
    assert_eq!(judged.verdict, Verdict::Pass, "{}", sentence(&judged));
    let sum = |failed: usize| format!("Number of samples in transaction : 3, number of failing samples : {failed}");
    let (good, bad) = (sum(0), sum(1));
    let message = |well: usize, failed: usize| cells("responseMessage", &[("OK", 15_000), (good.as_str(), well), (bad.as_str(), failed)]);
    assert_eq!(verdict(&message(1_000, 10), &message(9_000, 10)).verdict, Verdict::Pass);
    assert_eq!(verdict(&message(4_990, 10), &message(4_000, 1_000)).verdict, Verdict::Fail);
}

#[test]
fn every_code_beside_zero_is_a_failure() {
    for (name, good, bad) in [
        ("result_code", "00", "51"),
        ("response_code", "00", "N7"),
        ("rc", "0", "-110"),
        ("exit_code", "0", "137"),
        ("errno", "0", "104"),
        ("error_code", "0", "1"),
        ("返回码", "0000", "9001"),
    ] {
        let side = |failed: usize| cells(name, &[(good, 20_000 - failed), (bad, failed)]);
        let judged = verdict(&side(100), &side(180));
        assert_eq!((judged.verdict, judged.metrics[0].kind), (Verdict::Fail, Kind::Rate), "{name}: {}", sentence(&judged));
        assert_eq!(verdict(&side(20), &side(20)).verdict, Verdict::Pass, "{name}");
        assert_eq!(verdict(&side(0), &side(0)).verdict, Verdict::Pass, "{name}");
        assert_eq!(verdict(&side(20), &side(20_000)).verdict, Verdict::Fail, "{name} in all");
    }
    // What a payment is answered is no stage.
    let answers = |refused: usize| cells("response_message", &[("Approved", 20_000 - refused), ("Do not honour", refused)]);
    assert_eq!(verdict(&answers(3_000), &answers(10_000)).verdict, Verdict::Fail);
    // Codes of three digits, of which 116 is a refusal, are no statuses of HTTP.
    let side = |refused: usize| cells("response_code", &[("000", 20_000 - refused), ("116", refused)]);
    assert_eq!((verdict(&side(20), &side(20)).verdict, verdict(&side(20), &side(4_000)).verdict), (Verdict::Pass, Verdict::Fail));
    let judged =
        verdict(&cells("result_code", &[("00", 20_000), ("51", 20)]), &cells("result_code", &[("00", 20_000), ("51", 8), ("E9", 12)]));
    assert_eq!((judged.verdict, new_codes(&judged)), (Verdict::Pass, vec!["E9"]));
    // Ordinary measures and identifiers stay what they are.
    for name in ["retries", "queue_depth", "port", "shop_id", "code_size_bytes"] {
        let side = cells(name, &[("0", 19_900), ("51", 100)]);
        assert_eq!(verdict(&side, &side).metrics[0].kind, Kind::Continuous, "{name}");
    }
    let zips = cells("zip_code", &[("10115", 10_000), ("20095", 9_000)]);
    assert_eq!(verdict(&zips, &zips).metrics[0].kind, Kind::Continuous);
}

/// Codes are no number of failures that something else is the total of.
#[test]
fn a_code_is_no_count() {
    let side = |every: usize| {
        Sheet::new(
            std::iter::once("logins,error_code")
                .map(str::to_owned)
                .chain((0..6_000).map(|i| format!("{},{}", 100 + i % 3, if i % every == 0 { 51 } else { 0 })))
                .map(|line| line.split(',').map(str::to_owned).collect())
                .collect(),
        )
    };
    let judged = verdict(&side(600), &side(60));
    assert!(judged.metrics.iter().any(|metric| metric.name == "error_code" && metric.verdict == Verdict::Fail), "{}", sentence(&judged));
}

/// Two hours of counts a minute, each about as much as is said; none where it is 0.
fn counts(names: &[&str], about: &[usize]) -> Sheet {
    let mut chance = Chance::new(about.iter().sum::<usize>() as u64);
    let mut around = |count: usize| (count + chance.below(3)).saturating_sub(1) * usize::from(count > 0);
    sheet(names, (0..120).map(|_| about.iter().map(|count| around(*count) as f64).collect()))
}

#[test]
fn counts_of_statuses_are_no_statuses() {
    // Some 500 of them a minute, more or less.
    let side = |busy: usize, bad: usize| counts(&["status_200", "status_500"], &[busy, bad]);
    assert_eq!(names(&verdict(&side(480, 1), &side(520, 1))), [("status from 500", Verdict::Pass)], "more of them");
    assert_eq!(names(&verdict(&side(480, 1), &side(480, 10))), [("status from 500", Verdict::Fail)]);
    assert_eq!(verdict(&side(480, 10), &side(90, 10)).verdict, Verdict::Fail, "as many of fewer");
    // What is refused is a question beside it, of classes and of statuses alike.
    for header in [["2xx", "3xx", "4xx", "5xx"], ["code_200", "code_302", "code_404", "code_503"]] {
        let side = |refused: usize, failed: usize| counts(&header, &[5_000, 40, refused, failed]);
        let rates = |judged: &Judgement| judged.metrics.iter().map(|one| one.verdict).collect::<Vec<_>>();
        assert_eq!(rates(&verdict(&side(50, 2), &side(50, 2))), [Verdict::Pass, Verdict::Pass], "{header:?}");
        assert_eq!(rates(&verdict(&side(50, 2), &side(100, 2))), [Verdict::Pass, Verdict::Fail], "{header:?}");
        assert_eq!(rates(&verdict(&side(0, 2), &side(0, 2))), [Verdict::Pass], "{header:?}");
        assert_eq!(rates(&verdict(&side(50, 2), &side(50, 60))), [Verdict::Fail, Verdict::Fail], "{header:?}");
    }
    // One column of failures finds its total, and a column that one file lacks never passes.
    let side = |failed: usize| counts(&["requests", "http_5xx"], &[5_000, failed]);
    assert_eq!((verdict(&side(2), &side(2)).verdict, verdict(&side(2), &side(60)).verdict), (Verdict::Pass, Verdict::Fail));
    let side = |second: &str| counts(&["status_200", second], &[480, 1]);
    assert_eq!(verdict(&side("status_500"), &side("status_500")).verdict, Verdict::Pass);
    assert_ne!(verdict(&side("status_500"), &side("answers")).verdict, Verdict::Pass);
}

#[test]
fn a_status_that_is_blank_beside_others_was_not_there() {
    let side = |bad: usize, first: &str| {
        let cell = |there: bool, count: usize| if there { count.to_string() } else { String::new() };
        let row = |i: usize| vec![(480 + i % 3).to_string(), cell(i.is_multiple_of(2), 1), cell(i % 2 == 1, bad)];
        let mut rows: Vec<Vec<String>> = (0..120).map(row).collect();
        first.clone_into(&mut rows[0][2]);
        Sheet { header: Some(["status_200", "status_404", "status_500"].map(str::to_owned).to_vec()), rows }
    };
    let judged = verdict(&side(1, ""), &side(1, ""));
    assert_eq!(names(&judged), [("status from 500", Verdict::Pass), ("status from 400", Verdict::Pass)], "{}", sentence(&judged));
    assert_eq!(verdict(&side(1, ""), &side(8, "")).verdict, Verdict::Fail);
    // Nor is a blank where the baseline has none: what is missing does not pass.
    let mut whole = side(5, "");
    whole.rows.iter_mut().for_each(|row| row[1..].iter_mut().for_each(|cell| "5".clone_into(cell)));
    assert_ne!(verdict(&whole, &side(5, "")).verdict, Verdict::Pass);
    // Where none is written as 0 a blank is not known.
    assert_ne!(verdict(&side(1, "0"), &side(1, "0")).verdict, Verdict::Pass);
}

/// A code that was never seen before is named, and what failed with it counts: much of it fails, a little changes nothing.
#[test]
fn a_status_that_only_the_candidate_has_counts() {
    for (known, new) in [(vec!["status_200"], "status_500"), (vec!["2xx", "3xx"], "5xx"), (vec!["code_200", "code_503"], "code_504")] {
        let base = counts(&known, &[480, 1][..known.len()]);
        let names: Vec<&str> = known.iter().copied().chain([new]).collect();
        let side = |failed: usize| counts(&names, &[&[480, 1][..known.len()], &[failed]].concat());
        let judged = verdict(&base, &side(40));
        assert_eq!((judged.verdict, new_codes(&judged)), (Verdict::Fail, vec![new]), "{}", sentence(&judged));
        let mut few = side(0);
        few.rows[7][known.len()] = "2".into();
        let judged = verdict(&base, &few);
        assert_eq!((judged.verdict, new_codes(&judged)), (Verdict::Pass, vec![new]), "{}", sentence(&judged));
        assert!(judged.metrics[0].warnings.iter().any(|warning| warning.to_string().ends_with(&format!("{new} (2)"))));
        // As a pivot leaves it blank where there was none; and of nothing there is nothing to name.
        few.rows.iter_mut().filter(|row| row[known.len()] == "0").for_each(|row| row[known.len()].clear());
        assert_eq!((verdict(&base, &few).verdict, new_codes(&verdict(&base, &side(0)))), (Verdict::Pass, vec![]));
        // What the candidate lacks is missing.
        assert_eq!(verdict(&few, &base).verdict, Verdict::Inconclusive, "{new}");
    }
    // What is refused is a question of its own.
    let judged = verdict(&counts(&["status_200"], &[480]), &counts(&["status_200", "status_404"], &[480, 40]));
    assert_eq!((names(&judged), new_codes(&judged)), (vec![("status from 400", Verdict::Fail)], vec!["status_404"]));
    // What went well as well, but nothing passes by what the baseline does not count.
    let side = |failed: usize| {
        let mut side = counts(&["status_200", "status_201", "status_500"], &[240, 240, failed]);
        side.rows[7][2] = "2".into();
        verdict(&counts(&["status_200"], &[480]), &side)
    };
    let of = |judged: &Judgement| (judged.verdict, judged.metrics[0].verdict, judged.metrics[0].n_candidate > 55_000.0);
    assert_eq!((of(&side(0)), of(&side(40)).0), ((Verdict::Inconclusive, Verdict::Pass, true), Verdict::Fail));
    let other = verdict(&counts(&["requests"], &[480]), &counts(&["requests", "status_500"], &[480, 40]));
    assert_eq!(other.verdict, Verdict::Inconclusive, "of what is not said");
}

/// What failed before and has another code now is no new failure, though nothing passes by what is gone.
#[test]
fn a_status_that_went_for_another_fails_by_itself_alone() {
    for (before, after) in [("status_502", "status_504"), ("status_5xx", "status_500")] {
        let of =
            |was: usize, is: usize| verdict(&counts(&["status_200", before], &[2_000, was]), &counts(&["status_200", after], &[2_000, is]));
        for is in [40, 80] {
            let judged = of(80, is);
            assert_eq!(judged.verdict, Verdict::Inconclusive, "{before} {after} {is}: {}", sentence(&judged));
            assert_eq!((judged.metrics[0].name.as_str(), judged.metrics[0].verdict), ("status from 500", Verdict::Pass));
        }
        assert_eq!(of(40, 120).verdict, Verdict::Fail, "{before} {after}");
    }
}

/// A file that writes zeros leaves nothing blank because there was none of it.
#[test]
fn a_blank_beside_zeros_is_lost() {
    let side = |lost: &dyn Fn(usize) -> bool| {
        let bad = |i: usize| if lost(i) { String::new() } else { "2".to_owned() };
        let rows = (0..60).map(|i| vec![(2_000 + i % 7).to_string(), (i % 2).to_string(), bad(i)]).collect();
        Sheet { header: Some(["status_200", "status_404", "status_500"].map(str::to_owned).to_vec()), rows }
    };
    let judged = verdict(&side(&|i| i == 7), &side(&|i| i % 6 != 0));
    assert_ne!(judged.verdict, Verdict::Pass, "{}", sentence(&judged));
}

#[test]
fn a_new_code_of_another_form_counts() {
    let of = |name: &str, good: &str, bad: &str, failed: usize| {
        verdict(&cells(name, &[(good, 20_000)]), &cells(name, &[(good, 20_000 - failed), (bad, failed)]))
    };
    for (name, good, bad) in [
        ("status", "OK", "51"),
        ("http_status", "200", "999"),
        ("responseCode", "200", "Non HTTP response code: java.net.ConnectException"),
        ("http_status", "200", "RESET"),
        ("http_status", "200", "-1"),
        ("error_code", "0", "broken pipe"),
        ("rc", "00", "E7"),
    ] {
        for many in [4_000, 14_000] {
            let judged = of(name, good, bad, many);
            assert_eq!(judged.verdict, Verdict::Fail, "{name} {bad} {many}: {}", sentence(&judged));
        }
        let judged = of(name, good, bad, 3);
        assert_eq!(judged.verdict, Verdict::Pass, "{name} {bad}: {}", sentence(&judged));
        if !bad.contains(' ') {
            assert_eq!(new_codes(&judged), [bad]);
        }
    }
    // What says that it went well, or is not over, is no failure.
    assert_eq!(of("http_status", "200", "OK", 4_000).verdict, Verdict::Pass);
    assert_eq!(of("http_status", "200", "pending", 4_000).verdict, Verdict::Inconclusive);
    assert_eq!(of("rc", "0", "-", 4_000).verdict, Verdict::Inconclusive);
}
