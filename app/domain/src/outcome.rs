//! Words by which cells say how something ended, in both languages.

/// That it went well.
pub(crate) const GOOD: &[&str] = &["ok", "success", "succeeded", "successful", "passed", "pass", "approved", "completed", "成功"];
/// That it failed.
pub(crate) const BAD: &[&str] =
    &["failed", "failure", "fail", "error", "ko", "declined", "rejected", "refused", "timeout", "aborted", "失败"];
/// The same of a column that says nothing but that.
const YES: &[&str] = &["true", "t", "yes", "y", "paid", "是", "交易成功", "支付成功"];
const NO: &[&str] = &["false", "f", "no", "n", "denied", "cancelled", "canceled", "否", "交易失败", "支付失败"];

/// Whether a cell of a column of success says that it went well; `None` where it says neither.
pub(crate) fn succeeded(cell: &str) -> Option<bool> {
    let cell = cell.trim().to_lowercase();
    let said = |lists: [&[&str]; 2]| lists.iter().any(|list| list.contains(&cell.as_str()));
    if said([GOOD, YES]) {
        return Some(true);
    }
    said([BAD, NO]).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_is_said_in_words() {
        for (cell, said) in [
            (" Y ", Some(true)),
            ("yes", Some(true)),
            ("OK", Some(true)),
            ("True", Some(true)),
            ("Approved", Some(true)),
            ("paid", Some(true)),
            ("成功", Some(true)),
            ("是", Some(true)),
            ("支付成功", Some(true)),
            ("N", Some(false)),
            ("FALSE", Some(false)),
            ("failed", Some(false)),
            ("Declined", Some(false)),
            ("denied", Some(false)),
            ("失败", Some(false)),
            ("交易失败", Some(false)),
            ("", None),
            ("maybe", None),
            ("1", None),
            ("处理中", None),
        ] {
            assert_eq!(succeeded(cell), said, "{cell}");
        }
    }
}
