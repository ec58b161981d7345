//! The `patchwright` command: parse, run, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    patchwright::cli::clean_up_when_interrupted();
    ExitCode::from(patchwright::cli::run(std::env::args_os()).code())
}
