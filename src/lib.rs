//! Makes a patch series that is proven before it is mailed, and judges whether a tree carries its fixes already.

pub mod check;
pub mod series;
pub mod text;
