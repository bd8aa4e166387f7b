//! Kinds of channels: what each must know to send, and which of it is secret.

use std::collections::BTreeMap;

use crate::{
    Wording,
    form::whole,
    text::{one_line, parse_url},
    words::words,
};

words! {
    /// How a channel carries messages.
    pub enum Kind {
        /// A webhook in the form of <https://www.standardwebhooks.com/>, with the facts as JSON.
        Webhook = "webhook",
        /// Mail through the house's mail server.
        Email = "email",
        /// An incoming webhook of Slack.
        Slack = "slack",
        /// A workflow of Microsoft Teams that takes webhook requests.
        Teams = "teams",
        /// A custom robot of DingTalk 钉钉.
        DingTalk = "dingtalk",
        /// A custom bot of Feishu 飞书 or Lark.
        Feishu = "feishu",
        /// A group robot of WeCom 企业微信.
        WeCom = "wecom",
        /// A bot of Telegram.
        Telegram = "telegram",
        /// Whatever takes what Alertmanager posts.
        Alertmanager = "alertmanager",
        /// A browser of a person, through its own push service.
        WebPush = "web-push",
    }
}

/// One thing that a kind must or may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Name of the field in the form and in JSON.
    pub name: &'static str,
    /// Whether it is sealed and never shown again.
    pub secret: bool,
    /// Whether it must be there.
    pub required: bool,
    /// Whether secrets of the channel travel to where it says: who changes it must know them.
    pub destination: bool,
}

const fn open(name: &'static str, required: bool) -> Field {
    Field { name, secret: false, required, destination: false }
}

const fn sealed(name: &'static str, required: bool) -> Field {
    Field { name, secret: true, required, destination: false }
}

const fn destination(name: &'static str, required: bool) -> Field {
    Field { name, secret: false, required, destination: true }
}

impl Kind {
    /// The kinds that a channel of teams can be of.
    pub fn of_teams() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|kind| *kind != Self::WebPush)
    }

    /// Whether programs read it: to them every fact is a message of its own.
    pub fn is_for_programs(self) -> bool {
        matches!(self, Self::Webhook | Self::Alertmanager)
    }

    /// The kinds that a person can be reached by.
    pub const OF_PERSONS: [Self; 4] = [Self::Email, Self::Telegram, Self::WebPush, Self::Webhook];

    /// What it must or may know.
    pub fn fields(self) -> &'static [Field] {
        const WEBHOOK: &[Field] = &[open("url", true), sealed("secret", false)];
        const EMAIL: &[Field] = &[open("to", true)];
        const HOOK: &[Field] = &[sealed("hook", true)];
        const SIGNED: &[Field] = &[sealed("hook", true), sealed("secret", false)];
        const TELEGRAM: &[Field] = &[sealed("token", true), open("chat", true), destination("api", false)];
        const ALERTMANAGER: &[Field] = &[destination("url", true), sealed("token", false), open("max_alerts", false)];
        const WEB_PUSH: &[Field] = &[sealed("endpoint", true), sealed("p256dh", true), sealed("auth", true)];
        match self {
            Self::Webhook => WEBHOOK,
            Self::Email => EMAIL,
            Self::Slack | Self::Teams | Self::WeCom => HOOK,
            Self::DingTalk | Self::Feishu => SIGNED,
            Self::Telegram => TELEGRAM,
            Self::Alertmanager => ALERTMANAGER,
            Self::WebPush => WEB_PUSH,
        }
    }

    /// Reads the value of one of its fields, or says what would be right.
    pub fn read(self, field: &str, given: &str) -> Result<String, Wording> {
        let given = given.trim();
        match (self, field) {
            (_, "url" | "hook" | "api") => parse_url(given),
            (Self::Webhook, "secret") => webhook_secret(given),
            (Self::Email, _) => mailboxes(given).map(|all| all.join(", ")),
            (Self::WebPush, "endpoint") => parse_url(given).and_then(|url| {
                if url.starts_with("https://") || url.starts_with("http://127.0.0.1") { Ok(url) } else { Err(Wording::new("expect-url")) }
            }),
            (Self::WebPush, "p256dh") => bytes_in_base64url(given, 65),
            (Self::WebPush, "auth") => bytes_in_base64url(given, 16),
            (Self::Telegram, "token") => telegram_token(given),
            (Self::Alertmanager, "max_alerts") => whole(given, 0, 1_000_000).map(|most| most.to_string()),
            _ => word(given),
        }
    }

    /// Where messages go, as far as it may be told.
    pub fn target(self, settings: &BTreeMap<String, String>) -> String {
        let of = |name: &str| settings.get(name).cloned().unwrap_or_default();
        match self {
            Self::Webhook | Self::Alertmanager => of("url"),
            Self::Email => of("to"),
            Self::Telegram => of("chat"),
            Self::Slack | Self::Teams | Self::DingTalk | Self::Feishu | Self::WeCom => host(&of("hook")),
            Self::WebPush => host(&of("endpoint")),
        }
    }
}

/// How many alerts of a group a channel with these settings takes at most; `None` for all.
pub fn max_alerts(settings: &BTreeMap<String, String>) -> Option<u64> {
    settings.get("max_alerts")?.parse().ok().filter(|most| *most > 0)
}

/// `https://hooks.slack.com/…`: the rest of such a URL is the secret.
fn host(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() { String::new() } else { format!("{scheme}://{host}/…") }
}

fn word(given: &str) -> Result<String, Wording> {
    one_line(given)?;
    match given.chars().count() {
        0 => Err(Wording::new("expect-something")),
        n if n > 500 => Err(Wording::new("expect-at-most-characters").with("max", 500)),
        _ => Ok(given.to_owned()),
    }
}

/// `whsec_` and 32 to 88 base64 letters.
fn webhook_secret(given: &str) -> Result<String, Wording> {
    let body = given.strip_prefix("whsec_").unwrap_or_default();
    let letters = body.trim_end_matches('=');
    let good = (32..=88).contains(&body.len())
        && body.len().is_multiple_of(4)
        && body.len() - letters.len() <= 2
        && letters.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'));
    if good { Ok(given.to_owned()) } else { Err(Wording::new("expect-webhook-secret")) }
}

/// `123456789:AA…` as @BotFather gives it.
fn telegram_token(given: &str) -> Result<String, Wording> {
    let good = given.split_once(':').is_some_and(|(bot, key)| {
        (5..=20).contains(&bot.len())
            && bot.bytes().all(|b| b.is_ascii_digit())
            && (20..=80).contains(&key.len())
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    });
    if good { Ok(given.to_owned()) } else { Err(Wording::new("expect-telegram-token")) }
}

/// Base64url without padding (one that is there is dropped) of so many bytes.
fn bytes_in_base64url(given: &str, bytes: usize) -> Result<String, Wording> {
    let given = given.trim_end_matches('=');
    let good = given.len() == (bytes * 4).div_ceil(3) && given.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if good { Ok(given.to_owned()) } else { Err(Wording::new("expect-push-key")) }
}

/// Most recipients of one channel.
const RECIPIENTS: usize = 20;

/// Mail addresses, one at least, with commas, semicolons, blanks or line ends between them.
pub fn mailboxes(given: &str) -> Result<Vec<String>, Wording> {
    let all: Vec<String> =
        given.split([',', ';', ' ', '\n', '\r', '\t', '，', '；']).filter(|part| !part.is_empty()).map(str::to_owned).collect();
    if all.len() > RECIPIENTS {
        return Err(Wording::new("expect-at-most-recipients").with("max", RECIPIENTS));
    }
    if all.is_empty() || !all.iter().all(|address| is_mailbox(address)) {
        return Err(Wording::new("expect-mailboxes"));
    }
    Ok(all)
}

/// What mail servers commonly take: one `@`, letters of ASCII, a domain of names and dots.
fn is_mailbox(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    let local_good = (1..=64).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b));
    let domain_good = (1..=253).contains(&domain.len())
        && domain.split('.').all(|part| {
            (1..=63).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !part.starts_with('-')
                && !part.ends_with('-')
        });
    local_good && domain_good
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_enough() {
        assert!(webhook_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").is_ok());
        for bad in ["whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_short===", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-w"] {
            assert!(webhook_secret(bad).is_err(), "{bad}");
        }
        assert!(telegram_token("123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw").is_ok());
        for bad in ["", "bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "123456789:AA/../x", "123456789"] {
            assert!(telegram_token(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn mail_goes_to_addresses() {
        assert_eq!(mailboxes("a@x.org, b+c@mail.x.org；\n d@x").unwrap(), ["a@x.org", "b+c@mail.x.org", "d@x"]);
        for bad in ["", "a", "@x.org", "a@", "a@x..org", "a b@", "a@-x.org", ".a@x.org", "a@x.org\u{0}", "\"a\"@x.org", "a@x.org>"] {
            assert_eq!(mailboxes(bad).unwrap_err().key, "expect-mailboxes", "{bad:?}");
        }
        let many = (0..21).map(|n| format!("a{n}@x.org")).collect::<Vec<_>>().join(",");
        assert_eq!(mailboxes(&many).unwrap_err().key, "expect-at-most-recipients");
    }

    #[test]
    fn what_is_shown_of_a_target_is_not_its_secret() {
        let hook = BTreeMap::from([("hook".to_owned(), "https://hooks.slack.com/services/T0/B0/canary".to_owned())]);
        assert_eq!(Kind::Slack.target(&hook), "https://hooks.slack.com/…");
        for kind in Kind::ALL {
            let settings = kind.fields().iter().filter(|field| field.secret).map(|field| (field.name.to_owned(), "canary".to_owned()));
            assert!(!kind.target(&settings.collect()).contains("canary"), "{kind}");
        }
    }
}
