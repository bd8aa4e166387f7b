//! Tells the embedding macro where the built site is: `EVENKEEL_SITE`, or `target/site` of the workspace.

use std::{env, path::PathBuf};

fn main() {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default());
    let site = env::var("EVENKEEL_SITE").map_or_else(|_| here.join("../target/site"), PathBuf::from);
    println!("cargo:rerun-if-env-changed=EVENKEEL_SITE");
    println!("cargo:rustc-env=EVENKEEL_SITE={}", site.display());
    // Cargo looks at modification times of everything below; a folder that is not there yet would mean "always".
    if site.exists() {
        println!("cargo:rerun-if-changed={}", site.display());
    } else {
        println!("cargo:rerun-if-changed=build.rs");
    }
}
