//! `patchwright doctor`: what can be checked on this machine, what can't, and what to install for it.
