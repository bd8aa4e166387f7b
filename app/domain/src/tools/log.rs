//! What a command writes becomes lines: secrets masked, bytes that are no text replaced, length bounded.

/// What stands where a secret was.
pub const MASK: &str = "••••••";

/// Bytes of one line at most; a longer one is continued on the next.
const MAX_LINE: usize = 16 * 1024;

/// Cuts a stream of bytes into lines. Holds at most one line, whatever comes.
#[derive(Debug, Default)]
pub struct LineCutter {
    secrets: Vec<String>,
    pending: Vec<u8>,
}

impl LineCutter {
    /// A cutter that masks these texts.
    pub fn new(mut secrets: Vec<String>) -> Self {
        secrets.retain(|s| !s.is_empty());
        // The longest first, so that one secret within another leaves nothing of it.
        secrets.sort_by_key(|s| std::cmp::Reverse(s.len()));
        Self { secrets, pending: Vec::new() }
    }

    /// Takes bytes; gives the lines that are whole by now.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|b| *b == b'\n') {
            self.take(&rest[..end], &mut lines);
            rest = &rest[end + 1..];
            let line = std::mem::take(&mut self.pending);
            lines.push(self.text(&line));
        }
        self.take(rest, &mut lines);
        lines
    }

    /// What is left when the stream has ended.
    pub fn finish(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.pending);
        (!line.is_empty()).then(|| self.text(&line))
    }

    fn take(&mut self, mut bytes: &[u8], lines: &mut Vec<String>) {
        // A secret that straddles the cut must not show in halves: so much is kept back.
        let keep = self.secrets.first().map_or(3, |s| s.len().max(3));
        while self.pending.len() + bytes.len() > MAX_LINE {
            let room = MAX_LINE.saturating_sub(self.pending.len()).min(bytes.len());
            self.pending.extend_from_slice(&bytes[..room]);
            bytes = &bytes[room..];
            let at = self.cut_at(self.pending.len() - keep);
            let rest = self.pending.split_off(at);
            let line = std::mem::replace(&mut self.pending, rest);
            lines.push(self.text(&line));
        }
        self.pending.extend_from_slice(bytes);
    }

    /// A place to cut at or before `at`: not within a character, not within a secret.
    fn cut_at(&self, at: usize) -> usize {
        let mut at = at;
        for secret in &self.secrets {
            let secret = secret.as_bytes();
            let from = at.saturating_sub(secret.len() - 1);
            let to = (at + secret.len() - 1).min(self.pending.len());
            if let Some(found) = self.pending[from..to].windows(secret.len()).position(|w| w == secret) {
                at = from + found;
            }
        }
        while at > 0 && at < self.pending.len() && self.pending[at] & 0xC0 == 0x80 {
            at -= 1;
        }
        at.max(1)
    }

    fn text(&self, line: &[u8]) -> String {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut text = String::from_utf8_lossy(line).replace('\0', "\u{FFFD}");
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), MASK);
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_cut_and_cleaned() {
        let mut cutter = LineCutter::new(vec![]);
        assert_eq!(cutter.push(b"one\r\ntw"), ["one"]);
        assert_eq!(cutter.push(b"o\n\n\xff\0x"), ["two", ""]);
        assert_eq!(cutter.finish().unwrap(), "\u{FFFD}\u{FFFD}x");
        assert_eq!(cutter.finish(), None);
    }

    proptest! {
        /// However the bytes arrive and wherever the secret stands, nothing of it is shown, and little is held.
        #[test]
        fn a_secret_never_shows(before in 0_usize..40_000, after in 0_usize..20_000, step in 1_usize..9_000) {
            let secret = "canary-4711-秘密";
            let mut cutter = LineCutter::new(vec![secret.to_owned()]);
            let text = format!("{}{secret}{}", "a".repeat(before), "b".repeat(after));
            let mut shown = Vec::new();
            for chunk in text.as_bytes().chunks(step) {
                shown.extend(cutter.push(chunk));
                prop_assert!(cutter.pending.len() <= MAX_LINE);
            }
            shown.extend(cutter.finish());
            let shown = shown.concat();
            prop_assert!(!shown.contains("canary") && !shown.contains("4711"));
            prop_assert_eq!(shown, text.replace(secret, MASK));
        }
    }
}
