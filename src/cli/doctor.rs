//! `patchwright doctor`: what can be checked on this machine, what can't, and what to install for it.

use serde_json::json;
use std::fmt::Write;

use super::args::{Doctor, Format};
use super::{Stop, print};
use crate::check::sandbox::{Sandbox, Unavailable};
use crate::check::tool::{Known, Tool};
use crate::check::{self, tool};
use crate::verdict::Exit;

pub(super) fn run(typed: &Doctor) -> Result<Exit, Stop> {
    let sandbox = Sandbox::open(false);
    let tools = tool::all();
    let lacks = sandbox.is_err() || tools.iter().any(|(_, found)| found.is_none());
    match typed.format {
        Format::Json => {
            let document = json!({
                "schema": "patchwright/doctor/1",
                "sandbox": sandbox.as_ref().ok().map(Sandbox::name),
                "checks": check::NAMES.map(|name| json!({
                    "check": name,
                    "lacking": check::lacking(name).iter().map(|known| known.name).collect::<Vec<_>>(),
                })),
                "tools": tools.iter().map(|(known, found)| json!({
                    "tool": known.name,
                    "used_for": known.used_for,
                    "path": found.as_ref().map(|tool| tool.path.display().to_string()),
                    "version": found.as_ref().map(|tool| tool.version.clone()),
                    "how": known.how(),
                })).collect::<Vec<_>>(),
            });
            print(&format!("{document:#}\n"))?;
        }
        Format::Terminal => print(&table(&sandbox, &tools))?,
    }
    Ok(if typed.strict && lacks {
        Exit::Skipped
    } else {
        Exit::Good
    })
}

fn table(
    sandbox: &Result<Sandbox, Unavailable>,
    tools: &[(&'static Known, Option<Tool>)],
) -> String {
    let mut out = String::new();
    match sandbox {
        Ok(sandbox) => {
            let _ = writeln!(out, "sandbox     {}", sandbox.name());
            for caveat in sandbox.caveats() {
                let _ = writeln!(out, "            {caveat}");
            }
        }
        Err(none) => {
            let _ = writeln!(
                out,
                "sandbox     none: {}\n            {}",
                none.reason, none.how
            );
        }
    }
    for (known, found) in tools {
        match found {
            Some(tool) => {
                let _ = writeln!(out, "{:<12}{}", known.name, tool.version);
            }
            None => {
                let _ = writeln!(
                    out,
                    "{:<12}missing; for {}\n            {}",
                    known.name,
                    known.used_for,
                    known.how()
                );
            }
        }
    }
    for name in check::NAMES {
        let lacking = check::lacking(name).into_iter().map(|known| known.name);
        let sandbox = (name != "lint" && sandbox.is_err()).then_some("a sandbox");
        let lacking: Vec<&str> = lacking.chain(sandbox).collect();
        let _ = match lacking.is_empty() {
            true => writeln!(out, "{:<12}can be run", format!("`{name}`")),
            false => writeln!(
                out,
                "{:<12}lacks {}",
                format!("`{name}`"),
                lacking.join(", ")
            ),
        };
    }
    out
}
