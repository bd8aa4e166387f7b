//! `evenkeel gate CHANGE --url URL --token T`: go or no go, for a pipeline. Exit code 0: go; 1: no go; 2: the portal could not be asked.

use std::{process::ExitCode, time::Duration};

use axum::http::{HeaderMap, HeaderValue, Method, header};
use backend::egress::Request;
use clap::Args;
use serde_json::{Value, json};

use super::way::Trust;

#[derive(Args)]
pub(super) struct Gate {
    /// The change, by number (CHG-12) or id.
    change: String,
    /// The portal: https://…
    #[arg(long, env = "EVENKEEL_URL", value_name = "URL")]
    url: String,
    /// An API token that may post deployments.
    #[arg(long, env = "EVENKEEL_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    token: String,
    /// SHA-256 or commit of what is about to be brought: needed where the change names one, and it must be what was approved.
    #[arg(long, value_name = "SHA")]
    artifact_sha: Option<String>,
    /// Print the whole answer as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    trust: Trust,
}

/// Asks, and says the answer.
pub(super) fn run(command: &Gate) -> ExitCode {
    let asked = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())
        .and_then(|runtime| runtime.block_on(ask(command)));
    let answer = match asked {
        Ok(answer) => answer,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let go = answer["go"] == Value::Bool(true);
    if command.json {
        println!("{answer}");
    } else {
        let number = answer["number"].as_str().unwrap_or(&command.change);
        println!("{number}: {}", if go { "GO" } else { "NO GO" });
        for reason in answer["reasons"].as_array().into_iter().flatten() {
            println!("  {}", reason["text"].as_str().unwrap_or_default());
        }
    }
    if !command.json {
        for made in answer["deployments"].as_array().into_iter().flatten() {
            let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
            println!("  {} {} → {}: {}", text("system_name"), text("version"), text("environment"), text("state"));
        }
    }
    if go { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

async fn ask(command: &Gate) -> Result<Value, String> {
    let plain = command.change.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if command.change.is_empty() || !plain {
        return Err(format!("{:?} names no change; expected a number such as CHG-12, or an id", command.change));
    }
    let portal = command.trust.anywhere()?;
    let mut headers = HeaderMap::new();
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", command.token)).map_err(|_| "the token is no token".to_owned())?;
    bearer.set_sensitive(true);
    headers.insert(header::AUTHORIZATION, bearer);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let body = json!({ "artifact_sha": command.artifact_sha }).to_string().into();
    let url = format!("{}/api/v1/changes/{}/gate", command.url.trim_end_matches('/'), command.change);
    let request = Request { headers, body, timeout: Duration::from_secs(30), ..Request::new(Method::POST, url) };
    let answer = Box::pin(portal.request(request)).await.map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    if !answer.status.is_success() {
        return Err(format!("the portal answered {}: {text}", answer.status));
    }
    serde_json::from_str(&text).map_err(|error| format!("the portal's answer is no JSON: {error}"))
}
