//! The program `evenkeel`.

/// Pages are many small strings, written on one thread and dropped on another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    // A run of a tool begins as this program.
    backend::tools::launch().unwrap_or_else(|| {
        backend::tools::conceal();
        server::cli::run()
    })
}
