//! Texts with places in them, in the subset of Go templates that labels and annotations of Prometheus use.
//!
//! `{{ $labels.name }}`, `{{ $labels }}`, `{{ $value }}`, `{{ finding }}` (of ours: what was found to explain it), `if`, `with`, `else`, `end`, pipes, parentheses and the [`call::Function`]s.
//! What else there is (`range`, `query`, variables) is refused when the text is read, never when an alert must be told. Sources:
//! <https://prometheus.io/docs/prometheus/latest/configuration/template_reference/> and `template/template.go` of Prometheus, whose
//! number formats these are.

mod call;
mod number;
mod read;

use self::call::{Call, Known};
use crate::alerts::Labels;
pub use read::Wrong;

/// A text that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(String),
    Pipe(Pipe),
    /// The first arm that holds, or else the last pieces.
    Choice(Vec<Arm>, Vec<Piece>),
}

/// `if` or `with`, and what follows where it holds.
#[derive(Debug, Clone, PartialEq)]
struct Arm {
    asked: Pipe,
    /// `with`: what was asked is `.` inside.
    binds: bool,
    then: Vec<Piece>,
}

/// Bytes of a text with its places filled, and of whatever a function gives on the way.
const LONGEST: usize = 16 << 10;

/// The text, ended where it is too long.
fn cut(mut text: String) -> String {
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST - '…'.len_utf8()));
        text.push('…');
    }
    text
}

/// Each call takes the one before as its last argument.
#[derive(Debug, Clone, PartialEq)]
struct Pipe(Vec<Call>);

/// What the places stand for.
#[derive(Clone, Copy)]
struct Scene<'a> {
    labels: &'a Labels,
    value: Option<f64>,
    /// What was found to explain it; may be empty.
    finding: &'a str,
    dot: Option<&'a Known>,
}

impl Template {
    /// Reads a text.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        read::pieces(text).map(Self)
    }

    /// The text for these labels and this value. A value that is not there is written `?`.
    pub fn render(&self, labels: &Labels, value: Option<f64>) -> String {
        self.render_with(labels, value, "")
    }

    /// The same beside what was found to explain it, in a sentence; empty where nothing was.
    pub fn render_with(&self, labels: &Labels, value: Option<f64>, finding: &str) -> String {
        let mut text = String::new();
        write(&self.0, &Scene { labels, value, finding, dot: None }, &mut text);
        cut(text)
    }
}

fn write(pieces: &[Piece], scene: &Scene<'_>, text: &mut String) {
    for piece in pieces {
        if text.len() > LONGEST {
            return;
        }
        match piece {
            Piece::Text(plain) => text.push_str(plain),
            Piece::Pipe(pipe) => text.push_str(&pipe.run(scene).written()),
            Piece::Choice(arms, other) => {
                let holding = arms.iter().find_map(|arm| Some((arm, arm.asked.run(scene))).filter(|(_, known)| known.holds()));
                match holding {
                    Some((arm, known)) if arm.binds => write(&arm.then, &Scene { dot: Some(&known), ..*scene }, text),
                    Some((arm, _)) => write(&arm.then, scene, text),
                    None => write(other, scene, text),
                }
            }
        }
    }
}

impl Pipe {
    fn run(&self, scene: &Scene<'_>) -> Known {
        let mut known = None;
        for call in &self.0 {
            known = Some(match call.run(scene, known) {
                Known::Text(text) => Known::Text(cut(text)),
                other => other,
            });
        }
        known.unwrap_or(Known::Text(String::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(text: &str, value: f64) -> String {
        let labels = [("instance", "db-1.example.org:9100"), ("job", "node"), ("tier", "1")];
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Template::parse(text).unwrap_or_else(|why| panic!("{text}: {why:?}")).render(&labels, Some(value))
    }

    #[test]
    fn a_finding_is_told_where_there_is_one() {
        let text = Template::parse("slow{{ with finding }}: {{ . }}{{ end }} {{ $finding | toUpper }}").unwrap();
        assert_eq!(text.render_with(&Labels::new(), None, "link L3"), "slow: link L3 LINK L3");
        assert_eq!(text.render(&Labels::new(), None), "slow ");
    }

    #[test]
    fn what_annotations_use() {
        for (text, value, expected) in [
            ("plain", 0.0, "plain"),
            ("{{ $labels.job }} of {{ .Labels.tier }}{{$labels.none}}", 0.0, "node of 1"),
            ("{{ $value }}", 0.25, "0.25"),
            ("{{ .Value }}", 1e21, "1e+21"),
            ("{{ $value | humanize }}", 1_234_567.0, "1.235M"),
            ("{{ humanize $value }}", 0.00012, "120u"),
            ("{{ humanize $value }}", 999.0, "999"),
            ("{{ humanize1024 $value }}", 1_048_576.0, "1Mi"),
            ("{{ $value | humanizePercentage }}", 0.12345, "12.35%"),
            ("{{ $value | humanizePercentage }}", 1.0, "100%"),
            ("{{ $value | humanizeDuration }}", 0.0, "0s"),
            ("{{ $value | humanizeDuration }}", 93_784.0, "1d 2h 3m 4s"),
            ("{{ $value | humanizeDuration }}", -60.0, "-1m 0s"),
            ("{{ $value | humanizeDuration }}", 0.0015, "1.5ms"),
            ("{{ $value | humanizeDuration }}", 12.345_678, "12.35s"),
            ("{{ $value | humanizeTimestamp }}", 1_435_065_584.128, "2015-06-23 13:19:44.128 +0000 UTC"),
            ("{{ humanizeTimestamp $value }}", 1_435_065_584.0, "2015-06-23 13:19:44 +0000 UTC"),
            ("{{ printf \"%.2f\" $value }}%", 12.345, "12.35%"),
            ("{{ printf `%.1f` $value }}", 2.25, "2.2"),
            ("{{ $value | printf \"%.1f of %s\" }}", 2.25, "2.2 of %!s(MISSING)"),
            ("{{ printf \"%s: %d %% }}\" $labels.job $value }}", 7.0, "node: 7 % }}"),
            ("{{ printf \"%.3g\" $value }}", 1_234.5, "1.23e+03"),
            ("{{ $labels.job | toUpper | printf \"%q\" }}", 0.0, "\"NODE\""),
            ("a {{- $labels.job -}} b", 0.0, "anodeb"),
            ("{{ $labels.job | title }}{{/* said to nobody */}}", 0.0, "Node"),
            ("{{ stripPort $labels.instance }} {{ $labels.instance | stripDomain }}", 0.0, "db-1.example.org db-1:9100"),
            ("{{ reReplaceAll \"\\\\..*\" \"\" $labels.instance }}", 0.0, "db-1"),
            ("LABELS = {{ $labels }}", 0.0, "LABELS = map[instance:db-1.example.org:9100 job:node tier:1]"),
            ("{{ index $labels \"job\" }}{{ (printf \"%.0f\" $value) | toLower }}", 3.0, "node3"),
            ("{{ with $labels.job }}on {{ . | toUpper }}{{ end }}{{ with $labels.none }}never{{ else }}!{{ end }}", 0.0, "on NODE!"),
            ("{{ if eq $labels.tier \"0\" }}a{{ else if eq $labels.tier \"1\" \"2\" }}b{{ else }}c{{ end }}", 0.0, "b"),
            ("{{ if and (gt $value 0.5) (not (match \"^web\" $labels.job)) -}} high {{- end }}.", 0.7, "high."),
            ("{{ if or (lt $value 1.0) $labels.job }}{{ if $labels.none }}x{{ else }}y{{ end }}{{ end }}", 5.0, "y"),
        ] {
            assert_eq!(render(text, value), expected, "{text}");
        }
        assert_eq!(render("{{ $value }}", f64::INFINITY), "+Inf");
        assert_eq!(Template::parse("{{ $value | humanize }}").unwrap().render(&Labels::new(), None), "?");
    }

    #[test]
    fn a_text_that_grows_is_cut() {
        let grown = |inner: String| format!("(reReplaceAll \"\" \"{}\" {inner})", "y".repeat(100));
        let five = (0..5).fold("\"x\"".to_owned(), |inner, _| grown(inner));
        for text in [
            format!("{{{{ printf \"%s\" {five} }}}}"),
            format!("{{{{ reReplaceAll \".*\" \"{}\" {five} }}}}", "$0".repeat(900)),
            format!("{{{{ printf \"%s\" {five} }}}}").repeat(3),
        ] {
            let told = render(&text, 0.0);
            assert!(told.len() <= LONGEST && told.ends_with('…'), "{} bytes", told.len());
        }
        assert_eq!(render("{{ reReplaceAll \"(d)b\" \"${1}-$0\" \"a db, a db\" }}", 0.0), "a d-db, a d-db");
        assert_eq!(Template::parse(r#"{{ match "((\w{1,90}){1,90}){1,9}" "x" }}"#).map_err(|wrong| wrong.why), Err("pattern"));
    }

    #[test]
    fn what_is_not_known_is_refused_when_it_is_read() {
        for (bad, why) in [
            ("{{ if $value }}", "block"),
            ("a{{ end }}", "block"),
            ("{{ else }}", "block"),
            ("{{ range query \"up\" }}{{ end }}", "unknown"),
            ("{{ $value", "unclosed"),
            ("{{ }}", "empty"),
            ("{{ $labels | }}", "empty"),
            ("{{ if }}{{ end }}", "empty"),
            ("{{ query \"up\" | first }}", "unknown"),
            ("{{ . }}", "unknown"),
            ("{{ $x := 1 }}", "unknown"),
            ("{{ humanize }}", "arguments"),
            ("{{ printf }}", "arguments"),
            ("{{ index $labels }}", "arguments"),
            ("{{ reReplaceAll \"(\" \"\" $labels.job }}", "pattern"),
            ("{{ (printf \"a\" }}", "bracket"),
            ("{{ \"a }}", "unclosed"),
            (&"{{ if $value }}".repeat(40), "block"),
        ] {
            assert_eq!(Template::parse(bad).map_err(|wrong| wrong.why), Err(why), "{bad}");
        }
    }
}
