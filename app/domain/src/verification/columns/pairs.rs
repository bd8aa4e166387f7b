//! Columns that are a rate together, by the words of their names.

use super::{
    codes::names_codes,
    statuses::counted_statuses,
    words::{BESIDE, COUNTED, FAILURES, HIGHER, INSTANTS, RARE, SUCCESSES, TOTALS, Words, counts_things, words},
};

/// What the name of a column says that it counts.
#[derive(PartialEq)]
enum Counts {
    /// Everything.
    All,
    /// What failed.
    Failures,
    /// What went well.
    Successes,
}

/// What is counted, and of what: the words that are left, with those of what there is so many of or without. `None` of a measure.
fn counted(name: &str, things: bool) -> Option<(Counts, Vec<String>)> {
    let low = Words::of(name);
    if low.measures() {
        return None;
    }
    if let Some((class, of)) = counted_statuses(name) {
        return Some((if class < 4 { Counts::Successes } else { Counts::Failures }, of));
    }
    let counts = match () {
        // Which error it was is no number of them.
        () if names_codes(name) && (low.has(FAILURES) || low.has(SUCCESSES)) => return None,
        () if low.has(FAILURES) => Counts::Failures,
        () if low.has(SUCCESSES) => Counts::Successes,
        () if low.has(TOTALS) || low.has(COUNTED) => Counts::All,
        () => return None,
    };
    let of = words(name).into_iter().zip(&low.0).filter(|(_, low)| !said(low, things)).map(|(word, _)| word).collect();
    Some((counts, of))
}

/// Whether a word says what is counted, not of what.
fn said(word: &str, things: bool) -> bool {
    [TOTALS, FAILURES, SUCCESSES].iter().any(|list| list.contains(&word)) || (!things && COUNTED.contains(&word))
}

/// The words that are left without those.
pub(super) fn remaining(words: &[String]) -> Vec<String> {
    words.iter().filter(|word| !said(word, true)).cloned().collect()
}

/// Whether a column counts everything: by itself that is neither better nor worse.
pub fn counts_all(name: &str) -> bool {
    counted(name, false).is_some_and(|(counts, _)| counts == Counts::All) && !Words::of(name).has(RARE)
}

/// Whether a column counts what failed, or what went well.
pub fn counts_some(name: &str) -> bool {
    counted(name, false).is_some_and(|(counts, _)| counts != Counts::All)
}

/// Whether a column may be the total of what failed though its words do not say so for sure: it counts, and measures nothing.
pub fn may_count_all(name: &str) -> bool {
    let low = Words::of(name);
    let other = low.measures() || low.has(RARE) || low.has(BESIDE) || low.has(INSTANTS) || low.has(HIGHER) || counts_some(name);
    !other && (counts_all(name) || low.0.last().is_some_and(|word| counts_things(word)))
}

/// Columns that are a rate together.
#[derive(Debug)]
pub struct Pair {
    /// Its name.
    pub name: String,
    /// Column of everything; `None` where it is what failed and what went well together.
    pub total: Option<String>,
    /// Columns of what failed: several of statuses, else one at most.
    pub failed: Vec<String>,
    /// Columns of what went well, likewise.
    pub succeeded: Vec<String>,
}

impl Pair {
    /// Whether its columns count statuses.
    pub fn counts_statuses(&self) -> bool {
        self.total.is_none() && self.failed.iter().chain(&self.succeeded).all(|name| counted_statuses(name).is_some())
    }

    /// Whether it is told by this column.
    pub fn uses(&self, name: &str) -> bool {
        self.total.iter().chain(&self.failed).chain(&self.succeeded).any(|own| own == name)
    }
}

/// Pairs of columns that count the same: everything and what failed, everything and what went well, or both of these. First those
/// that count the same things, then what is left where only one can be meant: `orders,failed`. Counts of statuses are not among them.
pub fn pairs(names: &[String]) -> Vec<Pair> {
    let names: Vec<String> = names.iter().filter(|name| counted_statuses(name).is_none()).cloned().collect();
    let mut pairs = same(&names, true);
    let left: Vec<String> = names.into_iter().filter(|name| pairs.iter().all(|pair| !pair.uses(name))).collect();
    pairs.extend(same(&left, false));
    pairs
}

fn same(names: &[String], things: bool) -> Vec<Pair> {
    let all: Vec<(&String, Counts, Vec<String>)> =
        names.iter().filter_map(|name| counted(name, things).map(|(counts, of)| (name, counts, of))).collect();
    let low = |of: &[String]| of.iter().map(|word| word.to_lowercase()).collect::<Vec<_>>();
    let mut kinds: Vec<&Vec<String>> = Vec::new();
    for (_, _, of) in &all {
        if kinds.iter().all(|known| low(known) != low(of)) {
            kinds.push(of);
        }
    }
    let mut pairs = Vec::new();
    for of in kinds {
        let columns = |wanted: Counts| {
            let mut found: Vec<&String> =
                all.iter().filter(|(_, counts, own)| *counts == wanted && low(own) == low(of)).map(|(name, ..)| *name).collect();
            // `total` says more clearly than `count` that it is all of it.
            found.sort_by_key(|name| !name.to_lowercase().contains("total"));
            found
        };
        let found = [columns(Counts::All), columns(Counts::Failures), columns(Counts::Successes)];
        if !things && found.iter().any(|columns| columns.len() > 1) {
            continue;
        }
        let [mut totals, mut failures, mut successes] = found.map(Vec::into_iter);
        loop {
            let (total, failed, succeeded) = (totals.next(), failures.next(), successes.next());
            if [total, failed, succeeded].iter().flatten().count() < 2 {
                break;
            }
            let some = |column: Option<&String>| column.into_iter().cloned().collect();
            pairs.push(Pair { name: named(of), total: total.cloned(), failed: some(failed), succeeded: some(succeeded) });
        }
    }
    pairs
}

fn named(of: &[String]) -> String {
    if of.is_empty() { "failure_rate".to_owned() } else { of.join("_") }
}

impl Pair {
    /// What failed or went well, by its name, of a total whose name does not say so.
    pub fn of(total: &str, some: &str) -> Option<Self> {
        let (counts, of) = counted(some, false)?;
        let part = |wanted: Counts| (counts == wanted).then(|| some.to_owned()).into_iter().collect();
        Some(Self { name: named(&of), total: Some(total.to_owned()), failed: part(Counts::Failures), succeeded: part(Counts::Successes) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(names: &[&str]) -> Vec<String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let part = |names: &[String]| if names.is_empty() { "-".to_owned() } else { names.join(" ") };
        pairs(&names)
            .into_iter()
            .map(|pair| format!("{}: {} {} {}", pair.name, part(pair.total.as_slice()), part(&pair.failed), part(&pair.succeeded)))
            .collect()
    }

    #[test]
    fn pairs_are_found_by_their_words() {
        assert_eq!(told(&["total", "failed"]), ["failure_rate: total failed -"]);
        assert_eq!(told(&["total_requests", "failed_requests"]), ["failure_rate: total_requests failed_requests -"]);
        assert_eq!(told(&["requests", "failed_requests", "p99"]), ["failure_rate: requests failed_requests -"]);
        assert_eq!(told(&["requestCount", "errorCount"]), ["failure_rate: requestCount errorCount -"]);
        assert_eq!(told(&["Total Count", "Error Count"]), ["failure_rate: Total Count Error Count -"]);
        assert_eq!(told(&["count", "total", "errors"]), ["failure_rate: total errors -"]);
        assert_eq!(told(&["ok", "ko"]), ["failure_rate: - ko ok"]);
        assert_eq!(
            told(&["pay_total", "pay_errors", "refund_total", "refund_ok"]),
            ["pay: pay_total pay_errors -", "refund: refund_total - refund_ok"]
        );
        assert_eq!(told(&["volume", "failed"]), ["failure_rate: volume failed -"]);
        assert_eq!(told(&["samples", "errors", "p99"]), ["failure_rate: samples errors -"]);
        assert_eq!(told(&["trials", "passed"]), ["failure_rate: trials - passed"]);
        assert_eq!(
            told(&["orders_total", "payments_total", "payments_failed", "orders_failed"]),
            ["orders: orders_total orders_failed -", "payments: payments_total payments_failed -"]
        );
        assert!(told(&["orders", "payments", "failed"]).is_empty(), "which of them failed is not said");
        assert_eq!(told(&["时间", "总数", "失败数"]), ["failure_rate: 总数 失败数 -"]);
        assert!(told(&["total_latency_ms", "error_latency_ms", "success_rate", "error_rate", "Requests/s", "Failures/s"]).is_empty());
    }
}
