//! The program `evenkeel`.

fn main() -> std::process::ExitCode {
    server::cli::run()
}
