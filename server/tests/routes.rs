//! Every route stands in a checked-in table with what it needs, and behaves like that: as nobody, as somebody who may
//! only read, cross-site. What another team's things do to an act is tested area by area, with real things.
//!
//! After adding a route: `EVENKEEL_WRITE_ROUTES=1 cargo test -p server --test it routes::`, then read the difference.

use std::{collections::BTreeSet, path::Path};

use app::routes::{Need, RouteEntry};
use domain::Permission;

use crate::app::{Ask, TestApp};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/routes.txt");

/// Refusals that say no more than that there is nothing for the caller, or that what was given is not enough.
const REFUSED: [u16; 4] = [403, 404, 409, 422];

fn is_api(entry: &RouteEntry) -> bool {
    entry.path.starts_with("/api/")
}

/// The path with something in each place: an id that nobody has.
fn filled(path: &str) -> String {
    let parts: Vec<_> =
        path.split('/').map(|part| if part.starts_with('{') { "00000000-0000-7000-8000-000000000000" } else { part }).collect();
    parts.join("/")
}

fn ask(app: &TestApp, entry: &RouteEntry) -> Ask {
    let ask = app.ask(entry.method, &filled(&entry.path));
    match (entry.method, is_api(entry)) {
        ("GET" | "DELETE", _) => ask,
        (_, true) => ask.json(&serde_json::json!({})),
        (_, false) => ask.form(&[]),
    }
}

both! {
    async fn the_router_holds_what_the_table_says(app: TestApp) {
        let lines: BTreeSet<String> = app.table.iter().map(|e| format!("{} {} {}", e.path, e.method, e.need.name())).collect();
        assert_eq!(lines.len(), app.table.len(), "a route stands twice");
        let text = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        if std::env::var_os("EVENKEEL_WRITE_ROUTES").is_some() {
            std::fs::write(TABLE, &text).expect("the table is written");
        }
        let checked_in = std::fs::read_to_string(Path::new(TABLE)).expect("the table is there");
        let listed: BTreeSet<String> = checked_in.lines().map(str::to_owned).collect();
        let new: Vec<_> = lines.difference(&listed).collect();
        let gone: Vec<_> = listed.difference(&lines).collect();
        assert!(new.is_empty() && gone.is_empty(), "routes.txt lacks {new:#?} and lists {gone:#?}, which is not served so");
    }

    async fn nobody_gets_nowhere(app: TestApp) {
        for entry in &app.table {
            let answer = ask(&app, entry).open().await;
            let (status, to) = (answer.status().as_u16(), answer.headers().get("location").and_then(|v| v.to_str().ok()).unwrap_or_default());
            let sent_away = status == 401 || (status == 303 && to.starts_with("/login") && entry.method == "GET" && !is_api(entry));
            let right = if entry.need == Need::Public { status < 500 && status != 401 } else { sent_away };
            assert!(right, "{} {} ({}) as nobody: {status} {to}", entry.method, entry.path, entry.need.name());
        }
    }

    async fn a_reader_of_one_team_may_not_act(app: TestApp) {
        let team = app.team("payments").await;
        let viewer = app.viewer("vera", &team).await;
        for entry in &app.table {
            let Need::Permission(permission) = entry.need else { continue };
            if permission == Permission::Read {
                continue;
            }
            let status = ask(&app, entry).as_(&viewer).open().await.status().as_u16();
            assert!(REFUSED.contains(&status), "{} {} ({}) as a viewer: {status}", entry.method, entry.path, entry.need.name());
        }
    }

    async fn what_nobody_has_is_not_found_by_anybody(app: TestApp) {
        let admin = app.admin().await;
        for entry in app.table.iter().filter(|e| e.path.contains("{id}") && e.method == "GET") {
            let status = ask(&app, entry).as_(&admin).open().await.status().as_u16();
            assert_eq!(status, 404, "{} {}", entry.method, entry.path);
        }
    }

    async fn another_site_acts_nowhere(app: TestApp) {
        let admin = app.admin().await;
        for entry in app.table.iter().filter(|e| e.method != "GET") {
            for (name, value) in [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.test")] {
                let status = ask(&app, entry).as_(&admin).header(name, value).open().await.status().as_u16();
                assert_eq!(status, 403, "{} {} with {name}: {value}", entry.method, entry.path);
            }
        }
    }

    async fn every_page_answers_its_administrator(app: TestApp) {
        let admin = app.admin().await;
        for entry in app.table.iter().filter(|e| e.method == "GET" && !e.path.contains('{')) {
            let status = ask(&app, entry).as_(&admin).open().await.status().as_u16();
            assert!(status < 500, "{} as administrator: {status}", entry.path);
        }
    }
}
