//! Running other programs, and where things are.

use std::{
    env,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use crate::site;

/// Done, or what went wrong, for the person at the terminal.
pub type Done<T = ()> = Result<T, String>;

/// The folder of the workspace.
pub fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        here.parent().unwrap_or(here).to_owned()
    })
}

/// The folder that Cargo builds into.
pub fn target() -> &'static Path {
    static TARGET: OnceLock<PathBuf> = OnceLock::new();
    TARGET.get_or_init(|| {
        let metadata = cargo().args(["metadata", "--format-version=1", "--no-deps"]).stderr(Stdio::inherit()).output();
        let json: serde_json::Value = metadata.ok().and_then(|o| serde_json::from_slice(&o.stdout).ok()).unwrap_or_default();
        json["target_directory"].as_str().map_or_else(|| root().join("target"), PathBuf::from)
    })
}

/// Cargo, in the workspace.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    // Set by `cargo run` for us; a build below must not take it for its own.
    let ours = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(ours)) {
        cargo.env_remove(name);
    }
    // What is built once needs neither what a next build would begin with nor what a debugger reads.
    if in_ci() {
        cargo.env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
    }
    cargo
}

/// Runs it to its end; says which program failed.
pub fn must(command: &mut Command) -> Done {
    let name = words(command);
    let status = command.status().map_err(|error| format!("{name}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{name}: {status}")) }
}

/// What it prints.
pub fn output(command: &mut Command) -> Done<String> {
    let name = words(command);
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("{name}: {}", output.status))
    }
}

/// Becomes that program: signals reach it directly.
pub fn replace_by(command: &mut Command) -> Done {
    let name = words(command);
    Err(format!("{name}: {}", command.exec()))
}

fn words(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|a| a.to_string_lossy().into_owned()));
    words.join(" ")
}

/// Whether a program is in the path.
pub fn has(program: &str) -> bool {
    find(program).is_some()
}

/// Where a program is.
pub fn find(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Whether we are root.
pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.trim_ascii() == b"0")
}

/// Whether a missing part is a failure instead of a remark.
pub fn in_ci() -> bool {
    env::var("CI").as_deref() == Ok("true")
}

/// Builds site and server; gives the program.
pub fn build_server(release: bool) -> Done<PathBuf> {
    site::build(site::Islands::Build)?;
    server(release)
}

/// Builds the server alone. For debugging with the features that the whole workspace has, as the tests did: chosen by
/// itself, half of what lies below would be compiled once more with fewer.
pub fn server(release: bool) -> Done<PathBuf> {
    let mut build = cargo();
    build.args(["build", "--locked", "--bin", "evenkeel"]);
    build.args(if release { ["--release", "--package=server"].as_slice() } else { &["--workspace"] });
    must(&mut build)?;
    Ok(target().join(if release { "release" } else { "debug" }).join("evenkeel"))
}
