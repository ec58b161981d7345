//! Paths that no tree may have: out of it, or git's own to some file system. Reads no tree.

use super::mailed::SiteOf;
use crate::syntax::patch::FilePatch;
use crate::target::commit::mode;
use crate::text::Problem;

/// Returns a problem for each path that no tree may have: out of the tree, or git's own.
pub fn problems(files: &[FilePatch], site: &SiteOf) -> Vec<Problem> {
    let hostile = |file: &FilePatch| {
        let paths = file.old.iter().chain(&file.new);
        let is_link = file.new_mode == Some(mode::LINK);
        let is_refused = |path: &&String| is_hostile(path) || is_link && is_modules(path);
        let path = paths.into_iter().find(is_refused)?;
        let message = format!("a patch must not touch `{}`", path.escape_debug());
        Some(
            Problem::new("patch-path", message)
                .at_site(&site(file.span), "this change names it")
                .help("leave the patch out, and ask who sent it"),
        )
    };
    files.iter().filter_map(hostile).collect()
}

/// Whether git refuses a path (`verify_path`): an empty, `.` or `..` part, or one that some file system takes for `.git`.
fn is_hostile(path: &str) -> bool {
    path.contains('\0')
        || path.split(['/', '\\']).enumerate().any(|(at, part)| {
            let whole = part.is_empty() && (at == 0 || path.ends_with('/') || path.contains("//"));
            whole || part == "." || part == ".." || is_git(part)
        })
}

/// Whether a path is one that git reads and that must not lead elsewhere (`verify_path` of a link).
fn is_modules(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    name.to_ascii_lowercase().trim_end_matches([' ', '.']) == ".gitmodules"
}

/// Whether a part of a path is `.git` to a file system that folds case, drops blanks and dots at the end, shortens names or
/// ignores invisible characters.
fn is_git(part: &str) -> bool {
    let ignored = |c: char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let seen: String = part.chars().filter(|c| !ignored(*c)).collect();
    let seen = seen.to_ascii_lowercase();
    let seen = seen.split(':').next().unwrap_or_default();
    let seen = seen.trim_end_matches([' ', '.']);
    seen == ".git" || seen == "git~1"
}

#[cfg(test)]
mod tests {
    use super::is_hostile;

    #[test]
    fn paths_that_leave_the_tree_or_are_gits_own_are_hostile() {
        for path in [
            "../x",
            "a/../../x",
            "/etc/passwd",
            ".git/config",
            "a/.GIT/hooks/x",
            "a//b",
            "./a",
            ".git /x",
            ".g\u{200c}it/x",
            "git~1/x",
            "a\\..\\b",
            ".git::$INDEX_ALLOCATION/x",
            "a/",
        ] {
            assert!(is_hostile(path), "{path}");
        }
        for path in ["a/b", ".gitignore", "a/.github/x", "a..b", "...", "git~10"] {
            assert!(!is_hostile(path), "{path}");
        }
    }
}
