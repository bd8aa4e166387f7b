//! What is the portal's own is kept out of the reach of commands by Landlock: the system itself refuses, also where they
//! run under the account of the portal. Landlock can only permit, not forbid: so everything is permitted but what is hidden
//! and the folders on the way to it (what lies beside the way is permitted one by one).
//!
//! It also closes to a command the memory and environment of every process outside its run.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus, Scope,
    path_beneath_rules,
};
use serde::{Deserialize, Serialize};

/// What is out of the reach of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wall {
    /// Files and folders that cannot be read, written, or made anew.
    pub(super) hidden: Vec<PathBuf>,
    /// The folder of the run, permitted though it may lie in a hidden one.
    pub(super) dir: PathBuf,
    /// Whether signals reach nothing outside the run either: for commands under the account of the portal.
    pub(super) signals: bool,
    /// Whether nothing runs where this system has no such wall.
    pub(super) must: bool,
}

/// What is governed: reading, and everything that changes something. Execution and the listing of folders tell nothing.
fn governed() -> BitFlags<AccessFs> {
    AccessFs::from_write(ABI::V3) | AccessFs::ReadFile
}

/// Whether this system can build such walls.
pub(super) fn can_build() -> bool {
    let ruleset = Ruleset::default().set_compatibility(CompatLevel::HardRequirement).handle_access(AccessFs::from_all(ABI::V1));
    ruleset.and_then(Ruleset::create).is_ok()
}

impl Wall {
    /// Builds it around this process, for good.
    pub(super) fn build(&self) -> io::Result<()> {
        let built = self.restrict().map_err(io::Error::other)?;
        if self.must && built == RulesetStatus::NotEnforced {
            return Err(io::Error::other("this system has no Landlock"));
        }
        Ok(())
    }

    fn restrict(&self) -> Result<RulesetStatus, landlock::RulesetError> {
        let hidden: Vec<PathBuf> = self.hidden.iter().map(|path| resolved(path)).collect();
        let mut permitted = Vec::new();
        beside(Path::new("/"), &hidden, &mut permitted);
        permitted.push(resolved(&self.dir));
        let mut ruleset = Ruleset::default().handle_access(governed())?;
        if self.signals {
            ruleset = ruleset.scope(Scope::Signal)?;
        }
        let status = ruleset.create()?.add_rules(path_beneath_rules(permitted, governed()))?.restrict_self()?;
        Ok(status.ruleset)
    }
}

/// A path without links, as far as it is there.
fn resolved(path: &Path) -> PathBuf {
    if let Ok(path) = path.canonicalize() {
        return path;
    }
    match (path.parent().filter(|parent| !parent.as_os_str().is_empty()), path.file_name()) {
        (Some(parent), Some(name)) => resolved(parent).join(name),
        _ => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
    }
}

/// Everything in a folder that neither is hidden nor leads to what is. Links are left out: where they lead to counts.
fn beside(folder: &Path, hidden: &[PathBuf], permitted: &mut Vec<PathBuf>) {
    // What cannot be listed cannot be permitted.
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_symlink()) || hidden.contains(&path) {
            continue;
        }
        if hidden.iter().any(|hidden| hidden.starts_with(&path)) {
            beside(&path, hidden, permitted);
        } else {
            permitted.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beside_the_way_is_permitted() {
        let root = std::env::temp_dir().join(format!("evenkeel-wall-{}", std::process::id()));
        for folder in ["a/data/runs", "a/bin", "b"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        fs::write(root.join("b/key"), "k").unwrap();
        fs::write(root.join("b/open"), "o").unwrap();
        std::os::unix::fs::symlink(root.join("a/data"), root.join("b/link")).unwrap();
        let root = resolved(&root);
        let mut permitted = Vec::new();
        beside(&root, &[root.join("a/data"), root.join("b/key"), root.join("c/none")], &mut permitted);
        permitted.sort();
        assert_eq!(permitted, [root.join("a/bin"), root.join("b/open")]);
        assert_eq!(resolved(&root.join("b/link/new")), root.join("a/data/new"));
        fs::remove_dir_all(root).unwrap();
    }
}
