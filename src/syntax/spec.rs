//! An RPM spec cut into sections, with the stack of `%if`s around each line. Does not expand macros.
