//! What was changed since something was approved, field by field and line by line.

use serde::{Deserialize, Serialize};

use super::Content;
use crate::id::SystemId;

/// Above this product of line counts a difference is told as "all of this became all of that".
const MOST_CELLS: usize = 1_000_000;

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase", tag = "change", content = "text")]
pub enum Line {
    /// In both.
    Same(String),
    /// Only before.
    Gone(String),
    /// Only now.
    New(String),
}

/// How one field differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldDiff {
    /// The field, as forms name it.
    pub field: String,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// The fields that differ. `name` gives the name of a system.
pub fn diff_content(before: &Content, now: &Content, name: impl Fn(&SystemId) -> String) -> Vec<FieldDiff> {
    let systems = |content: &Content| content.systems.iter().map(&name).collect::<Vec<_>>().join("\n");
    let window = |content: &Content| {
        let w = &content.window;
        format!("{} – {} {}", w.start.replace('T', " "), w.end.replace('T', " "), w.zone)
    };
    let pairs = [
        ("title", before.title.clone(), now.title.clone()),
        ("team", before.team.to_string(), now.team.to_string()),
        ("systems", systems(before), systems(now)),
        ("start", window(before), window(now)),
        ("risk", before.risk.to_string(), now.risk.to_string()),
        ("risk_reason", before.risk_reason.clone(), now.risk_reason.clone()),
        ("impact", before.impact.clone(), now.impact.clone()),
        ("plan", before.plan.clone(), now.plan.clone()),
        ("rollback", before.rollback.clone(), now.rollback.clone()),
    ];
    pairs
        .into_iter()
        .filter(|(_, a, b)| a != b)
        .map(|(field, a, b)| FieldDiff { field: field.to_owned(), lines: diff_lines(&a, &b) })
        .collect()
}

/// The lines of two texts, by their longest common subsequence.
pub fn diff_lines(before: &str, now: &str) -> Vec<Line> {
    let (a, b): (Vec<_>, Vec<_>) = (before.lines().collect(), now.lines().collect());
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(x, y)| x == y).count();
    let (mid_a, mid_b) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let mut lines: Vec<Line> = a[..head].iter().map(|s| Line::Same((*s).to_owned())).collect();
    middle(mid_a, mid_b, &mut lines);
    lines.extend(a[a.len() - tail..].iter().map(|s| Line::Same((*s).to_owned())));
    lines
}

fn middle(a: &[&str], b: &[&str], lines: &mut Vec<Line>) {
    let gone = |s: &&str| Line::Gone((*s).to_owned());
    let new = |s: &&str| Line::New((*s).to_owned());
    if a.len() * b.len() > MOST_CELLS {
        lines.extend(a.iter().map(gone));
        lines.extend(b.iter().map(new));
        return;
    }
    // longest[i][j]: length of the longest common subsequence of a[i..] and b[j..].
    let mut longest = vec![vec![0u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i][j] = if a[i] == b[j] { longest[i + 1][j + 1] + 1 } else { longest[i + 1][j].max(longest[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            lines.push(Line::Same(a[i].to_owned()));
            (i, j) = (i + 1, j + 1);
        } else if longest[i + 1][j] >= longest[i][j + 1] {
            lines.push(gone(&a[i]));
            i += 1;
        } else {
            lines.push(new(&b[j]));
            j += 1;
        }
    }
    lines.extend(a[i..].iter().map(gone));
    lines.extend(b[j..].iter().map(new));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: &[Line]) -> String {
        lines
            .iter()
            .map(|line| match line {
                Line::Same(s) => format!(" {s}\n"),
                Line::Gone(s) => format!("-{s}\n"),
                Line::New(s) => format!("+{s}\n"),
            })
            .collect()
    }

    #[test]
    fn lines_that_stay_are_found() {
        assert_eq!(text(&diff_lines("a\nb\nc\nd", "a\nx\nc\nd\ne")), " a\n-b\n+x\n c\n d\n+e\n");
        assert_eq!(text(&diff_lines("", "a")), "+a\n");
        assert_eq!(text(&diff_lines("a\nb", "a\nb")), " a\n b\n");
    }

    proptest::proptest! {
        #[test]
        fn both_sides_can_be_read_back(a in "[ab\n]{0,40}", b in "[ab\n]{0,40}") {
            let lines = diff_lines(&a, &b);
            let old: Vec<_> = lines.iter().filter_map(|l| match l { Line::Same(s) | Line::Gone(s) => Some(s.as_str()), Line::New(_) => None }).collect();
            let new: Vec<_> = lines.iter().filter_map(|l| match l { Line::Same(s) | Line::New(s) => Some(s.as_str()), Line::Gone(_) => None }).collect();
            proptest::prop_assert_eq!(old, a.lines().collect::<Vec<_>>());
            proptest::prop_assert_eq!(new, b.lines().collect::<Vec<_>>());
        }
    }
}
