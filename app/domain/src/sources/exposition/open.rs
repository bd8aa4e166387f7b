//! OpenMetrics 1.0: one way of writing everything, an end that shows that nothing was cut off.

use super::{Exemplar, Family, Format, Labels, Limits, MetricKind, Sample, Unreadable, family::Families, lex};
use crate::Timestamp;

/// Characters of all labels of an exemplar together.
const EXEMPLAR: usize = 128;

pub(super) fn parse(page: &str, limits: Limits) -> Result<Vec<Family>, Unreadable> {
    let mut families = Families::default();
    let mut lines = page.split('\n').enumerate().peekable();
    let mut last = 1;
    while let Some((at, text)) = lines.next() {
        last = at + 1;
        let wrong = |why: String| Unreadable { line: last, why };
        if text == "# EOF" {
            let tail = lines.next().map(|(_, tail)| tail);
            if !matches!(tail, None | Some("")) || lines.next().is_some() {
                return Err(Unreadable { line: last + 1, why: "more after `# EOF`".into() });
            }
            return families.finish().map_err(wrong);
        }
        if lines.peek().is_none() {
            // Behind the last line feed, or a line that was cut off.
            break;
        }
        if text.len() > limits.line {
            return Err(wrong(format!("longer than {} bytes", limits.line)));
        }
        match text.strip_prefix('#') {
            Some(meta) => metadata(meta, limits, &mut families),
            None if text.is_empty() => Err("an empty line".into()),
            None => sample(text, limits).and_then(|(sample, seconds)| families.sample(sample, seconds)),
        }
        .map_err(wrong)?;
        if families.samples() > limits.samples {
            return Err(wrong(format!("more than {} samples", limits.samples)));
        }
    }
    Err(Unreadable { line: last, why: "the page ends without `# EOF`".into() })
}

fn metadata(text: &str, limits: Limits, families: &mut Families) -> Result<(), String> {
    let mut line = lex::Line::new(text, Format::OpenMetrics, limits);
    line.gap()?;
    let about = line.word();
    if !matches!(about, "HELP" | "TYPE" | "UNIT") {
        return Err(format!("{about:?} is none of HELP, TYPE, UNIT and EOF"));
    }
    line.gap()?;
    let name = line.name(true)?;
    line.gap()?;
    match about {
        "HELP" => families.help(&name, lex::unescape(line.rest)),
        "UNIT" if line.rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':')) => families.unit(&name, line.rest),
        "UNIT" => Err(format!("{:?} is no unit", line.rest)),
        _ => {
            let kind = MetricKind::parse(line.rest).ok_or_else(|| format!("{:?} is no type", line.rest))?;
            families.kind(&name, kind)
        }
    }
}

/// One sample, and its moment in seconds as it was written.
fn sample(text: &str, limits: Limits) -> Result<(Sample, Option<f64>), String> {
    let mut line = lex::Line::new(text, Format::OpenMetrics, limits);
    let name = if line.rest.starts_with('{') { None } else { Some(line.bare(true)?) };
    let (quoted, labels) = line.labels()?;
    let name = match (name, quoted) {
        (Some(_), Some(second)) => return Err(format!("a second name, {second:?}")),
        (name, quoted) => name.or(quoted).ok_or("the name of the metric is missing")?,
    };
    line.gap()?;
    let value = number(&mut line)?;
    let mut seconds = None;
    let mut exemplar = None;
    if !line.rest.is_empty() {
        line.gap()?;
        if !line.rest.starts_with('#') {
            seconds = Some(moment(&mut line)?);
            if !line.rest.is_empty() {
                line.gap()?;
            }
        }
        if line.take("#") {
            line.gap()?;
            exemplar = Some(read_exemplar(&mut line)?);
        } else if !line.rest.is_empty() || text.ends_with(' ') {
            return Err(format!("expected the end of the line or an exemplar before {}", line.next()));
        }
    }
    Ok((Sample { name, labels, value, at: seconds.map(at), exemplar }, seconds))
}

fn read_exemplar(line: &mut lex::Line<'_>) -> Result<Exemplar, String> {
    if !line.rest.starts_with('{') {
        return Err("the labels of the exemplar are missing".into());
    }
    let (None, labels) = line.labels()? else { return Err("an exemplar has no name".into()) };
    let length = |labels: &Labels| labels.iter().map(|(name, value)| name.chars().count() + value.chars().count()).sum::<usize>();
    if length(&labels) > EXEMPLAR {
        return Err(format!("the labels of the exemplar are longer than {EXEMPLAR} characters"));
    }
    line.gap()?;
    let value = number(line)?;
    let mut seconds = None;
    if !line.rest.is_empty() {
        line.gap()?;
        seconds = Some(moment(line)?);
    }
    if !line.rest.is_empty() {
        return Err(format!("more after the exemplar: {:?}", line.rest));
    }
    Ok(Exemplar { labels, value, at: seconds.map(at) })
}

fn number(line: &mut lex::Line<'_>) -> Result<f64, String> {
    let word = line.word();
    lex::number(word).ok_or_else(|| format!("{word:?} is no number"))
}

fn moment(line: &mut lex::Line<'_>) -> Result<f64, String> {
    let word = line.word();
    lex::finite(word).ok_or_else(|| format!("{word:?} is no moment: expected seconds"))
}

#[expect(clippy::cast_possible_truncation, reason = "the conversion saturates: a moment beyond all time stays the last one")]
fn at(seconds: f64) -> Timestamp {
    Timestamp((seconds * 1_000.0).round() as i64)
}
