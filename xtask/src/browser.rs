//! Browser tests: Playwright against the system's Chromium; the tests are in `end2end/`.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::shell::{Done, find, has, must, root};

/// The Chromium that is installed.
pub fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].iter().find_map(|name| find(name))
}

/// Whether Chinese text can be drawn.
pub fn has_chinese_font() -> bool {
    Command::new("fc-list").arg(":lang=zh").output().is_ok_and(|o| !o.stdout.is_empty())
}

/// What is missing to run them.
pub fn missing() -> Option<String> {
    let parts = [("node", has("node")), ("npm", has("npm")), ("chromium", chromium().is_some())];
    let missing: Vec<_> = parts.iter().filter(|(_, there)| !there).map(|(name, _)| *name).collect();
    (!missing.is_empty()).then(|| missing.join(", "))
}

/// The command that runs them against a built program.
pub fn tests(binary: &Path) -> Done<Command> {
    let folder = root().join("end2end");
    let installed = folder.join("node_modules/.package-lock.json");
    let stale = std::fs::metadata(&installed).and_then(|m| m.modified()).ok()
        < std::fs::metadata(folder.join("package-lock.json")).and_then(|m| m.modified()).ok();
    if stale {
        must(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder))?;
    }
    let mut tests = Command::new("npm");
    tests.args(["test", "--silent"]).current_dir(folder).env("EVENKEEL_BIN", binary);
    if let Some(chromium) = chromium() {
        tests.env("CHROMIUM", chromium);
    }
    Ok(tests)
}
