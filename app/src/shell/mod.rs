//! The frame around every page.

use leptos::prelude::*;

use crate::{render::asset, routes::Routes, visit::Visit};

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new()
}

/// The document: head, navigation and the body that was rendered before.
#[component]
pub fn Frame(
    /// The request.
    visit: Visit,
    /// Title of the page without the product's name.
    title: String,
    /// The body, rendered.
    html: String,
    /// Scripts of the islands, where there are any.
    scripts: Option<AnyView>,
    /// Without navigation.
    #[prop(optional)]
    bare: bool,
) -> impl IntoView {
    let _ = bare;
    view! {
        <html lang=visit.locale.tag() data-theme=visit.theme.word()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <title>{format!("{title} · Evenkeel")}</title>
                <link rel="stylesheet" href=asset("main.css")/>
                {scripts}
            </head>
            <body>
                <main id="main" inner_html=html></main>
            </body>
        </html>
    }
}
