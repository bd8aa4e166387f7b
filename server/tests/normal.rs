//! Files as they are found: with gaps, out of order, months a row, cells that hold nothing.

use std::{collections::BTreeSet, path::Path, process::Command};

use serde_json::Value;

use crate::offline::Files;

/// What a command that succeeds writes, line by line, and what it says beside that.
#[track_caller]
fn lines(command: &str, files: &[&Path], more: &[&str]) -> (Vec<String>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_evenkeel")).arg(command).args(files).args(more).output().unwrap();
    let beside = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{command}: {beside}");
    (String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect(), beside)
}

#[track_caller]
fn told(command: &str, file: &Path, more: &[&str]) -> (Value, String) {
    let (said, beside) = lines(command, &[file], more);
    assert_eq!(said.len(), 1, "{said:?}");
    (serde_json::from_str(&said[0]).unwrap(), beside)
}

fn stamp(hour: usize) -> String {
    format!("2026-{:02}-{:02} {:02}:00:00", 5 + hour / 24 / 28, 1 + hour / 24 % 28, hour % 24)
}

fn value(hour: usize) -> f64 {
    50.0 + 20.0 * (hour as f64 / 24.0 * std::f64::consts::TAU).sin() + (hour * 7_919 % 101) as f64 / 50.0
}

/// Rows of these hours of four weeks, one of which stands out.
fn hours(of: impl Iterator<Item = usize>) -> String {
    let rows = of.map(|hour| format!("{},{}\n", stamp(hour), if hour == 500 { 300.0 } else { value(hour) }));
    format!("timestamp,value\n{}", rows.collect::<String>())
}

#[test]
fn one_cell_spoils_no_case_of_slices() {
    let files = Files::new("slices");
    let mut rows = "link;merchant;total;failed;hist_total;hist_failed\n".to_owned();
    for (link, merchant) in (0..5).flat_map(|link| (0..8).map(move |merchant| (link, merchant))) {
        rows += &format!("L{link};M{merchant};500;{};10000;100\n", if (link, merchant) == (2, 7) { 300 } else { 5 });
    }
    let fine = files.write("fine.csv", &rows);
    let (said, beside) = told("slices", &fine, &[]);
    assert_eq!((&said["verdict"], &said["causes"][0]["slice"]["merchant"]), (&"slices".into(), &"M7".into()), "{said}");
    assert!(said["warnings"].is_null() && beside.is_empty(), "{said} {beside}");
    let rows = rows.replace(';', "\t").replacen("500\t5\t", "500\tNaN\t", 1).replacen("\t500\t5\t", "\t500\t501\t", 1);
    let (said, beside) = told("slices", &files.write("odd.tsv", &rows), &[]);
    assert_eq!(said["warnings"].as_array().map(Vec::len), Some(2), "{said}");
    assert!(said["causes"].as_array().unwrap().iter().any(|cause| cause["slice"]["merchant"] == "M7"), "{said}");
    assert!(beside.contains("odd.tsv: numbers that are missing, and count as 0: 1, the first in line 2; more failures"), "{beside}");
    assert_eq!(beside.lines().count(), 1, "{beside}");
}

#[test]
fn names_of_slices_stay_as_they_are_written() {
    let files = Files::new("slices-names");
    let mut rows = "link,merchant,total,failed,hist_total,hist_failed\n".to_owned();
    for (link, merchant) in (0..5).flat_map(|link| (0..8).map(move |merchant| (link, merchant))) {
        let failed = if (link, merchant) == (2, 7) { 900 } else { 15 };
        rows += &format!("\"Link {link}, CN\",\"1,00{merchant}\",\"1,500\",{failed},\"30,000\",300\n");
    }
    let (said, _) = told("slices", &files.write("named.csv", &rows), &[]);
    assert_eq!(said["causes"][0]["slice"], serde_json::json!({ "link": "Link 2, CN", "merchant": "1,007" }), "{said}");
    assert_eq!((&said["causes"][0]["total"], &said["warnings"]), (&1500.0.into(), &Value::Null), "{said}");
}

#[test]
fn names_in_gbk_are_told_apart() {
    let files = Files::new("slices-gbk");
    let mut rows = b"\xc7\xfe\xb5\xc0,merchant,total,failed,hist_total,hist_failed\n".to_vec();
    for (number, link) in [b"\xd6\xa7\xb8\xb6", b"\xca\xd5\xbf\xee", b"\xcd\xcb\xbf\xee"].into_iter().enumerate() {
        for merchant in 0..8 {
            rows.extend_from_slice(link);
            rows.extend_from_slice(format!(",M{merchant},500,{},10000,100\n", if number == 1 { 200 } else { 5 }).as_bytes());
        }
    }
    let file = files.write("gbk.csv", "");
    std::fs::write(&file, rows).unwrap();
    let (said, _) = told("slices", &file, &[]);
    assert_eq!(said["causes"][0]["slice"], serde_json::json!({ "渠道": "收款" }), "{said}");
}

#[test]
fn months_nights_and_single_rows_are_forecast() {
    let files = Files::new("forecast");
    let months: String = (0..144).map(|at| format!("{}-{:02}-01,{}\n", 2010 + at / 12, 1 + at % 12, 100 + at % 12 * 9)).collect();
    let (said, _) = told("forecast", &files.write("months.csv", &format!("ds,y\n{months}")), &["--horizon", "12"]);
    assert_eq!((&said["values"], &said["missing"], &said["season"]), (&144.into(), &0.into(), &serde_json::json!([12])), "{said}");
    let row = (0..100).map(|at| value(at).to_string()).collect::<Vec<_>>().join(",");
    let (said, _) = told("forecast", &files.write("m4.csv", &format!("H1,{row}\n")), &[]);
    assert_eq!((&said["series"], &said["values"]), (&"H1".into(), &100.into()), "{said}");
    let (said, _) = told("forecast", &files.write("line.txt", &format!("  {}\n", row.replace(',', "  "))), &[]);
    assert_eq!((&said["series"], &said["values"]), (&"".into(), &100.into()), "{said}");
    // Closed at night: what is open comes every 16 rows, and every 24 hours.
    let open = hours((0..24 * 28).filter(|hour| hour % 24 >= 8));
    let (said, _) = told("forecast", &files.write("shop.csv", &open), &[]);
    assert_eq!((&said["season"][0], &said["missing"]), (&24.into(), &(8 * 27).into()), "{said}");
}

#[test]
fn what_stands_out_is_judged_in_the_order_of_time() {
    let files = Files::new("anomalies");
    let (up, down) = (files.write("up.csv", &hours(0..24 * 28)), files.write("down.csv", &hours((0..24 * 28).rev())));
    let (mut said, beside) = lines("anomalies", &[&up], &[]);
    assert!(said[501].starts_with("2026-05-21 20:00:00,300,") && said[501].ends_with(",1"), "{}", said[501]);
    assert!(!beside.contains("order of time"), "{beside}");
    let (turned, beside) = lines("anomalies", &[&down], &[]);
    said[1..].reverse();
    assert!(turned == said, "the same scores, in the order of the file");
    assert!(beside.contains("down.csv: rows were not in the order of time, and are taken in it"), "{beside}");
    let (json, _) = told("anomalies", &down, &["--format", "json"]);
    assert_eq!(json["sorted"], true);
    assert!(json["anomalies"].as_array().unwrap().iter().any(|one| one["row"] == 24 * 28 - 1 - 500), "{json}");
    // Of several files each row names its own, under one header.
    let (both, _) = lines("anomalies", &[&up, &down], &[]);
    let of = |file: &Path| both.iter().filter(|line| line.starts_with(&format!("{},,2026-", file.display()))).count();
    assert_eq!((both[0].as_str(), of(&up), of(&down)), ("file,series,timestamp,value,anomaly_score,anomaly", 672, 672));
    assert_eq!(both.len(), 1 + 2 * 672);
}

#[test]
fn running_numbers_tell_the_order_and_words_do_not() {
    let files = Files::new("running");
    let rows = |name: &str| (1..=200).rev().map(|at| format!("{name}{at},{at}\n")).collect::<String>();
    let down = files.write("down.csv", &format!("timestamp,value\n{}", rows("")));
    let (said, _) = told("forecast", &down, &["--horizon", "1"]);
    assert!(said["sorted"] == true && said["mean"][0].as_f64().unwrap() > 199.0, "{said}");
    let words = files.write("words.csv", &format!("timestamp,value\n{}", rows("run ")));
    for command in ["forecast", "anomalies", "changepoints"] {
        let (_, beside) = lines(command, &[&words], &[]);
        assert!(beside.contains("words.csv: the times do not read: the rows are taken as they stand"), "{command}: {beside}");
    }
}

#[test]
fn rows_that_are_missing_move_nothing_to_another_time_of_day() {
    let files = Files::new("holes");
    let holed = files.write("holed.csv", &hours((0..24 * 28).filter(|hour| !(350..356).contains(hour))));
    let (said, _) = told("anomalies", &holed, &["--format", "json"]);
    let rows: Vec<i64> = said["anomalies"].as_array().unwrap().iter().map(|one| one["row"].as_i64().unwrap()).collect();
    assert!(rows.iter().all(|row| !(350..490).contains(row)) && rows.contains(&494), "{rows:?}");
}

#[test]
fn huge_values_have_an_answer_and_so_have_the_files_behind_them() {
    let files = Files::new("huge");
    let fine = files.write("fine.csv", &hours(0..24 * 28));
    let huge: String = (0..400).map(|at| format!("{}{}e308\n", if at % 7 < 3 { "-" } else { "" }, 1.0 + (at % 5) as f64 / 10.0)).collect();
    let huge = files.write("huge.csv", &huge);
    let runs: [(&str, &[&str]); 3] = [("forecast", &[]), ("anomalies", &["--format", "json"]), ("changepoints", &[])];
    for (command, more) in runs {
        let (said, _) = lines(command, &[&fine, &huge, &fine], more);
        assert_eq!(said.len(), 3, "{command}: {said:?}");
        assert!(!said[1].contains("null") || command == "changepoints", "{command}: {}", said[1]);
    }
}

/// The keys of an answer; those of a slice and of the models are names of their own.
fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| keys(one, found)),
        Value::Object(fields) => {
            for (key, value) in fields {
                found.insert(key.clone());
                if !matches!(key.as_str(), "slice" | "model") {
                    keys(value, found);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn every_key_of_an_answer_is_documented() {
    let docs = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/offline.md")).unwrap();
    let section =
        |name: &str| docs.split("\n## ").find(|part| part.lines().next() == Some(name)).unwrap_or_else(|| panic!("no section {name}"));
    let of_all = section("How they end");
    let files = Files::new("documented");
    let series = files.write("hours.csv", &hours(0..24 * 28));
    let level = files.write("level.csv", &(0..200).map(|at| format!("{}\n", at % 3 + at / 100 * 20)).collect::<String>());
    let leaves: String = (0..20).map(|at| format!("L{},M{at},500,{},10000,100\n", at % 4, if at == 7 { 300 } else { 5 })).collect();
    let leaves = files.write("leaves.csv", &format!("link,merchant,total,failed,hist_total,hist_failed\n{leaves}L9,M9,,0,10000,100\n"));
    let minutes: String =
        (0..60).map(|at| format!("2026-05-01T05:{at:02}:00Z,web-{},2000,{},{}\n", at % 2, at % 2, 100 + at % 7)).collect();
    let minutes = files.write("minutes.csv", &format!("timestamp,host,total,failed,p95_ms\n{minutes}"));
    let control = minutes.to_str().unwrap();
    let controlled = ["--format", "json", "--control-baseline", control, "--control-candidate", control];
    let volume: String = (0..24 * 35).map(|hour| format!("{},{}\n", stamp(hour), 100.0 + value(hour))).collect();
    let volume = files.write("volume.csv", &format!("timestamp,value\n{volume}"));
    let runs: [(&str, &[&Path], &[&str], &str); 6] = [
        ("slices", &[&leaves], &[], "warnings"),
        ("forecast", &[&series], &[], "smape"),
        ("anomalies", &[&series], &["--format", "json"], "score"),
        ("changepoints", &[&level], &[], "confidence"),
        ("verify", &[&minutes, &minutes], &controlled, "why"),
        ("quiet", &[&volume], &["--duration", "2h"], "best_start"),
    ];
    for (command, given, more, deep) in runs {
        let (said, _) = lines(command, given, more);
        let mut found = BTreeSet::new();
        keys(&serde_json::from_str(&said.join("\n")).unwrap(), &mut found);
        assert!(found.contains(deep), "{command}: {found:?}");
        let own = section(&format!("`{command}`"));
        let untold: Vec<_> = found.iter().filter(|key| [own, of_all].iter().all(|part| !part.contains(&format!("`{key}`")))).collect();
        assert!(untold.is_empty(), "{command}: {untold:?}");
    }
}

#[test]
fn times_without_marks_and_lines_before_the_header_change_nothing() {
    let files = Files::new("spelt");
    let plain = hours(0..24 * 28);
    let spelt: String = plain
        .lines()
        .skip(1)
        .filter_map(|row| row.split_once(','))
        .fold(String::new(), |text, (stamp, value)| format!("{text}{},{value}\n", stamp.replace(['-', ' ', ':'], "")));
    let spelt = files.write("spelt.csv", &format!("Report of a\n\ntimestamp,value\n{spelt}"));
    let (plain, _) = told("forecast", &files.write("plain.csv", &plain), &[]);
    let (said, beside) = told("forecast", &spelt, &[]);
    assert!(plain["season"].as_array().unwrap().contains(&24.into()), "{plain}");
    assert_eq!((&said["season"], &said["mean"]), (&plain["season"], &plain["mean"]), "{beside}");
}
