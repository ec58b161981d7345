//! What the trees that a series is put on look like. Knows nothing of series, C or RPM.

pub mod sample;
