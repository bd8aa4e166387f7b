//! What else a name says: which way is better, what tells rows apart, what may lie below zero, what may go on and on.

use super::{
    codes::names_codes,
    counts_all, counts_some,
    words::{BROKEN, FAILURES, INSTANTS, RARE, SHARES, SUCCESSES, TAKES, TIMES, Words},
};

/// Words of what a business wants more of.
const GAINS: &[&str] = &[
    "hit",
    "hits",
    "conversion",
    "conversions",
    "converted",
    "revenue",
    "revenues",
    "income",
    "sales",
    "gmv",
    "turnover",
    "signups",
    "logins",
    "checkouts",
    "bookings",
    "purchases",
    "accuracy",
];
/// How such words end in Chinese, where nothing parts them from what stands before.
const GAINS_END: &[&str] = &["转化率", "命中率", "收入", "营收", "成功率", "可用率", "可用性", "吞吐量"];
/// What turns those round.
const TURNED: &[char] = &['不', '未', '非', '无'];
/// Words of what nobody wants more of, whatever stands beside them.
const AGAINST: &[&str] = &[
    "limit", "limits", "limited", "quota", "cap", "fraud", "attack", "attacks", "bot", "bots", "loss", "losses", "churn", "cost", "costs",
    "refund", "refunds", "tax", "bytes", "size", "kb", "mb", "depth", "s", "sec", "seconds",
];
/// Words of which less is better, beside those of failures, of what should be rare and of how long something takes.
const LESS: &[&str] = &[
    "latencies",
    "durations",
    "delay",
    "delays",
    "seconds",
    "sec",
    "milliseconds",
    "millis",
    "depth",
    "bytes",
    "kb",
    "mb",
    "size",
    "times",
    "wait",
    "waits",
    "usage",
    "used",
    "utilization",
    "utilisation",
    "saturation",
    "load",
    "pressure",
    "jitter",
    "rtt",
    "ttfb",
    "age",
    "swap",
    "pause",
    "pauses",
    "延迟",
    "时延",
    "耗时",
    "响应时间",
    "失败率",
    "错误率",
    "丢包率",
];
/// Words of what tells one thing from another, though a number may stand in it: `4G`, `12h`.
const KINDS: &[&str] = &[
    "version",
    "build",
    "release",
    "commit",
    "hash",
    "sha",
    "id",
    "ids",
    "uuid",
    "key",
    "code",
    "codes",
    "network",
    "plan",
    "tier",
    "type",
    "class",
    "kind",
    "generation",
    "window",
    "bucket",
    "interval",
    "step",
    "slot",
    "rack",
    "zone",
    "region",
    "host",
    "instance",
    "pod",
    "node",
    "container",
    "server",
    "ip",
    "address",
    "addr",
    "port",
    "路由",
    "版本",
];
/// Words of things of which there are several alike.
const MEMBERS: &[&str] = &[
    "host",
    "hostname",
    "pod",
    "node",
    "instance",
    "container",
    "server",
    "ip",
    "replica",
    "machine",
    "worker",
    "task",
    "address",
    "addr",
];
/// Words of what goes up and down about zero, and of what cannot be read as a size.
const SIGNED: &[&str] = &[
    "offset",
    "delta",
    "drift",
    "change",
    "changes",
    "diff",
    "difference",
    "skew",
    "growth",
    "temperature",
    "temp",
    "balance",
    "profit",
    "margin",
    "return",
    "returns",
    "net",
    "gain",
    "trend",
    "score",
    "deviation",
    "anomaly",
    "x",
    "y",
    "z",
    "lat",
    "lon",
];
/// Words of what there is none of below zero.
const SIZES: &[&str] =
    &["latencies", "durations", "delay", "delays", "seconds", "sec", "milliseconds", "millis", "bytes", "kb", "mb", "size", "depth", "rtt"];
/// Words that the names of counters end with.
const ENDS: &[&str] = &["total", "count", "sum", "bucket"];
/// Words of what numbers rows, and of what there is so much of at one moment: those go up and down, or are an axis.
const LEVELS: &[&str] = &[
    "number",
    "num",
    "nr",
    "no",
    "index",
    "idx",
    "id",
    "ids",
    "pending",
    "queue",
    "queued",
    "backlog",
    "thread",
    "threads",
    "memory",
    "mem",
    "heap",
    "stuck",
    "blocked",
    "waiting",
    "unprocessed",
    "unacked",
    "unpaid",
    "stale",
    "orphaned",
    "dead",
    "open",
    "active",
    "lag",
    "depth",
];

/// The name of a metric without the value that it was measured of: `p99_ms` of `p99_ms{pay}`.
pub fn without_label(name: &str) -> &str {
    // What a monitoring system writes there is part of the name: `requests{code="200"}`.
    name.strip_suffix('}').and_then(|rest| rest.split_once('{')).filter(|(_, label)| !label.contains('=')).map_or(name, |(name, _)| name)
}

/// Whether these words say that there should be more of it.
pub(super) fn gains(low: &Words) -> bool {
    let ends = |word: &String| {
        GAINS_END.iter().any(|end| word.strip_suffix(end).is_some_and(|front| !front.ends_with(|before: char| TURNED.contains(&before))))
    };
    let against = low.has(FAILURES) || low.has(RARE) || low.has(BROKEN) || low.has(AGAINST) || low.has(TAKES) || low.quantile();
    !against && (low.has(GAINS) || low.0.iter().any(ends))
}

/// Whether a name says which way is better.
pub fn says_direction(name: &str) -> bool {
    let low = Words::of(without_label(name));
    super::more_is_better(name)
        || low.quantile()
        || [FAILURES, RARE, BROKEN, TAKES, LESS].iter().any(|list| low.has(list))
        || counts_some(name)
}

/// Whether a column by this name tells one thing from another, be there numbers in it or not.
pub fn tells_kinds(name: &str) -> bool {
    let low = Words::of(name);
    let takes = low.has(TAKES) || low.quantile();
    (low.has(KINDS) && !takes) || names_codes(name)
}

/// Whether a column by this name holds how much or how long something is, and no moment.
pub fn names_measures(name: &str) -> bool {
    let low = Words::of(name);
    low.measures() && !low.has(INSTANTS) && !low.has(&["day", "zone", "local"])
}

/// Whether a column by this name holds members of a group that are all alike.
pub fn names_members(name: &str) -> bool {
    Words::of(name).has(MEMBERS)
}

/// What a number below zero says in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Below {
    /// It is a number.
    Number,
    /// It is none where nothing but -1 lies there.
    Perhaps,
    /// There is no such thing.
    Nothing,
}

/// By a column's name.
pub fn below_zero(name: &str) -> Below {
    let low = Words::of(name);
    if low.has(SIGNED) || low.has(&["status", "http"]) || names_codes(name) {
        Below::Number
    } else if low.has(TAKES) || low.has(SIZES) || (low.quantile() && !low.has(SHARES)) {
        Below::Nothing
    } else {
        Below::Perhaps
    }
}

/// Whether a column by this name may be a counter that goes on and on, and whether it may then hold fractions.
pub fn names_counter(name: &str) -> Option<bool> {
    let low = Words::of(without_label(name.split('{').next().unwrap_or(name)));
    let end = low.0.last().filter(|end| ENDS.contains(&end.as_str()));
    let level = low.has(LEVELS) && end.is_none_or(|end| end != "total");
    let share = low.quantile() || low.has(SHARES) || (low.has(&["per"]) && low.has(TIMES));
    let named = end.is_some() || counts_all(name) || counts_some(name);
    (named && !level && !share).then_some(end.is_some())
}

/// Whether a name says that what failed, or what went well, is counted.
pub fn counts_outcomes(name: &str) -> bool {
    let low = Words::of(name);
    low.has(FAILURES) || low.has(SUCCESSES) || low.has(BROKEN)
}

#[cfg(test)]
mod tests {
    use super::{super::more_is_better, *};

    #[test]
    fn business_figures_are_wanted() {
        for name in [
            "conversion_rate",
            "cache_hit_ratio",
            "hit_rate",
            "revenue",
            "revenue_per_minute",
            "logins",
            "signups",
            "checkouts",
            "model_accuracy",
            "GMV",
            "支付转化率",
            "缓存命中率",
            "营收",
            "支付成功率",
            "conversion_rate{p99}",
        ] {
            assert!(more_is_better(name) && says_direction(name), "{name}");
        }
        for name in [
            "cache_miss_ratio",
            "miss_rate",
            "queue_depth",
            "gc_pause_ms",
            "heap_used_bytes",
            "failed_logins",
            "lost_sales",
            "conversion_errors",
            "conversion_time_ms",
            "cache_hit_p99",
            "rate_limit_hits",
            "未命中率",
            "不可用率",
            "saturation",
        ] {
            assert!(!more_is_better(name), "{name}");
        }
        for name in ["value", "foo", "score", "amount"] {
            assert!(!says_direction(name), "{name}");
        }
        for name in ["latency", "p99", "http_errors", "cpu", "queue_depth", "heap_used_bytes", "p95{pay}", "status_500"] {
            assert!(says_direction(name) && !more_is_better(name), "{name}");
        }
        assert!(!more_is_better("p99_ms{throughput}") && !more_is_better("value{uptime}"), "what it is measured of says nothing");
        assert_eq!((without_label("a{b}"), without_label("a{b=\"c\"}"), without_label("a")), ("a", "a{b=\"c\"}", "a"));
    }

    #[test]
    fn names_say_what_may_lie_below_zero() {
        for name in ["latency", "p99", "elapsed_ms", "response_bytes"] {
            assert_eq!(below_zero(name), Below::Nothing, "{name}");
        }
        for name in ["clock_offset_ms", "latency_delta", "drift", "temperature", "exit_code", "http_status"] {
            assert_eq!(below_zero(name), Below::Number, "{name}");
        }
        assert_eq!((below_zero("error_rate"), below_zero("cpu")), (Below::Perhaps, Below::Perhaps));
    }

    #[test]
    fn names_say_what_may_be_a_counter() {
        for name in ["http_errors_total", "total", "failed", "requests", "status_500", "timeout_count", "http_requests_total{code=\"200\"}"]
        {
            assert!(names_counter(name).is_some(), "{name}");
        }
        for name in ["heap_used", "latency", "error_rate", "queue_count", "minute_number", "requests_per_second", "p99"] {
            assert_eq!(names_counter(name), None, "{name}");
        }
    }
}
