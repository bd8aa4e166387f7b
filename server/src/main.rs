//! The program `evenkeel`.

fn main() -> std::process::ExitCode {
    // A run of a tool begins as this program.
    backend::tools::launch().unwrap_or_else(server::cli::run)
}
