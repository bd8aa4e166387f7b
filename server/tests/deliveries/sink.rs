//! What stands in for the other side: answers as it is told, and keeps every request.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use serde_json::Value;

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Got {
    pub method: String,
    /// Path and query.
    pub path: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// How it answers.
#[derive(Clone, Default)]
struct How {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: &'static str,
    pause: Duration,
}

#[derive(Clone)]
pub struct Sink {
    how: Arc<Mutex<How>>,
    got: Arc<Mutex<Vec<Got>>>,
    /// `http://127.0.0.1:port`.
    pub url: String,
}

impl Sink {
    /// A sink that answers 200 with this body.
    pub async fn begin(body: &'static str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let this = Self { how: Arc::default(), got: Arc::default(), url };
        this.answer(200, &[], body);
        let router = Router::new().fallback(take).with_state(this.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        this
    }

    pub fn answer(&self, status: u16, headers: &[(&'static str, &'static str)], body: &'static str) {
        let pause = self.how.lock().unwrap().pause;
        *self.how.lock().unwrap() = How { status, headers: headers.to_vec(), body, pause };
    }

    /// Answers only after a while.
    pub fn pause(&self, pause: Duration) {
        self.how.lock().unwrap().pause = pause;
    }

    /// What came since the last time it was asked.
    pub fn take(&self) -> Vec<Got> {
        std::mem::take(&mut *self.got.lock().unwrap())
    }

    /// The only thing that came.
    #[track_caller]
    pub fn one(&self) -> Got {
        let mut got = self.take();
        assert_eq!(got.len(), 1, "{got:#?}");
        got.remove(0)
    }
}

async fn take(State(this): State<Sink>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.expect("a body").to_bytes().to_vec();
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str()).to_owned();
    this.got.lock().unwrap().push(Got { method: parts.method.to_string(), path, headers: parts.headers, body });
    let how = this.how.lock().unwrap().clone();
    tokio::time::sleep(how.pause).await;
    let mut answer = (StatusCode::from_u16(how.status).expect("a status"), how.body).into_response();
    for (name, value) in how.headers {
        answer.headers_mut().insert(name, value.parse().expect("a value"));
    }
    answer
}
