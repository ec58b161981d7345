//! A call of find in one spelling: what changes nothing is left out, what is always or never true is decided, options stand in one
//! order. So expressions that mean the same become the same text.
//!
//! Format facts: GNU findutils' own documentation, "find Expressions" and "Actions". Options such as `-mindepth` count wherever they
//! stand; `-delete` implies `-depth`, with which `-prune` does nothing, so that find refuses both together unless `-depth` is said.

/// What a call of find comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// It only looks, or does nothing at all.
    Looks,
    /// It is this, in the one spelling.
    Plain(Vec<String>),
    /// It has something that is not known, and stays as it is written.
    Other,
}

/// Words of a call that is read.
const MOST: usize = 200;
/// Tests that take a value.
const TESTS: [&str; 32] = [
    "-name",
    "-iname",
    "-path",
    "-wholename",
    "-ipath",
    "-regex",
    "-iregex",
    "-type",
    "-xtype",
    "-user",
    "-group",
    "-uid",
    "-gid",
    "-perm",
    "-size",
    "-mtime",
    "-mmin",
    "-atime",
    "-amin",
    "-ctime",
    "-cmin",
    "-newer",
    "-anewer",
    "-cnewer",
    "-inum",
    "-links",
    "-samefile",
    "-fstype",
    "-lname",
    "-ilname",
    "-context",
    "-used",
];
/// Tests that take none.
const BARE: [&str; 7] = [
    "-empty",
    "-nouser",
    "-nogroup",
    "-readable",
    "-writable",
    "-executable",
    "-prune",
];
/// Actions that tell what is found, and are true; with a value each in the second list.
const TELLS: [&str; 3] = ["-print", "-print0", "-ls"];
const TELLS_TO: [&str; 4] = ["-printf", "-fprint", "-fprint0", "-fls"];

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Expression {
    Known(bool),
    /// A test or an action, in its words.
    Words(Vec<String>),
    Not(Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
}
use Expression::{And, Known, Not, Or, Words};

/// Options, wherever they stand.
#[derive(Default)]
struct Options {
    follows: Option<String>,
    is_deep: bool,
    stays: bool,
    least: Option<usize>,
    most: Option<usize>,
}

/// Returns what a call comes to, by its words behind the name. What the directory holds that `is_it` names is taken to be files right in
/// it, with something in them, that were written just now.
pub fn call(words: &[String], is_it: &dyn Fn(&str) -> bool) -> Call {
    let mut reader = Reader {
        words,
        at: 0,
        options: Options::default(),
        depth: 0,
        is_refused: false,
    };
    if words.len() > MOST {
        return Call::Other;
    }
    match reader.call(is_it) {
        _ if reader.is_refused => Call::Looks,
        Some(call) => call,
        None => Call::Other,
    }
}

struct Reader<'w> {
    words: &'w [String],
    at: usize,
    options: Options,
    depth: usize,
    /// Whether find says that it can't be so, and does nothing.
    is_refused: bool,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&str> {
        self.words.get(self.at).map(String::as_str)
    }

    fn next(&mut self) -> Option<String> {
        let word = self.words.get(self.at).cloned();
        self.at += 1;
        word
    }

    fn call(&mut self, is_it: &dyn Fn(&str) -> bool) -> Option<Call> {
        while let Some(word) = self.peek() {
            match word {
                "-P" => self.options.follows = None,
                "-L" | "-H" => self.options.follows = Some(word.to_owned()),
                word if word.starts_with("-O") => {}
                "-D" => self.at += 1,
                _ => break,
            }
            self.at += 1;
        }
        let mut starts = Vec::new();
        while let Some(word) = self.peek() {
            if word.starts_with('-') || ["(", "!", ")", ","].contains(&word) {
                break;
            }
            starts.extend(self.next());
        }
        if matches!(
            self.peek(),
            Some("--help" | "-help" | "--version" | "-version")
        ) {
            return Some(Call::Looks);
        }
        let expression = match self.peek() {
            None => Known(true),
            Some(_) => self.any()?,
        };
        if self.at < self.words.len() {
            return None;
        }
        let is_it = starts.iter().all(|start| is_it(start));
        self.conclude(&starts, expression, is_it && !starts.is_empty())
    }

    fn conclude(&self, starts: &[String], written_: Expression, is_it: bool) -> Option<Call> {
        if has(&written_, "-prune") && has(&written_, "-delete") && !self.options.is_deep {
            return Some(Call::Looks);
        }
        let expression = simple(written_);
        if !acts(&expression) || !of_fresh_file(&expression).0 {
            return Some(Call::Looks);
        }
        // It is over before the next is found.
        if has(&expression, "-quit") {
            let is_over = *first(&expression) == quit() || stops_after_one(&expression);
            return is_over.then_some(Call::Looks);
        }
        let (least, most) = (self.options.least, self.options.most);
        let is_too_deep =
            least.is_some_and(|least| least > 1 || most.is_some_and(|most| most < least));
        if is_it && is_too_deep {
            return Some(Call::Looks);
        }
        let mut words: Vec<String> = self.options.follows.iter().cloned().collect();
        words.extend_from_slice(starts);
        words.extend(self.options.stays.then(|| "-xdev".to_owned()));
        // What `-delete` implies need not be said.
        let is_deep = self.options.is_deep && !has(&expression, "-delete");
        words.extend(is_deep.then(|| "-depth".to_owned()));
        for (name, value) in [("-mindepth", least), ("-maxdepth", most)] {
            if let Some(value) = value.filter(|value| (name, *value) != ("-mindepth", 0)) {
                words.extend([name.to_owned(), value.to_string()]);
            }
        }
        written(&expression, 0, &mut words);
        Some(Call::Plain(words))
    }

    fn any(&mut self) -> Option<Expression> {
        self.depth += 1;
        if self.depth > 40 {
            return None;
        }
        let mut left = self.all()?;
        while matches!(self.peek(), Some("-o" | "-or")) {
            self.at += 1;
            left = Or(Box::new(left), Box::new(self.all()?));
        }
        self.depth -= 1;
        Some(left)
    }

    fn all(&mut self) -> Option<Expression> {
        let mut left = self.one()?;
        loop {
            match self.peek() {
                None | Some("-o" | "-or" | ")" | ",") => return Some(left),
                Some("-a" | "-and") => self.at += 1,
                _ => {}
            }
            left = And(Box::new(left), Box::new(self.one()?));
        }
    }

    fn one(&mut self) -> Option<Expression> {
        let word = self.next()?;
        if self.option(&word)? {
            return Some(Known(true));
        }
        Some(match word.as_str() {
            "(" => {
                let inner = self.any()?;
                (self.next()? == ")").then_some(inner)?
            }
            "!" | "-not" => {
                self.depth += 1;
                let inner = (self.depth < 40).then(|| self.one())??;
                self.depth -= 1;
                Not(Box::new(inner))
            }
            "-true" => Known(true),
            "-false" => Known(false),
            "-delete" | "-quit" => Words(vec![word]),
            "-exec" | "-execdir" | "-ok" | "-okdir" => self.command(word)?,
            test if TELLS.contains(&test) || BARE.contains(&test) => Words(vec![word]),
            test if TELLS_TO.contains(&test)
                || TESTS.contains(&test)
                || test.starts_with("-newer") =>
            {
                let value = self.next()?;
                Words(vec![word, value])
            }
            "-fprintf" => Words(vec![word, self.next()?, self.next()?]),
            other => {
                // A folder that stands behind the first test, and what no test is called.
                let is_none = !other.starts_with('-') || other.contains(' ');
                self.is_refused |= is_none && !other.contains(['\0', ',', '%']);
                return None;
            }
        })
    }

    /// Notes an option, if a word is one: it counts wherever it stands, and is true.
    fn option(&mut self, word: &str) -> Option<bool> {
        match word {
            "-depth" | "-d" => self.options.is_deep = true,
            "-xdev" | "-mount" => self.options.stays = true,
            "-follow" => self.options.follows = Some("-L".to_owned()),
            "-mindepth" | "-maxdepth" => {
                let value = self.next().unwrap_or_default();
                let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
                let Some(number) = value.parse().ok().filter(|_| is_number) else {
                    self.is_refused |= !value.contains('\0');
                    return None;
                };
                if word == "-mindepth" {
                    self.options.least = Some(number);
                } else {
                    self.options.most = Some(number);
                }
            }
            "-noleaf" | "-daystart" | "-nowarn" | "-warn" => {}
            "-ignore_readdir_race" | "-noignore_readdir_race" => {}
            "-regextype" => self.at += 1,
            _ => return Some(false),
        }
        Some(true)
    }

    /// A command that is run for what is found.
    fn command(&mut self, word: String) -> Option<Expression> {
        let mut words = vec![word];
        loop {
            let Some(word) = self.next() else {
                self.is_refused = true;
                return None;
            };
            let is_end =
                word == ";" || (word == "+" && words.last().is_some_and(|last| last == "{}"));
            words.push(word);
            if is_end {
                return Some(Words(words));
            }
        }
    }
}

/// What is asked first.
fn first(expression: &Expression) -> &Expression {
    match expression {
        And(left, _) | Or(left, _) => first(left),
        other => other,
    }
}

fn quit() -> Expression {
    Words(vec!["-quit".to_owned()])
}

/// Whether something is done to the first that is found, and no more is looked for.
fn stops_after_one(expression: &Expression) -> bool {
    match expression {
        And(left, right) => {
            **right == quit() && matches!(&**left, Words(words) if words[0] == "-delete")
                || stops_after_one(left)
        }
        _ => false,
    }
}

fn has(expression: &Expression, word: &str) -> bool {
    match expression {
        Known(_) => false,
        Words(words) => words[0] == word,
        Not(inner) => has(inner, word),
        And(left, right) | Or(left, right) => has(left, word) || has(right, word),
    }
}

/// Whether anything is done, beyond telling.
fn acts(expression: &Expression) -> bool {
    ["-delete", "-exec", "-execdir", "-ok", "-okdir"]
        .iter()
        .any(|action| has(expression, action))
}

/// What is known of a test for a file that was just written, with something in it.
fn known(words: &[String]) -> Option<bool> {
    match (words[0].as_str(), words.get(1).map_or("", String::as_str)) {
        ("-name" | "-path" | "-wholename", "*") => Some(true),
        ("-printf", _) => Some(true),
        (tells, _) if TELLS.contains(&tells) => Some(true),
        // A file that is written to is another matter.
        (tells, "/dev/null") if TELLS_TO.contains(&tells) => Some(true),
        _ => None,
    }
}

/// Decides what is always, or never, true.
fn simple(expression: Expression) -> Expression {
    match expression {
        Known(_) => expression,
        Words(ref words) => known(words).map_or(expression, Known),
        Not(inner) => match simple(*inner) {
            Known(known) => Known(!known),
            Not(inner) => *inner,
            inner => Not(Box::new(inner)),
        },
        And(left, right) => match (simple(*left), simple(*right)) {
            (Known(false), _) => Known(false),
            (Known(true), other) | (other, Known(true)) => other,
            (left, right) => And(Box::new(left), Box::new(right)),
        },
        Or(left, right) => match (simple(*left), simple(*right)) {
            (Known(true), _) => Known(true),
            (Known(false), other) | (other, Known(false)) => other,
            (left, right) if left == negated(&right) && !acts(&left) => Known(true),
            (left, right) => Or(Box::new(left), Box::new(right)),
        },
    }
}

fn negated(expression: &Expression) -> Expression {
    match expression {
        Not(inner) => (**inner).clone(),
        other => Not(Box::new(other.clone())),
    }
}

/// Whether anything is done to a file that was just written, with something in it, and what the expression says of it: `None` where
/// that is not known.
fn of_fresh_file(expression: &Expression) -> (bool, Option<bool>) {
    let (left, right, ends) = match expression {
        Known(known) => return (false, Some(*known)),
        Words(words) => return test(words),
        Not(inner) => {
            let (acts, says) = of_fresh_file(inner);
            return (acts, says.map(|says| !says));
        }
        And(left, right) => (left, right, Some(false)),
        Or(left, right) => (left, right, Some(true)),
    };
    let (acts, says) = of_fresh_file(left);
    if says == ends {
        return (acts, says);
    }
    let (more, then) = of_fresh_file(right);
    let says = if then == ends { then } else { says.and(then) };
    (acts || more, says)
}

fn test(words: &[String]) -> (bool, Option<bool>) {
    let value = words.get(1).map_or("", String::as_str);
    let is_more = value
        .strip_prefix('+')
        .is_some_and(|n| n.parse::<u32>().is_ok());
    match words[0].as_str() {
        "-delete" | "-exec" | "-execdir" => (true, None),
        // Nobody answers a scriptlet.
        "-ok" | "-okdir" | "-empty" => (false, Some(false)),
        "-type" => (false, Some(value.split(',').any(|kind| kind == "f"))),
        "-mtime" | "-mmin" | "-ctime" | "-cmin" | "-atime" | "-amin" if is_more => {
            (false, Some(false))
        }
        _ => (false, None),
    }
}

/// Writes an expression; `around`: how strongly what is around it binds.
fn written(expression: &Expression, around: usize, words: &mut Vec<String>) {
    let strength = match expression {
        Or(..) => 1,
        And(..) => 2,
        _ => 3,
    };
    let is_bracketed = strength < around;
    words.extend(is_bracketed.then(|| "(".to_owned()));
    match expression {
        Known(known) => words.push(format!("-{known}")),
        Words(own) => words.extend(own.iter().cloned()),
        Not(inner) => {
            words.push("!".to_owned());
            written(inner, 3, words);
        }
        And(left, right) => {
            written(left, 2, words);
            written(right, 3, words);
        }
        Or(left, right) => {
            written(left, 1, words);
            words.push("-o".to_owned());
            written(right, 2, words);
        }
    }
    words.extend(is_bracketed.then(|| ")".to_owned()));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a call comes to; nothing where it only looks, `?` where it is not known.
    fn told(words: &str) -> String {
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        match call(&words, &|path| path == "d") {
            Call::Looks => String::new(),
            Call::Plain(words) => words.join(" "),
            Call::Other => "?".to_owned(),
        }
    }

    #[test]
    fn what_means_the_same_becomes_the_same_text() {
        let plain = "d -mindepth 1 -delete";
        for words in [
            plain,
            "-P d -delete -mindepth 01",
            "d -depth -mindepth 1 -a -true -print -delete",
            "-O3 -D tree d -noleaf -regextype awk -mindepth 1 ( -delete )",
            "d -mindepth 1 ( -print -o -true ) -delete -ls",
            "d -mindepth 1 ! -false -name * -delete",
            "d -mindepth 1 ( -type d -o ! -type d ) -not ( -false ) -delete",
            "d -mindepth 1 -printf %p -false -o -delete",
        ] {
            assert_eq!(told(words), plain, "{words}");
        }
        for (words, expected) in [
            ("-P -L d -mindepth 1 -delete", "-L d -mindepth 1 -delete"),
            ("d -follow -delete", "-L d -delete"),
            ("d e -mount -delete", "d e -xdev -delete"),
            ("d -mindepth 0 -delete", "d -delete"),
            (
                "d -mindepth 1 -name *.x -delete",
                "d -mindepth 1 -name *.x -delete",
            ),
            (
                "d ( -type f -o -name x ) -delete",
                "d ( -type f -o -name x ) -delete",
            ),
            ("e -mindepth 2 -delete", "e -mindepth 2 -delete"),
            (
                "d -maxdepth 1 -mindepth 1 -execdir rm -rf {} +",
                "d -mindepth 1 -maxdepth 1 -execdir rm -rf {} +",
            ),
            ("d -mindepth 1 -remove", "?"),
            ("d -mindepth 1 , -delete", "?"),
            (
                "d -mindepth 1 -fprint /dev/null -delete",
                "d -mindepth 1 -delete",
            ),
            ("d -fprint /e -delete", "d -fprint /e -delete"),
            ("d -mindepth \0$x -delete", "?"),
        ] {
            assert_eq!(told(words), expected, "{words}");
        }
    }

    #[test]
    fn what_leaves_a_file_that_was_just_written_only_looks() {
        for words in [
            "d",
            "d -mindepth 1 -print",
            "d -false -delete",
            "d -true -o -delete",
            "d -print -o -delete",
            "d -mindepth 1 -type f -o -type l -delete",
            "d -mindepth 1 -type d -delete",
            "d -mindepth 1 -empty -delete",
            "d -mindepth 1 -mtime +30 -delete",
            "d -mindepth 2 -delete",
            "d -mindepth 1 -maxdepth 0 -delete",
            "d -mindepth 1 -quit -delete",
            "d -mindepth 1 -delete -quit",
            "d -mindepth 1 -prune -delete",
            "d -mindepth -delete",
            "d -mindepth +1 -delete",
            "d -mindepth 1 || -delete",
            "d -mindepth 1 -ok rm {} ;",
            "--help d -delete",
            "d -mindepth 1 -execdir rm -rf {}",
        ] {
            assert_eq!(told(words), "", "{words}");
        }
    }
}
