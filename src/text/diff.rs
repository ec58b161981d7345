//! Differences between two texts for people to read. The hunks of a mail come from git's own algorithm, not from here.
