//! The command line: what was typed, what it means, and the exit code; one file a command.

mod args;
mod doctor;
mod explain;
mod gate;
mod generate;
mod identity;
mod pages;
mod reports;
mod sample;
mod series;
mod subject;
mod validate;

use clap::Parser;
use clap::error::ErrorKind;
use std::ffi::OsString;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::passing;
use crate::report::picture;
use crate::text::Problem;
use crate::verdict::Exit;
use args::{Arguments, Color, Command};

/// What stops a command before it has something to report.
type Stop = Vec<Problem>;

/// Exit code of a run that a signal ended (INT, TERM, HUP): 128 and the number of INT, as shells tell it.
const INTERRUPTED: i32 = 130;

/// Leaves no temporary files behind a run that is interrupted or terminated; it then ends with 130.
pub fn clean_up_when_interrupted() {
    let handler = || -> () { passing::end(INTERRUPTED) };
    // Without a handler an interrupted run leaves files in the temporary directory, and is right otherwise.
    let _ = ctrlc::set_handler(handler);
}

/// Runs the command that was typed, and returns how it ends. Prints; does not exit.
pub fn run(typed: impl IntoIterator<Item = OsString>) -> Exit {
    guarded(|| match Arguments::try_parse_from(typed) {
        Ok(arguments) => dispatch(arguments.command),
        Err(error) => refuse(&error),
    })
}

/// Runs something that may panic; a panic is a bug of ours and ends with 70.
fn guarded(action: impl FnOnce() -> Exit) -> Exit {
    std::panic::set_hook(Box::new(|info| {
        let _ = writeln!(anstream::stderr(), "error[bug]: {info}");
        let _ = writeln!(
            anstream::stderr(),
            "help: this is a bug in patchwright {}; please report it with the command that you ran",
            env!("CARGO_PKG_VERSION")
        );
    }));
    catch_unwind(AssertUnwindSafe(action)).unwrap_or(Exit::Bug)
}

fn dispatch(command: Command) -> Exit {
    let ended = match command {
        Command::Generate(typed) => generate::run(&typed),
        Command::Validate(typed) => validate::run(&typed),
        Command::Gate(typed) => gate::run(&typed),
        Command::Series(typed) => series::run(&typed.action),
        Command::Sample(typed) => sample::run(&typed.dir),
        Command::Doctor(typed) => doctor::run(&typed),
        Command::Explain(typed) => explain::run(typed.code.as_deref()),
        Command::Schema { document } => pages::schema(&document),
        Command::Completions { shell } => pages::completions(shell),
        Command::Man { command } => pages::man(command.as_deref()),
    };
    ended.unwrap_or_else(|problems| {
        show(&problems);
        Exit::Mistake
    })
}

/// Shows problems on standard error.
fn show(problems: &[Problem]) {
    let mut stderr = anstream::stderr();
    for problem in problems {
        let _ = stderr.write_all(picture::draw(problem, true).as_bytes());
        let _ = writeln!(stderr);
    }
}

/// Prints the product. A closed pipe ends quietly; a product that is lost otherwise is told.
fn print(product: &str) -> Result<(), Stop> {
    let mut stdout = anstream::stdout();
    let printed = stdout
        .write_all(product.as_bytes())
        .and_then(|()| stdout.flush());
    printed.or_else(lost)
}

/// Tells why the product is lost, unless a pipe was closed.
fn lost(error: std::io::Error) -> Result<(), Stop> {
    if error.kind() == std::io::ErrorKind::BrokenPipe {
        return Ok(());
    }
    let message = format!("can't write to standard output: {error}");
    Err(vec![
        Problem::new("output-lost", message)
            .help("make room where it goes, and run the command again"),
    ])
}

fn use_color(color: Color) {
    match color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
}

fn refuse(error: &clap::Error) -> Exit {
    let printed = error.print();
    let is_product = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    match printed.or_else(lost) {
        Ok(()) if is_product => Exit::Good,
        Err(problems) if is_product => {
            show(&problems);
            Exit::Mistake
        }
        _ => Exit::Mistake,
    }
}

fn exit_codes_help() -> String {
    let mut help = String::from("Exit codes:");
    for exit in Exit::ALL {
        help.push_str(&format!("\n {:>3}  {}", exit.code(), exit.meaning()));
    }
    help + &format!("\n {INTERRUPTED}  interrupted or terminated by a signal")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn a_panic_ends_with_seventy() {
        assert_eq!(guarded(|| panic!("on purpose")).code(), 70);
    }

    #[test]
    fn the_command_line_is_sound_and_its_help_texts_have_one_form() {
        let command = Arguments::command();
        command.clone().debug_assert();
        let mut all = vec![command];
        while let Some(command) = all.pop() {
            for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
                let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
                let name = format!("{} {}", command.get_name(), arg.get_id());
                assert!(
                    help.starts_with(|c: char| c.is_uppercase()),
                    "{name}: {help}"
                );
                assert!(!help.ends_with('.'), "{name}: {help}");
            }
            all.extend(command.get_subcommands().cloned());
        }
    }
}
