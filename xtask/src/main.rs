//! The workshop: `cargo xtask run | demo | dev | test | bench | site`.
//!
//! It does what cargo-leptos would, as a library: islands to WebAssembly with the wasm-bindgen of exactly our
//! version, style sheets bundled, everything compressed beforehand, then the server that embeds it.

mod bench;
mod browser;
mod dev;
mod icons;
mod postgres;
mod shell;
mod site;
mod test;
mod tools;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask run [ARGS…]    build for release, serve on SQLite in ./data (or EVENKEEL_DATA); ARGS go to `evenkeel serve`
cargo xtask demo [ARGS…]   build for release, run the demonstration
cargo xtask dev [ARGS…]    debug build, built and started anew whenever a source changes
cargo xtask test           everything that must hold: formatting, lints, tests on both databases, browser tests
cargo xtask bench [NAME…]  measure; without a name it lists what there is; --minutes N: how long a storm lasts
cargo xtask icons          write the icon sprite anew, after an icon was added (needs `npm ci` in end2end)
cargo xtask site           build scripts, styles and islands into target/site only";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let outcome = match command.as_str() {
        "run" => run("serve", &rest),
        "demo" => run("demo", &rest),
        "dev" => dev::dev(&rest),
        "test" => return test::test(),
        "bench" => bench::bench(&rest),
        "icons" => icons::build(shell::root()).map(|what| println!("{what}")),
        "site" => site::build(site::Islands::Build),
        other => {
            eprintln!("{}{USAGE}", if other.is_empty() { String::new() } else { format!("there is no command {other:?}\n\n") });
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("xtask: {what}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &str, arguments: &[String]) -> shell::Done {
    let binary = shell::build_server(true)?;
    shell::replace_by(std::process::Command::new(binary).arg(command).args(arguments))
}
