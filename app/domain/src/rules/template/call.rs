//! What stands between braces: functions and what they are given.

use regex_lite::{Regex, RegexBuilder};

use super::{
    LONGEST, Pipe, Scene,
    number::{duration, general, humanize, shortest, special, with_exponent},
    read::Wrong,
};
use crate::{
    Timestamp,
    alerts::{Labels, matcher::COMPILED},
};

/// A function, or what stands alone, with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    function: Option<Function>,
    arguments: Vec<Term>,
}

macro_rules! functions {
    ($($variant:ident = $name:literal ($least:literal, $most:literal)),+ $(,)?) => {
        /// The functions that are known, with how many arguments each takes.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub(super) enum Function { $($variant),+ }

        impl Function {
            pub(super) fn named(word: &str) -> Option<Self> {
                match word { $($name => Some(Self::$variant),)+ _ => None }
            }

            fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            fn takes(self, given: usize) -> bool {
                match self { $(Self::$variant => ($least..=$most).contains(&given)),+ }
            }
        }
    };
}

functions! {
    Humanize = "humanize" (1, 1),
    Humanize1024 = "humanize1024" (1, 1),
    Duration = "humanizeDuration" (1, 1),
    Percentage = "humanizePercentage" (1, 1),
    Moment = "humanizeTimestamp" (1, 1),
    Printf = "printf" (1, 20),
    Upper = "toUpper" (1, 1),
    Lower = "toLower" (1, 1),
    Title = "title" (1, 1),
    StripPort = "stripPort" (1, 1),
    StripDomain = "stripDomain" (1, 1),
    Index = "index" (2, 2),
    ReplaceAll = "reReplaceAll" (3, 3),
    Match = "match" (2, 2),
    Eq = "eq" (2, 20),
    Ne = "ne" (2, 2),
    Lt = "lt" (2, 2),
    Le = "le" (2, 2),
    Gt = "gt" (2, 2),
    Ge = "ge" (2, 2),
    And = "and" (1, 20),
    Or = "or" (1, 20),
    Not = "not" (1, 1),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Term {
    Label(String),
    Labels,
    Value,
    Finding,
    /// What `with` asked for.
    Dot,
    Text(String),
    Number(f64),
    Group(Pipe),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Known {
    Text(String),
    Number(f64),
    Truth(bool),
    Labels(Labels),
}

impl Term {
    /// Reads a word; `dot` where one stands for something.
    pub(super) fn read(word: &str, dot: bool) -> Result<Self, Wrong> {
        let label = word.strip_prefix("$labels.").or_else(|| word.strip_prefix(".Labels."));
        if let Some(name) = label.filter(|name| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')) {
            return Ok(Self::Label(name.to_owned()));
        }
        match word {
            "$value" | ".Value" => Ok(Self::Value),
            "$labels" | ".Labels" => Ok(Self::Labels),
            "finding" | "$finding" | ".Finding" => Ok(Self::Finding),
            "." if dot => Ok(Self::Dot),
            _ => word.parse().map(Self::Number).map_err(|_| Wrong::new("unknown", word)),
        }
    }

    fn known(&self, scene: &Scene<'_>) -> Known {
        match self {
            Self::Label(name) => Known::Text(scene.labels.get(name).cloned().unwrap_or_default()),
            Self::Labels => Known::Labels(scene.labels.clone()),
            Self::Value => scene.value.map_or_else(|| Known::Text("?".into()), Known::Number),
            Self::Finding => Known::Text(scene.finding.to_owned()),
            Self::Dot => scene.dot.cloned().unwrap_or(Known::Text(String::new())),
            Self::Text(text) => Known::Text(text.clone()),
            Self::Number(number) => Known::Number(*number),
            Self::Group(pipe) => pipe.run(scene),
        }
    }
}

impl Known {
    pub(super) fn written(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => shortest(number),
            Self::Truth(truth) => truth.to_string(),
            Self::Labels(labels) => {
                let each: Vec<String> = labels.iter().map(|(name, value)| format!("{name}:{value}")).collect();
                format!("map[{}]", each.join(" "))
            }
        }
    }

    /// Whether `if` goes on.
    pub(super) fn holds(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Number(number) => *number != 0.0,
            Self::Truth(truth) => *truth,
            Self::Labels(labels) => !labels.is_empty(),
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(a), b) | (b, Self::Number(a)) => b.number() == Some(*a),
            (a, b) => a == b,
        }
    }
}

impl Call {
    /// A call; `piped` where the one before is its last argument.
    pub(super) fn new(function: Option<Function>, arguments: Vec<Term>, piped: bool) -> Result<Self, Wrong> {
        let given = arguments.len() + usize::from(piped);
        match function {
            None if given != 1 || piped => {
                let word = arguments.into_iter().find_map(|term| if let Term::Text(text) = term { Some(text) } else { None });
                return Err(Wrong::new("arguments", &word.unwrap_or_default()));
            }
            Some(function) if !function.takes(given) => return Err(Wrong::new("arguments", function.name())),
            _ => {}
        }
        if let (Some(Function::ReplaceAll | Function::Match), Some(Term::Text(pattern))) = (function, arguments.first())
            && bounded(pattern).is_none()
        {
            return Err(Wrong::new("pattern", pattern));
        }
        Ok(Self { function, arguments })
    }

    pub(super) fn run(&self, scene: &Scene<'_>, piped: Option<Known>) -> Known {
        let mut given: Vec<Known> = self.arguments.iter().map(|term| term.known(scene)).collect();
        given.extend(piped);
        let Some(function) = self.function else { return given.pop().unwrap_or(Known::Text(String::new())) };
        let two = |holds: &dyn Fn(f64, f64) -> bool| match (given[0].number(), given[1].number()) {
            (Some(a), Some(b)) => Known::Truth(holds(a, b)),
            _ => Known::Truth(false),
        };
        match function {
            Function::Printf => return Known::Text(printf(given)),
            Function::Eq => return Known::Truth(given[1..].iter().any(|other| other.is_like(&given[0]))),
            Function::Ne => return Known::Truth(!given[0].is_like(&given[1])),
            Function::Lt => return two(&|a, b| a < b),
            Function::Le => return two(&|a, b| a <= b),
            Function::Gt => return two(&|a, b| a > b),
            Function::Ge => return two(&|a, b| a >= b),
            Function::And | Function::Or => {
                let ends = |known: &Known| known.holds() == (function == Function::Or);
                let at = given.iter().position(ends).unwrap_or(given.len() - 1);
                return given.swap_remove(at);
            }
            Function::Not => return Known::Truth(!given[0].holds()),
            Function::Index => {
                let name = given[1].clone().written();
                return Known::Text(if let Known::Labels(labels) = &given[0] {
                    labels.get(&name).cloned().unwrap_or_default()
                } else {
                    name
                });
            }
            Function::ReplaceAll | Function::Match => return by_pattern(given),
            _ => {}
        }
        let given = given.pop().unwrap_or(Known::Text(String::new()));
        let number = given.number();
        let text = given.written();
        Known::Text(match (function, number) {
            (Function::Upper, _) => text.to_uppercase(),
            (Function::Lower, _) => text.to_lowercase(),
            (Function::Title, _) => capitals(&text),
            (Function::StripPort, _) => split_port(&text).map_or(text.clone(), |(host, _)| host.to_owned()),
            (Function::StripDomain, _) => strip_domain(&text),
            (Function::Humanize, Some(n)) => humanize(n, 1_000.0, &["k", "M", "G", "T", "P", "E", "Z", "Y"]),
            (Function::Humanize1024, Some(n)) => humanize(n, 1_024.0, &["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"]),
            (Function::Duration, Some(n)) => duration(n),
            (Function::Percentage, Some(n)) => format!("{}%", general(n * 100.0, 4)),
            (Function::Moment, Some(n)) => moment(n),
            _ => text,
        })
    }
}

/// `match PATTERN TEXT`, `reReplaceAll PATTERN BY TEXT`. A pattern that was put together and cannot be read changes nothing.
fn by_pattern(given: Vec<Known>) -> Known {
    let texts: Vec<String> = given.into_iter().map(Known::written).collect();
    let pattern = bounded(&texts[0]);
    match (texts.as_slice(), pattern) {
        ([_, by, text], Some(pattern)) => Known::Text(replaced(&pattern, by, text)),
        ([_, _, text], None) => Known::Text(text.clone()),
        (texts, pattern) => Known::Truth(pattern.zip(texts.get(1)).is_some_and(|(pattern, text)| pattern.is_match(text))),
    }
}

/// Every match put in other words, until that has grown beyond [`LONGEST`], where the pipe cuts it.
fn replaced(pattern: &Regex, by: &str, text: &str) -> String {
    let places = by.matches('$').count();
    let (mut new, mut last) = (String::new(), 0);
    for found in pattern.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        new.push_str(&text[last..whole.start()]);
        last = whole.end();
        // No group is longer than the match: asked before it is written, for it may be written thousands of times.
        if new.len() + by.len() + places * whole.len() > 4 * LONGEST {
            return new + "…";
        }
        found.expand(by, &mut new);
        if new.len() > LONGEST {
            return new;
        }
    }
    new.push_str(&text[last..]);
    new
}

/// Longest pattern that is compiled, in bytes.
const MAX_REGEX: usize = 2_000;

/// A pattern that neither takes long to read nor much to hold.
fn bounded(pattern: &str) -> Option<Regex> {
    let mut builder = RegexBuilder::new(pattern);
    (pattern.len() <= MAX_REGEX).then(|| builder.size_limit(COMPILED).build().ok()).flatten()
}

/// `2015-06-23 13:19:44.128 +0000 UTC`, as Go writes a moment.
fn moment(seconds: f64) -> String {
    let ms = (seconds * 1_000.0).round();
    if !ms.is_finite() || ms.abs() > 1e14 {
        return general(seconds, 4);
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded just above")]
    let text = Timestamp(ms as i64).rfc3339().replace('T', " ");
    let text = text.trim_end_matches('Z');
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    format!("{text} +0000 UTC")
}

/// Host and port, where there are both.
fn split_port(text: &str) -> Option<(&str, &str)> {
    let (host, port) = text.rsplit_once(':')?;
    match host.strip_prefix('[') {
        Some(inner) => Some((inner.strip_suffix(']')?, port)),
        None => Some((host, port)).filter(|_| !host.contains(':')),
    }
}

fn strip_domain(text: &str) -> String {
    let (host, port) = split_port(text).map_or((text, ""), |split| split);
    if host.parse::<std::net::IpAddr>().is_ok() {
        return text.to_owned();
    }
    let host = host.split('.').next().unwrap_or_default();
    if port.is_empty() { host.to_owned() } else { format!("{host}:{port}") }
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

/// `printf` with `%v`, `%s`, `%q`, `%d`, `%f`, `%.2f`, `%g`, `%e` and `%%`.
fn printf(given: Vec<Known>) -> String {
    let mut given = given.into_iter();
    let format = given.next().map(Known::written).unwrap_or_default();
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
            _ => None,
        };
        text.push_str(&match (verb, number) {
            ('f' | 'F', Some(n)) => special(n).unwrap_or_else(|| format!("{n:.*}", places.unwrap_or(6))),
            ('e', Some(n)) => special(n).unwrap_or_else(|| with_exponent(&format!("{n:.*e}", places.unwrap_or(6)))),
            ('g', Some(n)) => places.map_or_else(|| shortest(n), |places| general(n, places)),
            ('d', Some(n)) => format!("{n:.0}"),
            ('q', _) => format!("{:?}", known.written()),
            _ => known.written(),
        });
    }
    text
}
