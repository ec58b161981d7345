//! Do real packages come out right that a given patch leaves? Knows no transaction, and how a spec is read is another's.

use std::io;

use super::Outlook;
use super::scriptlet::{Player, State, names};
use crate::check::package::{Carrier, Outcomes, States, Yard};
use crate::check::spec::Reading;
use crate::target::FileChange;

impl Player<'_> {
    /// Puts the packages of every stage that matters through transactions of rpm.
    pub(super) fn pack(&self, touching: &[(usize, &FileChange)]) -> Result<Outlook, String> {
        let course = self.course(touching)?;
        let Some(first) = course.reached.first() else {
            return Ok(Outlook::default());
        };
        let yard = match Yard::open(self.sandbox, self.promises) {
            Ok(yard) => yard,
            Err(reason) => return Ok(Outlook::skipped(first.number, "package", reason)),
        };
        let states: Vec<States> = course
            .states
            .iter()
            .map(|state| self.builds(state, &course.states[0]))
            .collect();
        let outcomes: Vec<Outcomes> = course
            .reached
            .iter()
            .map(|step| yard.outcomes(&states[step.before], &states[step.after]))
            .collect::<io::Result<_>>()
            .map_err(|fault| format!("the sandbox could not be used: {fault}"))?;
        let mut outlook = Outlook::default();
        for (at, step) in course.reached.iter().enumerate() {
            let mut later = course.reached.iter().zip(&outcomes).skip(at + 1);
            let completed = later.find(|(_, outcomes)| outcomes.is_right());
            let completed = completed.map(|(later, _)| later.number + 1);
            let told = outcomes[at].of_given(&self.patch.id, step.aims, completed);
            outlook
                .evidence
                .extend(told.map(|evidence| (step.number, evidence)));
        }
        Ok(outlook)
    }

    /// The packages of a state for each distribution.
    fn builds(&self, state: &State, base: &State) -> States {
        let known = if state.packages.is_empty() {
            base
        } else {
            state
        };
        let variants = self.promises.variant.iter().zip(&state.readings);
        variants
            .filter_map(|(variant, reading)| {
                let build = match reading {
                    Reading::Read(queried) => {
                        let names = names(known, queried).into_iter();
                        let carriers: Vec<Carrier> = names
                            .filter_map(|name| Carrier::of(queried, &name))
                            .collect();
                        if carriers.is_empty() {
                            return None;
                        }
                        Ok(carriers)
                    }
                    Reading::Refused(reason) | Reading::Fault(reason) => Err(reason.clone()),
                };
                Some((variant.id.clone(), build))
            })
            .collect()
    }
}
