//! Every client that takes a series, for real: what arrives is what was meant.

// What a client made of the series, beside the commits that it stands for.
mod meant;

// git: am, quiltimport.
mod git;
// What hands patches to `patch`: quilt, dpkg-source; and patchutils.
mod patch;
// b4, as maintainers use it.
mod b4;
// git send-email, and a mail server on loopback.
mod send;
// What b4 spoils.
mod spoiled;
// What asks before it sends or takes: the hook of git send-email, the check commands of b4.
mod hooks;
// rpmbuild, with the packaging of a series.
mod distgit;
// What people read and stack mails with: mutt, StGit.
mod readers;
// The folder as it is written: again, dry, failed, edited.
mod written;
