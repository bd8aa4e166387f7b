//! `cargo xtask test`: everything that must hold. Every part runs, even when one before it failed; the last line sums
//! up. With `CI=true` a part that cannot run is a failure, otherwise it is left out and said so.

use std::{
    io::{BufRead, BufReader},
    process::{Command, ExitCode, Stdio},
    time::Instant,
};

use crate::{
    browser,
    postgres::{self, Postgres},
    shell::{self, Done, cargo, in_ci},
    tools,
};

/// What passed and what did not.
#[derive(Default)]
struct Sum {
    passed: u64,
    failed: u64,
    failures: Vec<String>,
}

impl Sum {
    /// One part that either holds or not.
    fn part(&mut self, name: &str, outcome: Done) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(what) => self.fail(name, &what),
        }
    }

    fn fail(&mut self, name: &str, what: &str) {
        self.failed += 1;
        self.failures.push(format!("{name}: {what}"));
        eprintln!("FAILED {name}: {what}");
    }

    /// A part that cannot run.
    fn missing(&mut self, name: &str, what: &str) {
        if in_ci() {
            self.fail(name, what);
        } else {
            eprintln!("left out {name}: {what}");
        }
    }
}

/// Runs all parts.
pub fn test() -> ExitCode {
    let mut sum = Sum::default();
    let began = Instant::now();
    let title = |name: &str| println!("\n== {name} ({} s)", began.elapsed().as_secs());

    title("tools");
    let given = std::env::var("EVENKEEL_TEST_POSTGRES").ok().filter(|url| !url.is_empty());
    let packages = [
        ("postgresql", given.is_some() || postgres::program("initdb").is_some()),
        ("redis-server", shell::has("redis-server")),
        ("mariadb-server", std::path::Path::new("/usr/sbin/mariadbd").is_file()),
        ("chromium", browser::chromium().is_some()),
        ("fonts-noto-cjk", browser::has_chinese_font()),
        ("nodejs", shell::has("node")),
        ("npm", shell::has("npm")),
        ("syslog-ng-core", std::path::Path::new("/usr/sbin/syslog-ng").is_file()),
        ("syslog-ng-mod-http", std::path::Path::new("/usr/lib/syslog-ng/3.38/libhttp.so").is_file()),
        ("python3-venv", tools::has_venv()),
        ("prometheus", shell::has("prometheus")),
        ("prometheus-alertmanager", shell::has("amtool")),
        ("prometheus-node-exporter", shell::has("prometheus-node-exporter")),
        ("prometheus-blackbox-exporter", shell::has("prometheus-blackbox-exporter")),
        ("victoria-metrics", shell::has("victoria-metrics")),
    ];
    if let Err(what) = tools::packages(&packages).and_then(|()| tools::components()) {
        sum.missing("tools", &what);
    }
    // Other programs: one reads the calendars that we write, one writes the metrics that we read.
    let packages = [("icalendar", "icalendar>=6.3,<8"), ("prometheus_client", "prometheus_client>=0.20,<1")];
    let python = tools::python(&packages).map_err(|what| sum.missing("Python with icalendar and prometheus_client", &what)).ok();

    title("formatting");
    sum.part("formatting", shell::must(cargo().args(["fmt", "--all", "--check"])));

    title("site");
    let site = crate::site::build(crate::site::Islands::Build);
    let site_stands = site.is_ok();
    sum.part("site", site);

    title("lints");
    sum.part("lints", shell::must(cargo().args(["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"])));

    title("tests on SQLite and Postgres");
    let own = if given.is_some() { None } else { start_postgres(&mut sum) };
    let mut tests = cargo();
    tests.args(["test", "--locked", "--workspace", "--no-fail-fast"]);
    if let Some(own) = &own {
        tests.env("EVENKEEL_TEST_POSTGRES", &own.url);
    }
    if let Some(python) = &python {
        tests.env("EVENKEEL_TEST_PYTHON", python);
    }
    count(&mut sum, "tests", &mut tests, |line| {
        let rest = line.trim().strip_prefix("test result:")?.split_once(". ")?.1;
        Some((number_before(rest, " passed"), number_before(rest, " failed")))
    });
    drop(own);

    title("browser");
    match (browser::missing(), site_stands) {
        (Some(missing), _) => sum.missing("browser tests", &format!("{missing} is not installed")),
        (None, false) => sum.missing("browser tests", "the site was not built"),
        (None, true) => match shell::server(false).and_then(|binary| browser::tests(&binary)) {
            Err(what) => sum.missing("browser tests", &what),
            Ok(mut tests) => count(&mut sum, "browser tests", &mut tests, |line| {
                let (passed, rest) = line.split_once(" passed, ")?;
                Some((passed.parse().ok()?, rest.strip_suffix(" failed")?.parse().ok()?))
            }),
        },
    }

    println!("\n{} s", began.elapsed().as_secs());
    for failure in &sum.failures {
        println!("FAILED {failure}");
    }
    println!("{} passed, {} failed", sum.passed, sum.failed);
    if sum.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn start_postgres(sum: &mut Sum) -> Option<Postgres> {
    match Postgres::start() {
        Ok(own) => Some(own),
        Err(what) => {
            sum.missing("tests on Postgres", &what);
            None
        }
    }
}

/// Runs tests, shows what they print, and adds up the lines that count.
fn count(sum: &mut Sum, name: &str, command: &mut Command, read: impl Fn(&str) -> Option<(u64, u64)>) {
    let (passed, failed) = (sum.passed, sum.failed);
    let mut child = match command.stdout(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => return sum.fail(name, &error.to_string()),
    };
    for line in child.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines()).map_while(Result::ok) {
        println!("{line}");
        if let Some((good, bad)) = read(&line) {
            sum.passed += good;
            sum.failed += bad;
        }
    }
    let status = child.wait().map(|status| status.success());
    if sum.failed > failed {
        sum.failures.push(format!("{name}: {} of {}", sum.failed - failed, sum.failed - failed + sum.passed - passed));
    } else if !matches!(status, Ok(true)) {
        // It died, or did not compile: nobody counted that.
        sum.fail(name, "did not run to its end");
    } else if sum.passed == passed {
        sum.fail(name, "ran no test");
    }
}

fn number_before(text: &str, word: &str) -> u64 {
    let Some(end) = text.find(word) else { return 0 };
    text[..end].rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_cargo_are_read() {
        let line = "12 passed; 3 failed; 0 ignored";
        assert_eq!((number_before(line, " passed"), number_before(line, " failed")), (12, 3));
    }
}
