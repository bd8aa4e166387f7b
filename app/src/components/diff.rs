//! What differs between two texts, line by line.

use leptos::prelude::*;

use crate::t;

/// A line of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffLine<'a> {
    /// In both texts.
    Same(&'a str),
    /// Only in the new one.
    Added(&'a str),
    /// Only in the old one.
    Removed(&'a str),
}

/// Lines compared beyond this are shown as removed and added as a whole: the table of the comparison stays small.
const MAX_LINES: usize = 1_000;

/// The difference of two texts by lines: longest common subsequence, after what both begin and end with.
pub fn diff_lines<'a>(before: &'a str, after: &'a str) -> Vec<DiffLine<'a>> {
    let (a, b): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(x, y)| x == y).count();
    let (x, y) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let mut lines: Vec<_> = a[..head].iter().map(|line| DiffLine::Same(line)).collect();
    if x.len() > MAX_LINES || y.len() > MAX_LINES {
        lines.extend(x.iter().map(|line| DiffLine::Removed(line)));
        lines.extend(y.iter().map(|line| DiffLine::Added(line)));
    } else {
        // common[i][j]: length of the longest common subsequence of x[i..] and y[j..]
        let mut common = vec![vec![0_u32; y.len() + 1]; x.len() + 1];
        for i in (0..x.len()).rev() {
            for j in (0..y.len()).rev() {
                common[i][j] = if x[i] == y[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < x.len() || j < y.len() {
            if i < x.len() && j < y.len() && x[i] == y[j] {
                lines.push(DiffLine::Same(x[i]));
                (i, j) = (i + 1, j + 1);
            } else if j == y.len() || (i < x.len() && common[i + 1][j] >= common[i][j + 1]) {
                lines.push(DiffLine::Removed(x[i]));
                i += 1;
            } else {
                lines.push(DiffLine::Added(y[j]));
                j += 1;
            }
        }
    }
    lines.extend(a[a.len() - tail..].iter().map(|line| DiffLine::Same(line)));
    lines
}

/// What differs between two texts, line by line; signs and words beside the colours.
#[component]
pub fn Diff(
    /// What is compared, for those who cannot see it.
    #[prop(into)]
    label: String,
    /// The old text.
    #[prop(into)]
    before: String,
    /// The new text.
    #[prop(into)]
    after: String,
) -> impl IntoView {
    let lines = diff_lines(&before, &after)
        .into_iter()
        .map(|line| {
            let (kind, sign, word, text) = match line {
                DiffLine::Same(text) => ("same", " ", None, text),
                DiffLine::Added(text) => ("added", "+", Some(t!("diff-added")), text),
                DiffLine::Removed(text) => ("removed", "−", Some(t!("diff-removed")), text),
            };
            let text = text.to_owned();
            view! {
                <li data-line=kind>
                    <span aria-hidden="true">{sign}</span>
                    <span>{word.map(|word| view! { <span class="visually-hidden">{word}": "</span> })}{text}</span>
                </li>
            }
        })
        .collect_view();
    view! { <ol class="diff" aria-label=label>{lines}</ol> }
}

#[cfg(test)]
mod tests {
    use super::{DiffLine::*, diff_lines};

    #[test]
    fn lines_are_matched() {
        assert_eq!(diff_lines("a\nb\nc\nd", "a\nx\nc\nd"), [Same("a"), Removed("b"), Added("x"), Same("c"), Same("d")]);
        assert_eq!(diff_lines("", "a"), [Added("a")]);
        assert_eq!(diff_lines("a", ""), [Removed("a")]);
        assert_eq!(diff_lines("a\nb", "b\na"), [Removed("a"), Same("b"), Added("a")]);
    }
}
