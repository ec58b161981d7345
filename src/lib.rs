//! Makes a patch series that is proven before it is mailed, and judges whether a tree carries its fixes already.

pub mod check;
pub mod edit;
pub mod locate;
pub mod render;
pub mod series;
pub mod syntax;
pub mod target;
pub mod text;
