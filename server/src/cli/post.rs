//! Posting batches of lines to a portal from the command line: each under a key that is the same when it is sent again, waiting where
//! the portal says so.

use std::time::Duration;

use backend::egress::{Egress, Request};
use bytes::Bytes;
use clap::Args;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{
    Failure,
    transactions::TOLD,
    way::{Trust, anywhere},
};
use crate::settings;

/// Longest wait between two attempts.
const LONGEST: Duration = Duration::from_secs(30);

#[derive(Args, Clone)]
pub(super) struct Portal {
    /// The portal: https://…
    #[arg(long, value_name = "URL")]
    pub(super) url: Option<String>,
    /// A token with the permission transactions.ingest.
    #[arg(long, env = "EVENKEEL_TOKEN", hide_env_values = true, value_name = "TOKEN", requires = "url")]
    token: Option<String>,
    /// The stream that the lines are of, `system/stream` or the key of a system; needed where lines do not say it themselves.
    #[arg(long, value_name = "NAME")]
    pub(super) stream: Option<String>,
    #[command(flatten)]
    trust: Trust,
}

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) accepted: u64,
    pub(super) refused: u64,
    pub(super) replayed: bool,
    /// What was wrong with the first refused lines, each with its number in the batch.
    pub(super) errors: Vec<(u64, String)>,
}

/// What a portal says to a batch.
pub(super) enum Posted {
    /// It was looked at, now or before.
    Counted(Counted),
    /// Another body was counted under its key.
    Otherwise,
}

/// Who posts.
pub(super) struct Poster {
    egress: Egress,
    url: String,
    authorization: HeaderValue,
}

impl Portal {
    /// Whoever posts to the portal that is named; `map` says what columns hold.
    pub(super) fn poster(&self, settings: &settings::Egress, map: &[String]) -> Result<Poster, Failure> {
        let (Some(url), Some(token)) = (&self.url, &self.token) else {
            return Err("say with --url and --token (or EVENKEEL_TOKEN) to which portal lines go".into());
        };
        let egress = anywhere(&self.trust.over(settings))?;
        let mut authorization =
            HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| "--token has a character that no token has")?;
        authorization.set_sensitive(true);
        let mut url = format!("{}/api/v1/transactions", url.trim_end_matches('/'));
        let pairs = self.stream.iter().map(|name| ("stream", name)).chain(map.iter().map(|pair| ("map", pair)));
        for (at, (name, value)) in pairs.enumerate() {
            url.push(if at == 0 { '?' } else { '&' });
            url.push_str(&format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
        }
        Ok(Poster { egress, url, authorization })
    }
}

/// Where a URL leads, the same however it is spelt, and without what may be secret in it.
fn target(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (scheme, host) = (scheme.to_ascii_lowercase(), host.rsplit('@').next().unwrap_or(host).to_ascii_lowercase());
    // Of an address in brackets no colon but the last one, behind them, begins a port.
    let is_port = |(_, port): &(&str, &str)| port.bytes().all(|byte| byte.is_ascii_digit());
    let (name, port) = host.rsplit_once(':').filter(is_port).unwrap_or((host.as_str(), ""));
    let name = name.strip_suffix('.').unwrap_or(name);
    match (scheme.as_str(), port) {
        (_, "") | ("https", "443") | ("http", "80") => format!("{scheme}://{name}{path}"),
        _ => format!("{scheme}://{name}:{port}{path}"),
    }
}

impl Poster {
    /// Where it posts: portal and stream.
    pub(super) fn target(&self) -> String {
        target(&self.url)
    }

    /// Posts a batch until it is counted or refused for good; says on standard error what it waits for.
    pub(super) async fn post(&self, key: &str, body: Vec<u8>) -> Result<Posted, Failure> {
        let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count() as u64;
        let body = packed(body)?;
        let mut wait = Duration::from_millis(500);
        loop {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, self.authorization.clone());
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("zstd"));
            headers.insert(HeaderName::from_static("idempotency-key"), HeaderValue::from_str(key).map_err(|_| "a key that is none")?);
            let request =
                Request { headers, body: body.clone(), timeout: Duration::from_secs(60), ..Request::new(Method::POST, self.url.clone()) };
            let why = match self.egress.request(request).await {
                Ok(answer) => match answer.status.as_u16() {
                    200 | 422 => return Ok(Posted::Counted(counted(&answer.body, lines))),
                    409 => return Ok(Posted::Otherwise),
                    status @ (429 | 500..=599) => {
                        let asked = answer.headers.get(header::RETRY_AFTER).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
                        if let Some(seconds) = asked {
                            wait = Duration::from_secs(seconds).clamp(Duration::from_millis(200), LONGEST);
                        }
                        format!("the portal answers {status}")
                    }
                    status => return Err(format!("the portal answers {status}: {}", String::from_utf8_lossy(&answer.body)).into()),
                },
                Err(error) => error.to_string(),
            };
            eprintln!("{why}; again in {:.1} s", wait.as_secs_f64());
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST);
        }
    }
}

fn packed(body: Vec<u8>) -> Result<Bytes, Failure> {
    Ok(zstd::encode_all(body.as_slice(), 3)?.into())
}

/// What a portal answered to so many lines. Refused as a whole, a batch is told by what is wrong with it alone: all its lines are refused.
fn counted(body: &[u8], lines: u64) -> Counted {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
    let errors = json["errors"].as_array().map_or(&[][..], Vec::as_slice);
    let number = |name: &str| json[name].as_u64();
    Counted {
        accepted: number("accepted").unwrap_or_default(),
        refused: number("refused").unwrap_or(lines),
        replayed: json["replayed"].as_bool().unwrap_or_default(),
        errors: errors
            .iter()
            .take(TOLD)
            .map(|error| {
                let said = format!("{} {:?}: expected {}", text(error, "field"), text(error, "value"), text(error, "expected"));
                (error["line"].as_u64().unwrap_or_default(), said)
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn a_target_is_named_alike_however_it_is_spelt() {
        assert_eq!(target("HTTPS://me:secret@Portal.Example/Api?stream=Pay"), "https://portal.example/Api?stream=Pay");
        assert_eq!(target("portal"), "portal");
        for (url, named) in [
            ("https://portal.example:443/api", "https://portal.example/api"),
            ("https://Portal.Example./api", "https://portal.example/api"),
            ("http://portal.example.:80/api", "http://portal.example/api"),
            ("https://portal.example:80/api", "https://portal.example:80/api"),
            ("https://[2001:db8::1]:443/api", "https://[2001:db8::1]/api"),
            ("https://[2001:db8::443]/api", "https://[2001:db8::443]/api"),
        ] {
            assert_eq!(target(url), named);
        }
    }
}
