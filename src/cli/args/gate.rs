//! What was typed for `gate`.

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, Error, FromArgMatches};
use std::path::PathBuf;

use super::Common;

#[derive(Debug, Args)]
pub(in crate::cli) struct Gate {
    #[command(flatten)]
    pub(in crate::cli) selection: Selection,
    #[command(flatten)]
    pub(in crate::cli) common: Common,
    /// Patches that a revision needs: all, any, or a list [default: what the series states]
    #[arg(long, value_name = "all|any|PATCH,…")]
    pub(in crate::cli) require: Option<String>,
    /// Play what each distinct answer was told from, and the histories; say what happens, and not what structure alone tells
    #[arg(long)]
    pub(in crate::cli) prove: bool,
    /// With --prove: fail where an answer can't be played here
    #[arg(long, requires = "prove")]
    pub(in crate::cli) strict: bool,
    /// With --prove: run what comes from the tree without a sandbox, where none can be had
    #[arg(long, requires = "prove")]
    pub(in crate::cli) unsandboxed: bool,
    /// File of exemptions in TOML: [[exempt]] with revision, patch, reason, until
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) exempt: Option<PathBuf>,
    /// Earlier JSON report: tell what moved since
    #[arg(long, value_name = "FILE", conflicts_with = "partition")]
    pub(in crate::cli) since: Option<PathBuf>,
    /// Judge one of N parts of the revisions; equal contents are in one part
    #[arg(
        long,
        value_name = "hash:I/N",
        help_heading = "Spreading over machines"
    )]
    pub(in crate::cli) partition: Option<String>,
    /// Judge nothing: make the report of a whole run from the JSON reports of its partitions
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Spreading over machines",
        conflicts_with_all = ["revisions", "refs", "all_tags", "all_branches", "require", "exempt", "partition", "prove", "only", "repo", "sample"])]
    pub(in crate::cli) merge: Vec<PathBuf>,
}

/// What selects revisions, in the order in which it was typed.
#[derive(Debug)]
pub(in crate::cli) struct Selection {
    pub(in crate::cli) wishes: Vec<Wish>,
}

/// One thing that selects revisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Wish {
    /// A revision by a name.
    Name(String),
    /// Refs by a glob over their full names.
    Refs(String),
    AllTags,
    AllBranches,
}

#[derive(Debug, Args)]
struct Typed {
    /// Revisions to judge [default: HEAD; mainline for --sample]
    #[arg(value_name = "REVISION")]
    revisions: Vec<String>,
    /// Judge the refs whose full names match, as 'refs/tags/v1.2.*'; may be given several times
    #[arg(long, value_name = "GLOB", help_heading = "Selection")]
    refs: Vec<String>,
    /// Judge all tags
    #[arg(long, help_heading = "Selection")]
    all_tags: bool,
    /// Judge all branches, remote ones too
    #[arg(long, help_heading = "Selection")]
    all_branches: bool,
}

impl FromArgMatches for Selection {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let typed = Typed::from_arg_matches(matches)?;
        let places = |id: &str| -> Vec<usize> {
            let is_typed = matches.value_source(id) == Some(ValueSource::CommandLine);
            let places = matches.indices_of(id).filter(|_| is_typed);
            places.map(Iterator::collect).unwrap_or_default()
        };
        let names = typed.revisions.into_iter().map(Wish::Name);
        let globs = typed.refs.into_iter().map(Wish::Refs);
        let mut wishes: Vec<(usize, Wish)> = places("revisions").into_iter().zip(names).collect();
        wishes.extend(places("refs").into_iter().zip(globs));
        let flags = [
            ("all_tags", typed.all_tags, Wish::AllTags),
            ("all_branches", typed.all_branches, Wish::AllBranches),
        ];
        for (id, is_set, wish) in flags {
            let place = places(id).into_iter().next().filter(|_| is_set);
            wishes.extend(place.map(|place| (place, wish)));
        }
        wishes.sort_by_key(|(place, _)| *place);
        Ok(Selection {
            wishes: wishes.into_iter().map(|(_, wish)| wish).collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Selection {
    fn augment_args(command: Command) -> Command {
        Typed::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Typed::augment_args_for_update(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{self, Arguments};
    use clap::Parser;

    #[test]
    fn what_selects_is_kept_in_the_order_in_which_it_was_typed() {
        let typed = "patchwright gate b --all-tags -q --refs x a --refs y --all-branches";
        let Ok(Arguments {
            command: args::Command::Gate(gate),
        }) = Arguments::try_parse_from(typed.split(' '))
        else {
            panic!("it is a command line of gate");
        };
        let name = |name: &str| Wish::Name(name.to_owned());
        let refs = |glob: &str| Wish::Refs(glob.to_owned());
        let expected = [
            name("b"),
            Wish::AllTags,
            refs("x"),
            name("a"),
            refs("y"),
            Wish::AllBranches,
        ];
        assert_eq!(gate.selection.wishes, expected);
    }
}
