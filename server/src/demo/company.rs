//! The company: four HTTP services on loopback, each with a fault switch. The gateway calls the other three. Beside them stands
//! a [`pair`] that nobody pays with.

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::{StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use backend::egress::{self, Egress, NameResolver, Request};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::pair;

/// The services, the one that customers call first.
pub const SERVICES: [&str; 4] = ["gateway", "risk", "ledger", "bank-link"];

/// What the gateway says when a service does not answer as it should (ISO 8583).
const CODES: [(&str, &str); 3] = [("risk", "96"), ("ledger", "68"), ("bank-link", "91")];

/// What goes over the bank link: the other networks are reached by other ways.
pub const OVER_BANK_LINK: &str = "unionpay";

/// The till of a merchant, which the gateway looks after.
pub const TILL: &str = "till";

/// Most minutes that may be asked to pass at once.
const MOST_MINUTES: u32 = 240;

/// The running services.
pub struct Company {
    ports: BTreeMap<&'static str, u16>,
    egress: Egress,
    /// Minutes that somebody wants to be over, as the gateway was told.
    ahead: Arc<AtomicU32>,
    /// Whether the till is broken.
    till: Arc<AtomicBool>,
}

/// A client that reaches loopback and nothing else.
pub fn client() -> Result<Egress, String> {
    let allow = vec!["127.0.0.0/8".parse::<egress::Cidr>().map_err(|error| format!("{error:?}"))?];
    Egress::new(egress::Settings { allow, roots: Vec::new() }, Arc::new(NameResolver::of_the_system()))
}

struct Desk {
    name: &'static str,
    broken: AtomicBool,
    /// Requests that went well, and those that did not.
    counts: [AtomicU64; 2],
    /// Those that it calls, with their addresses.
    neighbours: Vec<(&'static str, String)>,
    egress: Egress,
    ahead: Arc<AtomicU32>,
    till: Arc<AtomicBool>,
}

impl Company {
    /// Starts all on free ports of loopback; they live as long as the process.
    pub async fn open() -> Result<Self, String> {
        let egress = client()?;
        let mut listeners = Vec::new();
        let mut ports = BTreeMap::new();
        for name in SERVICES.into_iter().chain([pair::NAME]) {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| format!("{name}: {error}"))?;
            ports.insert(name, listener.local_addr().map_err(|error| format!("{name}: {error}"))?.port());
            listeners.push((name, listener));
        }
        let company = Self { ports, egress, ahead: Arc::default(), till: Arc::default() };
        for (name, listener) in listeners {
            if name == pair::NAME {
                tokio::spawn(async move { axum::serve(listener, pair::router()).await });
                continue;
            }
            let neighbours =
                if name == "gateway" { SERVICES[1..].iter().map(|n| (*n, company.url(n, "/work"))).collect() } else { Vec::new() };
            let desk = Arc::new(Desk {
                name,
                broken: AtomicBool::new(false),
                counts: Default::default(),
                neighbours,
                egress: company.egress.clone(),
                ahead: company.ahead.clone(),
                till: company.till.clone(),
            });
            let router = Router::new()
                .route("/health", get(health))
                .route("/metrics", get(metrics))
                .route("/fault", post(fault))
                .route("/till", get(till).post(switch_till))
                .route("/time", get(ahead).post(hasten))
                .route("/work", post(work))
                .route("/pay", post(pay))
                .route("/hook", post(|| async { StatusCode::NO_CONTENT }))
                .route("/robot/send", post(|| async { Json(json!({ "errcode": 0, "errmsg": "ok" })) }))
                .with_state(desk);
            tokio::spawn(async move { axum::serve(listener, router).await });
        }
        Ok(company)
    }

    /// Address of a service.
    pub fn url(&self, name: &str, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.ports.get(name).copied().unwrap_or_default())
    }

    /// Host and port of a service.
    pub fn address(&self, name: &str) -> String {
        format!("127.0.0.1:{}", self.ports.get(name).copied().unwrap_or_default())
    }

    /// Where each service is, as `evenkeel demo-fault --at` reads it.
    pub fn directory(&self) -> String {
        let till = self.ports.get("gateway").map(|port| (TILL, *port));
        let all = self.ports.iter().map(|(name, port)| (*name, *port)).chain(till);
        all.map(|(name, port)| format!("{name}={port}")).collect::<Vec<_>>().join(",")
    }

    /// Whether somebody broke the till.
    pub fn is_till_broken(&self) -> bool {
        self.till.load(Ordering::SeqCst)
    }

    /// Minutes that somebody still wants to be over.
    pub fn ahead(&self) -> u32 {
        self.ahead.load(Ordering::SeqCst)
    }

    /// One of them is.
    pub fn passed(&self) {
        self.ahead.fetch_sub(1, Ordering::SeqCst);
    }

    /// Sends a payment over a link through the gateway: `00`, or the code of what did not answer.
    pub async fn pay(&self, link: &str) -> String {
        let mut request = Request::new(Method::POST, self.url("gateway", &format!("/pay?link={link}")));
        request.timeout = Duration::from_secs(5);
        match self.egress.request(request).await {
            Ok(answer) => serde_json::from_slice::<Value>(&answer.body)
                .ok()
                .and_then(|body| Some(body["code"].as_str()?.to_owned()))
                .unwrap_or_else(|| "96".to_owned()),
            Err(_) => "96".to_owned(),
        }
    }
}

fn broken(desk: &Desk) -> (StatusCode, Json<Value>) {
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "service": desk.name, "status": "broken", "code": "96" })))
}

async fn health(State(desk): State<Arc<Desk>>) -> (StatusCode, Json<Value>) {
    if desk.broken.load(Ordering::SeqCst) { broken(&desk) } else { (StatusCode::OK, Json(json!({ "service": desk.name, "status": "ok" }))) }
}

/// What a service says of itself, as Prometheus reads it.
async fn metrics(State(desk): State<Arc<Desk>>) -> impl IntoResponse {
    let [ok, failed] = [&desk.counts[0], &desk.counts[1]].map(|count| count.load(Ordering::SeqCst));
    let (name, broken) = (desk.name, u8::from(desk.broken.load(Ordering::SeqCst)));
    let page = format!(
        "# HELP requests_total Requests that were served, by how they went.\n# TYPE requests_total counter\n\
         requests_total{{service=\"{name}\",outcome=\"ok\"}} {ok}\nrequests_total{{service=\"{name}\",outcome=\"failed\"}} {failed}\n\
         # HELP fault_switch Whether somebody broke the service on purpose.\n# TYPE fault_switch gauge\nfault_switch{{service=\"{name}\"}} {broken}\n"
    );
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page)
}

fn counted(desk: &Desk, answer: (StatusCode, Json<Value>)) -> (StatusCode, Json<Value>) {
    desk.counts[usize::from(answer.0 != StatusCode::OK)].fetch_add(1, Ordering::SeqCst);
    answer
}

#[derive(Deserialize)]
struct Switch {
    to: String,
}

async fn fault(State(desk): State<Arc<Desk>>, Query(switch): Query<Switch>) -> (StatusCode, Json<Value>) {
    switched(desk.name, &desk.broken, &switch)
}

async fn switch_till(State(desk): State<Arc<Desk>>, Query(switch): Query<Switch>) -> (StatusCode, Json<Value>) {
    switched(TILL, &desk.till, &switch)
}

fn switched(name: &str, broken: &AtomicBool, switch: &Switch) -> (StatusCode, Json<Value>) {
    let on = match switch.to.as_str() {
        "on" => true,
        "off" => false,
        other => return (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "to": other, "expected": "on or off" }))),
    };
    let was = broken.swap(on, Ordering::SeqCst);
    (StatusCode::OK, Json(json!({ "service": name, "was": was, "fault": on })))
}

/// How the till is, which tells the gateway of itself.
async fn till(State(desk): State<Arc<Desk>>) -> (StatusCode, Json<Value>) {
    if desk.till.load(Ordering::SeqCst) {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "service": TILL, "status": "broken" })));
    }
    (StatusCode::OK, Json(json!({ "service": TILL, "status": "ok" })))
}

async fn ahead(State(desk): State<Arc<Desk>>) -> Json<Value> {
    Json(json!({ "minutes": desk.ahead.load(Ordering::SeqCst) }))
}

#[derive(Deserialize)]
struct Minutes {
    minutes: u32,
}

/// Asks that so many minutes pass as fast as they can.
async fn hasten(State(desk): State<Arc<Desk>>, Query(asked): Query<Minutes>) -> (StatusCode, Json<Value>) {
    if !(1..=MOST_MINUTES).contains(&asked.minutes) {
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "minutes": asked.minutes, "expected": format!("1 to {MOST_MINUTES}") })));
    }
    desk.ahead.store(asked.minutes, Ordering::SeqCst);
    (StatusCode::OK, Json(json!({ "minutes": asked.minutes })))
}

async fn work(State(desk): State<Arc<Desk>>) -> (StatusCode, Json<Value>) {
    tokio::time::sleep(Duration::from_millis(4)).await;
    let answer = if desk.broken.load(Ordering::SeqCst) {
        broken(&desk)
    } else {
        (StatusCode::OK, Json(json!({ "service": desk.name, "code": "00" })))
    };
    counted(&desk, answer)
}

#[derive(Deserialize)]
struct Over {
    link: String,
}

async fn pay(State(desk): State<Arc<Desk>>, Query(over): Query<Over>) -> (StatusCode, Json<Value>) {
    let answer = paid(&desk, &over.link).await;
    counted(&desk, answer)
}

async fn paid(desk: &Desk, link: &str) -> (StatusCode, Json<Value>) {
    if desk.broken.load(Ordering::SeqCst) {
        return broken(desk);
    }
    for (name, url) in desk.neighbours.iter().filter(|(name, _)| *name != "bank-link" || link == OVER_BANK_LINK) {
        let mut request = Request::new(Method::POST, url.clone());
        request.timeout = Duration::from_secs(3);
        let answered = desk.egress.request(request).await.is_ok_and(|answer| answer.status == StatusCode::OK);
        if !answered {
            let code = CODES.iter().find(|(n, _)| n == name).map_or("96", |(_, code)| code);
            return (StatusCode::BAD_GATEWAY, Json(json!({ "service": desk.name, "code": code, "because": name })));
        }
    }
    (StatusCode::OK, Json(json!({ "service": desk.name, "code": "00" })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn minutes_are_asked_for_and_told_until_they_are_over() {
        let company = Company::open().await.unwrap();
        for (minutes, status) in [(0, 422), (241, 422), (2, 200)] {
            let request = Request::new(Method::POST, company.url("gateway", &format!("/time?minutes={minutes}")));
            assert_eq!(company.egress.request(request).await.unwrap().status, status);
        }
        company.passed();
        let told = company.egress.request(Request::new(Method::GET, company.url("gateway", "/time"))).await.unwrap();
        assert_eq!((company.ahead(), String::from_utf8_lossy(&told.body).as_ref()), (1, r#"{"minutes":1}"#));
    }

    #[tokio::test]
    async fn a_broken_till_is_seen_and_breaks_no_service() {
        let company = Company::open().await.unwrap();
        for (to, status) in [("on", 503), ("off", 200)] {
            let request = Request::new(Method::POST, company.url("gateway", &format!("/till?to={to}")));
            assert_eq!(company.egress.request(request).await.unwrap().status, StatusCode::OK);
            let seen = company.egress.request(Request::new(Method::GET, company.url("gateway", "/till"))).await.unwrap();
            assert_eq!((seen.status.as_u16(), company.is_till_broken()), (status, to == "on"));
            assert_eq!(company.pay(OVER_BANK_LINK).await, "00");
        }
        assert!(company.directory().contains("till="));
    }

    #[tokio::test]
    async fn a_broken_service_breaks_payments_until_it_is_mended() {
        let company = Company::open().await.unwrap();
        assert_eq!(company.pay(OVER_BANK_LINK).await, "00");
        for (to, code) in [("on", "91"), ("off", "00")] {
            let request = Request::new(Method::POST, company.url("bank-link", &format!("/fault?to={to}")));
            assert_eq!(company.egress.request(request).await.unwrap().status, StatusCode::OK);
            assert_eq!(company.pay(OVER_BANK_LINK).await, code);
            assert_eq!(company.pay("alipay").await, "00", "it does not go over the bank link");
        }
    }
}
