//! ANSI escape sequences, parsed: colours become classes, everything else is dropped. Nothing is passed on.

/// A piece of a line with its look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The text, without control characters.
    pub text: String,
    /// Classes of the style sheet, separated by blanks; empty for plain text.
    pub class: String,
}

const COLOURS: [&str; 8] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

#[derive(Default, Clone, PartialEq)]
struct Look {
    colour: Option<usize>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
}

impl Look {
    fn class(&self) -> String {
        let mut class = Vec::new();
        if let Some(colour) = self.colour {
            class.push(format!("ansi-{}", COLOURS[colour]));
        }
        for (on, name) in [(self.bold, "bold"), (self.dim, "dim"), (self.italic, "italic"), (self.underline, "underline")] {
            if on {
                class.push(format!("ansi-{name}"));
            }
        }
        class.join(" ")
    }

    /// Select Graphic Rendition (ECMA-48 8.3.117).
    fn apply(&mut self, params: &str) {
        let mut codes = params.split([';', ':']).map(|p| p.parse::<usize>().unwrap_or(0));
        while let Some(code) = codes.next() {
            match code {
                0 => *self = Self::default(),
                1 => self.bold = true,
                2 => self.dim = true,
                3 => self.italic = true,
                4 => self.underline = true,
                22 => (self.bold, self.dim) = (false, false),
                23 => self.italic = false,
                24 => self.underline = false,
                30..=37 => self.colour = Some(code - 30),
                90..=97 => self.colour = Some(code - 90),
                39 => self.colour = None,
                // Palette and true colours: their parameters are eaten, the colour is not ours.
                38 | 48 => match codes.next() {
                    Some(5) => drop(codes.next()),
                    Some(2) => drop((codes.next(), codes.next(), codes.next())),
                    _ => {}
                },
                _ => {}
            }
        }
    }
}

/// Splits a line into pieces. Looks end with the line.
pub fn parse_ansi(line: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut look = Look::default();
    let mut text = String::new();
    let mut chars = line.chars().peekable();
    let flush = |text: &mut String, look: &Look, pieces: &mut Vec<Piece>| {
        if !text.is_empty() {
            pieces.push(Piece { text: std::mem::take(text), class: look.class() });
        }
    };
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => match chars.next() {
                Some('[') => {
                    let mut params = String::new();
                    let mut end = None;
                    for c in chars.by_ref() {
                        if ('\u{40}'..='\u{7e}').contains(&c) {
                            end = Some(c);
                            break;
                        }
                        if params.len() < 64 {
                            params.push(c);
                        }
                    }
                    if end == Some('m') {
                        flush(&mut text, &look, &mut pieces);
                        look.apply(&params);
                    }
                }
                // Operating system command, e.g. titles and links: up to BEL or ST.
                Some(']' | 'P' | '^' | '_') => {
                    while let Some(c) = chars.next() {
                        if c == '\u{7}' {
                            break;
                        }
                        if c == '\u{1b}' {
                            chars.next_if_eq(&'\\');
                            break;
                        }
                    }
                }
                _ => {}
            },
            '\t' => text.push(c),
            c if c.is_control() => {}
            // Marks that turn the direction of text can make a log lie.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => text.push('\u{fffd}'),
            c => text.push(c),
        }
    }
    flush(&mut text, &look, &mut pieces);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(line: &str) -> Vec<(String, String)> {
        parse_ansi(line).into_iter().map(|p| (p.text, p.class)).collect()
    }

    #[test]
    fn colours_become_classes() {
        assert_eq!(
            flat("a \u{1b}[1;31mred\u{1b}[0m b"),
            [("a ".into(), String::new()), ("red".into(), "ansi-red ansi-bold".into()), (" b".into(), String::new())]
        );
        assert_eq!(flat("\u{1b}[38;5;196mx\u{1b}[92my"), [("x".into(), String::new()), ("y".into(), "ansi-green".into())]);
    }

    #[test]
    fn tricks_are_dropped() {
        assert_eq!(flat("\u{1b}]0;title\u{7}ok\u{1b}[2K\u{1b}[1Adone\r\u{8}"), [("okdone".into(), String::new())]);
        assert_eq!(flat("\u{1b}]8;;https://evil\u{1b}\\x"), [("x".into(), String::new())]);
        assert_eq!(flat("a\u{202e}b"), [("a\u{fffd}b".into(), String::new())]);
        assert_eq!(flat("\u{1b}[31"), []);
    }
}
