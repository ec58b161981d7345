//! Why a patch can't be put on a tree, with its places and the way out. Does not judge.

use super::{Run, Seen};
use crate::apply::Misfit;
use crate::syntax::patch::{Hunk, Side};
use crate::target::Blob;
use crate::target::commit::mode;
use crate::target::tree::name_at;
use crate::text::{Problem, Source, Span};

impl Run<'_> {
    pub(super) fn told(
        &self,
        seen: &Seen,
        code: &'static str,
        message: String,
        label: &str,
    ) -> Problem {
        Problem::new(code, message)
            .at_site(&(self.site)(seen.file.span), label)
            .help("rebase the patch, or name the base that it was made on with `--onto`")
    }

    pub(super) fn misfit(
        &self,
        seen: &Seen,
        before: Option<&Blob>,
        hunks: &[Hunk],
        misfit: Misfit,
    ) -> Problem {
        let path = seen.old.or(seen.new).cloned().unwrap_or_default();
        let hunk = &hunks[misfit.hunk.min(hunks.len().saturating_sub(1))];
        let line = hunk
            .lines
            .get(misfit.line)
            .map_or(hunk.span, |line| line.span);
        let message = format!("hunk {} of `{path}` does not fit", misfit.hunk + 1);
        let mut problem = Problem::new("patch-misfit", message)
            .at_site(&(self.site)(without_end(line)), "expected this line");
        let source =
            before.map(|blob| Source::new(name_at(&path, self.revision), blob.bytes.clone()));
        if let (Some(source), Some(number)) = (source, misfit.nearest) {
            let label = "found this one where the rest is most alike";
            problem = problem.at(&source, source.line(number), label);
        }
        let removed = hunk.version(Side::Old).count();
        let help = if before.is_some() && removed > 0 {
            "rebase the patch, or name the base that it was made on with `--onto`"
        } else {
            "name the base that the patch was made on with `--onto`"
        };
        problem.help(help)
    }

    pub(super) fn other_bytes(&self, seen: &Seen) -> Problem {
        let path = seen.old.or(seen.new).cloned().unwrap_or_default();
        Problem::new(
            "patch-misfit",
            format!("`{path}` does not have the bytes that the binary change is made for"),
        )
        .at_site(&(self.site)(seen.file.span), "this change")
        .help("name the base that the patch was made on with `--onto`")
    }

    pub(super) fn remains(&self, seen: &Seen) -> Problem {
        let path = seen.old.cloned().unwrap_or_default();
        Problem::new(
            "patch-misfit",
            format!("`{path}` is deleted by the patch, and has lines that the patch does not have"),
        )
        .at_site(&(self.site)(seen.file.span), "this change deletes it")
        .help("name the base that the patch was made on with `--onto`")
    }
}

/// The span of a line without its line feed, so that a picture shows one line.
fn without_end(line: Span) -> Span {
    Span::new(line.start, line.end.saturating_sub(1).max(line.start))
}

/// Tells where a change is of another kind of thing than what the tree has: a file, a link, a submodule.
pub(super) fn other_kind(seen: &Seen, before: Option<&Blob>) -> Option<String> {
    let path = seen.old?;
    let before = before?;
    let kind = |mode: u32| match mode & mode::KIND {
        mode::LINK => "a symbolic link",
        mode::SUBMODULE => "a submodule",
        _ => "a file",
    };
    let told = |wanted: u32| {
        let (is, wanted) = (kind(before.mode), kind(wanted));
        (is != wanted).then(|| format!("`{path}` is {is}, and the patch changes {wanted}"))
    };
    seen.old_mode
        .and_then(told)
        .or_else(|| seen.new.and(seen.mode).and_then(told))
}
