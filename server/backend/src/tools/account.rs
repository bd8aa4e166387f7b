//! Under which account of the machine commands run, and what keeps them from what is the portal's own.

use std::fs;

use domain::{Fault, Wording, health::Apart};
use serde::{Deserialize, Serialize};

use super::{Settings, wall};

/// An account of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// Reads an account from `/etc/passwd`.
pub(super) fn account(name: &str) -> Option<Account> {
    let file = fs::read_to_string("/etc/passwd").ok()?;
    let line = file.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut parts = line.split(':').skip(2);
    Some(Account { uid: parts.next()?.parse().ok()?, gid: parts.next()?.parse().ok()? })
}

/// How the commands of a team stand to the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// What they change into; `None`: they keep the account of the portal.
    pub(super) account: Option<Account>,
    /// Whether they have the account of the portal.
    pub(super) shared: bool,
}

impl Settings {
    /// How the commands of a team stand, or why none may be started. Only root can change into another account.
    pub(super) fn standing(&self, team: &str) -> Result<Standing, Fault> {
        let own = rustix::process::geteuid();
        let named = self.accounts.get(team).or(self.account.as_ref());
        let account = match named {
            _ if !own.is_root() => None,
            None => return Err(Fault::Unavailable(Wording::new("tools-unavailable-account"))),
            Some(name) => Some(
                account(name).ok_or_else(|| Fault::Unavailable(Wording::new("tools-unavailable-account-unknown").with("account", name)))?,
            ),
        };
        let shared = account.is_none_or(|account| account.uid == own.as_raw());
        if shared && !self.share_account && !self.can_wall() {
            return Err(Fault::Unavailable(Wording::new("tools-unavailable-shared")));
        }
        Ok(Standing { account, shared })
    }

    fn can_wall(&self) -> bool {
        self.walls && wall::can_build()
    }

    /// What keeps the commands of any team from the portal, at the least.
    pub fn apart(&self) -> Apart {
        let teams = std::iter::once("").chain(self.accounts.keys().map(String::as_str));
        let standings: Result<Vec<Standing>, Fault> = teams.map(|team| self.standing(team)).collect();
        match standings {
            Err(_) => Apart::Refused,
            Ok(all) if all.iter().all(|standing| !standing.shared) => Apart::Account,
            Ok(_) if self.can_wall() => Apart::Wall,
            Ok(_) => Apart::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read() {
        assert_eq!(account("root").unwrap().uid, 0);
        assert_eq!(account("no such"), None);
    }

    #[test]
    fn a_team_may_have_an_account_of_its_own() {
        let settings = Settings {
            account: Some("root".into()),
            accounts: [("alpha".to_owned(), "nobody".to_owned())].into(),
            share_account: true,
            ..Settings::default()
        };
        let (alpha, beta) = (settings.standing("alpha").unwrap(), settings.standing("beta").unwrap());
        assert!(beta.shared);
        // Elsewhere than as root everything keeps the one account that there is.
        assert_eq!(alpha.shared, !rustix::process::geteuid().is_root());
        assert_eq!(alpha.account.is_some(), !alpha.shared);
        assert!([Apart::Wall, Apart::Nothing].contains(&settings.apart()));
    }
}
