//! Makes a patch series that is proven before it is mailed, and judges whether a tree carries its fixes already.

pub mod check;
pub mod compose;
pub mod edit;
pub mod locate;
pub mod mail;
pub mod render;
pub mod report;
pub mod series;
pub mod status;
pub mod syntax;
pub mod target;
pub mod text;
pub mod verdict;
