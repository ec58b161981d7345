//! Message-IDs, and which mail replies to which. Does not know when anything is mailed: the same series has the same ids.

use super::letter::Draft;
use super::{Options, Thread};
use crate::target::commit::{content_id, content_id_of};
use crate::text::Problem;

/// The host of an id whose sender has none.
const NO_HOST: &str = "patchwright.invalid";

/// Returns for each mail the headers that tie it to the others, empty where the options ask for nothing.
///
/// An id is a hash of all that is mailed, of the options that tell versions apart, and of the mail's place in the series: another
/// series, version, prefix, recipient or seed has other ids. What checks observed is left out: a patch names the id of the cover
/// letter, and must not tell which tools the machine has that it was written on. So the cover letters of two runs that differ by
/// their observations alone are the same letter, under one id; a seed keeps them apart.
///
/// # Errors
/// `mail-bad-message-id` of the mail replied to.
pub fn headers(drafts: &[&Draft], options: &Options) -> Result<Vec<String>, Problem> {
    let start: Vec<String> = options
        .in_reply_to
        .as_deref()
        .map(message_id)
        .transpose()?
        .into_iter()
        .collect();
    let Some(thread) = options.thread else {
        return Ok(vec![references(&start); drafts.len()]);
    };
    let ids = ids(drafts, options);
    let replied = start.len();
    let mut chain = start;
    let mut headers = Vec::with_capacity(ids.len());
    for (at, id) in ids.iter().enumerate() {
        headers.push(format!("Message-ID: <{id}>\n{}", references(&chain)));
        // Without a cover letter the patches of a series that is a reply stand side by side.
        let is_root = at == 0 && (options.cover.is_some() || replied == 0);
        if thread == Thread::Deep || is_root {
            chain.push(id.clone());
        }
    }
    Ok(headers)
}

fn references(chain: &[String]) -> String {
    let Some(last) = chain.last() else {
        return String::new();
    };
    let list: Vec<String> = chain.iter().map(|id| format!("<{id}>\n")).collect();
    format!("In-Reply-To: <{last}>\nReferences: {}", list.join("\t"))
}

fn ids(drafts: &[&Draft], options: &Options) -> Vec<String> {
    let told = format!(
        "{:?}\n{:?}\n{:?}\n",
        options.in_reply_to, options.thread, options.message_id_seed
    )
    .into_bytes();
    let texts = (drafts.iter()).map(|draft| draft.named_by.as_ref().unwrap_or(&draft.rest));
    // The length keeps two series apart that are the same bytes cut at another place.
    let heads: Vec<String> = (drafts.iter().zip(texts.clone()))
        .map(|(draft, text)| format!("{} {}\n{}", draft.name, text.len(), draft.envelope))
        .collect();
    let mut mailed = vec![told.as_slice()];
    for (head, text) in heads.iter().zip(texts) {
        mailed.extend([head.as_bytes(), text]);
    }
    let series = content_id_of(&mailed);
    let host = host(&options.from.email);
    let id = |at| {
        let hash = content_id(format!("{series} {at}").as_bytes());
        format!("{hash}.patchwright@{host}")
    };
    (0..drafts.len()).map(id).collect()
}

/// Returns the host of an address where a Message-ID can hold it (RFC 5322, section 3.6.4).
fn host(email: &str) -> &str {
    let fits = |host: &&str| {
        !host.is_empty()
            && host.split('.').all(|label| {
                !label.is_empty()
                    && label
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            })
    };
    email
        .rsplit_once('@')
        .map(|(_, host)| host)
        .filter(fits)
        .unwrap_or(NO_HOST)
}

/// Reads a Message-ID, with or without its angle brackets.
fn message_id(text: &str) -> Result<String, Problem> {
    let id = text.trim();
    let id = id
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'))
        .unwrap_or(id);
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_graphic()) || id.contains(['<', '>']) {
        return Err(Problem::new(
            "mail-bad-message-id",
            format!("`{}` is not a Message-ID", text.escape_debug()),
        )
        .help("give it as it stands in the other mail, as `<id@host>`"));
    }
    Ok(id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_an_id_can_not_hold_is_left_out() {
        assert_eq!(host("a@mail.example.org"), "mail.example.org");
        for email in ["nobody", "a@", "a@b..c", "a@b c", "a@[::1]", "a@b\u{f6}.c"] {
            assert_eq!(host(email), NO_HOST, "{email}");
        }
    }

    #[test]
    fn an_id_is_read_with_or_without_its_brackets() {
        assert_eq!(message_id(" <a@b> ").unwrap(), "a@b");
        assert_eq!(message_id("a@b").unwrap(), "a@b");
        for text in ["", "<>", "a b", "a@b>", "<a@b>\n\t<c@d>"] {
            assert_eq!(
                message_id(text).unwrap_err().code,
                "mail-bad-message-id",
                "{text}"
            );
        }
    }

    #[test]
    fn references_name_every_mail_above_and_the_reply_is_to_the_last() {
        let chain = ["a@b".to_string(), "c@d".to_string()];
        assert_eq!(
            references(&chain),
            "In-Reply-To: <c@d>\nReferences: <a@b>\n\t<c@d>\n"
        );
        assert_eq!(references(&[]), "");
    }
}
