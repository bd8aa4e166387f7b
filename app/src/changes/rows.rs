//! Where bars and their titles lie in a lane: every title is readable in full, and none lies on another.
//!
//! Positions across are per cent of a picture whose width only the browser knows. So widths of texts are reckoned for the
//! narrowest one that is shown; on a wider one they have more room than they need.

/// Pixels of the narrowest picture.
const NARROWEST: f64 = 640.0;
/// Pixels that half a Chinese character takes at 12 px, and a Latin letter on average.
const UNIT: f64 = 6.6;
/// Units in a line of a title; longer ones have several.
const LINE: usize = 44;
/// Per cent of the picture below which a bar is narrow.
const NARROW: f64 = 10.0;
/// Pixels between two lines.
pub(super) const LEADING: i64 = 15;
/// Pixels of a bar of one line, and of the space that it takes.
pub(super) const BAR: i64 = 26;
pub(super) const ROW: i64 = 30;

/// A bar with its title.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Put {
    /// Where the bar begins, and how wide it is, in per cent.
    pub(super) x: f64,
    pub(super) width: f64,
    /// The lines of the title.
    pub(super) lines: Vec<String>,
    /// Where the title is held, in per cent, and whether it runs to the left from there.
    pub(super) hold: f64,
    pub(super) leftwards: bool,
    /// What bar and title take together.
    takes: (f64, f64),
}

impl Put {
    /// A bar from `x` to `to` per cent, at least visible, with its title.
    pub(super) fn new(x: f64, to: f64, title: &str) -> Self {
        let x = x.min(98.5);
        let width = (to - x).max(1.5);
        let lines = broken(title);
        #[expect(clippy::cast_precision_loss, reason = "letters of a line")]
        let wide = lines.iter().map(|line| units(line)).max().unwrap_or(0) as f64;
        let needs = wide.mul_add(UNIT, 16.0) / NARROWEST * 100.0;
        let end = (x + width).min(100.0);
        // A narrow bar has its title beside it, a wide one over it.
        let (right, left) = if width < NARROW { (x + width, x) } else { (x, end) };
        let (hold, leftwards, takes) = if right + needs <= 100.0 {
            (right, false, (x, end.max(right + needs)))
        } else if needs <= left {
            (left, true, (x.min(left - needs), end))
        } else {
            (0.0, false, (0.0, 100.0))
        };
        Self { x, width, lines, hold, leftwards, takes }
    }

    /// How high its bar is, in pixels.
    pub(super) fn height(&self) -> i64 {
        BAR + LEADING * (i64::try_from(self.lines.len()).unwrap_or(1) - 1).max(0)
    }
}

/// How wide a text is: what stands from Hangul on in the tables of letters takes two units.
fn units(text: &str) -> usize {
    text.chars().map(|letter| if letter < '\u{1100}' { 1 } else { 2 }).sum()
}

/// A title in lines that are no longer than [`LINE`], broken between words where there are any.
fn broken(title: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut put = |text: &str, space: bool| {
        let line = lines.last_mut().filter(|line| line.is_empty() || units(line) + units(text) + usize::from(space) <= LINE);
        match line {
            Some(line) => {
                if space && !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(text);
            }
            None => lines.push(text.to_owned()),
        }
    };
    for word in title.split_whitespace() {
        if units(word) <= LINE / 2 {
            put(word, true);
            continue;
        }
        // Chinese has no spaces, and some names have none either.
        for (i, letter) in word.chars().enumerate() {
            put(letter.encode_utf8(&mut [0; 4]), i == 0);
        }
    }
    lines
}

/// Puts bars into as few rows as possible so that none overlap in a row: the top of each, in the order given, and how
/// high all rows are together.
pub(super) fn tops(bars: &[Put]) -> (Vec<i64>, i64) {
    let mut rows: Vec<Vec<&Put>> = Vec::new();
    let mut of = Vec::new();
    for bar in bars {
        let apart = |other: &&Put| other.takes.1 <= bar.takes.0 || bar.takes.1 <= other.takes.0;
        let row = rows.iter().position(|row| row.iter().all(apart)).unwrap_or_else(|| {
            rows.push(Vec::new());
            rows.len() - 1
        });
        rows[row].push(bar);
        of.push(row);
    }
    let mut top = 0;
    let mut begin = Vec::new();
    for row in &rows {
        begin.push(top);
        top += row.iter().map(|bar| bar.height()).max().unwrap_or(BAR) + ROW - BAR;
    }
    (of.into_iter().map(|row| begin[row]).collect(), top.max(ROW))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_bars_and_titles_get_rows_of_their_own() {
        let put = |x, to| Put::new(x, to, "CHG-1");
        assert_eq!(tops(&[put(0.0, 10.0), put(5.0, 15.0), put(10.0, 20.0)]), (vec![0, ROW, 0], 2 * ROW));
        assert_eq!(tops(&[put(0.0, 1.0), put(2.0, 3.0)]).1, 2 * ROW, "titles need room");
        assert_eq!(tops(&[]), (vec![], ROW));
        // One that runs to the left takes the place of what lies there.
        let right = Put::new(97.0, 99.0, "CHG-2 New routing of cards");
        assert!(right.leftwards && right.takes.0 < 80.0, "{right:?}");
        assert_eq!(tops(&[put(80.0, 85.0), right]).1, 2 * ROW);
    }

    #[test]
    fn a_long_title_has_lines_and_none_of_its_letters_is_lost() {
        let title = "CHG-7 Move the card vault of the second data centre behind the new gateway, in three steps";
        let long = Put::new(50.0, 51.0, title);
        assert!(long.lines.len() >= 2 && long.lines.iter().all(|line| units(line) <= LINE), "{long:?}");
        assert_eq!(long.lines.join(" "), title);
        assert_eq!(long.height(), BAR + LEADING * (i64::try_from(long.lines.len()).unwrap() - 1));
        let chinese = "CHG-8 ".to_owned() + &"把第二数据中心的卡库迁移到新网关之后".repeat(3);
        let lines = Put::new(0.0, 1.0, &chinese).lines;
        assert!(lines.len() > 2 && lines.iter().all(|line| units(line) <= LINE), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), chinese.replace(' ', ""));
        assert_eq!(Put::new(0.0, 1.0, "").lines, [""]);
    }
}
