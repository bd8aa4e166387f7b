//! The harness: the whole process in one test, on a fresh database of either kind, with a clock that moves by hand.
//!
//! ```ignore
//! both! {
//!     async fn a_viewer_reads_but_does_not_acknowledge(app: TestApp) {
//!         let team = app.team("payments").await;
//!         let viewer = app.user("vera", &[Permission::Read], Some(&team)).await;
//!         let answer = app.get("/incidents").as_(&viewer).send().await;
//!         assert_eq!(answer.status, 200);
//!         app.advance(5 * MINUTE);
//!         app.settle().await;
//!     }
//! }
//! ```
//!
//! `as_` puts the actor beside the request, without a password: what the login itself does is tested by `people`.

pub mod counterpart;
mod database;
mod hearing;
pub mod icalendar;
pub mod line;
pub mod process;
mod request;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use axum::Router;
use backend::{
    Context, Engines, SystemClock,
    db::{Kind, sql},
};
use domain::{
    Actor, Clock, Permission, PermissionSet, Portal, Timestamp, Who,
    actor::Grants,
    id::{SystemId, TeamId, UserId},
};
use server::{boot, router, settings::Settings};

pub use database::Database;
pub use hearing::hear;
pub use request::Answer;
pub use request::Ask;

/// A clock that moves by hand.
pub struct ManualClock(AtomicI64);

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// 2025-03-14T06:00:00Z, a Friday: where the clock of every test begins.
pub const BEGIN: Timestamp = Timestamp(1_741_932_000_000);

/// One process in a test.
pub struct TestApp {
    pub ctx: Context,
    pub portal: Portal,
    pub engines: Engines,
    /// The service itself, for what only the process may do.
    pub people: Arc<backend::people::Service>,
    pub clock: Arc<ManualClock>,
    pub router: Router,
    /// What the router was built from.
    pub edge: router::Edge,
    pub table: Vec<::app::routes::RouteEntry>,
    pub database: Database,
}

impl TestApp {
    /// A process on a fresh database, with default settings.
    pub async fn new(kind: Kind) -> Self {
        Self::with(kind, |_| {}).await
    }

    /// A process on a fresh database, with settings changed.
    pub async fn with(kind: Kind, change: impl FnOnce(&mut Settings)) -> Self {
        let database = Database::fresh(kind).await;
        let mut settings = Settings { data: database.folder().to_owned(), ..Settings::default() };
        // Tests probe and call servers of their own on loopback.
        settings.egress.allow = vec!["127.0.0.0/8".into()];
        settings.egress.contacts = vec!["127.0.0.0/8".into()];
        settings.egress.load = vec!["127.0.0.0/8".into()];
        settings.tools.enabled = Some(true);
        // Looked at only where the tests run as root.
        settings.tools.account = "root".into();
        settings.tools.share_account = true;
        settings.tools.launcher = Some(env!("CARGO_BIN_EXE_evenkeel").into());
        settings.monitors.by_hand = true;
        settings.by_hand = true;
        change(&mut settings);
        let clock = Arc::new(ManualClock(AtomicI64::new(BEGIN.0)));
        let ctx = Context::new(database.open().await, clock.clone())
            .with_url(&settings.public_url())
            .with_mail(settings.mail.of_service().is_some());
        let house = boot::house(&ctx, &settings);
        house.furnish().await.expect("a furnished house");
        let boot::House { portal, engines, people, .. } = house;
        let edge = router::Edge::new(ctx.clone(), portal.clone(), engines.clone(), settings, None);
        let (router, table) = router::build(&edge);
        Self { ctx, portal, engines, people, clock, router, edge, table, database }
    }

    /// The present moment of the test.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the clock; nothing else happens until [`Self::settle`].
    pub fn advance(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
    }

    /// Moves the clock to the time of the machine: other programs do not follow the clock of a test.
    pub fn to_wall_clock(&self) {
        self.advance(SystemClock.now().since(self.now()));
    }

    /// Ticks every engine until none has anything to do.
    pub async fn settle(&self) {
        self.engines.settle().await.expect("engines settle");
    }

    /// Serves on a real socket until the test ends; gives the address.
    pub async fn listen(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let service = self.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        address
    }

    /// `GET path`.
    pub fn get(&self, path: &str) -> Ask {
        Ask::new(self.router.clone(), "GET", path)
    }

    /// A form posted to a page.
    pub fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Ask {
        Ask::new(self.router.clone(), "POST", path).form(fields)
    }

    /// JSON sent to the API.
    pub fn api(&self, method: &str, path: &str, json: &serde_json::Value) -> Ask {
        Ask::new(self.router.clone(), method, path).json(json)
    }

    /// Any request; add what is needed with the methods of [`Ask`].
    pub fn ask(&self, method: &str, path: &str) -> Ask {
        Ask::new(self.router.clone(), method, path)
    }

    /// A team.
    pub async fn team(&self, key: &str) -> TeamId {
        let id: TeamId = self.ctx.new_id();
        let mut conn = self.ctx.db.read().await.expect("a connection");
        sql("INSERT INTO teams (id, key, name, calendar_secret, created_at) VALUES ($1, $2, $3, $4, $5)")
            .value(&id)
            .value(key)
            .value(key)
            .value(format!("mark of {key}"))
            .value(self.now())
            .run(&mut conn)
            .await
            .expect("a team");
        id
    }

    /// The address that a team's calendar has for somebody who may read it.
    pub async fn calendar(&self, actor: &Actor, team: &TeamId) -> String {
        let feeds = self.portal.changes.feeds(actor).await.expect("feeds");
        let feed = feeds.into_iter().find(|feed| feed.team.id == *team).expect("a team that they read");
        format!("/calendar/{}.ics", feed.secret)
    }

    /// A stored user with permissions in a team, or everywhere, as the actor of requests.
    pub async fn user(&self, login: &str, permissions: &[Permission], team: Option<&TeamId>) -> Actor {
        let id: UserId = self.ctx.new_id();
        let role = format!("role-of-{login}");
        let set: PermissionSet = permissions.iter().copied().collect();
        let mut conn = self.ctx.db.read().await.expect("a connection");
        sql("INSERT INTO users (id, login, name, email, password_hash, created_at) VALUES ($1, $2, $3, '', '', $4)")
            .value(&id)
            .value(login)
            .value(login)
            .value(self.now())
            .run(&mut conn)
            .await
            .expect("a user");
        let role_id: domain::id::RoleId = self.ctx.new_id();
        sql("INSERT INTO roles (id, key, name, name_zh, home, permissions, updated_at) VALUES ($1, $2, $3, $4, '/', $5, $6)")
            .value(&role_id)
            .value(&role)
            .value(&role)
            .value(&role)
            .value(set.to_names())
            .value(self.now())
            .run(&mut conn)
            .await
            .expect("a role");
        sql("INSERT INTO memberships (user_id, team_id, role_id) VALUES ($1, $2, $3)")
            .value(&id)
            .value(team.map_or("*", TeamId::as_str))
            .value(&role_id)
            .run(&mut conn)
            .await
            .expect("a membership");
        let grants = match team {
            None => Grants { everywhere: set, teams: BTreeMap::new() },
            Some(team) => Grants { everywhere: PermissionSet::NONE, teams: [(team.clone(), set)].into() },
        };
        Actor { who: Who::User(id), name: login.to_owned(), grants }
    }

    /// A user who may do everything everywhere.
    pub async fn admin(&self) -> Actor {
        self.user("admin", Permission::ALL, None).await
    }

    /// A user who may only read, in a team.
    pub async fn viewer(&self, login: &str, team: &TeamId) -> Actor {
        self.user(login, &[Permission::Read], Some(team)).await
    }

    /// Kim of a team is on call by the wall time of a zone.
    pub async fn on_call_in(&self, zone: &str, team: &TeamId) {
        let kim = self.user("kim", &[Permission::Read, Permission::ManageOnCall, Permission::WorkIncidents], Some(team)).await;
        let body = serde_json::json!({
            "name": "Primary", "team": team, "zone": zone,
            "layers": [{ "name": "Weeks", "rotation": "weekly", "handoff": "09:00", "start": "2025-03-10", "people": [kim.user().expect("a person").as_str()] }],
        });
        self.api("POST", "/api/v1/oncall/schedules", &body).as_(&kim).send().await.is(201);
    }

    /// A system of a team, tier 2.
    pub async fn system(&self, key: &str, team: &TeamId) -> SystemId {
        let id: SystemId = self.ctx.new_id();
        let mut conn = self.ctx.db.read().await.expect("a connection");
        sql("INSERT INTO systems (id, key, name, team_id, tier, description, runbook, links, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, 2, '', '', '[]', $5, $6)")
        .value(&id)
        .value(key)
        .value(key)
        .value(team)
        .value(self.now())
        .value(self.now())
        .run(&mut conn)
        .await
        .expect("a system");
        id
    }

    /// Says that one system needs another.
    pub async fn needs(&self, system: &SystemId, needs: &SystemId) {
        let mut conn = self.ctx.db.read().await.expect("a connection");
        sql("INSERT INTO system_dependencies (system_id, needs_id) VALUES ($1, $2)")
            .value(system)
            .value(needs)
            .run(&mut conn)
            .await
            .expect("a dependency");
    }
}

/// One test becomes two: on SQLite and on Postgres. The Postgres one is left out, and says so, where there is no
/// `EVENKEEL_TEST_POSTGRES`; in CI that is a failure.
macro_rules! both {
    ($($(#[$attribute:meta])* async fn $name:ident($app:ident: TestApp) $body:block)+) => {$(
        async fn $name($app: $crate::app::TestApp) $body

        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            $(#[$attribute])*
            async fn sqlite() {
                super::$name($crate::app::TestApp::new(backend::db::Kind::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            $(#[$attribute])*
            async fn postgres() {
                if $crate::app::Database::postgres_is_there() {
                    super::$name($crate::app::TestApp::new(backend::db::Kind::Postgres).await).await;
                }
            }
        }
    )+};
}
