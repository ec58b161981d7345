//! The `patchwright` command: parse, run, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(patchwright::cli::run(std::env::args_os()).code())
}
