//! Asks several shells whether a scriptlet is a program at all. Runs none of it.

use std::fs;
use std::io;

use super::super::sandbox::{Job, Sandbox, Scratch};
use super::super::tool;

/// The shells that are asked: program and options.
pub const SHELLS: &[&[&str]] = &[
    &["bash"],
    &["bash", "--posix"],
    &["dash"],
    &["busybox", "sh"],
];

/// What a shell says against a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// Which of the texts.
    pub text: usize,
    /// The shell and its options.
    pub shell: String,
    /// The first line it says.
    pub said: String,
}

/// Asks every shell that this machine has about every text, in one job; equal texts are asked about once in a run.
///
/// # Errors
/// The job could not be run, or ended early.
pub fn objections(sandbox: &Sandbox, texts: &[&str]) -> io::Result<Vec<Objection>> {
    let memory = sandbox.memory();
    memory.tried("objections", texts, || asked(sandbox, texts))
}

fn asked(sandbox: &Sandbox, texts: &[&str]) -> io::Result<Vec<Objection>> {
    let scratch = Scratch::in_memory()?;
    for (number, text) in texts.iter().enumerate() {
        fs::write(scratch.path().join(number.to_string()), text)?;
    }
    let inside = sandbox.place(scratch.path(), "/texts");
    let mut script = format!("cd '{}' || exit 9\n", inside.display());
    let present: Vec<_> = SHELLS
        .iter()
        .filter(|shell| tool::find(shell[0]).is_some())
        .collect();
    for number in 0..texts.len() {
        for (index, shell) in present.iter().enumerate() {
            script.push_str(&format!(
                "said=$({} -n ./{number} 2>&1) || printf '%s %s %s\\n' {number} {index} \"${{said%%\n*}}\"\n",
                shell.join(" ")
            ));
        }
    }
    let ran = sandbox.run(
        &Job::new(["/bin/sh", "-c", &format!("{script}exit 0")]).showing(scratch.path(), inside),
    )?;
    if ran.status != 0 {
        return Err(io::Error::other(format!(
            "asking the shells ended with status {}",
            ran.status
        )));
    }
    let stdout = String::from_utf8_lossy(&ran.stdout);
    Ok(stdout
        .lines()
        .filter_map(|line| {
            let mut words = line.splitn(3, ' ');
            let text = words.next()?.parse().ok()?;
            let shell = present.get(words.next()?.parse::<usize>().ok()?)?.join(" ");
            let said = words.next()?.replace(&format!("./{text}: "), "");
            Some(Objection { text, shell, said })
        })
        .collect())
}
