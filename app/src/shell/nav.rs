//! What the rail and the bottom bar lead to: only what exists, and only what the actor may see.

use domain::Permission;
use leptos::prelude::*;

use crate::{
    components::Icon,
    t,
    visit::{Visit, use_visit},
};

/// One page in the navigation.
pub(super) struct Item {
    /// Path of the page; pages below it count as the same place.
    pub(super) path: &'static str,
    /// Fluent key of its name.
    pub(super) key: &'static str,
    /// Its icon.
    pub(super) icon: &'static str,
    /// Any of these is enough to see it; none: whoever is logged in.
    pub(super) any: &'static [Permission],
    /// Further words under which the search finds it: pinyin and initials.
    pub(super) words: &'static str,
}

/// A group of pages.
pub(super) struct Section {
    /// Fluent key of its name.
    pub(super) key: &'static str,
    /// Its pages.
    pub(super) items: &'static [Item],
}

use Permission as P;

/// The whole navigation, in order.
pub(super) const SECTIONS: &[Section] = &[
    Section {
        key: "nav-respond",
        items: &[
            Item { path: "/", key: "nav-overview", icon: "layout-dashboard", any: &[P::Read], words: "zl zonglan home" },
            Item { path: "/alerts", key: "nav-alerts", icon: "bell", any: &[P::Read], words: "gj gaojing" },
            Item { path: "/incidents", key: "nav-incidents", icon: "siren", any: &[P::Read], words: "gzgd guzhang gongdan" },
            Item { path: "/oncall", key: "nav-oncall", icon: "clock", any: &[P::Read], words: "zb zhiban pager" },
        ],
    },
    Section {
        key: "nav-observe",
        items: &[
            Item { path: "/transactions", key: "nav-transactions", icon: "arrow-left-right", any: &[P::Read], words: "jy jiaoyi" },
            Item { path: "/merchants", key: "nav-merchants", icon: "users", any: &[P::Read], words: "sh shanghu" },
            Item {
                path: "/streams",
                key: "nav-streams",
                icon: "arrow-right",
                any: &[P::Read],
                words: "jyl jiaoyiliu weidu dimensions senders",
            },
            Item { path: "/monitors", key: "nav-monitors", icon: "activity", any: &[P::Read], words: "jk jiankong" },
            Item { path: "/objectives", key: "nav-objectives", icon: "circle-dot", any: &[P::Read], words: "fwmb fuwu mubiao slo budget" },
            Item { path: "/rules", key: "nav-rules", icon: "flag", any: &[P::Read], words: "gjgz gaojing guize thresholds" },
            Item {
                path: "/sources",
                key: "nav-sources",
                icon: "shapes",
                any: &[P::Read],
                words: "zbly zhibiao laiyuan metrics prometheus",
            },
            Item { path: "/systems", key: "nav-systems", icon: "boxes", any: &[P::Read], words: "xt xitong" },
        ],
    },
    Section {
        key: "nav-change",
        items: &[
            Item { path: "/changes", key: "nav-changes", icon: "calendar-range", any: &[P::Read], words: "bgrl biangeng rili calendar" },
            Item { path: "/load", key: "nav-load", icon: "gauge", any: &[P::Read], words: "yc yace load performance" },
            Item { path: "/approvals", key: "nav-approvals", icon: "clipboard-check", any: &[P::ApproveChanges], words: "dwsp shenpi" },
        ],
    },
    Section {
        key: "nav-operate",
        items: &[Item { path: "/tools", key: "nav-tools", icon: "square-terminal", any: &[P::Read], words: "gj gongju" }],
    },
    Section {
        key: "nav-govern",
        items: &[
            Item { path: "/audit", key: "nav-audit", icon: "scroll-text", any: &[P::ReadAudit], words: "sj shenji" },
            Item { path: "/admin/users", key: "nav-users", icon: "users", any: &[P::ManagePeople], words: "yh yonghu" },
            Item { path: "/admin/teams", key: "nav-teams", icon: "network", any: &[P::ManagePeople], words: "td tuandui" },
            Item { path: "/admin/roles", key: "nav-roles", icon: "shield", any: &[P::ManagePeople], words: "js juese" },
            Item { path: "/admin/tokens", key: "nav-tokens", icon: "key-round", any: &[P::ManageTokens], words: "lp lingpai" },
            Item {
                path: "/admin/status",
                key: "nav-status",
                icon: "activity",
                any: &[P::EditSystems, P::WorkIncidents],
                words: "ztym zhuangtai status",
            },
            Item { path: "/admin/channels", key: "nav-channels", icon: "webhook", any: &[P::ManageChannels], words: "tzqd tongzhi qudao" },
            Item { path: "/admin/locations", key: "nav-locations", icon: "flag", any: &[P::ManageSettings], words: "jcd jiancedian" },
            Item {
                path: "/admin/integrations",
                key: "nav-integrations",
                icon: "plug-zap",
                any: &[P::RouteAlerts],
                words: "gjjr gaojing jieru",
            },
            Item { path: "/admin/health", key: "nav-health", icon: "heart-pulse", any: &[P::ManageSettings], words: "jk jiankang" },
        ],
    },
];

/// Paths of the bottom bar on a phone; the rest is under "More".
const BAR: &[&str] = &["/", "/alerts", "/incidents", "/approvals"];

/// The items that the actor may see.
pub(super) fn visible(visit: &Visit) -> impl Iterator<Item = &'static Item> {
    SECTIONS.iter().flat_map(|section| section.items).filter(|item| may(visit, item))
}

fn may(visit: &Visit, item: &Item) -> bool {
    item.any.is_empty() || item.any.iter().any(|p| visit.may(*p))
}

/// Pages that stand beside one of the navigation, from which they are reached.
const BESIDE: &[(&str, &str)] = &[
    ("/calendars", "/changes"),
    ("/deployments", "/changes"),
    ("/evidence", "/changes"),
    ("/freezes", "/changes"),
    ("/occasions", "/changes"),
    ("/reports", "/transactions"),
    ("/runs", "/tools"),
];

/// What `aria-current` says of an item on a page: `page` on its own, `true` below or beside it.
fn current(path: &str, item: &Item) -> Option<&'static str> {
    let within = |area: &str| path == area || path.strip_prefix(area).is_some_and(|rest| rest.starts_with('/'));
    if path == item.path {
        Some("page")
    } else {
        let beside = BESIDE.iter().any(|(area, home)| *home == item.path && within(area));
        (beside || item.path != "/" && within(item.path)).then_some("true")
    }
}

/// How many things wait there, as a badge with words.
fn count(visit: &Visit, item: &Item) -> Option<AnyView> {
    let glance = visit.glance?;
    let (n, words) = match item.path {
        "/alerts" => (glance.alerts, t!("nav-alerts-count", count = glance.alerts)),
        "/incidents" => (glance.incidents, t!("nav-incidents-count", count = glance.incidents)),
        "/approvals" => (glance.approvals, t!("nav-approvals-count", count = glance.approvals)),
        _ => return None,
    };
    let shown = if n > 99 { "99+".to_owned() } else { n.to_string() };
    (n > 0).then(|| {
        view! { <span class="rail-count"><span aria-hidden="true">{shown}</span><span class="visually-hidden">{words}</span></span> }
            .into_any()
    })
}

fn rail_link(visit: &Visit, item: &'static Item) -> impl IntoView + use<> {
    view! {
        <a class="rail-link" href=item.path aria-current=current(visit.path(), item) title=t!(item.key)>
            <Icon name=item.icon/>
            <span class="rail-word">{t!(item.key)}</span>
            {count(visit, item)}
        </a>
    }
}

fn groups(visit: &Visit) -> impl IntoView + use<> {
    SECTIONS
        .iter()
        .filter_map(|section| {
            let links: Vec<_> = section.items.iter().filter(|item| may(visit, item)).map(|item| rail_link(visit, item)).collect();
            (!links.is_empty()).then(|| view! { <div class="rail-group"><p class="rail-title">{t!(section.key)}</p>{links}</div> })
        })
        .collect_view()
}

/// The rail at the left.
#[component]
pub(super) fn Rail() -> impl IntoView {
    let visit = use_visit();
    view! {
        <nav class="rail" aria-label=t!("nav-label")>
            <a class="brand" href="/"><Keel/><span>"Evenkeel"</span></a>
            <div id="rail-groups" data-live="alerts,incidents,changes">{groups(&visit)}</div>
            <div class="rail-fold needs-js">
                <button class="rail-link" type="button" data-fold="">
                    <Icon name="chevrons-left"/>
                    <span class="rail-word">{t!("nav-fold")}</span>
                </button>
            </div>
        </nav>
    }
}

/// The bar at the bottom of a phone.
#[component]
pub(super) fn Bar() -> impl IntoView {
    let visit = use_visit();
    let links = visible(&visit)
        .filter(|item| BAR.contains(&item.path))
        .map(|item| {
            view! {
                <a class="bar-link" href=item.path aria-current=current(visit.path(), item)>
                    <Icon name=item.icon/>
                    <span>{t!(item.key)}</span>
                    {count(&visit, item)}
                </a>
            }
        })
        .collect_view();
    view! {
        <nav class="bar" aria-label=t!("nav-label-bar")>
            {links}
            <details class="more">
                <summary class="bar-link"><Icon name="ellipsis"/><span>{t!("nav-more")}</span></summary>
                <div class="bar-sheet">{groups(&visit)}</div>
            </details>
        </nav>
    }
}

/// The mark: a hull on an even keel.
#[component]
pub(super) fn Keel() -> impl IntoView {
    view! {
        <svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">
            <path d="M3 13h18l-3 6H6z"></path>
            <path d="M12 13V4l6 6"></path>
            <path d="M12 19v2.5"></path>
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_stands_under_one_item() {
        let under = |path: &str| {
            let items = SECTIONS.iter().flat_map(|section| section.items);
            items.filter_map(|item| Some((item.path, current(path, item)?))).collect::<Vec<_>>()
        };
        assert_eq!(under("/"), [("/", "page")]);
        assert_eq!(under("/changes"), [("/changes", "page")]);
        assert_eq!(under("/changes/figures"), [("/changes", "true")]);
        assert_eq!(under("/evidence/new"), [("/changes", "true")]);
        assert_eq!(under("/loadings"), []);
        for (area, home) in BESIDE {
            assert_eq!(under(area), [(*home, "true")]);
        }
    }
}
