//! Lines that our own engines write of what they watch: titles of alerts, and what a check met. They stand in rows, in messages and in
//! the API in English; whoever reads them in another language is told the [`Wording`] of the same line, with what was put into it.
//! What somebody else wrote (a target, an operating system, a person) fits no line of ours and is told as it stands.
//!
//! **Architecture invariant:** the English text of each key in the language files is the line that is written; a test of `app` holds
//! them against each other.

use crate::Wording;

/// Titles of alerts, `{…}` where something is put in.
pub const TITLES: &[(&str, &str)] = &[
    ("alerts-title-burn", "{name} burns its error budget more than {factor}× too fast ({stretch})"),
    ("alerts-title-source", "metric source {name} does not answer"),
    ("alerts-title-trial", "{name}: what a trial took away was not given back"),
];

/// What any connection met: a check tells it behind its reason, a metric source by itself.
pub const ANYWHERE: &[(&str, &str)] = &[
    ("monitors-told-first-byte", "first-byte"),
    ("monitors-told-body", "body"),
    ("monitors-told-refused", "{peer}: Connection refused (os error {number})"),
    ("monitors-told-reset", "{peer}: Connection reset by peer (os error {number})"),
    ("monitors-told-unreachable-network", "{peer}: Network is unreachable (os error {number})"),
    ("monitors-told-unreachable-host", "{peer}: No route to host (os error {number})"),
    ("monitors-told-no-server", "this machine names no name server"),
    ("monitors-told-server-silent", "no name server answered for {name} in time"),
];

/// What a check met, told behind its reason. Of two lines that fit, the first is meant.
pub const DETAILS: &[(&str, &str)] = &[
    ("monitors-told-dns", "dns"),
    ("monitors-told-connect", "connect"),
    ("monitors-told-tls", "tls"),
    ("monitors-told-no-address", "no address"),
    ("monitors-told-no-host", "the URL has no host"),
    ("monitors-told-redirects", "more than {count} redirects"),
    ("monitors-told-no-location", "the Location header is not a URL"),
    ("monitors-told-downwards", "from https down to {url}"),
    ("monitors-told-to", "to {said}, expected {expected}"),
    ("monitors-told-contains", "contains “{text}”"),
    ("monitors-told-lacks", "lacks “{text}”"),
    ("monitors-told-regex", "regex “{text}”"),
    ("monitors-told-not-there", "{name}: not there"),
    ("monitors-told-not-json", "not JSON: {why}"),
    ("monitors-told-no-answer", "no answer"),
    ("monitors-told-answers", "{said}; expected {expected}"),
    ("monitors-told-expected-at", "{path}: {said}, expected {expected}"),
    ("monitors-told-expected", "{said}, expected {expected}"),
    ("monitors-told-certificate-unread", "the certificate cannot be read"),
    ("monitors-told-days", "{end} ({left} d left, {wanted} d wanted)"),
    ("monitors-told-answered-most", "{answered} of {sent} answered, at most {most} % may be lost"),
    ("monitors-told-answered", "{answered} of {sent} answered"),
    ("monitors-told-slow", "{took} ms, at most {most} ms"),
    ("monitors-told-no-starttls", "STARTTLS is not among what it offers"),
    ("monitors-told-no-tls", "the server does not offer TLS"),
    ("monitors-told-between", "something was said between STARTTLS and the handshake"),
    ("monitors-told-long", "more than {bytes} bytes"),
    ("monitors-told-long-line", "a line of more than {bytes} bytes"),
    ("monitors-told-long-answer", "an answer of more than {size} KiB"),
    ("monitors-told-long-message", "a message of {bytes} bytes"),
    ("monitors-told-ended", "the connection was ended"),
    ("monitors-told-another", "the answer is to another question"),
    ("monitors-told-not-postgres-but", "not PostgreSQL: {said}"),
    ("monitors-told-not-postgres", "not PostgreSQL"),
    ("monitors-told-not-mysql", "not MySQL"),
    ("monitors-told-not-redis", "not Redis: {said}"),
    ("monitors-told-not-health", "not an answer of grpc.health.v1"),
    ("monitors-told-no-grpc-status", "not gRPC: no grpc-status"),
    ("monitors-told-no-service", "NOT_FOUND: the server knows no service “{name}”"),
    ("monitors-told-no-health", "UNIMPLEMENTED: the server has no health service"),
    ("monitors-told-unproven", "the server did not prove that it knows the password"),
    ("monitors-told-clear", "the server wants the password in clear, and the connection is not secured"),
    ("monitors-told-clear-choose-tls", "{name}: the server wants the password in clear; choose TLS"),
    ("monitors-told-no-scram", "the server offers no SCRAM-SHA-256"),
    ("monitors-told-login-kind", "the server wants a login of kind {kind}, which is not spoken here"),
    ("monitors-told-login-by", "the server wants a login by {name}, which is not spoken here"),
    ("monitors-told-login-unread", "a login that cannot be read"),
    ("monitors-told-ping", "the ping was not answered with OK"),
    ("monitors-told-no-key", "no key opens the secret of this monitor"),
];

/// What is put into the places `said` and `expected` of those, and `next` of what is wrong with a page, where it is of ours.
pub const PARTS: &[(&str, &str)] = &[
    ("monitors-told-nothing", "nothing"),
    ("monitors-told-nowhere", "nowhere"),
    ("monitors-told-no-answer", "no answer"),
    ("monitors-told-exists", "exists"),
    ("monitors-told-absent", "absent"),
    ("monitors-told-equals", "equals {value}"),
    ("monitors-told-differs", "differs {value}"),
    ("monitors-told-below", "below {value}"),
    ("monitors-told-above", "above {value}"),
    ("monitors-told-part-contains", "contains {value}"),
    ("monitors-told-part-regex", "regex {value}"),
    ("monitors-told-exactly", "exactly {value}"),
    ("monitors-told-includes", "includes {value}"),
    ("sources-told-line-end", "the end of the line"),
];

/// What a metric source, a channel, or a rule or an objective on a source met, told without a reason before it.
pub const ALONE: &[(&str, &str)] = &[
    ("deliveries-told-status-said", "status {status}, expected 2xx: {told}"),
    ("deliveries-told-status", "status {status}, expected 2xx"),
    ("deliveries-told-no-server", "no mail server is set up (setting mail.host)"),
    ("deliveries-told-silent", "the mail server did not answer within {seconds} s"),
    ("deliveries-told-starttls", "the mail server does not offer STARTTLS"),
    ("deliveries-told-recipients", "the recipients are no mail addresses"),
    ("deliveries-told-partly", "{receipt} · not taken: {told}"),
    ("deliveries-told-removed", "the channel was removed"),
    ("deliveries-told-sealed", "its secret was sealed with another key file: type it anew"),
    ("sources-told-status", "status {status}, expected 200"),
    ("sources-told-large", "the page is larger than {size} MiB"),
    ("sources-told-page-unread", "the page could not be read"),
    ("sources-told-answer-unread", "the answer could not be read"),
    ("sources-told-no-key", "the secret cannot be opened: the key file is another one"),
    ("sources-told-long", "the answer is larger than {size} MiB"),
    ("sources-told-not-json", "the answer is not JSON: {why}"),
    ("sources-told-no-api", "the answer is none of a query API"),
    ("sources-told-no-kind", "the answer names no kind that is known"),
    ("sources-told-no-results", "the answer has no list of results"),
    ("sources-told-no-labels", "a result has no labels"),
    ("sources-told-no-pair", "a value is not of the form [seconds, \"number\"]: {value}"),
    ("sources-told-credentials", "the credentials cannot stand in a header"),
    ("sources-told-tenant", "the tenant cannot stand in a header"),
    ("sources-told-no-questions", "the source {name} takes no questions"),
    ("sources-told-refuses", "the source {name} refuses the question: {why}"),
    ("rules-told-kind", "the answer is a {kind}; expected a vector or a number"),
    ("rules-told-no-number", "a value of the answer is no number"),
    ("rules-told-late", "the source takes too long for all that is asked of it"),
    ("rules-told-sets", "{sets} label sets: {most} are looked at, {left} are left out"),
    ("sources-told-part-why", "the answer is only a part of what was asked for: {why}"),
    ("sources-told-part", "the answer is only a part of what was asked for"),
    ("sources-told-line", "line {line}: {wrong}"),
];

/// What is wrong with a scraped page, told behind the number of its line. Of two lines that fit, the first is meant.
pub const PAGES: &[(&str, &str)] = &[
    ("sources-page-cut-line", "the page ends within this line"),
    ("sources-page-long-line", "longer than {bytes} bytes"),
    ("sources-page-no-utf8", "this is not UTF-8"),
    ("sources-page-after-end", "more after `# EOF`"),
    ("sources-page-no-end", "the page ends without `# EOF`"),
    ("sources-page-empty-line", "an empty line"),
    ("sources-page-samples", "more than {count} samples"),
    ("sources-page-labels", "more than {count} labels"),
    ("sources-page-equals", "expected `=` after the label name {name}"),
    ("sources-page-line-end", "expected the end of the line or an exemplar before {next}"),
    ("sources-page-blank-or-brace", "expected a blank or a brace after the name before {next}"),
    ("sources-page-blank", "expected a blank after the name before {next}"),
    ("sources-page-expected-name", "expected a name before {next}"),
    ("sources-page-expected", "expected `{text}` before {next}"),
    ("sources-page-quoted-empty", "a quoted name is empty"),
    ("sources-page-quote", "the closing quote is missing"),
    ("sources-page-reserved", "the label name __name__ is reserved"),
    ("sources-page-label-twice", "the label {name} stands twice"),
    ("sources-page-second-name", "a second name, {name}"),
    ("sources-page-second", "a second {what} for {name}"),
    ("sources-page-late-type", "the TYPE of {name} stands after its samples"),
    ("sources-page-late-said", "what is said about {name} stands after its samples"),
    ("sources-page-no-name", "the name of the metric is missing"),
    ("sources-page-bound-written", "the bound {bound} is not written +Inf"),
    ("sources-page-bound", "the bound {bound} is no number"),
    ("sources-page-number", "{word} is no number"),
    ("sources-page-milliseconds", "{word} is no moment: expected whole milliseconds"),
    ("sources-page-seconds", "{word} is no moment: expected seconds"),
    ("sources-page-after-moment", "more after the moment: {rest}"),
    ("sources-page-after-exemplar", "more after the exemplar: {rest}"),
    ("sources-page-types", "{word} is no type: expected counter, gauge, histogram, summary or untyped"),
    ("sources-page-type", "{word} is no type"),
    ("sources-page-unit", "{word} is no unit"),
    ("sources-page-about", "{word} is none of HELP, TYPE, UNIT and EOF"),
    ("sources-page-exemplar-labels", "the labels of the exemplar are missing"),
    ("sources-page-exemplar-name", "an exemplar has no name"),
    ("sources-page-exemplar-long", "the labels of the exemplar are longer than {count} characters"),
    ("sources-page-name-unit", "the name {name} does not end with its unit {unit}"),
    ("sources-page-name-taken", "the name {name} belongs to another family already"),
    ("sources-page-no-unit", "{name} is of type {kind}, which has no unit"),
    ("sources-page-no-label", "the label {name} is missing"),
    ("sources-page-state-label", "{name}: the label that names the state is missing"),
    ("sources-page-state", "{name}: a state is 0 or 1"),
    ("sources-page-info", "{name}: an info is 1"),
    ("sources-page-quantile", "{name}: a quantile lies between 0 and 1"),
    ("sources-page-quantile-negative", "{name}: a quantile of what is counted is not negative"),
    ("sources-page-counts-number", "{name}: what counts is a number"),
    ("sources-page-counts-negative", "{name}: what counts is not negative"),
    ("sources-page-counts-whole", "{name}: what is counted is whole"),
    ("sources-page-exemplars", "{name}: only counters and buckets have exemplars"),
    ("sources-page-apart", "{name}: samples with these labels stood further above"),
    ("sources-page-some-moments", "{name}: some samples with these labels have a moment and some have none"),
    ("sources-page-back", "{name}: the moments go back"),
    ("sources-page-bounds-rise", "{name}: the bounds of the buckets do not rise"),
    ("sources-page-bucket-less", "{name}: a bucket holds less than the one before"),
    ("sources-page-bucket-inf", "{name}: the bucket +Inf is missing"),
    ("sources-page-count-inf", "{name}: the count is not that of the bucket +Inf"),
    ("sources-page-sum-count", "{name}: a sum needs a count, and a count a sum"),
    ("sources-page-no-sum", "{name}: with negative buckets there is no sum"),
    ("sources-page-negative-sum", "{name}: the sum is negative and no bucket is"),
];

/// Why a trial put in no fault that showed anything.
pub const TRIALS: &[(&str, &str)] = &[
    ("load-told-early", "the run was over before its moment"),
    ("load-told-not-over", "{tool}: not over"),
    ("load-told-late", "{tool}: over after {ended} s, the load after {seconds} s"),
];

/// Which title of ours it is.
pub fn title(line: &str) -> Option<Wording> {
    find(TITLES, line)
}

/// Which line of ours a check told behind its reason.
pub fn detail(line: &str) -> Option<Wording> {
    find(ANYWHERE, line).or_else(|| find(DETAILS, line))
}

/// Which part of such a line it is.
pub fn part(text: &str) -> Option<Wording> {
    find(PARTS, text)
}

/// Which line of ours it is that stands alone.
pub fn alone(line: &str) -> Option<Wording> {
    find(ANYWHERE, line).or_else(|| find(ALONE, line))
}

/// What it is that is wrong with a scraped page.
pub fn page(line: &str) -> Option<Wording> {
    find(PAGES, line)
}

/// Which line of a trial it is.
pub fn trial(line: &str) -> Option<Wording> {
    find(TRIALS, line)
}

fn find(lines: &'static [(&str, &str)], line: &str) -> Option<Wording> {
    lines.iter().find_map(|(key, ours)| Some(Wording { key, args: read(ours, line)? }))
}

/// What was put into the places of a line of ours, each of them as short as can be; `None` where it is not that line.
fn read(ours: &'static str, line: &str) -> Option<Vec<(&'static str, String)>> {
    let mut pieces = ours.split('{');
    let mut rest = line.strip_prefix(pieces.next()?)?;
    let mut args = Vec::new();
    for piece in pieces {
        let (name, after) = piece.split_once('}')?;
        let end = if after.is_empty() { rest.len() } else { rest.find(after)? };
        if end == 0 {
            return None;
        }
        args.push((name, rest.get(..end)?.to_owned()));
        rest = rest.get(end + after.len()..)?;
    }
    rest.is_empty().then_some(args)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_known_by_what_is_written() {
        for (find, lines) in [
            (title as fn(&str) -> _, TITLES),
            (detail, DETAILS),
            (detail, ANYWHERE),
            (part, PARTS),
            (alone, ALONE),
            (alone, ANYWHERE),
            (page, PAGES),
        ] {
            for (key, line) in lines {
                let written = line.replace('{', "<").replace('}', ">");
                let found: Wording = find(&written).unwrap_or_else(|| panic!("{line}"));
                assert_eq!(found.key, *key);
                assert!(found.args.iter().all(|(name, value)| *value == format!("<{name}>")), "{found:?}");
            }
        }
    }

    #[test]
    fn what_others_wrote_is_none_of_ours() {
        for other in ["", "disk full", "metric source  does not answer", "metric source x does not answer me", "x: what a trial took"] {
            assert_eq!(title(other), None, "{other}");
        }
        for other in ["", "UnknownIssuer", "not JSON: ", "dns-1", "invalid peer certificate: NotValidForName", "lacks “x"] {
            assert_eq!((detail(other), alone(other)), (None, None), "{other}");
        }
    }
}
