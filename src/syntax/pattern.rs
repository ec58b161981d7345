//! Patterns with holes, in the syntax of C and of shell, matched on syntax trees. The only door to ast-grep.
