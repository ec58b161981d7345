//! From all that was found and all that was typed to what is done: a flag is stronger than a profile, a later profile than an
//! earlier one. Does not know where anything was read.

use super::address::mailbox;
use super::{Fate, Habit, What};

/// What the user typed, which is stronger than any habit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Typed<'t> {
    /// Recipients.
    pub to: &'t [String],
    /// Recipients of a copy.
    pub cc: &'t [String],
    /// What stands in the brackets.
    pub prefix: Option<&'t str>,
    /// Whether the sender signs off.
    pub signoff: Option<bool>,
    /// Whom `git send-email` leaves out.
    pub suppress_cc: &'t [String],
}

/// What is done, and what came of each habit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Recipients.
    pub to: Vec<String>,
    /// Recipients of a copy, none of them a recipient too.
    pub cc: Vec<String>,
    /// What stands in the brackets, where anybody says.
    pub prefix: Option<String>,
    /// Whether the sender signs off.
    pub signoff: bool,
    /// Whom `git send-email` leaves out.
    pub suppress_cc: Vec<String>,
    /// Everything that was found, in order.
    pub found: Vec<Habit>,
}

/// Decides what is done. What is typed replaces what was found of the same kind; recipients of several profiles add up.
pub fn settle(mut found: Vec<Habit>, typed: Typed) -> Settled {
    let has_to = !typed.to.is_empty() || found.iter().any(|habit| is_followed(habit, What::To));
    for habit in found.iter_mut().filter(|habit| habit.what == What::Keeper) {
        habit.what = if has_to { What::Cc } else { What::To };
    }
    let mut settled = Settled {
        to: people(&mut found, What::To, typed.to, "--to", &[]),
        ..Settled::default()
    };
    settled.cc = people(&mut found, What::Cc, typed.cc, "--cc", &settled.to);
    settled.suppress_cc = people(
        &mut found,
        What::SuppressCc,
        typed.suppress_cc,
        "--suppress-cc",
        &[],
    );
    let prefix = last(
        &mut found,
        What::Prefix,
        typed.prefix.is_some(),
        "--subject-prefix",
    );
    settled.prefix = typed.prefix.map(str::to_owned).or(prefix);
    let flag = if typed.signoff == Some(true) {
        "--signoff"
    } else {
        "--no-signoff"
    };
    let signoff = last(&mut found, What::SignOff, typed.signoff.is_some(), flag);
    settled.signoff = typed.signoff.unwrap_or(signoff.as_deref() == Some("true"));
    settled.found = found;
    settled
}

fn is_followed(habit: &Habit, what: What) -> bool {
    habit.what == what && habit.fate == Fate::Used
}

/// Gathers values that add up, each once.
fn people(
    found: &mut [Habit],
    what: What,
    typed: &[String],
    flag: &str,
    known: &[String],
) -> Vec<String> {
    let mut list = typed.to_vec();
    let mut seen: Vec<String> = known.iter().map(|address| mailbox(address)).collect();
    for habit in found.iter_mut().filter(|habit| is_followed(habit, what)) {
        if !typed.is_empty() {
            habit.fate = Fate::Overridden(flag.to_owned());
        } else if seen.contains(&mailbox(&habit.value)) {
            habit.fate = Fate::Unused("is there already");
        } else {
            seen.push(mailbox(&habit.value));
            list.push(habit.value.clone());
        }
    }
    list
}

/// Returns the last value of those of which only one can hold.
fn last(found: &mut [Habit], what: What, is_typed: bool, flag: &str) -> Option<String> {
    let mut stronger = is_typed.then(|| flag.to_owned());
    let mut value = None;
    for habit in found
        .iter_mut()
        .rev()
        .filter(|habit| is_followed(habit, what))
    {
        match &stronger {
            Some(stronger) => habit.fate = Fate::Overridden(stronger.clone()),
            None => {
                stronger = Some(habit.origin.clone());
                value = Some(habit.value.clone());
            }
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn habit(what: What, value: &str) -> Habit {
        Habit {
            what,
            key: "key".into(),
            value: value.into(),
            origin: format!("where {value} stands"),
            fate: Fate::Used,
        }
    }

    #[test]
    fn recipients_add_up_and_stand_once() {
        let found = vec![
            habit(What::To, "list@x"),
            habit(What::Cc, "A <a@x>"),
            habit(What::To, "L <LIST@x>"),
            habit(What::Cc, "list@x"),
            habit(What::Keeper, "k@x"),
        ];
        let settled = settle(found, Typed::default());
        assert_eq!(settled.to, ["list@x"]);
        assert_eq!(settled.cc, ["A <a@x>", "k@x"]);
        assert_eq!(settled.found[2].fate, Fate::Unused("is there already"));
        assert_eq!(settled.found[4].what, What::Cc);
    }

    #[test]
    fn who_looks_after_it_is_a_recipient_where_there_is_no_other() {
        let keepers = || vec![habit(What::Keeper, "k@x")];
        assert_eq!(settle(keepers(), Typed::default()).to, ["k@x"]);
        let to = ["list@x".to_owned()];
        let typed = Typed {
            to: &to,
            ..Typed::default()
        };
        let settled = settle(keepers(), typed);
        assert_eq!(
            (settled.to, settled.cc),
            (vec!["list@x".to_owned()], vec!["k@x".to_owned()])
        );
    }

    #[test]
    fn what_is_typed_is_stronger_and_the_later_profile_than_the_earlier() {
        let found = || {
            vec![
                habit(What::To, "list@x"),
                habit(What::Prefix, "ONE"),
                habit(What::Prefix, "TWO"),
                habit(What::SignOff, "true"),
                habit(What::SuppressCc, "all"),
            ]
        };
        let settled = settle(found(), Typed::default());
        assert_eq!(settled.prefix.as_deref(), Some("TWO"));
        assert!(settled.signoff);
        assert_eq!(
            settled.found[1].fate,
            Fate::Overridden("where TWO stands".into())
        );
        let to = ["me@x".to_owned()];
        let suppress = ["self".to_owned()];
        let typed = Typed {
            to: &to,
            prefix: Some(""),
            signoff: Some(false),
            suppress_cc: &suppress,
            ..Typed::default()
        };
        let settled = settle(found(), typed);
        assert_eq!(settled.to, ["me@x"]);
        assert_eq!(settled.prefix.as_deref(), Some(""));
        assert!(!settled.signoff);
        assert_eq!(settled.suppress_cc, ["self"]);
        let fates: Vec<&Fate> = settled.found.iter().map(|habit| &habit.fate).collect();
        let by = |flag: &str| Fate::Overridden(flag.to_owned());
        let expected = [
            by("--to"),
            by("--subject-prefix"),
            by("--subject-prefix"),
            by("--no-signoff"),
            by("--suppress-cc"),
        ];
        assert_eq!(fates, expected.iter().collect::<Vec<_>>());
    }
}
