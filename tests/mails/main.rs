//! Mails against the real git: the same bytes as `git format-patch`, the same trees after `git am`.

#![expect(clippy::unwrap_used, reason = "a test that goes wrong panics")]

/// Patches put on trees, as git puts them.
mod apply;
/// A repository of its own, and git's mails of it.
mod bench;
// Files of settings, read as git reads them.
mod configuration;
/// The same bytes, option by option.
mod format_patch;
/// Any bytes: no panic.
mod fuzz;
/// Mails that are read, as git reads them.
mod incoming;
/// The same bytes, of commits that few write.
mod odd;
/// The same bytes, whatever the history.
mod random;
/// What became of a version, told as git tells it.
mod range_diff;
/// What is written, read again and compared with its commit, as `git am` shows it.
mod readback;
/// The same bytes, of a history that people wrote.
mod real;
/// Patches that no `git diff` writes.
mod shapes;
/// What lint lets pass, git reads back.
mod survival;
/// Trailers, added as git adds them.
mod trailers;
