//! What a column holds, by the words of its name and by its cells.

mod codes;
mod names;
mod outcome;
mod pairs;
mod statuses;
mod words;

pub(super) use codes::{commonest, failed_else, new_codes, went_well, zero_is_good};
use jiff::tz::TimeZone;
pub(super) use outcome::{failed, one_is_failure};
pub(super) use pairs::{Pair, counts_all, counts_some, may_count_all, pairs};
use statuses::{counted_statuses, names_statuses};
pub(super) use statuses::{counts_status, statuses};
pub(super) use words::Words;
use words::{BESIDE, COUNTED, FAILURES, FLOWS, HIGHER, INSTANTS, MEASURES, NOTHING, RARE, SHARES, SUCCESSES, TAKES, TIMES, TOTALS, WHOLE};

use super::{
    judge::{POINTS, SHARE},
    moment::{names_moments, read_moment},
};
use crate::{statistics::series::quantile, text::number};

pub(super) use names::{Below, below_zero, counts_outcomes, names_counter, names_measures, names_members, tells_kinds};
pub use names::{says_direction, without_label};

/// Whether a cell says that there is nothing.
pub(super) fn nothing(cell: &str) -> bool {
    NOTHING.contains(&cell.trim().to_lowercase().as_str())
}

/// Whether more of it is better, by its name.
pub fn more_is_better(name: &str) -> bool {
    let name = without_label(name);
    let low = Words::of(name);
    let takes = low.has(TAKES);
    let among = |words: &[String], lists: &[&[&str]]| words.iter().any(|word| lists.iter().any(|list| list.contains(&word.as_str())));
    // What there is so much of in a time, not what each of them takes or needs.
    let flows = match low.0.iter().position(|word| word == "per") {
        Some(per) => among(&low.0[..per], &[TOTALS, COUNTED]) && among(&low.0[per..], &[TIMES]),
        None => among(&low.0, &[TOTALS, COUNTED]) && low.has(&["s", "sec", "second"]),
    };
    let a_second = flows && !low.has(RARE) && !takes;
    let share = low.has(SHARES) || low.has(&["per"]);
    let answered = counted_statuses(name).is_some_and(|(class, _)| class < 4);
    !low.has(FAILURES)
        && (answered
            || (low.has(HIGHER) && !takes)
            || names::gains(&low)
            || a_second
            || (low.has(SUCCESSES) && !takes && (share || !low.measures())))
}

/// The margin that is supposed of a share of successes or failures, by its name and its numbers, which go to 1 or to 100: that of a
/// rate, a tenth of what fails in the baseline, and at least 0.1 points. `None` of what is no such share.
pub fn margin_of_share(name: &str, baseline: &[f64], candidate: &[f64]) -> Option<f64> {
    let low = Words::of(without_label(name));
    let failing = low.has(&["失败率", "错误率"]);
    let failures = low.has(FAILURES) || failing;
    let share = low.has(SHARES) || low.has(WHOLE) || failing;
    if !share || !(failures || low.has(SUCCESSES) || low.has(WHOLE)) || baseline.is_empty() {
        return None;
    }
    let most = baseline.iter().chain(candidate).fold(0.0_f64, |most, value| most.max(*value));
    let least = baseline.iter().chain(candidate).fold(0.0_f64, |least, value| least.min(*value));
    let unit = if most <= 1.0 { 1.0 } else { 100.0 };
    let mut sorted = baseline.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = quantile(&sorted, 0.5);
    let fails = if failures { middle } else { unit - middle };
    (least >= 0.0 && most <= unit).then(|| (POINTS * unit).max(SHARE * fails))
}

/// The column of moments: by its name, else by what its cells hold.
pub fn column_of_moments<R: AsRef<[String]>>(names: &[String], rows: &[R], zone: &TimeZone) -> Option<usize> {
    let readable = |at: usize| {
        let cells = || rows.iter().filter_map(move |row| row.as_ref().get(at)).filter(|cell| !nothing(cell));
        let read = cells().filter(|cell| read_moment(cell, zone).is_some()).count();
        read > 0 && read * 10 >= cells().count() * 9
    };
    let plain = |at: usize| rows.iter().filter_map(|row| row.as_ref().get(at)).any(|cell| cell.trim().parse::<f64>().is_ok());
    let instant = |name: &String| Words::of(name).has(INSTANTS);
    let width = names.len().max(rows.first().map_or(0, |row| row.as_ref().len()));
    let named = |at: usize| names.get(at).is_some_and(|name| names_moments(name));
    let told = |at: usize| !plain(at) || names.get(at).is_some_and(instant);
    (0..width)
        .find(|at| named(*at) && readable(*at))
        .or_else(|| (0..width).find(|at| told(*at) && readable(*at)))
        .or_else(|| (0..width).find(|at| named(*at)))
}

/// Whether a column holds moments: it is not to be judged.
pub(super) fn holds_moments(name: &str, cells: &[&str]) -> bool {
    let cells: Vec<&&str> = cells.iter().filter(|cell| !nothing(cell)).collect();
    let read = cells.iter().filter(|cell| read_moment(cell, &TimeZone::UTC).is_some()).count();
    let readable = read > 0 && read * 10 >= cells.len() * 9;
    let numbers = cells.iter().filter(|cell| number(cell).is_some()).count();
    // A column `time` may be how long something took: that goes up and down. An axis falls once, from one file to the other.
    let values: Vec<f64> = cells.iter().filter_map(|cell| number(cell)).collect();
    let falls = values.windows(2).filter(|pair| pair[1] < pair[0]).count();
    let took = name.eq_ignore_ascii_case("time") && !readable && numbers * 2 > cells.len() && falls > 1;
    let instant = Words::of(name).has(INSTANTS);
    (names_moments(name) && !took) || (readable && (numbers == 0 || instant))
}

/// Whether these numbers do nothing but count the rows.
pub fn counts_rows(values: &[f64]) -> bool {
    values.len() > 2 && values.windows(2).all(|pair| (pair[1] - pair[0] - 1.0).abs() < f64::EPSILON)
}

/// Rows from which numbers that go on by one step are told from a measure.
const ROWS: usize = 5;

/// The step by which numbers go on from row to row, as those of an axis do: nearly always one step, else several of it, for rows that
/// are not there. `None` of what does not, and of a column whose name says that it is to be judged.
pub(super) fn step_of_rows(name: &str, values: &[f64]) -> Option<f64> {
    let low = Words::of(name);
    if values.len() < ROWS
        || low.has(FAILURES)
        || low.has(SUCCESSES)
        || low.has(RARE)
        || low.has(HIGHER)
        || low.quantile()
        || low.has(&["latency"])
    {
        return None;
    }
    let mut steps: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.sort_by(f64::total_cmp);
    let step = quantile(&steps, 0.5);
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-6 * step;
    let one = steps.iter().filter(|own| near(**own, step)).count();
    let whole = steps.iter().all(|own| *own > step / 2.0 && near(*own, (own / step).round() * step));
    (step > 0.0 && whole && one * 10 >= steps.len() * 9).then_some(step)
}

/// Whether numbers are the statuses of HTTP, by the column's name and their range; 0 (`000`) stands for no answer at all: where most are
/// that, and none is 200, they are codes of something else. `status_200` holds none: it counts them. Where the name says HTTP, or 200 stands
/// in the baseline, the candidate's numbers are statuses as well, be there such or not; else one that is none says that none of them is.
pub(super) fn holds_statuses(name: &str, before: &[f64], after: &[f64]) -> bool {
    let low = Words::of(name);
    let named =
        !low.measures() && !low.has(&["exit", "return"]) && (low.has(&["status", "code"]) || low.0 == ["http"]) && !names_statuses(name);
    let status = |value: &f64| (*value == 0.0 || (100.0..600.0).contains(value)) && value.fract() == 0.0;
    let zeros = before.iter().filter(|value| **value == 0.0).count();
    let proven = zeros * 2 <= before.len() || low.has(&["http"]) || before.iter().chain(after).any(|value| *value == 200.0);
    let sure = low.has(&["http"]) || before.contains(&200.0);
    let short = |value: &f64| status(value) || sure && *value < 1_000.0 && value.fract() == 0.0;
    named && proven && before.iter().any(|value| *value >= 100.0) && before.iter().all(status) && after.iter().all(short)
}

/// Whether a column by this name goes on by the time: what goes on by one does no more than number the rows elsewhere, and what is left out
/// of the numbers need not have been there.
pub(super) fn goes_by_time(name: &str) -> bool {
    const MORE: &[&str] = &[
        "t", "x", "time", "elapsed", "tick", "ticks", "secs", "seconds", "mins", "minutes", "hours", "days", "week", "weeks", "秒", "分",
        "分钟", "时", "小时", "天", "日", "时间",
    ];
    let low = Words::of(name);
    names_moments(name) || low.has(TIMES) || low.has(INSTANTS) || low.has(MORE)
}

/// The column of a volume beside that of moments: the first by a name that says so, else the first of numbers that count no rows.
pub fn column_of_volume(names: &[String], rows: &[Vec<String>], moments: usize, zone: &TimeZone) -> Option<usize> {
    const WANTED: &[&str] = &["value", "volume", "count", "total", "transactions", "requests", "y"];
    let low = |name: &String| name.trim().to_lowercase();
    let width = names.len().max(rows.first().map_or(0, Vec::len));
    let numbers = |at: usize| -> Vec<f64> { rows.iter().filter_map(|row| number(row.get(at)?)).collect() };
    let has = |at: usize, list: &[&str]| names.get(at).is_some_and(|name| Words::of(name).has(list));
    let fits = |at: usize| {
        let values = numbers(at);
        let instants = || rows.iter().filter_map(|row| read_moment(row.get(at)?, zone)).count();
        let moment = names.get(at).is_some_and(|name| names_moments(name)) || (has(at, INSTANTS) && instants() * 2 > rows.len());
        values.len() * 2 > rows.len() && !counts_rows(&values) && !moment
    };
    let plain = |at: usize| !has(at, MEASURES) && !has(at, FAILURES) && !has(at, BESIDE);
    let counts = |at: usize| names.get(at).is_some_and(|name| counts_all(name));
    let others = || (0..width).filter(|at| *at != moments);
    WANTED
        .iter()
        .find_map(|wanted| others().find(|at| names.get(*at).is_some_and(|name| low(name) == *wanted)))
        .or_else(|| others().find(|at| counts(*at) && !has(*at, COUNTED) && fits(*at)))
        .or_else(|| others().find(|at| has(*at, FLOWS) && fits(*at)))
        .or_else(|| others().find(|at| counts(*at) && fits(*at)))
        .or_else(|| others().find(|at| plain(*at) && fits(*at)))
        .or_else(|| others().find(|at| fits(*at)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_are_read_from_names() {
        for name in
            ["success_rate", "availability", "throughput", "rps", "Requests/s", "requests_per_second", "apdex", "成功率", "uptime_percent"]
        {
            assert!(more_is_better(name), "{name}");
        }
        for name in [
            "latency",
            "p99",
            "error_rate",
            "success_latency_ms",
            "success_p99",
            "p99_ok",
            "mean_ok",
            "tps_latency_ms",
            "unavailable",
            "cpu",
            "value",
            "失败率",
            "requests_duration_s",
        ] {
            assert!(!more_is_better(name), "{name}");
        }
    }

    #[test]
    fn moments_and_volumes_are_found_by_what_cells_hold() {
        let names = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let rows = |of: &dyn Fn(i64) -> String| (0..50).map(|i| names(&of(i))).collect::<Vec<_>>();
        let found = |header: &str, of: &dyn Fn(i64) -> String| {
            let (header, rows) = (names(header), rows(of));
            let at = column_of_moments(&header, &rows, &TimeZone::UTC)?;
            Some((at, column_of_volume(&header, &rows, at, &TimeZone::UTC)?))
        };
        let hour = |i: i64| 1_735_689_600 + i * 3_600;
        assert_eq!(found(",timestamp,tps", &|i| format!("{i},{},{}", hour(i), i % 7)), Some((1, 2)));
        assert_eq!(found("slot_start,slot_end,txns", &|i| format!("{},{},{}", hour(i), hour(i + 1), i % 7)), Some((0, 2)));
        assert_eq!(found("timestamp,system,tps", &|i| format!("{},pay,{}", hour(i), i % 7)), Some((0, 2)));
        assert_eq!(found("Hour of day,sum", &|i| format!("2025-01-{:02} 0{}:00,{}", i / 5 + 1, i % 5, i % 7)), Some((0, 1)));
        assert_eq!(found("ts,cpu,rps", &|i| format!("{},{},{}", hour(i), i % 3, i % 7)), Some((0, 2)));
        assert_eq!(found("ts,weekday,errors,bookings", &|i| format!("{},{},{},{}", hour(i), i % 3, i % 2, i % 7)), Some((0, 3)));
        assert_eq!(found("ts,latency,volume", &|i| format!("{},{},{}", hour(i), i % 3, i % 7)), Some((0, 2)));
    }

    #[test]
    fn what_is_better_rare_is_judged() {
        for name in ["requests", "total", "count", "transactions", "交易量"] {
            assert!(counts_all(name), "{name}");
        }
        for name in
            ["timeout_count", "retry_count", "dropped_requests", "pending_requests", "request_milliseconds", "cpu_total", "http_5xx_count"]
        {
            assert!(!counts_all(name), "{name}");
        }
        assert!(holds_statuses("http_status", &[200.0], &[503.0]) && holds_statuses("responseCode", &[200.0], &[0.0]));
        assert!(!holds_statuses("http_latency_ms", &[150.0], &[450.0]) && !holds_statuses("http_p99", &[150.0], &[450.0]));
        assert!(!holds_statuses("status_200", &[480.0], &[520.0]) && !holds_statuses("statusCode200", &[480.0], &[520.0]));
        assert!(!holds_statuses("response_code", &[0.0, 0.0, 116.0], &[0.0]) && holds_statuses("code", &[0.0, 0.0, 503.0], &[200.0]));
        assert!(holds_statuses("status", &[200.0], &[200.0, 999.0, -1.0]) && !holds_statuses("status", &[200.0, 999.0], &[200.0]));
        assert!(!holds_statuses("code", &[156.0, 344.0], &[156.0, 612.0]) && holds_statuses("code", &[301.0, 502.0], &[504.0]));
        assert!(!holds_statuses("currency_code", &[156.0, 392.0], &[840.0]) && holds_statuses("http_code", &[204.0], &[-1.0]));
        assert!(!holds_statuses("status", &[0.0], &[200.0]) && !holds_statuses("exit_code", &[0.0, 137.0], &[0.0]));
    }

    #[test]
    fn shares_have_the_margin_of_a_rate() {
        let margin = |name: &str, values: &[f64]| margin_of_share(name, values, values).map(|margin| (margin * 1e6).round() / 1e6);
        assert_eq!(margin("success_rate", &[0.9995, 0.9996, 0.9994]), Some(0.001));
        assert_eq!(margin("availability", &[97.0, 98.0, 99.0]), Some(0.2));
        assert_eq!(margin("error_rate", &[0.05, 0.04, 0.06]), Some(0.005));
        assert_eq!(margin("失败率", &[0.0, 0.0]), Some(0.001));
        for (name, values) in
            [("error_rate", [250.0, 300.0]), ("cpu_percent", [20.0, 30.0]), ("success_count", [0.0, 1.0]), ("throughput", [0.5, 0.6])]
        {
            assert_eq!(margin(name, &values), None, "{name}");
        }
    }
}
