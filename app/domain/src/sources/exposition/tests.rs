//! Pages as they may be and as they may not, written from the two specifications.

use proptest::prelude::*;

use super::*;
use crate::alerts::ours::page;

fn text(page: &str) -> Result<Vec<Family>, Unreadable> {
    parse(page.as_bytes(), Format::Text, Limits::default())
}

/// The end is added, so that cases stay short.
fn open(page: &str) -> Result<Vec<Family>, Unreadable> {
    parse(format!("{page}# EOF\n").as_bytes(), Format::OpenMetrics, Limits::default())
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn only(families: &[Family]) -> &Sample {
    assert_eq!((families.len(), families[0].samples.len()), (1, 1), "{families:?}");
    &families[0].samples[0]
}

#[test]
fn the_older_format_is_read_as_people_write_it() {
    let page = "\n# a word\n#\n  \t\n# TYPE orders counter\n# HELP orders How\\nmany \\\\ of \"them\"\norders 3\n\torders{ link = \"a\\\"b\\\\c\\nd\" , } +Inf 17\n\
                decoy 08 -2\norders{link=\"\"}-3e2\n# HELP\n# HELP lonely\n# TYPE lonely\n{\"dots.in.name\",\"a b\"=\"c\"} nan\n  # TYPE later gauge\nlater{} 1\n";
    let families = text(page).unwrap();
    let names: Vec<_> = families.iter().map(|f| (f.name.as_str(), f.kind, f.samples.len())).collect();
    assert_eq!(
        names,
        [
            ("orders", MetricKind::Counter, 3),
            ("decoy", MetricKind::Unknown, 1),
            ("dots.in.name", MetricKind::Unknown, 1),
            ("later", MetricKind::Gauge, 1)
        ]
    );
    let orders = &families[0];
    assert_eq!(orders.help, "How\nmany \\ of \"them\"");
    assert_eq!(orders.samples[1].labels, labels(&[("link", "a\"b\\c\nd")]));
    assert_eq!((orders.samples[1].value, orders.samples[1].at), (f64::INFINITY, Some(Timestamp(17))));
    assert_eq!(orders.samples[2].value, -300.0);
    assert_eq!(families[1].samples[0].at, Some(Timestamp(-2)));
    assert!(families[2].samples[0].value.is_nan());
    assert_eq!(families[2].samples[0].labels, labels(&[("a b", "c")]));
}

#[test]
fn families_in_pieces_come_together() {
    let page = "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nother 1\n# TYPE s summary\ns_count 4\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n\
                s{quantile=\".5\"} 2\ns_bucket 1\nx_sum 1\n";
    let families = text(page).unwrap();
    let names: Vec<_> = families.iter().map(|f| (f.name.as_str(), f.samples.len())).collect();
    assert_eq!(names, [("h", 4), ("other", 1), ("s", 2), ("s_bucket", 1), ("x_sum", 1)]);
    assert!(families[0].counts("h_bucket") && families[2].counts("s_sum") && !families[2].counts("s"));
    assert!(!families[1].counts("other"));
    assert_eq!(text("").unwrap(), []);
}

#[test]
fn unknown_escapes_stay_and_a_comma_may_stand_alone() {
    assert_eq!(only(&text("a{l=\"\\t\\\\z\",} 1\n").unwrap()).labels, labels(&[("l", "\\t\\z")]));
    assert!(only(&text("a{ , } 1\n").unwrap()).labels.is_empty());
    assert!(text("a{,,} 1\n").is_err());
}

#[test]
fn the_older_format_says_what_is_wrong_and_where() {
    for (page, line) in [
        ("a 1\nb 2", 2),
        ("a{l=\"new\nline\"} 1\n", 1),
        ("a{@=\"x\"} 1\n", 1),
        ("a{__name__=\"x\"} 1\n", 1),
        ("a{l+=\"x\"} 1\n", 1),
        ("a{l=x} 1\n", 1),
        ("a{l=\"x\" 1\n", 1),
        ("a{l=\"x\",,m=\"y\"} 1\n", 1),
        ("a{l=\"x\",l=\"y\"} 1\n", 1),
        ("a{l=\"x\" m=\"y\"} 1\n", 1),
        ("# TYPE a counter\n# TYPE a untyped\n", 2),
        ("a 1\n# TYPE a counter\n", 2),
        ("# HELP a one\n# HELP a two\n", 2),
        ("# TYPE a thing\n", 1),
        ("# TYPE a-b counter\n", 1),
        ("@a{l=\"x\"} 1 2\n", 1),
        ("{l=\"x\"} 1 2\n", 1),
        ("{\"a\",\"b\"} 1\n", 1),
        ("{l=\"x\",\"a\"} 1\n", 1),
        ("a{\"b\"} 1\n", 1),
        ("{\"\"} 1\n", 1),
        ("\n# TYPE a histogram\na_bucket{le=\"x\"} 1\n", 3),
        ("# TYPE a summary\na{quantile=\"x\"} 1\n", 2),
        ("a 1 2 3\n", 1),
        ("a{l=\"x\"} one\n", 1),
        ("a 1 now\n", 1),
        ("a 1 1.5\n", 1),
        ("a 1_2\n", 1),
        ("a 0x1p-3\n", 1),
        ("a 0x10\n", 1),
        ("a +nan\n", 1),
        ("a 1e\n", 1),
        ("a --1\n", 1),
        ("a 1.2.3\n", 1),
        ("a 1\r\n", 1),
        ("\u{feff}a 1\n", 1),
        ("# TYPE a info\n", 1),
        ("# TYPE a unknown\n", 1),
        ("a 1 # {b=\"c\"} 1\n", 1),
        ("a\n", 1),
        ("a \n", 1),
        ("a.b 1\n", 1),
        ("0a 1\n", 1),
        ("a=1\n", 1),
    ] {
        let wrong = text(page).expect_err(page);
        assert_eq!(wrong.line, line, "{page:?}: {wrong}");
    }
    let wrong = parse(b"ok 1\nbad{l=\"\xbd\"} 2\n", Format::Text, Limits::default()).unwrap_err();
    assert_eq!(wrong.to_string(), "line 2: this is not UTF-8");
}

#[test]
fn openmetrics_in_full() {
    let page = "# TYPE bank_seconds histogram\n# UNIT bank_seconds seconds\n# HELP bank_seconds How \\\"long\\\" \\t\n\
                bank_seconds_bucket{le=\"0.1\"} 2 # {trace_id=\"ab c\"} 0.05 1.5\nbank_seconds_bucket{le=\"+Inf\"} 3 1520879607.789 # {} 9\n";
    // The second bucket has a moment and the first has none.
    assert!(open(page).unwrap_err().why.contains("moment"));
    let page = page.replace(" 1520879607.789", "") + "bank_seconds_count 3\nbank_seconds_sum 1.25\nbank_seconds_created 1520430000.123\n";
    let families = open(&page).unwrap();
    let family = &families[0];
    assert_eq!((family.unit.as_str(), family.help.as_str(), family.samples.len()), ("seconds", "How \"long\" \\t", 5));
    let exemplar = family.samples[0].exemplar.as_ref().unwrap();
    assert_eq!((exemplar.value, exemplar.at), (0.05, Some(Timestamp(1_500))));
    assert_eq!(exemplar.labels, labels(&[("trace_id", "ab c")]));
    assert_eq!(only(&open("a 1 1520879607.789\n").unwrap()).at, Some(Timestamp(1_520_879_607_789)));
    assert_eq!(only(&open("a{foo=\"b\\\\a\\z\\n\"} NaN\n").unwrap()).labels, labels(&[("foo", "b\\a\\z\n")]));
    assert_eq!(only(&open("{\"my.metric\",\"k.l\"=\"v\"} 1\n").unwrap()).name, "my.metric");
}

#[test]
fn what_openmetrics_permits() {
    for page in [
        "",
        "a{} 1\n",
        "a +Inf\nb -1.5e-3\nc .5\nd 5.\n",
        "# HELP a \na 1\n",
        "# TYPE a counter\na_total 1 000\na_created 2 0.0\n",
        "# TYPE a counter\na_total{b=\"1\"} 1 # {x=\"y\"} 1\n",
        "# TYPE a counter\n# TYPE b gauge\nb 1\n",
        "# TYPE a summary\na_count 1\na_sum 2\na{quantile=\"0.5\"} NaN\na{quantile=\"1\"} 4\n",
        "# TYPE a histogram\na_bucket{le=\"-1.0\"} 1\na_bucket{le=\"+Inf\"} 3\n",
        "# TYPE a gaugehistogram\na_bucket{le=\"-1.0\"} 1\na_bucket{le=\"+Inf\"} 3\na_gcount 3\na_gsum -9\n",
        "# TYPE a stateset\na{a=\"on\"} 1\na{a=\"off\"} 0\n",
        "# TYPE a info\na_info{version=\"2\"} 1\n",
        "# TYPE a gauge\na{x=\"1\"} 1 0.0000000001\na{x=\"1\"} 2 0.0000000002\na{x=\"2\"} 3\n",
        "# TYPE a unknown\na 1 -1\na 2 0\n",
        "# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 1\n",
        "# TYPE \"a.b\" gauge\n{\"a.b\"} 1\n",
        "# TYPE a histogram\na_bucket{le=\"+Inf\"} 0 1\na_bucket{le=\"+Inf\"} 1 2\n",
    ] {
        assert!(open(page).is_ok(), "{page:?}: {:?}", open(page));
    }
    assert!(parse(b"a 1\n# EOF", Format::OpenMetrics, Limits::default()).is_ok());
    for page in ["", "a 1\n", "a 1", "a 1\n# EOF\nb 1\n", "a 1\n# EOFb", "a 1\n# EOF\n\n", "a 1\n# EOF \n"] {
        assert!(parse(page.as_bytes(), Format::OpenMetrics, Limits::default()).is_err(), "{page:?}");
    }
}

/// One case a line, with what it says.
const TAKEN: &str = include_str!("taken.txt");

/// The cases of a table, each with the format that it is in: `= text` and `= openmetrics` stand before theirs.
fn cases(table: &str) -> Vec<(Format, &str)> {
    let mut format = Format::OpenMetrics;
    let mut cases = Vec::new();
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with("//")) {
        match line.strip_prefix("= ") {
            Some(word) => format = Format::parse(word).expect("a format"),
            None => cases.push((format, line)),
        }
    }
    cases
}

/// Reads the page of a case: `|` is a line feed, `␍` a carriage return; `␃` ends a page without a line feed.
fn read(format: Format, case: &str) -> Result<Vec<Family>, Unreadable> {
    let page = case.replace('|', "\n").replace('␍', "\r");
    let page = page.strip_suffix('␃').map_or_else(|| format!("{page}\n"), str::to_owned);
    if format == Format::Text { text(&page) } else { open(&page) }
}

/// What a page says, as the cases write it.
fn said(families: &[Family]) -> String {
    let moment = |at: Option<Timestamp>| at.map(|at| format!("@{}", at.0)).unwrap_or_default();
    let braced = |labels: &Labels| {
        let pairs: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
        if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) }
    };
    let sample = |one: &Sample| {
        let example = one.exemplar.as_ref().map(|example| format!("#{}{}{}", braced(&example.labels), example.value, moment(example.at)));
        format!(" {}{}={}{}{}", one.name, braced(&one.labels), one.value, moment(one.at), example.unwrap_or_default())
    };
    let family = |one: &Family| {
        let unit = if one.unit.is_empty() { String::new() } else { format!("/{}", one.unit) };
        let help = one.help.replace('\\', "\\\\").replace('\n', "\\n");
        let help = if help.is_empty() { help } else { format!(" [{help}]") };
        format!("{} {}{unit}{help}:{}", one.name, one.kind, one.samples.iter().map(sample).collect::<String>())
    };
    families.iter().map(family).collect::<Vec<_>>().join(" ;; ")
}

#[test]
fn what_is_taken_says_what_it_says() {
    let cases = cases(TAKEN);
    for (format, line) in &cases {
        let (page, expected) = line.split_once(" => ").expect("a case");
        let says = read(*format, page).map_or_else(|wrong| wrong.to_string(), |families| said(&families));
        assert_eq!(says, expected, "{format}: {page:?}");
    }
    assert!(cases.len() > 130, "{}", cases.len());
}

/// One case a line.
const REFUSED: &str = include_str!("refused.txt");

#[test]
fn what_is_forbidden_is_refused() {
    let cases = cases(REFUSED);
    let taken: Vec<_> = cases.iter().filter(|(format, case)| read(*format, case).is_ok()).collect();
    assert!(taken.is_empty(), "{taken:?}");
    assert!(cases.len() > 250, "{}", cases.len());
    assert!(open(&format!("# TYPE a counter\na_total 1 # {{a=\"{}\"}} 1\n", "x".repeat(128))).is_err());
    assert!(open(&format!("# TYPE a counter\na_total 1 # {{a=\"{}\"}} 1\n", "x".repeat(127))).is_ok());
    assert_eq!(open("a 1\n\nb 2\n").unwrap_err().to_string(), "line 2: an empty line");
}

#[test]
fn what_is_wrong_is_known_in_every_language() {
    for (format, case) in cases(REFUSED) {
        let why = read(format, case).expect_err(case).why;
        assert!(page(&why).is_some(), "{why}");
    }
}

/// Of two lines that fit, the first is meant: one that takes in too much would hide another.
#[test]
fn what_is_wrong_is_known_for_what_it_is() {
    let (long, many) = ("x".repeat(65 << 10), (0..65).map(|n| format!("l{n}=\"\",")).collect::<String>());
    for (format, case, key) in [
        (Format::Text, format!("# HELP a {long}"), "long-line"),
        (Format::Text, "# TYPE a thing".to_owned(), "types"),
        (Format::Text, "a 1|# TYPE a gauge".to_owned(), "late-type"),
        (Format::Text, "a+ 1".to_owned(), "blank-or-brace"),
        (Format::Text, "a 1 2 3".to_owned(), "after-moment"),
        (Format::Text, "a 1 x".to_owned(), "milliseconds"),
        (Format::Text, "a 1␃".to_owned(), "cut-line"),
        (Format::Text, format!("a{{{many}}} 1"), "labels"),
        (Format::OpenMetrics, format!("# TYPE a counter|a_total 1 # {{a=\"{}\"}} 1", "x".repeat(129)), "exemplar-long"),
        (Format::OpenMetrics, "|a 1".to_owned(), "empty-line"),
        (Format::OpenMetrics, "# EOF|a 1".to_owned(), "after-end"),
        (Format::OpenMetrics, "# FOO a b".to_owned(), "about"),
        (Format::OpenMetrics, "# TYPE a thing".to_owned(), "type"),
        (Format::OpenMetrics, "# UNIT a seconds".to_owned(), "name-unit"),
        (Format::OpenMetrics, "# HELP a x|# HELP a x".to_owned(), "second"),
        (Format::OpenMetrics, "a{a=\"1\",a=\"1\"} 1".to_owned(), "label-twice"),
        (Format::OpenMetrics, "a 0X1".to_owned(), "number"),
        (Format::OpenMetrics, "a 1 z".to_owned(), "seconds"),
    ] {
        let why = read(format, &case).expect_err(key).why;
        assert_eq!(page(&why).map(|wording| wording.key), Some(format!("sources-page-{key}").as_str()), "{why}");
    }
}

#[test]
fn openmetrics_says_where_it_is_wrong() {
    for (page, line) in [
        ("a 1\n\na 2\n", 2),
        ("a 1\nb x\n", 2),
        ("# TYPE a thing\n", 1),
        ("a 1\n# UNIT\n", 2),
        ("# TYPE a gauge\na{l=\"x} 1\n", 2),
        ("a 1\nb 1 1z\n", 2),
        ("# TYPE a counter\na_total 1\n# HELP b x\nb 1\n b 2\n", 5),
        ("a 1\n# a comment\n", 2),
        ("a{l=\"1\",l=\"2\"} 1\n", 1),
        ("# TYPE a gauge\na 1\n# HELP a late\n", 3),
        ("a 1\nb 0x1\n", 2),
    ] {
        let wrong = open(page).expect_err(page);
        assert_eq!(wrong.line, line, "{page:?}: {wrong}");
    }
}

#[test]
fn a_page_is_bounded() {
    let limits = Limits { samples: 2, labels: 2, line: 40 };
    let read = |page: &str| parse(page.as_bytes(), Format::Text, limits);
    assert!(read("a 1\nb 1\n").is_ok());
    assert_eq!(read("a 1\nb 1\nc 1\n").unwrap_err().line, 3);
    assert!(read("a{b=\"1\",c=\"1\",d=\"1\"} 1\n").unwrap_err().why.contains("labels"));
    assert!(read(&format!("# HELP a {}\n", "x".repeat(40))).unwrap_err().why.contains("40 bytes"));
}

#[test]
fn the_content_type_tells_the_format() {
    assert_eq!(Format::of("application/openmetrics-text; version=1.0.0; charset=utf-8"), Format::OpenMetrics);
    assert_eq!(Format::of("text/plain; version=0.0.4"), Format::Text);
    assert_eq!(Format::of(""), Format::Text);
}

/// Writes a label value as both formats want it.
fn quoted(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

proptest! {
    #[test]
    fn no_page_makes_it_fall(page in prop::collection::vec(any::<u8>(), 0..400)) {
        for format in [Format::Text, Format::OpenMetrics] {
            let _ = parse(&page, format, Limits::default());
        }
    }

    #[test]
    fn no_page_of_likely_pieces_makes_it_fall(pieces in prop::collection::vec(prop::sample::select(vec![
        "a", "a_total", "a_bucket", "{", "}", "\"", "le=", "\"+Inf\"", ",", " ", "  ", "\n", "# ", "#", "TYPE ", "HELP ", "UNIT ", "EOF", "counter",
        "histogram", "1", "-1", "NaN", "\\", "\\n", "é", "\t", "\r", "0x1", "=", "a=\"b\"",
    ]), 0..60)) {
        let page: String = pieces.concat();
        for format in [Format::Text, Format::OpenMetrics] {
            if let Err(wrong) = parse(page.as_bytes(), format, Limits::default()) {
                prop_assert!(wrong.line >= 1 && wrong.line <= page.split('\n').count() + 1);
            }
        }
    }

    #[test]
    fn what_is_written_is_read(value in any::<f64>().prop_filter("a number", |v| !v.is_nan()), name in "[a-z_][a-z0-9_]{0,8}", label in "\\PC{0,12}") {
        let page = format!("{name}{{l=\"{}\"}} {value}\n", quoted(&label));
        for families in [text(&page).unwrap(), open(&page).unwrap()] {
            let sample = only(&families);
            prop_assert_eq!(&sample.name, &name);
            prop_assert_eq!(&sample.labels, &labels(&[("l", &label)]));
            prop_assert_eq!(sample.value.to_bits(), value.to_bits());
        }
    }
}
