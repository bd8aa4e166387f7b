//! Kinds and states of sources in words, shapes and colours.

use domain::sources::{AuthKind, Health, SourceKind};
use leptos::prelude::*;

use crate::{
    components::{Badge, Tone},
    t,
};

pub(super) fn say_kind(kind: SourceKind) -> String {
    match kind {
        SourceKind::Query => t!("sources-kind-query"),
        SourceKind::Scrape => t!("sources-kind-scrape"),
    }
}

pub(super) fn say_auth(auth: AuthKind) -> String {
    match auth {
        AuthKind::None => t!("sources-auth-none"),
        AuthKind::Basic => t!("sources-auth-basic"),
        AuthKind::Bearer => t!("sources-auth-bearer"),
    }
}

/// How a source is, as a badge.
#[component]
pub(super) fn HealthBadge(health: Health) -> impl IntoView {
    let (tone, word) = match health {
        Health::Down => (Tone::P2, t!("sources-health-down")),
        Health::New => (Tone::NoData, t!("sources-health-new")),
        Health::Paused => (Tone::NoData, t!("sources-health-paused")),
        Health::Up => (Tone::Ok, t!("sources-health-up")),
    };
    view! { <Badge tone word/> }
}
