//! The document around every page.

use std::sync::OnceLock;

use leptos::prelude::*;

use super::{
    menu::{LanguageSwitch, ThemeSwitch, Top},
    nav::{Bar, Keel, Rail},
    search::Palette,
};
use crate::{
    components::{Dialog, Here, Icon, Notice, Tone, escape::escaped},
    fault::problem_text,
    render::asset,
    t,
    visit::{Visit, use_visit},
};

static DEMO: OnceLock<()> = OnceLock::new();

/// From now on every page says that this is a demonstration; called at boot of `evenkeel demo`.
pub fn set_demo() {
    // A second call says the same.
    let _ = DEMO.set(());
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
    /// Without navigation: login, set-up.
    #[prop(optional)]
    bare: bool,
) -> impl IntoView {
    let worst = visit.glance.and_then(|glance| glance.worst);
    let title = match worst {
        Some(level) if !bare => format!("(P{level}) {title} · Evenkeel"),
        _ => format!("{title} · Evenkeel"),
    };
    let icon = match worst {
        Some(level @ 1..=2) if !bare => asset(&format!("favicon-p{level}.svg")),
        _ => asset("favicon.svg"),
    };
    let keys = if visit.identity.preferences.keyboard { "on" } else { "off" };
    let body = if bare { view! { <Bare html/> }.into_any() } else { view! { <Full html/> }.into_any() };
    view! {
        <html
            lang=visit.locale.tag()
            data-theme=visit.theme.word()
            data-rail=visit.rail_narrow.then_some("narrow")
            data-assets=asset("").trim_end_matches('/').to_owned()
            data-keys=keys
            data-zone=visit.zone_name.clone()
            data-ago=ago_words()
            data-address=(visit.method == http::Method::POST).then(|| visit.path_and_query.clone())
            data-heard=(!bare).then(|| visit.heard.clone())
        >
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="robots" content="noindex"/>
                // A title holds text only: the marks that Leptos sets between texts would be read out.
                <title inner_html=escaped(&title)></title>
                <link rel="icon" type="image/svg+xml" href=icon/>
                <link rel="manifest" href="/manifest.webmanifest"/>
                <link rel="stylesheet" href=asset("main.css")/>
                <script type="module" src=asset("js/shell.js") nonce=visit.nonce.as_str().to_owned()></script>
                {scripts}
            </head>
            <body>{body}</body>
        </html>
    }
}

/// How long ago something was, for the script that keeps it true: `#` stands for the number.
fn ago_words() -> String {
    let unit = |key: &'static str| t!(key, n = "#");
    [
        t!("when-ago", duration = "#"),
        t!("when-until", duration = "#"),
        unit("duration-d"),
        unit("duration-h"),
        unit("duration-min"),
        unit("duration-s"),
    ]
    .join("|")
}

#[component]
fn Full(html: String) -> impl IntoView {
    let visit = use_visit();
    let printed = format!("{}{} · {} {}", visit.origin, visit.path_and_query, visit.wall(visit.now), visit.offset_label());
    view! {
        <a class="skip" href="#main">{t!("frame-skip")}</a>
        <div class="frame">
            <Demo/>
            <Rail/>
            <Top/>
            <main class="main" id="main" tabindex="-1" inner_html=format!("{}{html}", left_out(&visit))></main>
            <footer class="foot">
                <span class="foot-print">{printed}</span>
                <span>{concat!("Evenkeel ", env!("CARGO_PKG_VERSION"))}</span>
                <span>{t!("frame-zone", zone = visit.zone_name.clone(), offset = visit.offset_label())}</span>
                <span class="foot-gap"></span>
                <button class="needs-js" type="button" data-keys="">{t!("keys-title")}</button>
            </footer>
        </div>
        {wall_frame(&visit)}
        <Bar/>
        <Toasts/>
        <Palette/>
        <Keys/>
    }
}

/// What the wall has instead of navigation: the time, and the way out.
fn wall_frame(visit: &Visit) -> Option<impl IntoView + use<>> {
    let wall = visit.path() == "/" && !Here::parse(&visit.path_and_query).get("wall").is_empty();
    let minute = visit.clock(visit.now);
    wall.then(|| {
        view! {
            <aside class="wall-frame" aria-label=t!("wall-label")>
                <a class="button" href="/"><Icon name="x"/>{t!("wall-leave")}</a>
                <time data-clock="">{minute}</time>
            </aside>
        }
    })
}

/// What of the address was not read, with the way to the page without any filter; the empty text where all was.
fn left_out(visit: &Visit) -> String {
    if visit.left_out.is_empty() {
        return String::new();
    }
    let said = visit.left_out.iter().map(|problem| view! { <li>{problem_text(visit.locale, &problem.field, problem)}</li> }).collect_view();
    let path = visit.path().to_owned();
    view! {
        <div role="alert">
            <Notice tone=Tone::P3 title=t!("fault-left-out")>
                <ul>{said}</ul>
                <p><a href=path>{t!("empty-clear-filters")}</a></p>
            </Notice>
        </div>
    }
    .into_view()
    .to_html()
}

#[component]
fn Bare(html: String) -> impl IntoView {
    view! {
        <a class="skip" href="#main">{t!("frame-skip")}</a>
        <div class="bare">
            <div>
                <Demo/>
                <main class="bare-main" id="main" tabindex="-1">
                    <div class="bare-card">
                        <p class="bare-brand"><Keel/>"Evenkeel"</p>
                        <div inner_html=html></div>
                    </div>
                </main>
            </div>
            <footer class="bare-foot"><LanguageSwitch plain=true/><ThemeSwitch/></footer>
        </div>
        <Toasts/>
    }
}

#[component]
fn Demo() -> impl IntoView {
    DEMO.get().map(|()| view! { <aside class="demo" aria-label="Evenkeel demo"><Icon name="info"/><span>{t!("frame-demo")}</span></aside> })
}

/// The confirmation that was carried over a redirect, if any; the script adds its own here.
#[component]
fn Toasts() -> impl IntoView {
    let visit = use_visit();
    let toast = visit.toast.clone().map(|key| {
        view! {
            <p class="toast">
                <Icon name="circle-check"/>
                <span>{t!(&key)}</span>
                <a href=visit.path_and_query.clone() data-dismiss="" aria-label=t!("toast-dismiss")><Icon name="x"/></a>
            </p>
        }
    });
    view! { <div class="toasts" role="status">{toast}</div> }
}

/// What the keys do: `?` opens it.
#[component]
fn Keys() -> impl IntoView {
    let rows = [
        ("Ctrl K", t!("keys-palette")),
        ("/", t!("keys-search")),
        ("g o", t!("nav-overview")),
        ("g a", t!("nav-alerts")),
        ("g i", t!("nav-incidents")),
        ("g t", t!("nav-transactions")),
        ("g m", t!("nav-monitors")),
        ("g c", t!("nav-changes")),
        ("j k", t!("keys-rows")),
        ("Enter", t!("keys-open")),
        ("x", t!("keys-select")),
        ("a", t!("keys-acknowledge")),
        ("?", t!("keys-help")),
    ];
    view! {
        <Dialog id="keys" title=t!("keys-title")>
            <div class="keys">
                {rows
                    .into_iter()
                    .map(|(keys, what)| {
                        let keys = keys.split(' ').map(|key| view! { <kbd>{key.to_owned()}</kbd>" " }).collect_view();
                        view! { <div><span>{what}</span><span class="nowrap">{keys}</span></div> }
                    })
                    .collect_view()}
            </div>
            <p class="muted small">{t!("keys-off")}</p>
        </Dialog>
    }
}
