//! Numbers as Go and the templates of Prometheus write them.

pub(super) fn special(number: f64) -> Option<String> {
    if number.is_nan() {
        Some("NaN".into())
    } else if number.is_infinite() {
        Some(if number > 0.0 { "+Inf".into() } else { "-Inf".into() })
    } else {
        None
    }
}

/// An exponent as Go writes it: two digits at least, with its sign.
pub(super) fn with_exponent(text: &str) -> String {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// `%v` of Go: as few digits as give the number back.
pub(super) fn shortest(number: f64) -> String {
    let size = number.abs();
    special(number).unwrap_or_else(|| {
        if size != 0.0 && !(1e-4..1e21).contains(&size) { with_exponent(&format!("{number:e}")) } else { number.to_string() }
    })
}

/// `%.Ng` of Go.
pub(super) fn general(number: f64, digits: usize) -> String {
    if let Some(text) = special(number) {
        return text;
    }
    let digits = digits.max(1);
    let scientific = format!("{number:.*e}", digits - 1);
    let exponent: i32 = scientific.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let strip = |text: &str| if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() };
    if exponent < -4 || usize::try_from(exponent).is_ok_and(|e| e >= digits) {
        let (mantissa, tail) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        return with_exponent(&format!("{}e{tail}", strip(mantissa)));
    }
    let places = i32::try_from(digits).unwrap_or(4) - 1 - exponent;
    strip(&format!("{number:.*}", usize::try_from(places).unwrap_or(0)))
}

pub(super) fn humanize(number: f64, base: f64, large: &[&str]) -> String {
    if number == 0.0 || !number.is_finite() {
        return general(number, 4);
    }
    let (mut number, mut prefix) = (number, "");
    if number.abs() >= 1.0 {
        for one in large {
            if number.abs() < base {
                break;
            }
            prefix = one;
            number /= base;
        }
    } else if base < 1_024.0 {
        for one in ["m", "u", "n", "p", "f", "a", "z", "y"] {
            if number.abs() >= 1.0 {
                break;
            }
            prefix = one;
            number *= base;
        }
    }
    format!("{}{prefix}", general(number, 4))
}

pub(super) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        return general(seconds, 4);
    }
    if seconds == 0.0 {
        return "0s".into();
    }
    if seconds.abs() < 1.0 {
        return format!("{}s", humanize(seconds, 1_000.0, &[]));
    }
    #[expect(clippy::cast_possible_truncation, reason = "the conversion saturates")]
    let whole = seconds.abs() as i64;
    let sign = if seconds < 0.0 { "-" } else { "" };
    let (s, m, h, d) = (whole % 60, whole / 60 % 60, whole / 3_600 % 24, whole / 86_400);
    match (d, h, m) {
        (0, 0, 0) => format!("{}s", general(seconds, 4)),
        (0, 0, _) => format!("{sign}{m}m {s}s"),
        (0, ..) => format!("{sign}{h}h {m}m {s}s"),
        _ => format!("{sign}{d}d {h}h {m}m {s}s"),
    }
}
