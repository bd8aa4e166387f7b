//! Where a table begins: exports of banks and wallets have lines before their header.

use super::{
    rows::Passed,
    sheet::{record, separator},
};

/// Lines that are looked at, of those in which something stands.
const LOOKED: usize = 40;

/// Where the header of a table stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its line, from 0.
    pub line: usize,
    /// What parts its cells.
    pub separator: char,
}

impl Head {
    /// Lines that must be known so that it is found; empty ones do not count.
    pub const LINES: usize = LOOKED + 2;

    /// That of a table which begins with these lines, each with its number from 0.
    ///
    /// It is the first line, unless that has another number of cells than the next, or one cell in which something stands. Then it is
    /// the first one with more of those than any before, none of which begins with a digit, and as many cells as the next two lines.
    /// `separator` parts the cells, where that is known.
    pub fn of<'t>(lines: impl IntoIterator<Item = (usize, &'t str)>, separator: Option<char>) -> Self {
        let lines: Vec<(usize, &str)> = lines.into_iter().filter(|(_, line)| !line.trim().is_empty()).take(Self::LINES).collect();
        let mark = |line: &str| separator.unwrap_or_else(|| self::separator(line));
        let Some((number, first)) = lines.first() else { return Self { line: 0, separator: mark("") } };
        let usual = Self { line: *number, separator: mark(first) };
        let of = |line: &str, mark: char| {
            let cells = record(line, mark);
            let filled = cells.iter().filter(|cell| !cell.trim().is_empty()).count();
            (cells, filled)
        };
        let (cells, mut most) = of(first, usual.separator);
        let next = lines.get(1).map(|(_, line)| of(line, usual.separator).0.len());
        if next.is_none_or(|next| next == cells.len()) && most > 1 {
            return usual;
        }
        for at in 1..lines.len().min(LOOKED) {
            let (number, line) = lines[at];
            let mark = mark(line);
            let (cells, filled) = of(line, mark);
            let is_value = |cell: &String| {
                cell.trim_start_matches(['`', '=', '"', '\'', ' ', '[', '+', '-', '¥']).starts_with(|first: char| first.is_ascii_digit())
            };
            let behind = lines[at + 1..].iter().take(2);
            let alike = at + 1 < lines.len() && behind.into_iter().all(|(_, line)| of(line, mark).0.len() == cells.len());
            if filled > most.max(1) && alike && !cells.iter().any(is_value) {
                return Self { line: number, separator: mark };
            }
            most = most.max(filled);
        }
        usual
    }

    /// What stands before it in a text, if that is more than empty lines, and the table.
    pub fn parted(self, text: &str) -> (Passed, &str) {
        let start = text.split_inclusive('\n').take(self.line).map(str::len).sum();
        let (before, table) = text.split_at_checked(start).unwrap_or(("", text));
        let mut passed = Passed::default();
        if !before.trim().is_empty() {
            (1..=self.line as u64).for_each(|line| passed.add(line));
        }
        (passed, table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> (usize, char) {
        let head = Head::of(text.split('\n').enumerate(), None);
        (head.line, head.separator)
    }

    #[test]
    fn lines_before_the_header_are_passed_over() {
        let alipay = "支付宝交易记录明细查询\n账号:[a@example.com]\n起始日期:[2025-11-28 00:00:00]    终止日期:[2025-11-29 00:00:00]\n\
                      -----------交易记录明细列表-----------\n交易号,交易创建时间,金额（元）,交易状态,\n1,2025-11-28 14:05:00,1.00,交易成功,\n\
                      2,2025-11-28 14:06:00,1.00,交易成功,\n-----------\n共2笔记录\n";
        assert_eq!(head(alipay), (4, ','));
        // Spreadsheets fill lines up to the same number of cells.
        let wechat = "微信支付账单明细,,,,\n起始时间：[2025-11-28 00:00:00],,,,\n,,,,\n-----列表-----,,,,\n交易时间,交易类型,金额(元),当前状态,备注\n\
                      2025-11-28 14:05:00,消费,¥1.00,支付成功,/\n2025-11-28 14:06:00,消费,¥1.00,支付成功,/\n";
        assert_eq!(head(wechat), (4, ','));
        assert_eq!(head("Account 1\n\nBuchungstag;Betrag;Status\n28.11.2025;1,50;ok\n"), (2, ';'));
    }

    #[test]
    fn a_plain_table_begins_with_its_header() {
        for text in [
            "time,code\n1,00\n2,51\n",
            "time,code",
            "\n\ntime;code\n1;00",
            // Rows with more or fewer cells than the header.
            "time,code,note,\n1,00,x\n2,51,y\n",
            "time,code\n2025-11-28,OK,x\n2025-11-28,OK,y\n",
            "a\n1\n2\n",
            "1,2\n3,4\n",
            "M1,1,2\nM2,1\nM3,1\n",
            "code\nOK\nOK\n",
        ] {
            let first = text.split('\n').position(|line| !line.is_empty()).unwrap_or(0);
            assert_eq!(head(text).0, first, "{text}");
        }
        assert_eq!(head("\n"), (0, ','));
        assert_eq!(Head::of([(0, "a;b,c")], Some('^')).separator, '^');
    }
}
