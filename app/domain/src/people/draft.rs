//! What people type to make or edit users, teams, roles and tokens, parsed.

use super::{Locale, Preferences, Theme, check_password, parse_email, parse_login, parse_zone};
use crate::{
    Fault, Permission, PermissionSet, Wording,
    form::{Check, Checked, Typed},
    id::*,
    text::{Key, Name},
};

/// A user to be made; `password` only then.
pub struct UserDraft {
    /// What they type to log in.
    pub login: String,
    /// How they are called.
    pub name: Name,
    /// Where mail reaches them; may be empty.
    pub email: String,
    /// Their first password.
    pub password: String,
    /// Whether they may keep it; else they choose their own when they first enter.
    pub keep: bool,
}

impl UserDraft {
    /// Fields `login`, `name`, `email`, `password`, `keep`; `team` and `role` may stand beside them.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["login", "name", "email", "password", "keep", "team", "role"]);
        let login = check.field("login", parse_login);
        let name = check.field("name", Name::parse);
        let email = check.optional("email", parse_email);
        let password = new_password(&mut check, typed, "password", login.as_deref().unwrap_or_default());
        let (login, name, email, password) = check.finish((login, name, email, password))?;
        Ok(Self { login, name, email: email.unwrap_or_default(), password, keep: typed.has("keep") })
    }

    /// Fields `name`, `email`: what may be edited afterwards.
    pub fn parse_edit(typed: &Typed) -> Result<(Name, String), Fault> {
        let mut check = Check::new(typed);
        check.only(&["name", "email"]);
        let name = check.field("name", Name::parse);
        let email = check.optional("email", parse_email);
        let (name, email) = check.finish((name, email))?;
        Ok((name, email.unwrap_or_default()))
    }
}

/// Reads a password to be set. A problem never repeats what was typed.
fn new_password(check: &mut Check<'_>, typed: &Typed, field: &str, login: &str) -> Checked<String> {
    let password = typed.get(field);
    match check_password(password, login) {
        Ok(()) => Some(password.to_owned()),
        Err(expected) => {
            check.problem(field, expected);
            None
        }
    }
}

/// A password to be set by its owner (who gives the present one) or by an administrator (who does not).
pub struct PasswordChange {
    /// The present password; empty where an administrator sets a new one.
    pub current: String,
    /// The new one.
    pub new: String,
    /// Whether they may keep what an administrator sets.
    pub keep: bool,
}

impl PasswordChange {
    /// Fields `current`, `password`, `keep`, and `again` where a form asks twice.
    pub fn parse(typed: &Typed, login: &str) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["current", "password", "keep", "again"]);
        let new = new_password(&mut check, typed, "password", login);
        if typed.has("again") && typed.get("again") != typed.get("password") {
            check.problem("again", Wording::new("expect-same-password"));
        }
        if !typed.get("current").is_empty() && typed.get("current") == typed.get("password") {
            check.problem("password", Wording::new("expect-other-password"));
        }
        let (new,) = check.finish((new,))?;
        Ok(Self { current: typed.get("current").to_owned(), new, keep: typed.has("keep") })
    }
}

/// What a person edits of themselves.
pub struct ProfileDraft {
    /// How they are called.
    pub name: Name,
    /// Where mail reaches them; may be empty.
    pub email: String,
    /// The language; `None` follows the browser.
    pub locale: Option<Locale>,
    /// The zone; `None` takes the portal's.
    pub zone: Option<String>,
    /// The theme; `None` follows the cookie.
    pub theme: Option<Theme>,
    /// Whether single-key commands are on.
    pub keyboard: bool,
}

impl ProfileDraft {
    /// Fields `name`, `email`, `locale`, `zone`, `theme`, `keyboard`.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["name", "email", "locale", "zone", "theme", "keyboard"]);
        let name = check.field("name", Name::parse);
        let email = check.optional("email", parse_email);
        let locale = check.choice("locale", &[("", None), ("en", Some(Locale::En)), ("zh-CN", Some(Locale::Zh))]);
        let zone = check.optional("zone", parse_zone);
        let themes = [("", None), ("system", Some(Theme::System)), ("light", Some(Theme::Light)), ("dark", Some(Theme::Dark))];
        let theme = check.choice("theme", &themes);
        let (name, email, locale, zone, theme) = check.finish((name, email, locale, zone, theme))?;
        Ok(Self { name, email: email.unwrap_or_default(), locale, zone, theme, keyboard: typed.has("keyboard") })
    }

    /// How they like their pages.
    pub fn likes(&self) -> Preferences {
        Preferences { locale: self.locale, theme: self.theme, zone: self.zone.clone(), keyboard: self.keyboard }
    }
}

/// A team to be made or renamed.
pub struct TeamDraft {
    /// Short handle.
    pub key: Key,
    /// Its name.
    pub name: Name,
}

impl TeamDraft {
    /// Fields `key`, `name`.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["key", "name"]);
        let key = check.field("key", Key::parse);
        let name = check.field("name", Name::parse);
        let (key, name) = check.finish((key, name))?;
        Ok(Self { key, name })
    }
}

/// A role to be made or edited.
pub struct RoleDraft {
    /// Short handle.
    pub key: Key,
    /// Name in English.
    pub name: Name,
    /// Name in Chinese.
    pub name_zh: Name,
    /// Path of the first screen.
    pub home: String,
    /// What it allows.
    pub permissions: PermissionSet,
}

fn parse_permission(text: &str) -> Result<Permission, Wording> {
    Permission::parse(text).ok_or_else(|| {
        Wording::new("expect-one-of").with("choices", Permission::ALL.iter().map(|p| p.name()).collect::<Vec<_>>().join(", "))
    })
}

impl RoleDraft {
    /// Fields `key`, `name`, `name_zh`, `home`, and `permissions` any number of times.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["key", "name", "name_zh", "home", "permissions"]);
        let key = check.field("key", Key::parse);
        let name = check.field("name", Name::parse);
        let name_zh = check.field("name_zh", Name::parse);
        let home = check.field("home", |text| super::local_path(text).map(str::to_owned).ok_or_else(|| Wording::new("expect-local-path")));
        let permissions = check.each("permissions", parse_permission);
        let (key, name, name_zh, home, permissions) = check.finish((key, name, name_zh, home, permissions))?;
        Ok(Self { key, name, name_zh, home, permissions: permissions.into_iter().collect() })
    }
}

/// A role to be given or taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembershipDraft {
    /// The team; `None` stands for every team.
    pub team: Option<TeamId>,
    /// The role.
    pub role: RoleId,
}

impl MembershipDraft {
    /// Fields `team` (an id, or `*` for every team) and `role` (an id).
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        let team = check.field("team", |text| match text {
            "*" => Ok(None),
            id => TeamId::parse(id).map(Some).ok_or_else(|| Wording::new("expect-id")),
        });
        let role = check.field("role", |id| RoleId::parse(id).ok_or_else(|| Wording::new("expect-id")));
        let (team, role) = check.finish((team, role))?;
        Ok(Self { team, role })
    }
}

/// A token to be made.
pub struct TokenDraft {
    /// What it is for.
    pub name: Name,
    /// What it may do at most.
    pub permissions: PermissionSet,
    /// Days until it ends by itself, 1–365.
    pub days: i64,
}

impl TokenDraft {
    /// Fields `name`, `days`, and `permissions` at least once.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["name", "days", "permissions"]);
        let name = check.field("name", Name::parse);
        let days = check.number("days", 1, 365);
        let permissions = check.each("permissions", parse_permission);
        if permissions.as_ref().is_some_and(Vec::is_empty) {
            check.problem("permissions", Wording::new("expect-something"));
        }
        let (name, days, permissions) = check.finish((name, days, permissions))?;
        Ok(Self { name, permissions: permissions.into_iter().collect(), days })
    }
}

/// What the first person decides.
pub struct SetupDraft {
    /// The first administrator.
    pub user: UserDraft,
    /// The first team.
    pub team: TeamDraft,
    /// The language of the administrator.
    pub locale: Locale,
    /// Whether tools may run on this machine at all.
    pub tools: bool,
}

impl SetupDraft {
    /// Fields `login`, `name`, `email`, `password`, `again`, `team`, `team_key` (made from the name where empty),
    /// `locale`, `tools`.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["login", "name", "email", "password", "again", "team", "team_key", "locale", "tools"]);
        let login = check.field("login", parse_login);
        let name = check.field("name", Name::parse);
        let email = check.optional("email", parse_email);
        let password = new_password(&mut check, typed, "password", login.as_deref().unwrap_or_default());
        if typed.has("again") && typed.get("again") != typed.get("password") {
            check.problem("again", Wording::new("expect-same-password"));
        }
        let team = check.field("team", Name::parse);
        let key = check.optional("team_key", Key::parse);
        let locale = check.choice("locale", &[("en", Locale::En), ("zh-CN", Locale::Zh)]);
        let (login, name, email, password, team, key, locale) = check.finish((login, name, email, password, team, key, locale))?;
        let key = match key {
            Some(key) => key,
            None => Key::of_name(team.as_str()).or_else(|| Key::parse("team").ok()).ok_or(Fault::Internal)?,
        };
        let user = UserDraft { login, name, email: email.unwrap_or_default(), password, keep: true };
        Ok(Self { user, team: TeamDraft { key, name: team }, locale, tools: typed.has("tools") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        Typed::from_pairs(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn all_problems_at_once_and_no_secret_among_them() {
        let fault = UserDraft::parse(&typed(&[("login", "!"), ("name", ""), ("email", "x"), ("password", "hunter2"), ("extra", "1")]));
        let fault = fault.err().unwrap();
        assert_eq!(fault.problems().iter().map(|p| p.field.as_str()).collect::<Vec<_>>(), ["extra", "login", "name", "email", "password"]);
        assert!(!format!("{fault:?}").contains("hunter2"));
        let unsaid = |problem: &crate::Problem| problem.unsaid.as_ref().map(|said| (said.key, said.args[0].1.clone()));
        assert_eq!(unsaid(&fault.problems()[4]), Some(("unsaid-characters", "7".to_owned())), "only how long it is");
        let nothing = UserDraft::parse(&typed(&[("login", "kim"), ("name", "Kim")])).err().unwrap();
        assert_eq!(unsaid(&nothing.problems()[0]), None, "nothing was entered");
    }

    #[test]
    fn what_was_not_chosen_is_to_be_chosen() {
        let keys = |pairs: &[(&str, &str)]| {
            MembershipDraft::parse(&typed(pairs)).err().unwrap().problems().iter().map(|p| p.expected.key).collect::<Vec<_>>()
        };
        assert_eq!(keys(&[("team", "*")]), ["expect-choice"]);
        assert_eq!(keys(&[("team", "*"), ("role", "x")]), ["expect-id"]);
    }

    #[test]
    fn keys_come_from_names() {
        let of = |team: &str| {
            let fields = [("login", "root"), ("name", "R"), ("password", "long enough to pass"), ("team", team), ("locale", "en")];
            SetupDraft::parse(&typed(&fields)).unwrap().team.key.into_string()
        };
        assert_eq!(of("Payments & Clearing"), "payments-clearing");
        assert_eq!(of("7 支付 Team"), "team");
        assert_eq!(of("支付运维"), "team");
    }

    #[test]
    fn setup_reads_the_choice_about_tools() {
        let fields = [("login", "root"), ("name", "R"), ("password", "long enough to pass"), ("team", "Ops"), ("locale", "zh-CN")];
        let draft = SetupDraft::parse(&typed(&fields)).ok().unwrap();
        assert!(!draft.tools && draft.locale == Locale::Zh && draft.team.key.as_str() == "ops");
        let fault = SetupDraft::parse(&typed(&[("password", "a b c d e f g h"), ("again", "other")])).err().unwrap();
        assert!(fault.problems().iter().any(|p| p.field == "again" && p.value.is_empty()));
    }
}
