//! Kinds that are one `POST` of JSON.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use domain::{
    Fault,
    deliveries::{
        Kind, Outcome, judge, max_alerts,
        message::{alertmanager, dingtalk, feishu, slack, teams, telegram, wecom},
    },
    time::SECOND,
};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderName, HeaderValue, Method, header};
use secrecy::SecretString;
use serde_json::Value;
use sha2::Sha256;

use super::Ready;
use crate::{
    deliveries::{engine::TIMEOUT, sign},
    egress::{Egress, Request},
};

/// Where bots of Telegram are reached, unless the channel says otherwise.
const TELEGRAM: &str = "https://api.telegram.org";

/// Sends the request and reads the answer as the kind means it.
pub(super) async fn exchange(egress: &Egress, kind: Kind, request: Request) -> Outcome {
    match egress.request(request).await {
        Ok(exchange) => {
            let retry_after = exchange.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
            judge(kind, exchange.status.as_u16(), retry_after, &String::from_utf8_lossy(&exchange.body))
        }
        Err(error) => Outcome::Failed(error.told()),
    }
}

/// The request of a kind.
pub(super) fn request(ready: &Ready<'_>, base: &str) -> Result<Request, Fault> {
    let message = &ready.message;
    let hook = ready.secrets.get("hook");
    match ready.kind {
        Kind::Slack => post(hook, &slack(message)),
        Kind::Teams => post(hook, &teams(message)),
        Kind::WeCom => post(hook, &wecom(message)),
        Kind::DingTalk => post(&signed_url(hook, ready.secrets.get("secret"), ready.now.0), &dingtalk(message)),
        Kind::Feishu => {
            let mut body = feishu(message);
            if ready.secrets.has("secret") {
                let at_s = ready.now.0.div_euclid(SECOND);
                body["timestamp"] = Value::String(at_s.to_string());
                body["sign"] = Value::String(feishu_sign(at_s, ready.secrets.get("secret")));
            }
            post(hook, &body)
        }
        Kind::Telegram => {
            let api = Some(ready.setting("api")).filter(|api| !api.is_empty()).unwrap_or(TELEGRAM).trim_end_matches('/');
            let url = format!("{api}/bot{}/sendMessage", ready.secrets.get("token"));
            post(&url, &telegram(message, ready.setting("chat")))
        }
        Kind::Alertmanager => {
            let most = max_alerts(&ready.settings);
            let body = alertmanager(message, &ready.body["data"], &ready.job.channel_name, ready.written, base, most);
            let mut request = post(ready.setting("url"), &body)?;
            if ready.secrets.has("token") {
                let bearer = format!("Bearer {}", ready.secrets.get("token"));
                let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| Fault::Internal)?;
                bearer.set_sensitive(true);
                request.headers.insert(header::AUTHORIZATION, bearer);
            }
            Ok(request)
        }
        Kind::Webhook => webhook(ready),
        // Neither is one request that is made here.
        Kind::Email | Kind::WebPush => Err(Fault::Internal),
    }
}

fn post(url: &str, body: &Value) -> Result<Request, Fault> {
    Ok(post_text(url, body.to_string()))
}

fn post_text(url: &str, body: String) -> Request {
    let mut request = Request::new(Method::POST, url);
    request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request.headers.insert(header::USER_AGENT, HeaderValue::from_static(concat!("Evenkeel/", env!("CARGO_PKG_VERSION"))));
    request.body = Bytes::from(body);
    request.timeout = TIMEOUT;
    request.body_cap = 1 << 12;
    request
}

/// Standard Webhooks. What the body holds is signed as it is sent.
fn webhook(ready: &Ready<'_>) -> Result<Request, Fault> {
    // As it was stored, letter for letter, unless something was added for this reader.
    let added = ["ack", "code", "confirm", "unsubscribe"].iter().any(|name| ready.body["data"][*name].is_string());
    let told_more = ready.body["also"].is_array() || added;
    let body = if told_more { ready.body.to_string() } else { ready.job.payload.clone() };
    let at_s = ready.now.0.div_euclid(SECOND);
    let secret = SecretString::from(ready.secrets.get("secret").to_owned());
    let signature = sign::signature(&secret, &ready.job.key, at_s, &body)?;
    let mut request = post_text(ready.setting("url"), body);
    for (name, value) in
        [("webhook-id", ready.job.key.as_str()), ("webhook-timestamp", &at_s.to_string()), ("webhook-signature", &signature)]
    {
        request.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).map_err(|_| Fault::Internal)?);
    }
    Ok(request)
}

fn hmac_base64(key: &[u8], text: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { unreachable!("HMAC takes keys of any length") };
    mac.update(text);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// DingTalk: HMAC-SHA-256 over `timestamp\nsecret` with the secret, milliseconds, in the query.
fn signed_url(hook: &str, secret: &str, at_ms: i64) -> String {
    if secret.is_empty() {
        return hook.to_owned();
    }
    let sign = hmac_base64(secret.as_bytes(), format!("{at_ms}\n{secret}").as_bytes());
    let sign = percent_encoding::utf8_percent_encode(&sign, percent_encoding::NON_ALPHANUMERIC);
    let joint = if hook.contains('?') { '&' } else { '?' };
    format!("{hook}{joint}timestamp={at_ms}&sign={sign}")
}

/// Feishu: HMAC-SHA-256 over nothing with `timestamp\nsecret`, seconds, in the body.
fn feishu_sign(at_s: i64, secret: &str) -> String {
    hmac_base64(format!("{at_s}\n{secret}").as_bytes(), b"")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with openssl: `printf '1700000000000\nSECabc' | openssl dgst -sha256 -hmac SECabc -binary | base64`, and
    /// `printf '' | openssl dgst -sha256 -hmac "$(printf '1700000000\nabc')" -binary | base64`.
    #[test]
    fn signatures_are_those_of_others() {
        let url = signed_url("https://oapi.dingtalk.com/robot/send?access_token=x", "SECabc", 1_700_000_000_000);
        assert_eq!(
            url,
            "https://oapi.dingtalk.com/robot/send?access_token=x&timestamp=1700000000000&sign=jcUpW0QmtKduN03n4JqQ0PBosVjqnM8gU7fIIvsDmCM%3D"
        );
        assert_eq!(feishu_sign(1_700_000_000, "abc"), "VIS10b0EBvzzSdFnuk4tznEmK5wHaruvf/WnViv2yR4=");
        assert_eq!(signed_url("https://x.org/", "", 1), "https://x.org/");
    }
}
