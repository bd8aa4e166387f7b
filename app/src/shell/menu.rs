//! The top bar: search, freshness, link, language, theme, the person.

use domain::people::{Locale, Theme};
use leptos::prelude::*;

use super::nav::Keel;
use crate::{components::Icon, t, visit::use_visit};

fn prefer(field: &'static str, value: &'static str, inside: AnyView, class: &'static str, pressed: Option<&'static str>) -> AnyView {
    let next = use_visit().path_and_query.clone();
    view! {
        <form method="post" action="/preferences">
            <input type="hidden" name="next" value=next/>
            <button class=class type="submit" name=field value=value aria-pressed=pressed>{inside}</button>
        </form>
    }
    .into_any()
}

/// A button that switches to the other language; says so in that language.
#[component]
pub(super) fn LanguageSwitch(
    /// As a small link in a footer instead of a button.
    #[prop(optional)]
    plain: bool,
) -> impl IntoView {
    let (other, word) = match use_visit().locale {
        Locale::En => (Locale::Zh, "中文"),
        Locale::Zh => (Locale::En, "English"),
    };
    let inside = view! { <Icon name="languages"/><span lang=other.tag()>{word}</span> }.into_any();
    prefer("language", other.tag(), inside, if plain { "menu-item" } else { "top-button" }, None)
}

/// Three buttons: as the device says, light, dark.
#[component]
pub(super) fn ThemeSwitch() -> impl IntoView {
    let now = use_visit().theme;
    [(Theme::System, "monitor", t!("theme-system")), (Theme::Light, "sun", t!("theme-light")), (Theme::Dark, "moon", t!("theme-dark"))]
        .into_iter()
        .map(|(theme, icon, word)| {
            let chosen = theme == now;
            let tick = chosen.then(|| view! { <span class="menu-tick"><Icon name="check"/></span> });
            let inside = view! { <Icon name=icon/><span>{word}</span>{tick} }.into_any();
            prefer("theme", theme.word(), inside, "menu-item", Some(if chosen { "true" } else { "false" }))
        })
        .collect_view()
}

/// The top bar.
#[component]
pub(super) fn Top() -> impl IntoView {
    let visit = use_visit();
    let person = visit.actor.authenticated().is_ok().then(|| view! { <PersonMenu/> });
    view! {
        <header class="top">
            <a class="brand top-brand" href="/" aria-label="Evenkeel"><Keel/></a>
            <a class="top-search" href="/search" data-palette="">
                <Icon name="search"/>
                <span>{t!("top-search")}</span>
                <kbd class="needs-js" aria-hidden="true">"Ctrl K"</kbd>
            </a>
            <div class="top-gap"></div>
            <button
                class="live-state"
                type="button"
                hidden
                data-live-state="live"
                data-live-word=t!("live-live")
                data-paused-word=t!("live-paused")
                data-lost-word=t!("live-lost")
                data-stale-word=t!("live-stale")
                data-new-word=t!("live-new", count = "#")
                title=t!("live-hint")
            >
                {t!("live-live")}
            </button>
            <button class="top-button needs-js top-wide" type="button" data-copy-link="" data-done=t!("copy-link-done") title=t!("copy-link")>
                <Icon name="link" label=t!("copy-link")/>
            </button>
            <button class="top-button needs-js top-wide" type="button" data-keys="" title=t!("keys-title")>
                <Icon name="keyboard" label=t!("keys-title")/>
            </button>
            <div class="top-wide"><LanguageSwitch/></div>
            {person}
        </header>
    }
}

#[component]
fn PersonMenu() -> impl IntoView {
    let visit = use_visit();
    let (name, login) = (visit.actor.name.clone(), visit.identity.login.clone());
    view! {
        <details class="menu">
            <summary class="top-button">
                <Icon name="circle-user"/>
                <span class="visually-hidden">{t!("menu-label", name = name.clone())}</span>
            </summary>
            <div class="menu-body">
                <p class="menu-who">{name}<small>{login}</small></p>
                <a class="menu-item" href="/profile"><Icon name="user"/>{t!("menu-profile")}</a>
                <p class="menu-title">{t!("menu-theme")}</p>
                <ThemeSwitch/>
                <p class="menu-title">{t!("menu-language")}</p>
                <LanguageSwitch plain=true/>
                <hr/>
                <form method="post" action="/logout">
                    <button class="menu-item" type="submit"><Icon name="log-out"/><span>{t!("menu-logout")}</span></button>
                </form>
            </div>
        </details>
    }
}
