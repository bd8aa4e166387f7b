//! Icons: Lucide, as one sprite of only those used. `cargo xtask icons` writes the sprite from this list.

use leptos::prelude::*;

use crate::render::asset;

/// Names of all icons in use, as Lucide calls them. To add one: name it here, then `cargo xtask icons`.
pub const ICONS: &[&str] = &[
    "activity",
    "arrow-down",
    "arrow-left-right",
    "arrow-right",
    "arrow-up",
    "bell",
    "bell-off",
    "boxes",
    "calendar-range",
    "check",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "chevrons-left",
    "chevrons-up-down",
    "circle",
    "circle-check",
    "circle-dashed",
    "circle-dot",
    "circle-question-mark",
    "circle-user",
    "circle-x",
    "clipboard-check",
    "clock",
    "copy",
    "diamond",
    "download",
    "ellipsis",
    "external-link",
    "eye",
    "flag",
    "gauge",
    "heart-pulse",
    "history",
    "inbox",
    "info",
    "key-round",
    "keyboard",
    "languages",
    "layout-dashboard",
    "link",
    "lock",
    "log-out",
    "message-square",
    "minus",
    "monitor",
    "moon",
    "network",
    "octagon-alert",
    "pencil",
    "play",
    "plug-zap",
    "plus",
    "printer",
    "refresh-cw",
    "scroll-text",
    "search",
    "send",
    "settings",
    "shapes",
    "shield",
    "siren",
    "snowflake",
    "square",
    "square-terminal",
    "sun",
    "trash-2",
    "triangle-alert",
    "undo-2",
    "user",
    "users",
    "webhook",
    "wrench",
    "x",
];

/// An icon. Without `label` it is decoration and hidden from assistive technology: the word stands beside it.
#[component]
pub fn Icon(
    /// One of [`ICONS`].
    #[prop(into)]
    name: String,
    /// What it means, where no word stands beside it.
    #[prop(optional, into)]
    label: String,
) -> impl IntoView {
    debug_assert!(ICONS.contains(&name.as_str()), "icon {name} is not in the sprite: add it to ICONS");
    let href = format!("{}#{name}", asset("icons.svg"));
    if label.is_empty() {
        view! { <svg class="icon" aria-hidden="true"><use href=href></use></svg> }.into_any()
    } else {
        view! { <svg class="icon" role="img" aria-label=label><use href=href></use></svg> }.into_any()
    }
}

#[cfg(test)]
mod tests {
    use super::ICONS;

    #[test]
    fn the_sprite_holds_exactly_the_icons_in_use() {
        let sprite = include_str!("../../icons/icons.svg");
        let held: Vec<&str> = sprite.split("<symbol id=\"").skip(1).filter_map(|s| s.split('"').next()).collect();
        assert_eq!(held, ICONS, "run `cargo xtask icons`");
    }
}
