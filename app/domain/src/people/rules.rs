//! The rules of entering and granting.

use std::collections::BTreeSet;

use super::Membership;
use crate::{
    PermissionSet, Timestamp, Wording,
    actor::Grants,
    time::{DAY, MINUTE},
};

/// Wrong passwords for an account from one address after which it is locked for that address: guessing locks out the
/// guesser, not the owner.
pub const LOCK_AFTER: i64 = 10;
/// Wrong passwords for an account from all addresses together after which it is locked for every one.
pub const LOCK_EVERYWHERE_AFTER: i64 = 100;
/// How long it stays locked, in milliseconds; also the time after which wrong passwords are forgotten.
pub const LOCK_MS: i64 = 15 * MINUTE;
/// Wrong passwords from one address, whatever the account, after which further tries are refused unread (429).
pub const REFUSE_AFTER: i64 = 20;
/// How long a set-up link lives, in milliseconds.
pub const SETUP_MS: i64 = DAY;

/// Until when an account is locked, for one address or for all, after so many wrong passwords from one address (`here`) and
/// from all (`everywhere`), the last of them at `last`.
pub fn locked_after(here: i64, everywhere: i64, last: Timestamp) -> Option<Timestamp> {
    (here >= LOCK_AFTER || everywhere >= LOCK_EVERYWHERE_AFTER).then(|| last.plus(LOCK_MS))
}

/// Reads a login: 2–64 of `a–z 0–9 . _ @ -`, beginning with a letter or digit; capitals are folded.
pub fn parse_login(text: &str) -> Result<String, Wording> {
    let login = text.trim().to_ascii_lowercase();
    let good = (2..=64).contains(&login.len())
        && login.starts_with(|c: char| c.is_ascii_alphanumeric())
        && login.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._@-".contains(&b));
    if good { Ok(login) } else { Err(Wording::new("expect-login")) }
}

/// Reads a mail address, roughly: mail itself is the only real test.
pub fn parse_email(text: &str) -> Result<String, Wording> {
    let text = text.trim();
    let good = text.len() <= 254
        && text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
        && text.chars().all(|c| c.is_ascii_graphic() && !"<>(),;:\"[]\\".contains(c));
    if good { Ok(text.to_owned()) } else { Err(Wording::new("expect-email")) }
}

/// Reads the name of an IANA zone.
pub fn parse_zone(text: &str) -> Result<String, Wording> {
    let text = text.trim();
    crate::time::zone(text).map(|_| text.to_owned()).ok_or_else(|| Wording::new("expect-zone"))
}

/// Whether a password will do: 12–128 characters, at least 5 different ones, not built from the login.
/// Length is what counts (NIST SP 800-63B); no rules of composition.
pub fn check_password(password: &str, login: &str) -> Result<(), Wording> {
    let length = password.chars().count();
    let different = password.chars().collect::<BTreeSet<_>>().len();
    if length < 12 {
        Err(Wording::new("expect-password-length").with("min", 12))
    } else if length > 128 {
        Err(Wording::new("expect-at-most-characters").with("max", 128))
    } else if different < 5 || (login.len() >= 4 && password.to_lowercase().contains(login)) {
        Err(Wording::new("expect-password-harder"))
    } else {
        Ok(())
    }
}

/// What memberships give together.
pub fn grants_of(memberships: &[Membership]) -> Grants {
    let mut grants = Grants::default();
    for membership in memberships {
        match &membership.team {
            None => grants.everywhere = grants.everywhere.union(membership.permissions),
            Some(team) => {
                let held = grants.teams.entry(team.clone()).or_default();
                *held = held.union(membership.permissions);
            }
        }
    }
    grants
}

/// What a token of this scope may do for an owner who holds `owner` now.
pub fn token_grants(owner: &Grants, scope: PermissionSet) -> Grants {
    Grants {
        everywhere: owner.everywhere.intersection(scope),
        teams: owner.teams.iter().map(|(team, set)| (team.clone(), set.intersection(scope))).collect(),
    }
}

/// Everything held in some team at least.
pub fn held_anywhere(grants: &Grants) -> PermissionSet {
    grants.teams.values().fold(grants.everywhere, |all, set| all.union(*set))
}

/// Whether `mine` holds all that `theirs` does: nobody gives, or takes over, more than they hold themselves.
pub fn covers(mine: &Grants, theirs: &Grants) -> bool {
    let within = |a: PermissionSet, b: PermissionSet| a.intersection(b) == a;
    within(theirs.everywhere, mine.everywhere)
        && theirs.teams.iter().all(|(team, set)| within(*set, mine.everywhere.union(mine.teams.get(team).copied().unwrap_or_default())))
}

/// The path to go to after logging in, if it stays on this site: it begins with one `/`, and neither a backslash nor a
/// control character (which browsers drop or read as `/`) makes another host of it.
pub fn local_path(next: &str) -> Option<&str> {
    let plain = next.len() <= 2_000 && next.starts_with('/') && !next.starts_with("//");
    let safe = !next.contains('\\') && !next.chars().any(|c| c.is_control() || c.is_whitespace());
    // Logging out or in is nowhere to go to.
    let path = next.split(['?', '#']).next().unwrap_or_default();
    (plain && safe && !matches!(path, "/login" | "/logout")).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Permission, id::TeamId};

    #[test]
    fn next_stays_here() {
        for good in ["/", "/alerts?mine=1", "/incidents/1#L2", "/a//b"] {
            assert_eq!(local_path(good), Some(good));
        }
        for bad in [
            "",
            "//evil",
            "/\\evil",
            "\\evil",
            "https://evil",
            "/\t/evil",
            "/\n/evil",
            "javascript:alert(1)",
            "evil",
            "/a\\b",
            "/login?next=/",
            "/logout",
        ] {
            assert_eq!(local_path(bad), None, "{bad}");
        }
    }

    #[test]
    fn passwords_are_long_and_not_the_login() {
        assert!(check_password("correct horse battery", "kim").is_ok());
        assert!(check_password("十二个字的中文口令也可以的啊", "kim").is_ok());
        assert_eq!(check_password("short", "kim").unwrap_err().key, "expect-password-length");
        assert_eq!(check_password("aaaaaaaaaaaa", "kim").unwrap_err().key, "expect-password-harder");
        assert_eq!(check_password("kimberly-2025!", "kimberly").unwrap_err().key, "expect-password-harder");
        assert_eq!(check_password(&"ab1d5".repeat(30), "kim").unwrap_err().key, "expect-at-most-characters");
    }

    #[test]
    fn logins_fold_and_refuse() {
        assert_eq!(parse_login(" Li.Wei@Bank-1 ").unwrap(), "li.wei@bank-1");
        for bad in ["", "a", ".a", "a b", "李伟", "a/b", "a'b"] {
            assert!(parse_login(bad).is_err(), "{bad}");
        }
        assert!(parse_email("a.b@c.example").is_ok());
        for bad in ["a", "a@b", "@b.c", "a@b@c.d", "a b@c.d", "<a@b.c>"] {
            assert!(parse_email(bad).is_err(), "{bad}");
        }
        assert!(parse_zone("Asia/Shanghai").is_ok() && parse_zone("Mars/Base").is_err());
    }

    #[test]
    fn ten_wrong_ones_lock_for_a_quarter_of_an_hour() {
        assert_eq!(locked_after(9, 99, Timestamp(0)), None);
        assert_eq!(locked_after(10, 10, Timestamp(0)), Some(Timestamp(900_000)));
        assert_eq!(locked_after(1, 100, Timestamp(0)), Some(Timestamp(900_000)));
    }

    #[test]
    fn nobody_gives_more_than_they_hold() {
        let team = TeamId::parse("00000000-0000-7000-8000-000000000001").unwrap();
        let set = |p: &[Permission]| p.iter().copied().collect::<PermissionSet>();
        let everywhere = Grants { everywhere: set(&[Permission::Read, Permission::ManagePeople]), ..Grants::default() };
        let in_team = Grants { teams: [(team.clone(), set(&[Permission::Read]))].into(), ..Grants::default() };
        assert!(covers(&everywhere, &in_team));
        assert!(!covers(&in_team, &everywhere));
        let stronger = Grants { teams: [(team, set(&[Permission::RunTools]))].into(), ..Grants::default() };
        assert!(!covers(&everywhere, &stronger));
        assert_eq!(held_anywhere(&token_grants(&everywhere, set(&[Permission::Read, Permission::Export]))), set(&[Permission::Read]));
    }
}
