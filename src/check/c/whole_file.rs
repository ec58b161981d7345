//! A whole real file compiled without its tree's build: the headers it includes laid in a scratch folder. Does not judge.

use std::fs;
use std::io;
use std::path::Path;

use super::Kit;
use super::closure::Closure;

/// Exit status of the script where a header could not be generated.
pub(super) const NOT_GENERATED: i32 = 102;

/// Lays the files of a closure under `folder`.
///
/// # Errors
/// What the file system says.
pub(super) fn lay(closure: &Closure, folder: &Path) -> io::Result<()> {
    let mut made = std::collections::HashSet::new();
    for (path, content) in &closure.files {
        let place = folder.join(path);
        if let Some(parent) = place
            .parent()
            .filter(|parent| made.insert(parent.to_path_buf()))
        {
            fs::create_dir_all(parent)?;
        }
        fs::write(place, content)?;
    }
    Ok(())
}

/// Returns the script that generates what the tree's build would have, for `sh -c` in the folder of the closure.
pub(super) fn generating(kit: &Kit, closure: &Closure) -> Option<String> {
    let generated = kit.rules.manifest.whole_file.generated.as_ref()?;
    let command: Vec<String> = generated.command.iter().map(|word| quoted(word)).collect();
    let command = command.join(" ");
    let lines = closure.generated.iter().map(|(header, from)| {
        let (from, header) = (quoted(from), quoted(header));
        format!("{command} {from} > {header} || exit {NOT_GENERATED}\n")
    });
    (!closure.generated.is_empty()).then(|| lines.collect())
}

/// Returns the script that compiles the file laid at `place`, for `sh -c` in the folder of the closure; `flags` are those of
/// packages.
pub(super) fn compiling(
    kit: &Kit,
    place: &str,
    closure: &Closure,
    standard: &str,
    flags: &str,
) -> String {
    let includes = includes(kit, closure);
    let options = options(kit, standard);
    let (program, place) = (quoted(&kit.rules.manifest.compiler.program), quoted(place));
    format!("exec {program} -fsyntax-only {options}{includes} {flags} {place} 2>&1\n")
}

/// Returns the options that name the folders of headers, each behind a blank.
pub(super) fn includes(kit: &Kit, closure: &Closure) -> String {
    let holds = |folder: &&String| {
        let prefix = format!("{folder}/");
        folder.as_str() == "." || closure.files.keys().any(|path| path.starts_with(&prefix))
    };
    let includes = kit.rules.manifest.whole_file.includes.iter().filter(holds);
    includes
        .map(|folder| format!(" -I{}", quoted(folder)))
        .collect()
}

/// Returns the options that every compilation gets.
pub(super) fn options(kit: &Kit, standard: &str) -> String {
    let compiler = &kit.rules.manifest.compiler;
    let on = compiler.warnings.iter().map(|name| format!(" -W{name}"));
    let off = compiler.silenced.iter().map(|name| format!(" -Wno-{name}"));
    let warnings: String = on.chain(off).collect();
    // No carets and no colours: the output is read.
    let plain = "-fno-diagnostics-show-caret -fdiagnostics-color=never";
    format!(
        "-std={standard} -O1{warnings} -Werror=implicit-function-declaration -fmax-errors=40 {plain}"
    )
}

/// Returns a word that `sh` takes as it stands.
pub(super) fn quoted(word: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-./+=,:@".contains(&b);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_with_signs_of_the_shell_is_quoted() {
        assert_eq!(quoted("src/a-b.c"), "src/a-b.c");
        assert_eq!(quoted("a b'c$(d)"), r"'a b'\''c$(d)'");
    }
}
