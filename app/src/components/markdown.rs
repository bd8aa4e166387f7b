//! What people type as Markdown, as HTML that cannot harm: pulldown-cmark, then ammonia.

use leptos::prelude::*;
use pulldown_cmark::{Options, Parser, html::push_html};

/// Markdown as safe HTML. Images are not loaded from elsewhere; links leave without a referrer.
pub fn markdown_html(text: &str) -> String {
    let parser = Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS);
    let mut html = String::with_capacity(text.len() * 2);
    push_html(&mut html, parser);
    ammonia::Builder::default()
        .rm_tags(&["img"])
        .link_rel(Some("noopener noreferrer nofollow"))
        .url_schemes(["http", "https", "mailto"].into())
        .clean(&html)
        .to_string()
}

/// Prose that somebody wrote in Markdown.
#[component]
pub fn Markdown(
    /// What they wrote.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! { <div class="prose" inner_html=markdown_html(&text)></div> }
}

#[cfg(test)]
mod tests {
    use super::markdown_html;

    #[test]
    fn markdown_is_rendered() {
        assert_eq!(markdown_html("**now** `x`\n\n- a"), "<p><strong>now</strong> <code>x</code></p>\n<ul>\n<li>a</li>\n</ul>\n");
    }

    #[test]
    fn nothing_that_runs_or_loads_gets_through() {
        for bad in [
            "<script>alert(1)</script>",
            "[x](javascript:alert(1))",
            "<a href='data:text/html,x' onclick='y()'>z</a>",
            "![x](https://evil.example/pixel)",
            "<p style='position:fixed'>x</p>",
            "<iframe src=//evil></iframe>",
        ] {
            let html = markdown_html(bad);
            for word in ["script", "javascript:", "onclick", "data:", "<img", "style=", "<iframe"] {
                assert!(!html.contains(word), "{bad} gave {html}");
            }
        }
    }
}
