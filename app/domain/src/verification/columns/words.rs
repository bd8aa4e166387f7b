//! The words that names and cells are told by, in both languages.

/// Words of what counts everything.
pub const TOTALS: &[&str] = &[
    "total",
    "totals",
    "requests",
    "request",
    "reqs",
    "req",
    "transactions",
    "transaction",
    "txns",
    "txn",
    "tx",
    "count",
    "counts",
    "attempts",
    "attempt",
    "calls",
    "hits",
    "n",
    "all",
    "num",
    "number",
    "总数",
    "总量",
    "总笔数",
    "交易量",
    "请求数",
    "请求量",
    "笔数",
];
/// Words of what there is so many of. They count everything as well, but tell one thing from another: `orders` are no `payments`.
pub const COUNTED: &[&str] = &[
    "volume",
    "volumes",
    "samples",
    "trials",
    "orders",
    "payments",
    "bookings",
    "events",
    "sessions",
    "messages",
    "msgs",
    "ops",
    "operations",
    "visits",
    "checks",
    "txs",
    "trx",
    "订单数",
    "支付数",
    "消息数",
    "事件数",
    "访问量",
];
/// Words of what counts failures.
pub const FAILURES: &[&str] = &[
    "failed",
    "failures",
    "failure",
    "fail",
    "fails",
    "errors",
    "error",
    "errs",
    "err",
    "ko",
    "declined",
    "rejected",
    "refused",
    "aborted",
    "denied",
    "bad",
    "unsuccessful",
    "失败",
    "失败数",
    "失败笔数",
    "错误",
    "错误数",
];
/// Words of what counts what went well.
pub const SUCCESSES: &[&str] = &[
    "succeeded",
    "success",
    "successes",
    "successful",
    "ok",
    "oks",
    "okay",
    "pass",
    "passes",
    "passed",
    "good",
    "completed",
    "accepted",
    "approved",
    "成功",
    "成功数",
    "成功笔数",
];
/// Words beside those that say of one thing alone that it failed.
pub const BROKEN: &[&str] = &[
    "timeout",
    "timeouts",
    "timed",
    "exception",
    "exceptions",
    "crash",
    "crashes",
    "crashed",
    "retry",
    "retries",
    "retried",
    "restarted",
    "drop",
    "drops",
    "dropped",
    "lost",
    "down",
    "超时",
];
/// Words beside those that say of one thing alone that it is well.
pub const UP: &[&str] = &[
    "up",
    "alive",
    "healthy",
    "reachable",
    "ready",
    "online",
    "connected",
    "running",
    "valid",
    "paid",
    "delivered",
    "authorized",
    "authorised",
    "captured",
    "settled",
    "confirmed",
    "acknowledged",
];
/// Of the words of failures and successes those that say that there are many.
pub const MANY: &[&str] = &[
    "errors",
    "errs",
    "failures",
    "fails",
    "successes",
    "oks",
    "passes",
    "timeouts",
    "exceptions",
    "crashes",
    "retries",
    "drops",
    "失败数",
    "失败笔数",
    "错误数",
    "成功数",
    "成功笔数",
];
/// Words that say that a column is a number of something.
pub const NUMBER: &[&str] = &["count", "total", "n", "num", "number", "all"];
/// Words that turn the next one round.
pub const NOT: &[&str] = &["not", "no", "non", "without", "never"];
/// Words of measures: a column with one of them counts nothing.
pub const MEASURES: &[&str] = &[
    "rate",
    "ratio",
    "pct",
    "percent",
    "percentage",
    "share",
    "per",
    "latency",
    "duration",
    "time",
    "elapsed",
    "ms",
    "us",
    "ns",
    "s",
    "sec",
    "seconds",
    "bytes",
    "size",
    "amount",
    "mean",
    "avg",
    "average",
    "median",
    "max",
    "min",
    "stddev",
    "milliseconds",
    "millis",
    "lag",
    "times",
    "latencies",
    "durations",
    "delay",
    "delays",
    "depth",
    "kb",
    "mb",
];
/// Words of measures of which more is better.
pub const HIGHER: &[&str] = &[
    "avail",
    "available",
    "availability",
    "uptime",
    "apdex",
    "throughput",
    "goodput",
    "rps",
    "tps",
    "qps",
    "成功率",
    "可用率",
    "可用性",
    "吞吐",
    "吞吐量",
];
/// Words of shares that are best when they are whole.
pub const WHOLE: &[&str] = &["avail", "available", "availability", "uptime", "成功率", "可用率", "可用性"];
/// Words of moments.
pub const INSTANTS: &[&str] = &[
    "bucket",
    "slot",
    "window",
    "start",
    "started",
    "begin",
    "end",
    "finished",
    "from",
    "to",
    "epoch",
    "timestamp",
    "ts",
    "date",
    "datetime",
];
/// Cells that say nothing.
pub const NOTHING: &[&str] = &["", "-", "—", "nan", "null", "none", "na", "n/a", "nil", "undefined"];

/// The words of a name: `failedCount`, `failed_count` and `Failed Count` have the same two.
pub fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut apart, mut small) = (true, false);
    for letter in name.chars() {
        if !letter.is_alphanumeric() {
            apart = true;
            continue;
        }
        if apart || (small && letter.is_uppercase()) {
            words.push(String::new());
        }
        (apart, small) = (false, !letter.is_uppercase());
        if let Some(word) = words.last_mut() {
            word.push(letter);
        }
    }
    words
}

/// Words of what is counted and is better rare, though it is no failure: with them nothing counts everything.
pub const RARE: &[&str] = &[
    "timeout",
    "timeouts",
    "retry",
    "retries",
    "retried",
    "exception",
    "exceptions",
    "crash",
    "crashes",
    "restart",
    "restarts",
    "drop",
    "dropped",
    "drops",
    "lost",
    "slow",
    "pending",
    "queue",
    "queued",
    "backlog",
    "gc",
    "thread",
    "threads",
    "4xx",
    "5xx",
    "cpu",
    "memory",
    "mem",
    "heap",
    "duplicate",
    "duplicates",
    "duplicated",
    "cancelled",
    "canceled",
    "stuck",
    "blocked",
    "unprocessed",
    "unacked",
    "unpaid",
    "expired",
    "abandoned",
    "stale",
    "orphaned",
    "throttled",
    "skipped",
    "delayed",
    "waiting",
    "reversed",
    "refunded",
    "chargeback",
    "chargebacks",
    "dead",
    "warning",
    "warnings",
    "miss",
    "misses",
    "超时数",
    "重试数",
    "积压数",
    "积压量",
];
/// Words of shares.
pub const SHARES: &[&str] = &["rate", "ratio", "pct", "percent", "percentage", "share"];
/// Words of how long something takes.
pub const TAKES: &[&str] = &["latency", "duration", "elapsed", "lag", "time", "ms", "us", "ns"];
/// Units of the time in which there is so much of something.
pub const TIMES: &[&str] = &["s", "sec", "second", "m", "min", "minute", "h", "hour", "day"];
/// Words of a volume.
pub const FLOWS: &[&str] = &["tps", "rps", "qps", "throughput", "volume", "orders", "sales", "txns", "traffic", "交易量", "吞吐量"];
/// Words of what a row is, or of how a machine does, beside a volume.
pub const BESIDE: &[&str] =
    &["weekday", "day", "dow", "month", "year", "week", "holiday", "weekend", "season", "hour", "minute", "cpu", "memory", "load"];

/// Words of whole numbers that are many, and yet nothing of which some fails.
const MUCH: &[&str] = &[
    "bits", "cents", "cores", "costs", "credits", "days", "degrees", "dollars", "euros", "fees", "hours", "ids", "micros", "millis",
    "minutes", "months", "nanos", "needed", "nodes", "percents", "pixels", "points", "ports", "prices", "revenues", "sales", "scores",
    "secs", "speed", "sums", "tokens", "used", "volts", "watts", "weeks", "words", "years",
];

/// Whether a word says that there are many of something (`logins`), or that something was done so many times (`processed`).
pub fn counts_things(word: &str) -> bool {
    let long = word.chars().count() >= 4;
    let many = word.ends_with('s') && !["ss", "us", "is"].iter().any(|end| word.ends_with(end));
    let done = word.ends_with("ed") || word == "sent";
    let counted = ["数", "量"].iter().any(|end| word.ends_with(end)) && !["秒", "字节"].iter().any(|unit| word.contains(unit));
    ((long && (many || done)) || counted) && !MUCH.contains(&word)
}

/// Whether a word is a quantile: `p99`.
pub fn is_quantile(word: &str) -> bool {
    word.strip_prefix('p').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The same in small letters, and whether one of them is on a list.
pub struct Words(pub Vec<String>);

impl Words {
    /// The words of a name.
    pub fn of(name: &str) -> Self {
        Self(words(name).iter().map(|word| word.to_lowercase()).collect())
    }

    /// Whether one of them is on this list.
    pub fn has(&self, list: &[&str]) -> bool {
        self.0.iter().any(|word| list.contains(&word.as_str()))
    }

    /// Whether it is a measure: it counts nothing.
    pub fn measures(&self) -> bool {
        self.has(MEASURES) || self.quantile()
    }

    /// Whether one of them is a quantile.
    pub fn quantile(&self) -> bool {
        self.0.iter().any(|word| is_quantile(word))
    }
}
