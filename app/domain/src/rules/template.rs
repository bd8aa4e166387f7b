//! Texts with places in them, in the subset of Go templates that annotations of Prometheus use.
//!
//! `{{ $labels.name }}`, `{{ $value }}`, pipes, `humanize`, `humanize1024`, `humanizeDuration`, `humanizePercentage`,
//! `printf`, `toUpper`, `toLower`, `title`. What else there is (`if`, `range`, `query`) is refused when the text is read,
//! never when an alert must be told. Sources: <https://prometheus.io/docs/prometheus/latest/configuration/template_reference/>
//! and `template/template.go` of Prometheus, whose number formats these are.

mod number;

use self::number::{duration, general, humanize, shortest, special, with_exponent};
use crate::alerts::Labels;

/// A text that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(String),
    /// Each call takes the one before as its last argument.
    Pipe(Vec<Call>),
}

#[derive(Debug, Clone, PartialEq)]
struct Call {
    function: Option<Function>,
    arguments: Vec<Term>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Function {
    Humanize,
    Humanize1024,
    Duration,
    Percentage,
    Printf,
    Upper,
    Lower,
    Title,
}

#[derive(Debug, Clone, PartialEq)]
enum Term {
    Label(String),
    Value,
    Text(String),
    Number(f64),
}

#[derive(Debug, Clone)]
enum Known {
    Text(String),
    Number(f64),
}

impl Template {
    /// Reads a text; an error says in English what is not known.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut pieces, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once("{{") {
            let (inner, after) = split_action(after).ok_or("`}}` is missing")?;
            let trimmed = inner.starts_with('-');
            pieces.push(Piece::Text(if trimmed { before.trim_end().to_owned() } else { before.to_owned() }));
            let inner = inner.trim_start_matches('-');
            rest = match inner.strip_suffix('-') {
                Some(_) => after.trim_start(),
                None => after,
            };
            pieces.push(Piece::Pipe(pipe(inner.trim_end_matches('-').trim())?));
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self(pieces))
    }

    /// The text for these labels and this value. A value that is not there is written `?`.
    pub fn render(&self, labels: &Labels, value: Option<f64>) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Pipe(calls) => {
                    let mut known = None;
                    for call in calls {
                        known = Some(call.run(labels, value, known));
                    }
                    text.push_str(&known.map(write).unwrap_or_default());
                }
            }
        }
        text
    }
}

/// What stands before `}}`, which may also stand in a quoted text.
fn split_action(text: &str) -> Option<(&str, &str)> {
    let (mut quote, mut before) = (None, ' ');
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (None, '"' | '`') => quote = Some(letter),
            (Some(open), close) if open == close && before != '\\' => quote = None,
            (None, '}') if text[at..].starts_with("}}") => return Some((&text[..at], &text[at + 2..])),
            _ => {}
        }
        before = letter;
    }
    None
}

fn words(text: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if quoted => word.extend(letters.next()),
            '"' => {
                quoted = !quoted;
                word.push('"');
            }
            '|' if !quoted => {
                words.push(std::mem::take(&mut word));
                words.push("|".into());
            }
            c if c.is_whitespace() && !quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    if quoted {
        return Err("a quote is not closed".into());
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    Ok(words)
}

fn pipe(text: &str) -> Result<Vec<Call>, String> {
    let words = words(text)?;
    let calls: Vec<&[String]> = words.split(|word| word == "|").collect();
    if calls.iter().any(|call| call.is_empty()) {
        return Err("nothing stands between `{{` and `}}`".into());
    }
    calls
        .iter()
        .enumerate()
        .map(|(place, call)| {
            let function = function(&call[0]);
            let arguments = &call[usize::from(function.is_some())..];
            let arguments: Vec<Term> = arguments.iter().map(|word| term(word)).collect::<Result<_, _>>()?;
            let given = arguments.len() + usize::from(place > 0);
            match function {
                None if place > 0 || arguments.len() != 1 => return Err(format!("`{}` is no function that is known", call[0])),
                Some(Function::Printf) if arguments.is_empty() => return Err("printf wants a format".into()),
                Some(function) if function != Function::Printf && given != 1 => return Err(format!("`{}` wants one argument", call[0])),
                _ => {}
            }
            Ok(Call { function, arguments })
        })
        .collect()
}

fn function(word: &str) -> Option<Function> {
    Some(match word {
        "humanize" => Function::Humanize,
        "humanize1024" => Function::Humanize1024,
        "humanizeDuration" => Function::Duration,
        "humanizePercentage" => Function::Percentage,
        "printf" => Function::Printf,
        "toUpper" => Function::Upper,
        "toLower" => Function::Lower,
        "title" => Function::Title,
        _ => return None,
    })
}

fn term(word: &str) -> Result<Term, String> {
    if let Some(text) = word.strip_prefix('"').and_then(|word| word.strip_suffix('"')) {
        return Ok(Term::Text(text.to_owned()));
    }
    if word == "$value" || word == ".Value" {
        return Ok(Term::Value);
    }
    let label = word.strip_prefix("$labels.").or_else(|| word.strip_prefix(".Labels."));
    if let Some(name) = label.filter(|name| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')) {
        return Ok(Term::Label(name.to_owned()));
    }
    word.parse().map(Term::Number).map_err(|_| format!("`{word}` is not known here: expected $labels.NAME, $value or one of the functions"))
}

impl Call {
    fn run(&self, labels: &Labels, value: Option<f64>, piped: Option<Known>) -> Known {
        let mut given: Vec<Known> = self
            .arguments
            .iter()
            .map(|term| match term {
                Term::Label(name) => Known::Text(labels.get(name).cloned().unwrap_or_default()),
                Term::Value => value.map_or_else(|| Known::Text("?".into()), Known::Number),
                Term::Text(text) => Known::Text(text.clone()),
                Term::Number(number) => Known::Number(*number),
            })
            .collect();
        given.extend(piped);
        let Some(function) = self.function else { return given.pop().unwrap_or(Known::Text(String::new())) };
        if function == Function::Printf {
            return Known::Text(printf(given));
        }
        let given = given.pop().unwrap_or(Known::Text(String::new()));
        let number = match &given {
            Known::Number(number) => Some(*number),
            Known::Text(text) => text.parse().ok(),
        };
        let text = write(given);
        Known::Text(match (function, number) {
            (Function::Upper, _) => text.to_uppercase(),
            (Function::Lower, _) => text.to_lowercase(),
            (Function::Title, _) => capitals(&text),
            (_, None) => text,
            (Function::Humanize, Some(n)) => humanize(n, 1_000.0, &["k", "M", "G", "T", "P", "E", "Z", "Y"]),
            (Function::Humanize1024, Some(n)) => humanize(n, 1_024.0, &["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"]),
            (Function::Duration, Some(n)) => duration(n),
            (Function::Percentage, Some(n)) => format!("{}%", general(n * 100.0, 4)),
            (Function::Printf, Some(_)) => text,
        })
    }
}

fn capitals(text: &str) -> String {
    let mut start = true;
    text.chars()
        .flat_map(|letter| {
            let first = std::mem::replace(&mut start, !letter.is_alphanumeric());
            if first { letter.to_uppercase().collect::<Vec<_>>() } else { vec![letter] }
        })
        .collect()
}

fn write(known: Known) -> String {
    match known {
        Known::Text(text) => text,
        Known::Number(number) => shortest(number),
    }
}

/// `printf` with `%v`, `%s`, `%q`, `%d`, `%f`, `%.2f`, `%g`, `%e` and `%%`.
fn printf(given: Vec<Known>) -> String {
    let mut given = given.into_iter();
    let format = given.next().map(write).unwrap_or_default();
    let (mut text, mut letters) = (String::new(), format.chars().peekable());
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        let mut precision = String::new();
        while let Some(c) = letters.next_if(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | ' ')) {
            precision.push(c);
        }
        let places = precision.split_once('.').and_then(|(_, digits)| digits.parse::<usize>().ok()).map(|places| places.min(20));
        let verb = letters.next().unwrap_or('%');
        if verb == '%' {
            text.push('%');
            continue;
        }
        let Some(known) = given.next() else {
            text.push_str(&format!("%!{verb}(MISSING)"));
            continue;
        };
        let number = match &known {
            Known::Number(number) => Some(*number),
            Known::Text(_) => None,
        };
        text.push_str(&match (verb, number) {
            ('f' | 'F', Some(n)) => special(n).unwrap_or_else(|| format!("{n:.*}", places.unwrap_or(6))),
            ('e', Some(n)) => special(n).unwrap_or_else(|| with_exponent(&format!("{n:.*e}", places.unwrap_or(6)))),
            ('g', Some(n)) => places.map_or_else(|| shortest(n), |places| general(n, places)),
            ('d', Some(n)) => format!("{n:.0}"),
            ('q', _) => format!("{:?}", write(known)),
            _ => write(known),
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(text: &str, value: f64) -> String {
        let labels = [("instance".to_owned(), "db-1".to_owned()), ("job".to_owned(), "node".to_owned())].into();
        Template::parse(text).unwrap_or_else(|why| panic!("{text}: {why}")).render(&labels, Some(value))
    }

    #[test]
    fn what_annotations_use() {
        for (text, value, expected) in [
            ("plain", 0.0, "plain"),
            ("{{ $labels.instance }} of {{ .Labels.job }}{{$labels.none}}", 0.0, "db-1 of node"),
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
            ("{{ printf \"%.2f\" $value }}%", 12.345, "12.35%"),
            ("{{ $value | printf \"%.1f of %s\" }}", 2.25, "2.2 of %!s(MISSING)"),
            ("{{ printf \"%s: %d %% }}\" $labels.job $value }}", 7.0, "node: 7 % }}"),
            ("{{ printf \"%.3g\" $value }}", 1_234.5, "1.23e+03"),
            ("{{ $labels.job | toUpper | printf \"%q\" }}", 0.0, "\"NODE\""),
            ("a {{- $labels.job -}} b", 0.0, "anodeb"),
            ("{{ $labels.instance | title }}", 0.0, "Db-1"),
        ] {
            assert_eq!(render(text, value), expected, "{text}");
        }
        assert_eq!(render("{{ $value }}", f64::INFINITY), "+Inf");
        assert_eq!(Template::parse("{{ $value | humanize }}").unwrap().render(&Labels::new(), None), "?");
    }

    #[test]
    fn what_is_not_known_is_refused_when_it_is_read() {
        for bad in [
            "{{ if $value }}",
            "{{ range query \"up\" }}",
            "{{ $value",
            "{{ }}",
            "{{ $labels }}",
            "{{ query \"up\" | first }}",
            "{{ humanize }}",
            "{{ printf }}",
            "{{ \"a }}",
        ] {
            assert!(Template::parse(bad).is_err(), "{bad}");
        }
    }
}
