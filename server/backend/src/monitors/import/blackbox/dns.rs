//! What the dns prober is told, and what its patterns ask of records.

use domain::monitors::{Note, RecordKind};

use super::{Found, Options, left_out, list, text};

pub(super) fn dns(options: &Options, target: &str, found: &mut Found) -> bool {
    found.set("kind", "dns");
    found.set("server", target);
    found.set("record", "A");
    let mut made = true;
    for (option, value) in options {
        match option.as_str() {
            "query_name" => found.set("lookup", text(value)),
            "query_type" => found.set("record", text(value)),
            "transport_protocol" => found.set("transport", text(value)),
            "recursion_desired" if text(value) == "true" => {}
            "query_class" if text(value) == "IN" => {}
            "valid_rcodes" => match list(value).as_slice() {
                [] => {}
                [only] => found.set("rcode", only),
                _ => {
                    left_out(option, value, found);
                    made = false;
                }
            },
            "validate_answer_rrs" => {
                for (name, rules) in value.as_mapping().into_iter().flatten() {
                    match (text(name).as_str(), list(rules).as_slice()) {
                        (_, []) => {}
                        (name, [only]) if !found.fields.has("answers") && mode(name).is_some() && of_data(only).is_some() => {
                            found.set("answers", mode(name).unwrap_or_default());
                            // Blackbox matches whole records, `example.org. 60 IN A 192.0.2.1`; here it is what follows the kind.
                            found.set("answer_text", of_data(only).unwrap_or_default());
                        }
                        (name, _) => {
                            left_out(&format!("validate_answer_rrs.{name}"), rules, found);
                            made = false;
                        }
                    }
                }
            }
            _ => left_out(option, value, found),
        }
    }
    if !options.contains_key("query_type") {
        found.notes.push(Note::new("setting", "query_type: ANY"));
    }
    // A blackbox is content with a code; an answer without records counts too.
    if !found.fields.has("answers") {
        found.set("answers", "whatever");
    }
    made
}

/// What is asked of the answers by a rule of a blackbox for records.
fn mode(rule: &str) -> Option<&'static str> {
    match rule {
        "fail_if_none_matches_regexp" => Some("regex"),
        "fail_if_not_matches_regexp" => Some("each"),
        "fail_if_matches_regexp" => Some("lacks"),
        _ => None,
    }
}

/// How patterns write what parts a record, where one is another's beginning the longer one first.
const PARTED: &[&str] = &["\\t+", "\\t", "\\s+", "\\s*", "\\s"];

/// What follows the kind of a record in a pattern of the whole.
fn after_kind(pattern: &str) -> Option<&str> {
    let parts = PARTED.iter().flat_map(|after| PARTED.iter().map(move |before| (before, after)));
    let mut kinds = parts.flat_map(|(before, after)| RecordKind::ALL.iter().map(move |kind| format!("{before}{kind}{after}")));
    kinds.find_map(|kind| Some(pattern.split_once(&kind)?.1))
}

/// What a pattern says of the data of a record; `None` where it speaks of more, and that cannot be cut away: it would never match.
fn of_data(pattern: &str) -> Option<String> {
    let pattern = pattern.replace('\t', "\\t");
    let after = after_kind(&pattern);
    let rest = after.unwrap_or(&pattern);
    let more = if after.is_some() { &["^", "\\t"][..] } else { &["^", "\\s", "\\t", "IN"][..] };
    // Of two kinds the second one still stands there; and here texts are without their quotes.
    let twice = after.is_some_and(|rest| after_kind(rest).is_some() || has_choices(rest));
    if twice || more.iter().any(|part| rest.contains(part)) || (pattern.contains("TXT") && rest.contains('"')) {
        return None;
    }
    let open = rest.trim_start_matches(".*");
    Some(if open.is_empty() {
        // What matches anything is asked for as it stands: no pattern at all is none.
        ".*".to_owned()
    } else if after.is_none() || open.len() < rest.len() {
        open.to_owned()
    } else {
        // The data begin where the kind ends.
        format!("^{rest}")
    })
}

/// Whether a pattern is a choice of several, beside those within brackets.
fn has_choices(pattern: &str) -> bool {
    let mut depth = 0;
    pattern.chars().any(|letter| {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        letter == '|' && depth <= 0
    })
}

#[cfg(test)]
mod tests {
    use super::{super::read, *};

    #[test]
    fn what_is_asked_of_records() {
        for (rule, mode, text) in [
            ("fail_if_none_matches_regexp: ['.*IN\\tA\\t192.0.2.1$']", "regex", "^192.0.2.1$"),
            (r"fail_if_none_matches_regexp: ['.*\s+IN\s+A\s+10\..*']", "regex", r"^10\..*"),
            (r"fail_if_not_matches_regexp: ['IN\tA\t(10|11)\.']", "each", r"^(10|11)\."),
            (r"fail_if_none_matches_regexp: ['IN\tTXT\tall is well']", "regex", "^all is well"),
            ("fail_if_none_matches_regexp: [\"IN\\tTXT\\t.*v=spf1\"]", "regex", "v=spf1"),
            ("fail_if_not_matches_regexp: ['.*']", "each", ".*"),
            ("fail_if_matches_regexp: ['.*192.0.2.1']", "lacks", "192.0.2.1"),
            ("fail_if_matches_regexp: []", "whatever", ""),
        ] {
            let text_of = |rule: &str| {
                format!(
                    "modules:\n  m: {{ prober: dns, dns: {{ query_name: a.test, query_type: A, validate_answer_rrs: {{ {rule} }} }} }}\n"
                )
            };
            let (found, _) = read(&text_of(rule), "m 192.0.2.53").unwrap();
            assert!(found[0].made && found[0].notes.is_empty());
            assert_eq!((found[0].fields.get("answers"), found[0].fields.get("answer_text")), (mode, text), "{rule}");
        }
        let (found, _) = read("modules:\n  m: { prober: dns, dns: { query_name: a.test } }\n", "m 192.0.2.53").unwrap();
        assert_eq!(found[0].notes, [Note::new("setting", "query_type: ANY")]);
    }

    #[test]
    fn a_pattern_of_the_whole_record_is_left_out() {
        for (pattern, made) in [
            (r"^bad\.example\.org.*", false),
            (r"\t(A|AAAA)\t10\.", false),
            (r"IN\s+A\s+10\.|IN\s+A\s+11\.", false),
            (r"IN\s+TXT\s+.v=spf1.*all.$", true),
            (r#".*IN\tTXT\t"v=spf1"#, false),
            (r"IN\tA\t10\.|192\.0\.2\.", false),
            (r".*\s+IN\s+A\s+10\..*", true),
            (r".*IN\tA\t10\..*", true),
            (r"10\..*", true),
        ] {
            for rule in ["fail_if_matches_regexp", "fail_if_none_matches_regexp", "fail_if_not_matches_regexp"] {
                let text = format!(
                    "modules:\n  m:\n    prober: dns\n    dns:\n      query_name: x.test\n      query_type: A\n      validate_answer_rrs: {{ {rule}: ['{pattern}'] }}\n"
                );
                let (found, _) = read(&text, "m 192.0.2.53").unwrap();
                assert_eq!((found[0].made, found[0].notes.is_empty()), (made, made), "{rule} {pattern}");
            }
        }
    }
}
