//! The report as Markdown, to be pasted into a chat or a document. Its words stand here in both languages, as those of messages.

use std::fmt::Write as _;

use jiff::tz::TimeZone;

use super::DayReport;
use crate::{
    people::Locale,
    slices::{grouped, rate_text},
    transactions::{Totals, money_grouped},
};

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn count(number: u64) -> String {
    grouped(number as f64)
}

fn rate(totals: &Totals) -> String {
    totals.success_rate().map_or_else(|| "—".to_owned(), rate_text)
}

/// What people typed is text in a table, not Markdown.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if r"\`*_[]<>|#".contains(letter) {
            out.push('\\');
        }
        out.push(if letter.is_control() { ' ' } else { letter });
    }
    out
}

struct Words {
    title: &'static str,
    so_far: &'static str,
    utc: &'static str,
    day: &'static str,
    yesterday: &'static str,
    last_week: &'static str,
    volume: &'static str,
    success: &'static str,
    failed: &'static str,
    amount: &'static str,
    codes: &'static str,
    code: &'static str,
    merchants: &'static str,
    links: &'static str,
    value: &'static str,
    excess: &'static str,
    incidents: &'static str,
    changes: &'static str,
    none: &'static str,
}

const EN: Words = Words {
    title: "Day report",
    so_far: "so far",
    utc: "Hours are no longer kept of all that is compared: counts are of days in UTC.",
    day: "The day",
    yesterday: "Day before",
    last_week: "Last week",
    volume: "Transactions",
    success: "Success rate",
    failed: "Failures",
    amount: "Amount",
    codes: "Failures by code",
    code: "Code",
    merchants: "Worst merchants",
    links: "Worst links",
    value: "Value",
    excess: "Excess failures",
    incidents: "Incidents",
    changes: "Changes",
    none: "None",
};

const ZH: Words = Words {
    title: "日报",
    so_far: "截至目前",
    utc: "对比的数据不再全部按小时保留：按 UTC 日统计。",
    day: "当日",
    yesterday: "前一日",
    last_week: "上周同日",
    volume: "交易量",
    success: "成功率",
    failed: "失败数",
    amount: "金额",
    codes: "失败返回码",
    code: "返回码",
    merchants: "最差商户",
    links: "最差链路",
    value: "取值",
    excess: "超额失败",
    incidents: "故障",
    changes: "变更",
    none: "无",
};

/// The report as Markdown in a language.
pub fn markdown(report: &DayReport, locale: Locale, zone: &TimeZone) -> String {
    let words = if locale == Locale::En { &EN } else { &ZH };
    let mut out = String::new();
    let so_far = if report.over { String::new() } else { format!(" ({})", words.so_far) };
    let three = [&report.totals, &report.yesterday, &report.last_week];
    // Writing to memory cannot fail.
    let _ = writeln!(out, "# {} {}{so_far}\n", words.title, report.date);
    if report.counted_zone != report.zone {
        let _ = writeln!(out, "{}\n", words.utc);
    }
    let _ = writeln!(out, "|  | {} | {} | {} |\n| --- | ---: | ---: | ---: |", words.day, words.yesterday, words.last_week);
    let mut row = |name: &str, cells: [String; 3]| {
        let _ = writeln!(out, "| {name} | {} |", cells.join(" | "));
    };
    row(words.volume, three.map(|totals| count(totals.total)));
    row(words.success, three.map(rate));
    row(words.failed, three.map(|totals| count(totals.failed)));
    for money in &report.totals.money {
        let of = |totals: &Totals| {
            let found = totals.money.iter().find(|other| other.currency == money.currency);
            found.map_or_else(|| "—".to_owned(), |found| money_grouped(found.amount, &found.currency))
        };
        row(&format!("{} {}", words.amount, cell(&money.currency)), three.map(of));
    }
    let _ = writeln!(out, "\n## {}\n", words.codes);
    if report.codes.is_empty() {
        let _ = writeln!(out, "{}", words.none);
    } else {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |\n| --- | ---: | ---: | ---: |",
            words.code, words.failed, words.yesterday, words.last_week
        );
        for code in &report.codes {
            let [today, yesterday, week] = [code.row.failed, code.yesterday, code.row.before].map(count);
            let _ = writeln!(out, "| {} | {today} | {yesterday} | {week} |", cell(&code.row.code));
        }
    }
    for (title, rows) in [(words.merchants, &report.merchants), (words.links, &report.links)] {
        let _ = writeln!(out, "\n## {title}\n");
        if rows.is_empty() {
            let _ = writeln!(out, "{}", words.none);
            continue;
        }
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |\n| --- | ---: | ---: | ---: | ---: |",
            words.value, words.excess, words.success, words.yesterday, words.last_week
        );
        for worst in rows {
            let rate = |rate: Option<f64>| rate.map_or_else(|| "—".to_owned(), rate_text);
            let [now, yesterday, week] = [worst.row.success_rate(), worst.yesterday, worst.row.before_rate()].map(rate);
            let _ = writeln!(out, "| {} | {} | {now} | {yesterday} | {week} |", cell(&worst.row.value), grouped(worst.excess));
        }
    }
    let clock = |at: crate::Timestamp| at.wall(zone).get(..16).unwrap_or_default().to_owned();
    let _ = writeln!(out, "\n## {}\n", words.incidents);
    for incident in &report.incidents {
        let end = incident.resolved_at.map_or_else(|| "…".to_owned(), clock);
        let _ = writeln!(
            out,
            "- INC-{} {} {} ({} – {end})",
            incident.number,
            incident.severity,
            cell(&incident.title),
            clock(incident.opened_at)
        );
    }
    if report.incidents.is_empty() {
        let _ = writeln!(out, "{}", words.none);
    }
    let _ = writeln!(out, "\n## {}\n", words.changes);
    for change in &report.changes {
        let _ = writeln!(out, "- {} {} ({} – {})", change.number, cell(&change.title), clock(change.span.from), clock(change.span.to));
    }
    if report.changes.is_empty() {
        let _ = writeln!(out, "{}", words.none);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Span, Timestamp,
        reports::{DayCode, Worst},
        transactions::{CodeRow, Money, SliceRow},
    };

    #[test]
    fn everything_stands_in_it_and_names_are_text() {
        let totals = |total, failed| Totals {
            total,
            failed,
            money: vec![Money { currency: "CNY".into(), amount: 12_345, failed_amount: 5 }],
            ..Totals::default()
        };
        let row = SliceRow {
            value: "M|1".into(),
            total: 100,
            failed: 50,
            before_total: 100,
            before_failed: 1,
            p99: None,
            amount: None,
            before_amount: None,
        };
        let report = DayReport {
            date: "2025-03-13".into(),
            zone: "UTC".into(),
            counted_zone: "UTC".into(),
            span: Span { from: Timestamp(0), to: Timestamp(1) },
            over: true,
            totals: totals(1_234, 60),
            yesterday: totals(1_000, 10),
            last_week: totals(0, 0),
            codes: vec![DayCode { row: CodeRow { code: "91".into(), failed: 50, share: 0.8, cumulative: 0.8, before: 1 }, yesterday: 7 }],
            merchants: vec![Worst { row, excess: 49.0, yesterday: Some(0.9) }],
            links: Vec::new(),
            incidents: Vec::new(),
            changes: Vec::new(),
        };
        let text = markdown(&report, Locale::En, &TimeZone::UTC);
        assert!(text.starts_with("# Day report 2025-03-13\n"), "{text}");
        assert!(
            text.contains("| Transactions | 1,234 | 1,000 | 0 |") && text.contains("| Success rate | 95.14 % | 99.00 % | — |"),
            "{text}"
        );
        assert!(
            text.contains("| Amount CNY | 123.45 |")
                && text.contains("| 91 | 50 | 7 | 1 |")
                && text.contains("| M\\|1 | 49 | 50.0 % | 90.00 % | 99.00 % |"),
            "{text}"
        );
        assert!(text.contains("## Worst links\n\nNone"));
        assert!(!text.contains("days in UTC"), "{text}");
        let far = DayReport { zone: "Asia/Shanghai".into(), ..report.clone() };
        assert!(markdown(&far, Locale::En, &TimeZone::UTC).contains("13\n\nHours are no longer kept of all that is compared"));
        assert!(markdown(&DayReport { over: false, ..report }, Locale::Zh, &TimeZone::UTC).starts_with("# 日报 2025-03-13 (截至目前)"));
    }
}
