//! Differences between two texts. The hunks of a mail come from git's own algorithm, not from here.

use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::ops::Range;

/// Returns which ranges of `before` become which ranges of `after`, in order; what is equal is left out.
pub fn replacements<T: Eq + std::hash::Hash + Ord>(
    before: &[T],
    after: &[T],
) -> Vec<(Range<usize>, Range<usize>)> {
    capture_diff_slices(Algorithm::Myers, before, after)
        .into_iter()
        .filter(|op| !matches!(op, DiffOp::Equal { .. }))
        .map(|op| (op.old_range(), op.new_range()))
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_what_differs_is_told() {
        let replaced = super::replacements(&["a", "<", "b"], &["a", "!=", "b"]);
        assert_eq!(replaced, [(1..2, 1..2)]);
    }
}
