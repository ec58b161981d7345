//! Makes a patch series that is proven before it is mailed, and judges whether a tree carries its fixes already.
//!
//! One revision goes through the house like this, and this is also the order in which to read it:
//!
//! ```text
//! series (patches/, templates/) ─┐
//!                                ├─> locate ─> render ─> edit ─> stages ─> checks ─> evidence ─> verdict ─> mail
//! target (a git revision, a dir) ┘                                                                     └─> reports
//! ```
//!
//! Arrows go down only: a module uses those of its own line and of the lines above it in this table.
//!
//! | layer | module | what belongs there |
//! |---|---|---|
//! | 0 | [`text`] | a named text and places in it: sources, spans, sites, problems, diffs |
//! | 0 | [`lock`] | locks that survive a panic |
//! | 0 | [`passing`] | folders that stand only while a run does |
//! | 1 | [`syntax`] | the structure of a text: C, RPM spec, shell, patch |
//! | 2 | [`series`] | what the author wrote: manifest, patch, step, predicates |
//! | 2 | [`target`] | what the tree looks like: repository, revision, tree, commit; the only door to git |
//! | 3 | [`habit`] | what a target and its user settled about mails: recipients, prefix, sign-off |
//! | 3 | [`locate`] [`render`] [`edit`] [`apply`] | text in, text out |
//! | 4 | [`compose`] | series and revision into stages: the spine |
//! | 4 | [`status`] | series and revision into missing, fixed, not-affected, undetermined |
//! | 5 | [`check`] | is each stage good? The only door to the sandbox and to what runs in it |
//! | 6 | [`verdict`] | grounds and evidence into a verdict and an exit code; pure |
//! | 7 | [`mail`] | the mails, and the folder they are written to |
//! | 7 | [`report`] | terminal, JSON, JUnit, SARIF, HTML; decides nothing |
//! | 8 | [`cli`] | what was typed, what it means, the exit code |

pub mod apply;
pub mod check;
pub mod cli;
pub mod compose;
pub mod edit;
pub mod habit;
pub mod locate;
pub mod lock;
pub mod mail;
pub mod passing;
pub mod render;
pub mod report;
pub mod series;
pub mod status;
pub mod syntax;
pub mod target;
pub mod text;
pub mod verdict;
