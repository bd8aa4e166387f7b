//! What a team knows of a merchant, and what it told them.

use serde::{Deserialize, Serialize};

use crate::{
    Fault, Timestamp, Wording,
    form::{Check, Typed},
    id::{IncidentId, TeamId},
    slices::Told,
    text::{Name, Prose, one_line},
};

/// Every field there is.
pub const FIELDS: &[&str] = &["team", "name", "contact", "phone", "email", "notes", "version"];

/// A merchant as a team knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Record {
    /// The team whose record it is.
    pub team: TeamId,
    /// Name of that team.
    pub team_name: String,
    /// What the merchant is called; may be empty.
    pub name: String,
    /// Whom to talk to; may be empty.
    pub contact: String,
    /// Their telephone; may be empty.
    pub phone: String,
    /// Their mail address; may be empty.
    pub email: String,
    /// Everything else, Markdown.
    pub notes: String,
    /// Counts up with every edit.
    pub version: i64,
    /// Who edited it last.
    pub updated_by: String,
    /// When.
    pub updated_at: Timestamp,
}

/// A record as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The team whose record it is.
    pub team: TeamId,
    /// What the merchant is called.
    pub name: String,
    /// Whom to talk to.
    pub contact: String,
    /// Their telephone.
    pub phone: String,
    /// Their mail address.
    pub email: String,
    /// Everything else.
    pub notes: Prose,
}

fn line(text: &str) -> Result<String, Wording> {
    let text = text.trim();
    if text.chars().count() > 120 {
        return Err(Wording::new("expect-at-most-characters").with("max", 120));
    }
    one_line(text).map(|()| text.to_owned())
}

fn phone(text: &str) -> Result<String, Wording> {
    let text = line(text)?;
    let fits = text.chars().all(|c| c.is_ascii_digit() || " +-()/.#*,".contains(c));
    if fits { Ok(text) } else { Err(Wording::new("merchants-expect-phone")) }
}

fn email(text: &str) -> Result<String, Wording> {
    let text = line(text)?;
    let good = |(user, host): (&str, &str)| {
        !user.is_empty()
            && host.contains('.')
            && !host.starts_with('.')
            && !host.ends_with('.')
            && !text.contains([' ', ',', ';', '<', '>', '?', '&', '"'])
    };
    if text.is_empty() || text.split_once('@').is_some_and(good) { Ok(text) } else { Err(Wording::new("merchants-expect-email")) }
}

impl Draft {
    /// Reads the fields of [`FIELDS`].
    ///
    /// # Errors
    /// [`Fault::Invalid`] names every field that is wrong.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(FIELDS);
        let team = check.field("team", |id| TeamId::parse(id).ok_or_else(|| Wording::new("expect-id")));
        let name = check.field("name", line);
        let contact = check.field("contact", line);
        let phone = check.field("phone", phone);
        let email = check.field("email", email);
        let notes = check.field("notes", Prose::parse);
        let (team, name, contact, phone, email, notes) = check.finish((team, name, contact, phone, email, notes))?;
        Ok(Self { team, name, contact, phone, email, notes })
    }
}

/// What a merchant was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// When.
    pub at: Timestamp,
    /// Who told them.
    pub by: String,
    /// To whom: a mail address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The message.
    pub text: String,
}

impl Message {
    /// Reads the fields `to`, `subject`, `text`.
    ///
    /// # Errors
    /// [`Fault::Invalid`] names every field that is wrong.
    pub fn parse(typed: &Typed, by: &str, at: Timestamp) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        let to = check.field("to", |text| if text.trim().is_empty() { Err(Wording::new("merchants-expect-email")) } else { email(text) });
        let subject = check.field("subject", |text| Name::parse(text).map(Name::into_string));
        let text = check.field("text", |text| {
            let text = Prose::parse(text)?;
            if text.is_empty() { Err(Wording::new("expect-something")) } else { Ok(text.into_string()) }
        });
        let (to, subject, text) = check.finish((to, subject, text))?;
        Ok(Self { at, by: by.to_owned(), to, subject, text })
    }
}

/// An incident whose search named the merchant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Trouble {
    /// The incident.
    pub incident: IncidentId,
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// What was found.
    pub told: Told,
}

/// Everything that is written down of a merchant, as far as the actor may read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mentioned {
    /// The value of the dimension.
    pub merchant: String,
    /// What teams know of it.
    pub records: Vec<Record>,
    /// What it was told, the newest first.
    pub messages: Vec<Message>,
    /// Incidents that named it, the newest first.
    pub troubles: Vec<Trouble>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        Typed::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn what_is_wrong_is_named_by_field() {
        let team = "0195934e-0000-7000-8000-000000000001";
        let good = typed(&[("team", team), ("name", "Corner shop"), ("phone", "+86 10 1234-5678"), ("email", "ops@shop.example")]);
        assert_eq!(Draft::parse(&good).unwrap().email, "ops@shop.example");
        assert!(Draft::parse(&typed(&[("team", team)])).is_ok());
        let bad = typed(&[("team", "x"), ("phone", "call me"), ("email", "a@b"), ("nmae", "y")]);
        let fields: Vec<String> = Draft::parse(&bad).unwrap_err().problems().iter().map(|problem| problem.field.clone()).collect();
        assert_eq!(fields, ["nmae", "team", "phone", "email"]);
        for bad in ["a b@c.de", "a@c.de?cc=x@y.z", "@c.de", "a@.de"] {
            assert!(email(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_message_needs_an_address_a_subject_and_words() {
        let at = Timestamp(0);
        assert!(Message::parse(&typed(&[("to", "a@b.cd"), ("subject", "s"), ("text", "t")]), "me", at).is_ok());
        assert_eq!(Message::parse(&typed(&[]), "me", at).unwrap_err().problems().len(), 3);
    }
}
