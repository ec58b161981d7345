//! The account of patches that were given: what each is to the tree, and which defects the whole of them mends. Pure.

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use super::{Account, PatchAccount, place};
use crate::check::inquiry::Answers;
use crate::check::scenario::Histories;
use crate::compose::{Given, Standing};
use crate::habit::Settled;
use crate::series::Series;
use crate::status::{Judgement, Status};
use crate::target::commit::title_and_body;
use crate::target::{Ident, Revision};

/// Where a patch comes from that was given.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Who wrote it.
    pub author: Ident,
    /// The Message-ID of its mail, without angle brackets.
    pub message_id: Option<String>,
    /// Where it was read: a file, or a place in a mailbox.
    pub source: Option<String>,
}

impl Account {
    /// Makes the account of given patches before any check is asked, those that apply and those that do not, in their order; `title`
    /// is what the whole is called.
    pub fn of_given(series: &Series, title: String, base: &Revision, given: &[Given]) -> Self {
        Account {
            series: series.name.clone(),
            title,
            revision: base.name.clone(),
            commit: base.commit.as_ref().map(|base| base.id.clone()),
            patches: given.par_iter().map(PatchAccount::of_given).collect(),
            fixes: None,
            habits: Settled::default(),
            histories: Histories::Unasked,
        }
    }

    /// Puts what came of asking into the account: evidence is of the stages of the patches that apply, in order.
    pub fn answer(&mut self, answers: Answers) {
        let applying = self
            .patches
            .iter_mut()
            .filter(|patch| patch.judgement.applies);
        for (patch, evidence) in applying.zip(answers.evidence) {
            patch.evidence = evidence;
        }
        self.fixes = Some(answers.fixes);
        self.histories = answers.histories;
    }
}

impl PatchAccount {
    /// Makes the account of a given patch, before any check is asked.
    pub fn of_given(given: &Given) -> Self {
        let judgement = judgement(given);
        let places = match judgement.applies {
            true => place::all(given),
            false => Vec::new(),
        };
        PatchAccount {
            patch: given.id.clone(),
            subject: title_and_body(&given.commit.message).0,
            judgement,
            wanted: true,
            places,
            absent: Vec::new(),
            evidence: Vec::new(),
            file: None,
            origin: Some(Origin {
                author: given.commit.author.clone(),
                message_id: given.message_id.clone(),
                source: given.source.clone(),
            }),
        }
    }
}

fn judgement(given: &Given) -> Judgement {
    let (status, code, reason, problems) = match &given.standing {
        Standing::Applies => (
            Status::Missing,
            "given-applies",
            "it applies".to_owned(),
            Vec::new(),
        ),
        Standing::There => (
            Status::Fixed,
            "given-there",
            "the tree has its change already".to_owned(),
            Vec::new(),
        ),
        Standing::Refused(problems) => (
            Status::Missing,
            "given-refused",
            problems
                .first()
                .map_or("it can't be put on the tree".to_owned(), |first| {
                    first.message.clone()
                }),
            problems.clone(),
        ),
    };
    Judgement {
        patch: given.id.clone(),
        status,
        applies: matches!(given.standing, Standing::Applies),
        code,
        reason,
        places: Vec::new(),
        problems,
    }
}
