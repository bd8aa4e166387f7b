//! Statuses and codes: what of them went well, and what did not.

use super::*;

/// A file of one column and a latency, so many rows of each cell, well mixed.
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
    let usual = |refused: usize, failed: usize| {
        statuses(&[("200", 60_000 - refused - failed), ("302", 5_000), ("404", refused), ("503", failed)])
    };
    assert_eq!(verdict(&usual(6_000, 6), &usual(6_060, 5)).verdict, Verdict::Pass);
    assert_eq!(verdict(&usual(6_000, 6), &usual(9_000, 5)).verdict, Verdict::Fail);
    assert_eq!(names(&verdict(&usual(6_000, 6), &usual(6_000, 300)))[0], ("http_status from 500", Verdict::Fail));
    // Without any of them there is one question, as there was.
    let plain = |failed: usize| statuses(&[("200", 20_000 - failed), ("304", 500), ("500", failed)]);
    assert_eq!(names(&verdict(&plain(10), &plain(12))), [("http_status from 500", Verdict::Pass)]);
}
