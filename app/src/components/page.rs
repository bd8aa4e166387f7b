//! The head of a page, panels, and what stands where there is nothing.

use leptos::prelude::*;

use super::{Here, Icon, LinkButton, Maybe, Tone};
use crate::t;

/// The head of a page: title, what stands beside it, and the acts at the right.
#[component]
pub fn PageHead(
    /// The title.
    #[prop(into)]
    title: String,
    /// A number before the title, e.g. `#214`.
    #[prop(optional, into)]
    number: Maybe<String>,
    /// A sentence below.
    #[prop(optional, into)]
    sub: Maybe<String>,
    /// Where this belongs: path and name.
    #[prop(optional)]
    back: Option<(String, String)>,
    /// Badges beside the title.
    #[prop(optional, into)]
    badges: Maybe<AnyView>,
    /// The acts, at the right.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let Maybe(number) = number;
    let Maybe(sub) = sub;
    let Maybe(badges) = badges;
    view! {
        <header class="page-head">
            <div class="page-words">
                {back.map(|(href, label)| view! { <a class="page-crumb" href=href><Icon name="chevron-left"/>{label}</a> })}
                <div class="page-title">
                    <h1>{number.map(|n| view! { <span class="page-number">{n}" "</span> })}{title}</h1>
                    {badges}
                </div>
                {sub.map(|sub| view! { <p class="page-sub">{sub}</p> })}
            </div>
            {children.map(|children| view! { <div class="page-acts">{children()}</div> })}
        </header>
    }
}

/// A bordered box with a heading. A `flush` panel leaves no room around its content: for tables and lists.
#[component]
pub fn Panel(
    /// Its heading.
    #[prop(into)]
    title: String,
    /// Its id, for links and live refresh.
    #[prop(optional, into)]
    id: Maybe<String>,
    /// Topics on which it is fetched anew, separated by commas; needs an id.
    #[prop(optional, into)]
    live: Maybe<String>,
    /// Acts at the right of the heading.
    #[prop(optional, into)]
    acts: Maybe<AnyView>,
    /// Without room around the content.
    #[prop(optional)]
    flush: bool,
    /// What it holds.
    children: Children,
) -> impl IntoView {
    let Maybe(id) = id;
    let Maybe(live) = live;
    let Maybe(acts) = acts;
    let heading = id.clone().map(|id| format!("{id}-title"));
    let inner = children();
    view! {
        <section class="panel" id=id data-live=live aria-labelledby=heading.clone()>
            <div class="panel-head">
                <h2 id=heading.clone()>{title}</h2>
                {acts}
            </div>
            {if flush { inner } else { view! { <div class="panel-body">{inner}</div> }.into_any() }}
        </section>
    }
}

/// Why there is nothing to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmptyKind {
    /// All clear: nothing is a good sign.
    Clear,
    /// Nothing matches the filter; offers to clear it.
    NoMatch,
    /// Nothing was set up yet; say where to.
    NotConfigured,
    /// The source cannot be reached; say since when.
    Unreachable,
}

/// What stands where there is nothing.
#[component]
pub fn Empty(
    /// Why there is nothing.
    kind: EmptyKind,
    /// What is not there, as a short sentence.
    #[prop(into)]
    title: String,
    /// What to do about it.
    #[prop(optional, into)]
    text: Maybe<String>,
    /// With little room around, for panels.
    #[prop(optional)]
    tight: bool,
    /// Buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let Maybe(text) = text;
    let (word, icon) = match kind {
        EmptyKind::Clear => ("clear", "circle-check"),
        EmptyKind::NoMatch => ("nomatch", "search"),
        EmptyKind::NotConfigured => ("notconfigured", "inbox"),
        EmptyKind::Unreachable => ("unreachable", "plug-zap"),
    };
    let clear =
        (kind == EmptyKind::NoMatch).then(|| view! { <LinkButton href=Here::now().cleared().href() label=t!("empty-clear-filters")/> });
    view! {
        <div class="empty" data-kind=word data-tight=tight.then_some("")>
            <Icon name=icon/>
            <p class="empty-title">{title}</p>
            {text.map(|text| view! { <p>{text}</p> })}
            {clear}
            {children.map(|children| view! { <div class="row">{children()}</div> })}
        </div>
    }
}

/// A sentence set apart from the rest of the page.
#[component]
pub fn Notice(
    /// Its colour and shape.
    tone: Tone,
    /// Its first words.
    #[prop(optional, into)]
    title: Maybe<String>,
    /// The rest.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let Maybe(title) = title;
    view! {
        <div class="notice" data-tone=tone.word()>
            <Icon name=tone.icon()/>
            <div class="notice-words">
                {title.map(|title| view! { <p class="notice-title">{title}</p> })}
                {children.map(|children| children())}
            </div>
        </div>
    }
}

/// One of several pages about the same thing.
#[derive(Debug, Clone)]
pub struct Tab {
    /// Where it is.
    pub href: String,
    /// Its name.
    pub label: String,
    /// How many things are there.
    pub count: Option<i64>,
}

/// Links to several pages about the same thing; the one whose path is shown is marked.
#[component]
pub fn Tabs(
    /// What they have in common, for those who cannot see it.
    #[prop(into)]
    label: String,
    /// The pages.
    tabs: Vec<Tab>,
    /// `href` of the one that is shown.
    #[prop(into)]
    current: String,
) -> impl IntoView {
    view! {
        <nav class="tabs" aria-label=label>
            {tabs
                .into_iter()
                .map(|tab| {
                    let shown = (tab.href == current).then_some("page");
                    view! {
                        <a href=tab.href aria-current=shown>
                            {tab.label}
                            {tab.count.map(|count| view! { <span class="muted">{count}</span> })}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
}

/// Names and values; `children` are [`Fact`]s.
#[component]
pub fn Facts(
    /// Names above values, for narrow columns.
    #[prop(optional)]
    stacked: bool,
    /// The facts.
    children: Children,
) -> impl IntoView {
    view! { <dl class="facts" data-stacked=stacked.then_some("")>{children()}</dl> }
}

/// One name and its value.
#[component]
pub fn Fact(
    /// The name.
    #[prop(into)]
    name: String,
    /// The value.
    children: Children,
) -> impl IntoView {
    view! {
        <dt>{name}</dt>
        <dd>{children()}</dd>
    }
}
