//! Text that goes into markup by hand, where a view would not escape it or would cost too much.

/// The text with `&`, `<` and `>` as entities: for the inside of elements, not of attributes.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
