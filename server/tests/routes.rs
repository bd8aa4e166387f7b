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

    async fn parameters_that_do_not_fit_are_told_as_every_other_problem(app: TestApp) {
        let admin = app.admin().await;
        let rubbish = [
            "?limit=abc&page=-1&from=x&to=y&after=x&tail=x&sort=x&state=x&kind=x&severity=x",
            "?past=perhaps&retired=perhaps&everybody=perhaps&disabled=perhaps&place=nowhere&system=x&team=x",
            "?q=a&q=b&system=a&system=b&limit=1&limit=2&from=1&from=2&next=a&next=b&topics=a&topics=b",
        ];
        let mut wrong = Vec::new();
        for entry in app.table.iter().filter(|e| e.method == "GET") {
            for query in rubbish {
                let answer = app.ask("GET", &format!("{}{query}", filled(&entry.path))).as_(&admin).open().await;
                let status = answer.status().as_u16();
                let kind = answer.headers().get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
                // Alertmanager's API says 400, as upstream does.
                let known = status < 400 || status == 404 || status == 422 || (status == 400 && entry.path.starts_with("/api/v2/"));
                let told = status < 400 || !is_api(entry) || kind.starts_with("application/problem+json") || entry.path.starts_with("/api/v2/");
                let shown = status != 422 || is_api(entry) || kind.starts_with("text/html");
                if !(known && told && shown) {
                    wrong.push(format!("{}{query}: {status} {kind}", entry.path));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    async fn a_parameter_that_does_not_fit_is_named(app: TestApp) {
        let admin = app.admin().await;
        let problem = async |path: &str| {
            let told = app.get(path).as_(&admin).send().await.is(422).json();
            assert_eq!(told["type"], "urn:evenkeel:problem:invalid", "{told}");
            let errors: Vec<_> = told["errors"].as_array().unwrap().iter().map(|e| format!("{}: {}", e["field"], e["expected"])).collect();
            errors.join("; ")
        };
        assert_eq!(problem("/api/v1/occasions?past=perhaps").await, r#""past": "one of: true, false""#);
        assert_eq!(problem("/api/v1/transactions/band").await, r#""system": "something must be entered""#);
        assert_eq!(problem("/api/v1/systems?q=a&q=b").await, r#""q": "one value only""#);
        app.get("/systems?q=a&q=b").as_(&admin).send().await.is(422).has("one value only");
    }

    async fn every_page_answers_its_administrator(app: TestApp) {
        let admin = app.admin().await;
        for entry in app.table.iter().filter(|e| e.method == "GET" && !e.path.contains('{')) {
            let status = ask(&app, entry).as_(&admin).open().await.status().as_u16();
            assert!(status < 500, "{} as administrator: {status}", entry.path);
        }
    }
}
