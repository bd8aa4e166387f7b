//! When a message is tried again, when it is given up, and what is signed.

use serde_json::Value;

use super::{Kind, State};
use crate::{
    Timestamp,
    time::{HOUR, MINUTE, SECOND},
};

/// Attempts before a delivery is given up: with the back-off below, about four and a half hours.
pub const MAX_ATTEMPTS: i64 = 24;

/// Longest pause that an endpoint can ask for.
const LONGEST_WAIT: i64 = HOUR;

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken.
    Arrived {
        /// HTTP status; `None` for what is not HTTP.
        status: Option<u16>,
        /// How the other side calls it; empty where it does not say.
        receipt: String,
    },
    /// It was answered, but not taken.
    Refused {
        /// HTTP status; `None` for what is not HTTP.
        status: Option<u16>,
        /// What the other side said.
        why: String,
        /// Milliseconds that it asks to wait.
        wait_ms: Option<i64>,
        /// Whether there is nobody any more: trying again is of no use.
        gone: bool,
    },
    /// No answer; why not.
    Failed(String),
}

impl Outcome {
    /// Whether the message has arrived.
    pub fn arrived(&self) -> bool {
        matches!(self, Self::Arrived { .. })
    }
}

/// What an answer over HTTP means to a kind. Some answer 200 and say in the body that they did not take it; `retry_after` is
/// the header of that name.
pub fn judge(kind: Kind, status: u16, retry_after: Option<&str>, body: &str) -> Outcome {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let said = match kind {
        Kind::DingTalk | Kind::WeCom => said(&json, "errcode", "errmsg"),
        // The older form says StatusCode.
        Kind::Feishu => said(&json, "code", "msg").or_else(|| said(&json, "StatusCode", "StatusMessage")),
        Kind::Telegram => (json["ok"] != Value::Bool(true)).then(|| {
            let why = json["description"].as_str().unwrap_or("the answer does not say ok");
            (why.to_owned(), false)
        }),
        // A hook says ok; the API with tokens, which is no hook, answers in JSON and 200 whatever it means.
        Kind::Slack => (json["ok"] == Value::Bool(false)).then(|| {
            let why = json["error"].as_str().unwrap_or("the answer does not say ok");
            (why.to_owned(), matches!(why, "ratelimited" | "rate_limited"))
        }),
        _ => None,
    };
    let wait_ms = json["parameters"]["retry_after"].as_i64().or_else(|| retry_after?.trim().parse().ok());
    let wait_ms = wait_ms.map(|seconds| seconds.clamp(0, LONGEST_WAIT / SECOND) * SECOND);
    let well = (200..=299).contains(&status);
    match (well, said) {
        (true, None) => {
            let id = &json["result"]["message_id"];
            let receipt = if kind == Kind::Telegram && id.is_number() { format!("message {id}") } else { String::new() };
            Outcome::Arrived { status: Some(status), receipt }
        }
        (true, Some((why, limited))) => {
            let wait_ms = wait_ms.or_else(|| limited.then_some(MINUTE));
            Outcome::Refused { status: Some(status), why: short(&why), wait_ms, gone: false }
        }
        (false, said) => {
            let told = said.map_or_else(|| short(body), |(why, _)| short(&why));
            // Where anybody may choose the place, what it says is nobody's business.
            let told = if told.is_empty() || matches!(kind, Kind::Webhook | Kind::WebPush) { String::new() } else { format!(": {told}") };
            let why = format!("status {status}, expected 2xx{told}");
            let gone = kind == Kind::WebPush && matches!(status, 404 | 410);
            Outcome::Refused { status: Some(status), why, wait_ms: wait_ms.filter(|_| matches!(status, 429 | 503)), gone }
        }
    }
}

/// A code in the body that is not 0, with its text, and whether it says "too many".
fn said(json: &Value, code: &str, text: &str) -> Option<(String, bool)> {
    let code = json.get(code).and_then(Value::as_i64)?;
    // DingTalk, WeCom, Feishu: too many messages.
    let limited = matches!(code, 130_101 | 410_100 | 45_009 | 9_499 | 11_232);
    (code != 0).then(|| (format!("code {code}: {}", json[text].as_str().unwrap_or_default()), limited))
}

fn short(text: &str) -> String {
    let visible = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    visible.take(200).collect::<String>().trim().to_owned()
}

/// Attempts after which a message is given up whose content is refused: some ten minutes.
pub const MAX_REFUSALS: i64 = 8;

/// Pause after the `attempt`-th failed attempt (1, 2, …) in milliseconds: 5 s doubled each time, at most 15 min,
/// shortened by up to a half. `seed` spreads messages; the same seed and attempt give the same pause.
pub fn backoff_ms(attempt: i64, seed: &str) -> i64 {
    let full = longest_pause_ms(attempt);
    // FNV-1a: even enough to spread, and the same on every machine.
    let hash = seed
        .bytes()
        .chain(attempt.to_be_bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let thousandth = i64::try_from(hash % 1_000).unwrap_or(0);
    full - full * thousandth / 2_000
}

fn longest_pause_ms(attempt: i64) -> i64 {
    (5 * SECOND * (1 << (attempt.clamp(1, 12) - 1))).min(15 * MINUTE)
}

/// How long attempts go on at most, in milliseconds.
pub fn patience_ms() -> i64 {
    (1..MAX_ATTEMPTS).map(longest_pause_ms).sum()
}

/// The state after an attempt, and when the next one is due.
pub fn after_attempt(outcome: &Outcome, attempts: i64, now: Timestamp, seed: &str) -> (State, Timestamp) {
    match outcome {
        Outcome::Arrived { .. } => (State::Delivered, now),
        Outcome::Refused { gone: true, .. } => (State::Dead, now),
        // What it says was refused, and not the moment: nothing that comes after it is to wait for hours.
        Outcome::Refused { status: Some(400 | 413 | 422), .. } if attempts >= MAX_REFUSALS => (State::Dead, now),
        _ if attempts >= MAX_ATTEMPTS => (State::Dead, now),
        Outcome::Refused { wait_ms: Some(wait), .. } => (State::Waiting, now.plus(backoff_ms(attempts, seed).max(*wait))),
        _ => (State::Waiting, now.plus(backoff_ms(attempts, seed))),
    }
}

/// What the signature covers, after Standard Webhooks: id, timestamp in seconds and body, joined by dots.
pub fn signed_content(id: &str, at_s: i64, body: &str) -> String {
    format!("{id}.{at_s}.{body}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_are_capped_and_spread() {
        for attempt in 1..=40 {
            let full = (5 * SECOND * (1 << (attempt - 1).min(11))).min(15 * MINUTE);
            let pause = backoff_ms(attempt, "x");
            assert!(pause <= full && pause >= full / 2, "attempt {attempt}: {pause} of {full}");
        }
        let pauses: std::collections::BTreeSet<i64> = (0..100).map(|n| backoff_ms(6, &format!("delivery-{n}"))).collect();
        assert!(pauses.len() > 60, "{} different pauses", pauses.len());
        assert_eq!(backoff_ms(3, "a"), backoff_ms(3, "a"));
    }

    #[test]
    fn an_hour_of_refusals_gives_nothing_up() {
        let (mut now, mut attempts) = (Timestamp(0), 0);
        while now.0 < 60 * MINUTE {
            attempts += 1;
            let (state, next) = after_attempt(&Outcome::Failed("refused".into()), attempts, now, "seed");
            assert_eq!(state, State::Waiting);
            now = next;
        }
        let webhook = |status| judge(Kind::Webhook, status, None, "");
        assert_eq!(after_attempt(&webhook(204), attempts, now, "seed").0, State::Delivered);
        assert_eq!(after_attempt(&webhook(302), MAX_ATTEMPTS, now, "seed").0, State::Dead);
    }

    #[test]
    fn what_is_refused_within_a_good_answer_is_refused() {
        let good = [
            (Kind::DingTalk, r#"{"errcode":0,"errmsg":"ok"}"#),
            (Kind::WeCom, r#"{"errcode":0,"errmsg":"ok"}"#),
            (Kind::Feishu, r#"{"code":0,"msg":"success","data":{}}"#),
            (Kind::Feishu, r#"{"Extra":null,"StatusCode":0,"StatusMessage":"success"}"#),
            (Kind::Telegram, r#"{"ok":true,"result":{"message_id":42}}"#),
            (Kind::Slack, "ok"),
            (Kind::Slack, r#"{"ok":true,"ts":"1503435956.000247"}"#),
            (Kind::Teams, ""),
        ];
        for (kind, body) in good {
            assert!(judge(kind, 200, None, body).arrived(), "{kind}: {body}");
        }
        assert_eq!(judge(Kind::Telegram, 200, None, good[4].1), Outcome::Arrived { status: Some(200), receipt: "message 42".into() });
        let bad = [
            (Kind::DingTalk, r#"{"errcode":310000,"errmsg":"sign not match"}"#, "code 310000: sign not match"),
            (Kind::WeCom, r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#, "code 93000: invalid webhook url"),
            (Kind::Feishu, r#"{"code":19021,"msg":"sign match fail"}"#, "code 19021: sign match fail"),
            (Kind::Telegram, r#"{"ok":false,"error_code":400,"description":"chat not found"}"#, "chat not found"),
            (Kind::Slack, r#"{"ok":false,"error":"not_authed"}"#, "not_authed"),
        ];
        for (kind, body, told) in bad {
            assert!(matches!(judge(kind, 200, None, body), Outcome::Refused { why, wait_ms: None, .. } if why == told), "{kind}");
        }
        assert!(
            matches!(judge(Kind::Slack, 404, None, "no_service"), Outcome::Refused { why, .. } if why == "status 404, expected 2xx: no_service")
        );
    }

    #[test]
    fn who_asks_to_wait_is_heard() {
        let wait = |kind, status, header, body| match judge(kind, status, header, body) {
            Outcome::Refused { wait_ms, .. } => wait_ms,
            other => panic!("{other:?}"),
        };
        assert_eq!(wait(Kind::Slack, 429, Some("120"), ""), Some(120 * SECOND));
        assert_eq!(wait(Kind::Slack, 429, Some("999999"), ""), Some(HOUR), "not for ever");
        assert_eq!(wait(Kind::Slack, 500, Some("120"), ""), None);
        assert_eq!(
            wait(Kind::Telegram, 429, None, r#"{"ok":false,"description":"Too Many Requests","parameters":{"retry_after":35}}"#),
            Some(35 * SECOND)
        );
        assert_eq!(wait(Kind::WeCom, 200, None, r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#), Some(MINUTE));
        let limited = judge(Kind::Slack, 429, Some("120"), "");
        assert_eq!(after_attempt(&limited, 1, Timestamp(0), "x"), (State::Waiting, Timestamp(120 * SECOND)));
        assert_eq!(after_attempt(&judge(Kind::WebPush, 410, None, ""), 1, Timestamp(0), "x").0, State::Dead, "nobody is there any more");
    }
}
