//! `patchwright explain`: what a problem code means and what to do.
