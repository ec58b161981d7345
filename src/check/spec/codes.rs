//! The codes of what the spec check reports. Decides nothing.

/// The codes of what this module reports: code, meaning, what to do.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "spec-not-parsed",
        "rpm cannot parse the patched spec, and could before",
        "run `rpmspec -P` on the patched spec with the macros of the variant",
    ),
    (
        "spec-no-variant",
        "rpm can parse the unpatched spec for none of the distributions that the series names",
        "add a `[[variant]]` that the spec is made for",
    ),
    (
        "spec-new-error",
        "rpm accepts the patched spec but says an error that it did not say before",
        "read the line; rpm drops what it says an error about",
    ),
    (
        "spec-changed-elsewhere",
        "the patch changes more of what rpm reads than the one scriptlet",
        "keep the inserted lines inside one section",
    ),
    (
        "spec-section-unknown",
        "the section that was patched is not a scriptlet",
        "patch a section such as `%post`",
    ),
    (
        "scriptlet-wrong-section",
        "the patched section is another than the series promises",
        "move the inserted lines to the promised section",
    ),
    (
        "scriptlet-elsewhere",
        "another scriptlet than the promised one changes",
        "move the inserted lines to the promised section and package",
    ),
    (
        "scriptlet-not-reached",
        "the inserted lines do not reach the scriptlet in a distribution whose spec has it",
        "look for the `%if` that switches them off",
    ),
    (
        "scriptlet-not-an-insertion",
        "the scriptlet loses or changes lines that it had",
        "insert between whole lines",
    ),
    (
        "scriptlet-differs",
        "the scriptlet gains other lines than those inserted",
        "look for a macro or condition around the place that reads the lines otherwise",
    ),
    (
        "scriptlet-not-shell",
        "the scriptlet is not run by a shell",
        "write the inserted lines in the language of the scriptlet",
    ),
    (
        "scriptlet-missing",
        "no distribution has the promised scriptlet after the patch",
        "look for the `%if` around its section",
    ),
    (
        "macro-unexpanded",
        "a macro is left in what runs, most often because its name is misspelt",
        "correct the name, or write `%%` for a percent sign",
    ),
    (
        "macro-unknown",
        "rpm leaves a macro as it is written, since this machine does not know it",
        "look whether the distributions that the spec is for define it",
    ),
    (
        "scriptlet-syntax",
        "a shell cannot read the patched scriptlet, and could before",
        "run the shell with `-n` on the scriptlet",
    ),
    (
        "scriptlet-fails",
        "the scriptlet ends with another status than 0 where it succeeded before, which makes the package's transaction warn or fail",
        "end the inserted command with `|| :`",
    ),
    (
        "scriptlet-stopped",
        "the scriptlet does not end within its limits",
        "look for a loop or a wait",
    ),
    (
        "scriptlet-kept-too-much",
        "the scriptlet leaves files that must be gone",
        "delete everything in the directory: hidden files and sub-directories too, in upgrades too",
    ),
    (
        "scriptlet-deleted-too-much",
        "the scriptlet deletes what must stay",
        "delete below the directory only, and follow no link: `find DIR -xdev -mindepth 1 -delete`",
    ),
    (
        "scriptlet-changed-too-much",
        "the scriptlet changes or makes what it must not",
        "touch nothing but the directory's entries",
    ),
];
