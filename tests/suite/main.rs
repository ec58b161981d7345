//! The whole program from outside, with real git, compilers and rpm. One binary; each module tests what its name says.

#![expect(
    clippy::unwrap_used,
    reason = "a test that panics fails, and says where"
)]

// The machinery: a hermetic bench, what a run left, trees to point the program at.
mod support;

// What `generate` puts where, on which targets, and what it leaves behind.
mod generate;
// Commits that exist, mailed as git mails them and checked like any series.
mod commits;
// What the compiler says of the files that patches change.
mod compiles;
// The same bytes, whatever tools the machine has and whatever its user configured.
mod determinism;
mod disguised;
// What is no source any more, judged without a panic.
mod broken;
// The author's words: descriptions, notes, trailers, and what became of an earlier version.
mod cover;
// Profiles: what a target and its user settled about mails.
mod habits;
// What the cover letter claims, done again by the command that it names.
mod again;
// What each exit code is reached by.
mod exits;
// What the checks make of patches that were given: right fixes in other forms, wrong ones, patches of other things.
mod given;
// Real packages: what rpm makes of right and wrong scriptlets.
mod package;
// The target's own daemon, built at every stage and asked.
mod daemon;
// The checks that need what the user brings: a build directory, a command.
mod outside;
// What hostile trees try, and do not get.
mod escape;
// Wrong fixes, generated: which of them are let pass?
mod mutants;
// What `gate` says, in JSON and as a table.
mod gate;
// Answers that are kept between runs: right or absent, and never in the way.
mod kept;
// A long history over a few contents.
mod many;
// How long a history takes, beside what git needs to read it.
mod pace;
// Repositories as CI opens them: shallow, partial, linked, of other formats, of another owner.
mod clones;
// Every client that takes a series: what arrives is what was meant.
mod clients;
// Commits that no mail brings over as they are.
mod mangled;
// What is installed in CI, and the hooks.
mod ci;
// Broken and hostile mails, every one with its finding and its exit code.
mod corpus;
// Trees that drifted, were disguised, or are half fixed.
mod trees;
// Specs that clean up in every way that rpm and a shell allow.
mod specs;
/// Series that exist as mails: whether they apply, and what becomes of wrong ones.
mod validate;
// What `gate` excuses, compares with and is spread by: exemptions, earlier reports, partitions.
mod exempt;
// The reports that `--report` writes, and the schemas that they keep.
mod reports;
// The JSON Schemas of what is written.
mod schemas;
// The pages that reports write, as a browser shows them.
mod pages;
// What the output folder is allowed to replace.
mod output;
// Answers of `gate` that are played.
mod prove;
// The cleanup that is mailed, run while somebody swaps its directory for a link.
mod race;
// Wrong fixes, and series that are wrong in other ways.
mod refusals;
// The histories of a machine: what came of them on the sample, with wrong fixes, with a part of the fixes there already.
mod scenarios;
// What the house promises of itself: codes are explained, modules are mapped, help and README tell the truth.
mod conventions;
// Real libvirt trees, where the environment names one.
mod libvirt;
// The target's own cache code, linked with its tree: what is said of it, and whether it can be linked again.
mod linked;
