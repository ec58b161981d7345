//! What is known, told: to people in a terminal, to machines as JSON. Hears events and decides nothing.

pub mod answer;
pub mod json;
pub mod matrix;
pub mod picture;
pub mod progress;
pub mod terminal;
