//! Columns that count statuses of HTTP by their names: `status_200`, `code_503`, `5xx`.

use super::{
    pairs::{Pair, remaining},
    words::{FAILURES, SUCCESSES, Words},
};

/// Words of which three digits behind them are a status.
const NAMING: &[&str] =
    &["status", "statuses", "code", "codes", "http", "httpstatus", "httpcode", "statuscode", "responsecode", "responses"];

/// Class of a status, where a word is one: 2 of `2xx`, and of `200` where it may be one.
fn class(word: &str, named: bool) -> Option<u8> {
    let [first @ b'1'..=b'5', rest @ ..] = word.as_bytes() else { return None };
    let all = rest == b"xx" || (named && rest.len() == 2 && rest.iter().all(u8::is_ascii_digit));
    all.then(|| first - b'0')
}

/// Classes of the statuses in a name, and its other words, both in small letters.
fn read(name: &str) -> (Vec<u8>, Vec<String>) {
    let (mut classes, mut others, mut named) = (Vec::new(), Vec::new(), false);
    for word in Words::of(&name.to_lowercase()).0 {
        let digits = word.trim_start_matches(char::is_alphabetic);
        let before = &word[..word.len() - digits.len()];
        let names = NAMING.contains(&before);
        // `status200` is both.
        match class(digits, if before.is_empty() { named } else { names }).filter(|_| before.is_empty() || names) {
            Some(class) => {
                classes.push(class);
                others.extend((!before.is_empty()).then(|| before.to_owned()));
            }
            None => others.push(word.clone()),
        }
        named = names && digits.is_empty();
    }
    (classes, others)
}

/// Whether a name has a status in it: the column holds none, it counts them.
pub fn names_statuses(name: &str) -> bool {
    !read(name).0.is_empty()
}

/// The class of the statuses that a column counts, and the other words of its name. `None` of measures, and where its words say already
/// what failed.
pub fn counted_statuses(name: &str) -> Option<(u8, Vec<String>)> {
    let low = Words::of(name);
    let other = low.measures() || low.has(FAILURES) || low.has(SUCCESSES) || low.has(&["exit", "return"]);
    if other {
        return None;
    }
    let (classes, others) = read(name);
    match classes.as_slice() {
        [class] => Some((*class, remaining(&others))),
        _ => None,
    }
}

/// Whether a column counts a status: where there was none, a file that is made of single rows has no such column.
pub fn counts_status(name: &str) -> bool {
    counted_statuses(name).is_some()
}

/// Columns of statuses that are a rate together: what failed, from 500 on, among all that are counted, and what was refused as well, from
/// 400 on, where any was. Those that tell of the same, at least one of which went well.
pub fn statuses(names: &[String], any: impl Fn(&str) -> bool) -> Vec<Pair> {
    let all: Vec<(&String, u8, Vec<String>)> =
        names.iter().filter_map(|name| counted_statuses(name).map(|(class, of)| (name, class, of))).collect();
    let mut kinds: Vec<&Vec<String>> = all.iter().map(|(_, _, of)| of).collect();
    kinds.sort();
    kinds.dedup();
    let mut pairs = Vec::new();
    for of in kinds {
        let own: Vec<(&String, u8)> = all.iter().filter(|(_, _, other)| other == of).map(|(name, class, _)| (*name, *class)).collect();
        let has = |wanted: u8| own.iter().any(|(_, class)| *class == wanted);
        let refused = own.iter().any(|(name, class)| *class == 4 && any(name));
        for from in [5, 4] {
            let those =
                |failed: bool| own.iter().filter(|(_, class)| (*class >= from) == failed).map(|(name, _)| (*name).clone()).collect();
            if has(2) && has(from) && (from == 5 || refused || !has(5)) {
                let what = if of.is_empty() { "status".to_owned() } else { of.join("_") };
                pairs.push(Pair { name: format!("{what} from {from}00"), total: None, failed: those(true), succeeded: those(false) });
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_read_from_names() {
        for (name, wanted) in [
            ("status_200", Some((2, "status"))),
            ("http_status_503", Some((5, "http_status"))),
            ("code_404", Some((4, "code"))),
            ("statusCode200", Some((2, "statuscode"))),
            ("HTTP 5xx", Some((5, "http"))),
            ("http2XX", Some((2, "http"))),
            ("4xx_count", Some((4, ""))),
            ("responses_2xx", Some((2, "responses"))),
            ("p500", None),
            ("latency_200", None),
            ("http_200_ms", None),
            ("code_200_latency", None),
            ("http_port_443", None),
            ("shop_101", None),
            ("barcode_200", None),
            ("status_20", None),
            ("status_2000", None),
            ("status_600", None),
            ("exit_code_137", None),
            ("errors_500", None),
            ("http_status", None),
            ("200", None),
        ] {
            let found = counted_statuses(name).map(|(class, of)| (class, of.join("_")));
            assert_eq!(found, wanted.map(|(class, of)| (class, of.to_owned())), "{name}");
        }
    }

    #[test]
    fn statuses_of_the_same_are_a_rate_together() {
        let told = |names: &[&str], refused: bool| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let pairs = statuses(&names, |_| refused);
            pairs.into_iter().map(|pair| format!("{}: {}", pair.name, pair.failed.join(" "))).collect::<Vec<_>>()
        };
        assert_eq!(told(&["status_200", "status_500", "status_503"], true), ["status from 500: status_500 status_503"]);
        assert_eq!(told(&["2xx", "3xx", "4xx", "5xx"], true), ["status from 500: 5xx", "status from 400: 4xx 5xx"]);
        assert_eq!(told(&["2xx", "3xx", "4xx", "5xx"], false), ["status from 500: 5xx"]);
        assert_eq!(
            told(&["pay_2xx", "pay_4xx", "refund_2xx", "refund_5xx"], true),
            ["pay from 400: pay_4xx", "refund from 500: refund_5xx"]
        );
        assert!(told(&["http_4xx", "http_5xx", "total"], true).is_empty(), "of what is not said");
        assert!(told(&["code_100", "code_510"], true).is_empty(), "codes of something else");
    }
}
