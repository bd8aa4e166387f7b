//! What the workshop needs from outside. It fetches what it may; what it may not, it names.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::shell::{Done, cargo, has, is_root, must, output, target};

/// The WebAssembly target of the compiler.
pub fn wasm_target() -> Done {
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let folder = output(rustc.args(["--print", "target-libdir", "--target", "wasm32-unknown-unknown"]))?;
    if std::path::Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    if has("rustup") {
        return must(Command::new("rustup").args(["target", "add", "wasm32-unknown-unknown"]));
    }
    Err("the compiler has no wasm32-unknown-unknown target, and there is no rustup to add it; install it with your system's packages"
        .into())
}

/// `rustfmt` and `clippy`.
pub fn components() -> Done {
    for (name, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if !cargo().args([name, "--version"]).output().is_ok_and(|o| o.status.success()) {
            must(Command::new("rustup").args(["component", "add", component]))?;
        }
    }
    Ok(())
}

/// Installs Debian packages when we are root and the program (or file) that each brings is missing.
pub fn packages(wanted: &[(&str, bool)]) -> Done {
    let missing: Vec<&str> = wanted.iter().filter(|(_, there)| !there).map(|(name, _)| *name).collect();
    if missing.is_empty() || !is_root() || !has("apt-get") {
        return Ok(());
    }
    println!("installing {}", missing.join(" "));
    let mut update = Command::new("apt-get");
    must(update.args(["-q", "update"]))?;
    let mut install = Command::new("apt-get");
    must(install.args(["-q", "-y", "--no-install-recommends", "install"]).args(missing).env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Whether Python can make environments of its own: Debian packs that apart.
pub fn has_venv() -> bool {
    Command::new("python3").args(["-c", "import ensurepip, venv"]).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// A Python that has packages (each the module, and what is installed), in an environment of its own beside what is built.
pub fn python(packages: &[(&str, &str)]) -> Done<PathBuf> {
    let place = target().join("python");
    let python = place.join("bin/python");
    let modules: Vec<&str> = packages.iter().map(|(module, _)| *module).collect();
    let has = |python: &Path| {
        let mut asked = Command::new(python);
        asked.args(["-c", &format!("import {}", modules.join(", "))]).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    if !has(&python) {
        must(Command::new("python3").args(["-m", "venv"]).arg(&place))?;
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        must(install.args(packages.iter().map(|(_, package)| *package)))?;
    }
    Ok(python)
}
