//! What is known, told: to people in a terminal, to machines as JSON, JUnit, SARIF. Hears events and decides nothing.

pub mod annotations;
pub mod answer;
pub mod cases;
pub mod html;
pub mod json;
pub mod junit;
pub mod matrix;
pub mod picture;
pub mod progress;
mod reference;
pub mod sarif;
pub mod terminal;
