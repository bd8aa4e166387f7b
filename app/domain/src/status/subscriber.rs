//! Who wants to be told what is published on a page: an address alone is known of them, which nobody is shown again; and, where not
//! everybody may read the page, the person on whose right to read it that hangs.

use serde::{Deserialize, Serialize};

use crate::{
    Fault, Wording,
    deliveries::{Kind, mailboxes},
    form::{Check, Typed},
    id::StatusPageId,
    people::Locale,
    time::DAY,
    words::words,
};

/// How long the link opens that confirms a subscription; what was not confirmed by then is forgotten.
pub const CONFIRM_LASTS_MS: i64 = 2 * DAY;
/// Messages that ask one address to confirm within a day, over all pages: nobody is pestered in somebody else's name.
pub const ASKED_A_DAY: i64 = 3;
/// Messages that ask anybody to confirm within an hour.
pub const ASKED_AN_HOUR: i64 = 300;
/// Subscriptions that one network may ask for within an hour; on pages that not everybody may read, one person.
pub const ASKS_AN_HOUR: u32 = 10;
/// Subscribers of one page.
pub const SUBSCRIBERS: i64 = 10_000;
/// A subscriber whom nothing has reached for so long is told nothing more.
pub const GONE_MS: i64 = 30 * DAY;

/// The longest address.
const ADDRESS: usize = 500;

words! {
    /// What a signed link of a subscriber does.
    pub enum TicketAct {
        /// The subscription begins.
        Confirm = "confirm",
        /// It ends.
        End = "end",
    }
}

/// How one subscribes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionInput {
    /// Mail or a webhook.
    pub kind: Kind,
    /// A mail address, or a URL.
    pub address: String,
}

impl SubscriptionInput {
    /// Reads `kind` and, for it, `email` or `url`.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["kind", "email", "url"]);
        let kind = check.field("kind", |text| match Kind::parse(text) {
            Some(kind @ (Kind::Email | Kind::Webhook)) => Ok(kind),
            _ => Err(Wording::new("expect-one-of").with("choices", "email, webhook")),
        });
        let address = match kind {
            Some(Kind::Email) => check.field("email", mailbox),
            Some(_) => check.field("url", |text| {
                if text.len() > ADDRESS {
                    Err(Wording::new("expect-at-most-characters").with("max", ADDRESS))
                } else {
                    Kind::Webhook.read("url", text)
                }
            }),
            None => None,
        };
        let (kind, address) = check.finish((kind, address))?;
        Ok(Self { kind, address })
    }

    /// What makes two addresses the same one: letters of mail and of hosts in one case.
    pub fn sameness(&self) -> String {
        match (self.kind, self.address.split_once("://")) {
            (Kind::Webhook, Some((scheme, rest))) => {
                let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
                format!("{}://{}{path}", scheme.to_ascii_lowercase(), host.to_ascii_lowercase())
            }
            _ => self.address.to_lowercase(),
        }
    }
}

/// One mail address.
fn mailbox(text: &str) -> Result<String, Wording> {
    let wrong = || Wording::new("status-expect-mailbox");
    match mailboxes(text).map_err(|_| wrong())?.as_slice() {
        [one] => Ok(one.clone()),
        _ => Err(wrong()),
    }
}

/// Who asks for a subscription, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// The address that they ask from.
    pub peer: String,
    /// The language that they read.
    pub locale: Locale,
    /// The zone in which they are told times.
    pub zone: String,
}

/// What a signed link opens.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    /// What it does.
    pub act: TicketAct,
    /// The page.
    pub page: StatusPageId,
    /// Place of the page.
    pub slug: String,
    /// Title of the page.
    pub title: String,
    /// How messages are carried.
    pub kind: Kind,
    /// Whether that has happened.
    pub done: bool,
    /// What a webhook's messages are signed with; told when the subscription begins.
    pub secret: Option<String>,
}

/// How many are told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Subscribers {
    /// By mail.
    pub email: i64,
    /// By webhook.
    pub webhook: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &str)]) -> Result<SubscriptionInput, Fault> {
        SubscriptionInput::parse(&Typed::from_pairs(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))))
    }

    #[test]
    fn one_address_and_no_more() {
        assert_eq!(read(&[("kind", "email"), ("email", " ada@example.org ")]).unwrap().address, "ada@example.org");
        for bad in ["", "ada", "a@x.org, b@x.org", "a@x.org\r\nBcc: b@x.org", "\"a\"@x.org"] {
            assert_eq!(read(&[("kind", "email"), ("email", bad)]).unwrap_err().problems()[0].field, "email", "{bad:?}");
        }
        for bad in ["", "ftp://x.org/", "javascript:1"] {
            assert_eq!(read(&[("kind", "webhook"), ("url", bad)]).unwrap_err().problems()[0].field, "url", "{bad:?}");
        }
        assert_eq!(read(&[("kind", "slack")]).unwrap_err().problems()[0].field, "kind");
    }

    #[test]
    fn the_same_address_is_the_same() {
        let of = |kind: &str, field: &str, value: &str| read(&[("kind", kind), (field, value)]).unwrap().sameness();
        assert_eq!(of("email", "email", "Ada@Example.org"), of("email", "email", "ada@example.ORG"));
        assert_eq!(of("webhook", "url", "https://Hooks.example.org/A"), of("webhook", "url", "https://hooks.example.org/A"));
        assert_ne!(of("webhook", "url", "https://hooks.example.org/A"), of("webhook", "url", "https://hooks.example.org/a"));
    }
}
