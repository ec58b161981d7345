//! The C side of the checks: does a file compile, and do its functions do what is right? Does not know which tree or patch.

pub mod bench;
mod calls;
pub mod closure;
pub mod decide;
mod defines;
pub mod diagnostic;
pub mod harness;
pub mod kit;
mod linked;
mod objects;
mod plan;
mod pool;
mod reach;
pub mod real;
pub mod scene;
mod stubs;
mod times;
pub mod token;
pub mod whole_file;

pub use bench::{Bench, CTree, Compile, How, Told};
pub use calls::Calls;
pub use decide::{Decided, Situation};
pub use diagnostic::Diagnostic;
pub use harness::{CaseResult, Playing};
pub use kit::{Kit, KitFault};
pub use real::{Linkage, Real, RealCode};
pub use scene::Beside;

#[cfg(test)]
mod tests;
