//! Wrong and right fixes of the comparison, generated from the function that a tree has: every operator in every place.

use super::Mutant;

const NOW: &str = "virGetSelfLastChanged()";
const RELATIONS: [&str; 6] = ["<", "<=", ">", ">=", "==", "!="];

/// The decision as a tree has it: `if (ATOM || ATOM) { STATEMENTS }`.
struct Shape {
    head: String,
    atoms: Vec<(String, String, String)>,
    statements: Vec<String>,
    tail: String,
}

/// An operand, an operator, an operand.
type Atom = (String, String, String);

impl Shape {
    /// Finds it by the one condition that asks for the daemon's own time.
    fn find(text: &str) -> Self {
        let at = text
            .match_indices(NOW)
            .map(|(at, _)| at)
            .find_map(|at| {
                let start = text[..at].rfind("if (")?;
                let end = start + text[start..].find(") {\n")?;
                let inside = &text[start + 4..end];
                (start < at && at < end && !inside.contains(';')).then_some((start, end))
            })
            .expect("a condition with the daemon's own time");
        let (start, end) = at;
        let atoms = text[start + 4..end].split("||").map(atom).collect();
        let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let indent = &text[line..start];
        let close = format!("\n{indent}}}\n");
        let body = end + 4;
        let stop = body + text[body..].find(&close).unwrap() + 1;
        Shape {
            head: text[..line].to_owned(),
            atoms,
            statements: statements(&text[body..stop]),
            tail: text[stop + close.len() - 1..].to_owned(),
        }
    }

    /// The atom that is mended, and how it has to be.
    fn mended(&self) -> Vec<Atom> {
        let atoms = self.atoms.iter().cloned();
        atoms
            .map(
                |(left, relation, right)| match [&left, &right].iter().any(|side| *side == NOW) {
                    true => (left, "!=".to_owned(), right),
                    false => (left, relation, right),
                },
            )
            .collect()
    }

    fn with(&self, condition: &str) -> String {
        self.of(&format!(
            "    if ({condition}) {{\n{}    }}\n",
            self.statements.concat()
        ))
    }

    fn of(&self, decision: &str) -> String {
        format!("{}{decision}{}", self.head, self.tail)
    }
}

fn atom(text: &str) -> Atom {
    let relation = RELATIONS
        .iter()
        .filter(|relation| relation.len() == 2)
        .chain(RELATIONS.iter().filter(|relation| relation.len() == 1))
        .find(|relation| text.replace("->", "  ").contains(**relation))
        .unwrap();
    let at = text.replace("->", "  ").find(relation).unwrap();
    let side = |side: &str| side.trim().to_owned();
    (
        side(&text[..at]),
        (*relation).to_owned(),
        side(&text[at + relation.len()..]),
    )
}

fn statements(body: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for line in body.split_inclusive('\n') {
        all.last_mut().unwrap().push_str(line);
        if line.trim_end().ends_with(';') {
            all.push(String::new());
        }
    }
    all.retain(|statement| !statement.trim().is_empty());
    all
}

fn shown((left, relation, right): &Atom) -> String {
    format!("{left} {relation} {right}")
}

fn joined(atoms: &[Atom], by: &str) -> String {
    atoms
        .iter()
        .map(shown)
        .collect::<Vec<_>>()
        .join(&format!(" {by}\n        "))
}

/// The wrong fixes of a file.
pub(super) fn wrong(path: &str, text: &str) -> Vec<Mutant> {
    let shape = Shape::find(text);
    let mut all = Vec::new();
    let mut put = |kind: &'static str, name: String, text: String| {
        all.push(Mutant {
            kind,
            name,
            path: path.to_owned(),
            text,
        });
    };
    relations(&shape, &mut put);
    logic(&shape, &mut put);
    operands(&shape, &mut put);
    effects(&shape, &mut put);
    dead(&shape, &mut put);
    broken(&shape, &mut put);
    warned(&shape, &mut put);
    all.retain(|mutant| mutant.text != text);
    all
}

type Put<'p> = dyn FnMut(&'static str, String, String) + 'p;

fn relations(shape: &Shape, put: &mut Put) {
    let mended = shape.mended();
    for at in 0..mended.len() {
        for relation in RELATIONS {
            let mut atoms = mended.clone();
            relation.clone_into(&mut atoms[at].1);
            if atoms != mended {
                put(
                    "relation",
                    shown(&atoms[at]),
                    shape.with(&joined(&atoms, "||")),
                );
            }
        }
    }
}

fn logic(shape: &Shape, put: &mut Put) {
    let mended = shape.mended();
    let whole = joined(&mended, "||");
    for by in ["&&", "^", "=="] {
        let atoms: Vec<String> = mended
            .iter()
            .map(|atom| format!("({})", shown(atom)))
            .collect();
        put(
            "logic",
            format!("joined by {by}"),
            shape.with(&atoms.join(&format!(" {by} "))),
        );
    }
    put(
        "logic",
        "the whole negated".into(),
        shape.with(&format!("!({whole})")),
    );
    for value in ["0", "1"] {
        put("logic", format!("always {value}"), shape.with(value));
        put(
            "logic",
            format!("{value} || the whole"),
            shape.with(&format!("({value} && ({whole})) || {value}")),
        );
    }
    for at in 0..mended.len() {
        let place = |text: String| -> String {
            let atoms = mended.iter().enumerate();
            let atoms: Vec<String> = atoms
                .map(|(other, atom)| {
                    if other == at {
                        text.clone()
                    } else {
                        shown(atom)
                    }
                })
                .collect();
            atoms.join(" ||\n        ")
        };
        let own = shown(&mended[at]);
        let mut rest = mended.clone();
        rest.remove(at);
        put(
            "logic",
            format!("without {own}"),
            shape.with(&joined(&rest, "||")),
        );
        for text in [
            format!("!({own})"),
            "0".to_owned(),
            "1".to_owned(),
            format!("(0 && {own})"),
            format!("({own} && {})", mended[at].0),
            format!("(!{} && {own})", mended[at].0),
            format!("({} > 0 && {own})", mended[at].2),
        ] {
            put("logic", text.clone(), shape.with(&place(text)));
        }
    }
}

fn operands(shape: &Shape, put: &mut Put) {
    let mended = shape.mended();
    let mut pool: Vec<String> = mended
        .iter()
        .flat_map(|atom| [atom.0.clone(), atom.2.clone()])
        .collect();
    pool.extend(["0", "1", "-1", "time(NULL)"].map(str::to_owned));
    for at in 0..mended.len() {
        for side in 0..2 {
            let own = if side == 0 {
                &mended[at].0
            } else {
                &mended[at].2
            };
            let others = pool.iter().filter(|other| *other != own).cloned();
            let changed = [
                format!("({own} + 1)"),
                format!("({own} - 1)"),
                format!("({own} * 2)"),
                format!("({own} / 2)"),
                format!("({own} & ~1)"),
                format!("-{own}"),
                format!("~{own}"),
                format!("!{own}"),
                format!("!!{own}"),
                format!("(int) {own}"),
                format!("(short) {own}"),
                format!("(unsigned char) {own}"),
            ];
            for operand in others.chain(changed) {
                let mut atoms = mended.clone();
                if side == 0 {
                    atoms[at].0 = operand;
                } else {
                    atoms[at].2 = operand;
                }
                put(
                    "operand",
                    shown(&atoms[at]),
                    shape.with(&joined(&atoms, "||")),
                );
            }
        }
        for cast in ["int", "short", "bool"] {
            let mut atoms = mended.clone();
            atoms[at].0 = format!("({cast}) {}", mended[at].0);
            atoms[at].2 = format!("({cast}) {}", mended[at].2);
            put(
                "operand",
                shown(&atoms[at]),
                shape.with(&joined(&atoms, "||")),
            );
        }
    }
}

fn effects(shape: &Shape, put: &mut Put) {
    let whole = joined(&shape.mended(), "||");
    let mut with = |name: String, statements: &[String]| {
        let decision = format!("    if ({whole}) {{\n{}    }}\n", statements.concat());
        put("effect", name, shape.of(&decision));
    };
    for (at, statement) in shape.statements.iter().enumerate() {
        let code = statement.trim();
        // A word in the log is no effect.
        if code.starts_with("VIR_DEBUG") {
            continue;
        }
        let mut less = shape.statements.clone();
        less.remove(at);
        with(format!("without `{code}`"), &less);
        let mut never = shape.statements.clone();
        never[at] = format!("        if (false)\n    {statement}");
        with(format!("never `{code}`"), &never);
        let mut last = less;
        last.push(statement.clone());
        if at + 1 < shape.statements.len() {
            with(format!("`{code}` behind the rest"), &last);
        }
        if let Some(left) = code.strip_suffix("= 0;") {
            for value in ["1", "-1"] {
                let mut other = shape.statements.clone();
                other[at] = statement.replace("= 0;", &format!("= {value};"));
                with(format!("{left}= {value}"), &other);
            }
        }
        if let Some((_, rest)) = code.split_once("unlink(") {
            let file = rest.split(')').next().unwrap();
            for other in ["qemuCaps->binary", "\"\"", "NULL"] {
                let mut statements = shape.statements.clone();
                statements[at] =
                    statement.replace(&format!("unlink({file})"), &format!("unlink({other})"));
                with(format!("unlink({other})"), &statements);
            }
        }
    }
    with("nothing".to_owned(), &[]);
    let log: Vec<String> = shape.statements.first().cloned().into_iter().collect();
    with("a word in the log alone".to_owned(), &log);
}

fn dead(shape: &Shape, put: &mut Put) {
    let (was, whole) = (joined(&shape.atoms, "||"), joined(&shape.mended(), "||"));
    let block = |condition: &str| {
        format!(
            "    if ({condition}) {{\n{}    }}\n",
            shape.statements.concat()
        )
    };
    let (old, new) = (block(&was), block(&whole));
    let mut with = |name: &str, decision: String| put("dead", name.to_owned(), shape.of(&decision));
    with("#if 0", format!("#if 0\n{new}#else\n{old}#endif\n"));
    with("#if 0 before it", format!("#if 0\n{new}#endif\n{old}"));
    with(
        "#ifdef of nothing",
        format!("#ifdef PATCHWRIGHT_NOTHING\n{new}#else\n{old}#endif\n"),
    );
    with("nothing but #if 0", format!("#if 0\n{new}#endif\n"));
    with("if (0)", format!("    if (0) {{\n{new}    }}\n{old}"));
    with("if (false &&)", block(&format!("false && ({whole})")));
    with("while (0)", format!("    while (0) {{\n{new}    }}\n{old}"));
    with(
        "behind the old one",
        format!("{old}    if (false) {{\n{new}    }}\n"),
    );
    with("a comment", format!("    /* {whole} */\n{old}"));
    with(
        "a string",
        format!(
            "    VIR_DEBUG(\"%s\", \"{}\");\n{old}",
            whole.replace("\n        ", " ")
        ),
    );
    with(
        "a value that nothing uses",
        format!("    bool differs = {whole};\n\n    ignore_value(differs);\n{old}"),
    );
    with(
        "the old one first",
        format!("    if (!({was}))\n        goto cleanup;\n{new}"),
    );
    let unused = format!(
        "static bool patchwrightUnused(time_t selfctime) __attribute__((unused));\nstatic bool\n\
         patchwrightUnused(time_t selfctime)\n{{\n    return selfctime != {NOW};\n}}\n\n\n"
    );
    let function = shape.head.rfind("\n\n\n").map_or(0, |at| at + 3);
    let (above, below) = shape.head.split_at(function);
    put(
        "dead",
        "a function that nothing calls".into(),
        format!("{above}{unused}{below}{old}{}", shape.tail),
    );
}

fn broken(shape: &Shape, put: &mut Put) {
    let mended = shape.mended();
    let whole = joined(&mended, "||");
    let effects = shape.statements.concat();
    let right = format!("    if ({whole}) {{\n{effects}    }}\n");
    let mut with = |name: String, decision: String| put("broken", name, shape.of(&decision));
    for (at, atom) in mended.iter().enumerate() {
        for (operand, name) in [(&atom.0, 0), (&atom.2, 2)] {
            let base = operand.trim_end_matches("()");
            let misspelt = operand.replace(base, &format!("{base}x"));
            with(
                format!("misspelt {misspelt} in {at}.{name}"),
                right.replacen(operand.as_str(), &misspelt, 1),
            );
            with(
                format!("&{operand} in {at}.{name}"),
                right.replacen(operand.as_str(), &format!("&{operand}"), 1),
            );
        }
        let relation = format!(" {} {}", atom.1, atom.2);
        for wrong in ["=", "!==", "<>", "=!!", ""] {
            with(
                format!("{} {wrong} {}", atom.0, atom.2),
                right.replacen(&relation, &format!(" {wrong} {}", atom.2), 1),
            );
        }
    }
    with("no bracket".into(), right.replacen(") {", " {", 1));
    with("no opening brace".into(), right.replacen(") {", ")", 1));
    with(
        "no closing brace".into(),
        right.trim_end().trim_end_matches('}').to_owned(),
    );
    with("a brace too many".into(), format!("{right}    }}\n"));
    for statement in &shape.statements {
        let code = statement.trim();
        with(
            format!("no semicolon behind `{code}`"),
            right.replacen(
                statement.as_str(),
                &format!("{}\n", statement.trim_end().trim_end_matches(';')),
                1,
            ),
        );
    }
}

/// What brings a new warning, or names what is not there.
fn warned(shape: &Shape, put: &mut Put) {
    let whole = joined(&shape.mended(), "||");
    let effects = shape.statements.concat();
    let right = format!("    if ({whole}) {{\n{effects}    }}\n");
    let mut with = |name: String, decision: String| put("broken", name, shape.of(&decision));
    let first = |text: &str| format!("    if ({whole}) {{\n{text}{effects}    }}\n");
    with("an unused variable".into(), first("        int unused;\n"));
    with(
        "a function that is not declared".into(),
        first("        patchwrightNothing();\n"),
    );
    with(
        "a pointer made of a number".into(),
        first("        const char *text = 5;\n        ignore_value(text);\n"),
    );
    with(
        "a value that is not used".into(),
        first("        selfctime;\n"),
    );
    with(
        "a label that nothing goes to".into(),
        format!(" nowhere:\n{right}"),
    );
    with(
        "a label that is not there".into(),
        right.replacen("goto cleanup", "goto nowhere", 1),
    );
    with(
        "an empty body".into(),
        right.replacen(") {", ");\n    {", 1),
    );
    with(
        "an assignment".into(),
        right.replacen("if (", "if ((selfctime = 1) || ", 1),
    );
    with(
        "what a merge leaves".into(),
        format!("<<<<<<< HEAD\n{right}=======\n{right}>>>>>>> fix\n"),
    );
}

fn turned(atoms: &[Atom]) -> Vec<Atom> {
    atoms
        .iter()
        .map(|(left, relation, right)| (right.clone(), relation.clone(), left.clone()))
        .collect()
}

/// Right fixes in other forms.
pub(super) fn right(path: &str, text: &str) -> Vec<Mutant> {
    let shape = Shape::find(text);
    let mended = shape.mended();
    let effects = shape.statements.concat();
    let quiet: String = shape
        .statements
        .iter()
        .filter(|line| !line.trim().starts_with("VIR_DEBUG"))
        .cloned()
        .collect();
    let turned = turned(&mended);
    let mut backwards = mended.clone();
    backwards.reverse();
    let equal: Vec<String> = mended
        .iter()
        .map(|(left, _, right)| format!("{left} == {right}"))
        .collect();
    let negated: Vec<String> = equal.iter().map(|atom| format!("!({atom})")).collect();
    let unequal: Vec<String> = mended
        .iter()
        .map(|(left, _, right)| format!("{left} < {right} || {left} > {right}"))
        .collect();
    let blocks: String = mended
        .iter()
        .map(|atom| format!("    if ({}) {{\n{effects}    }}\n", shown(atom)))
        .collect();
    let variable = format!(
        "    bool differs = {};\n\n    if (differs) {{\n{effects}    }}\n",
        joined(&mended, "||")
    );
    let log_less = format!("    if ({}) {{\n{quiet}    }}\n", joined(&mended, "||"));
    let forms = [
        ("the plain one", shape.with(&joined(&mended, "||"))),
        ("sides turned", shape.with(&joined(&turned, "||"))),
        ("the other order", shape.with(&joined(&backwards, "||"))),
        ("negated equalities", shape.with(&negated.join(" || "))),
        (
            "one negation around all",
            shape.with(&format!("!({})", equal.join(" && "))),
        ),
        ("less or greater", shape.with(&unequal.join(" || "))),
        ("a condition for each", shape.of(&blocks)),
        ("a variable", shape.of(&variable)),
        ("not a word in the log", shape.of(&log_less)),
        (
            "a choice",
            shape.with(&format!("({}) ? false : true", equal.join(" && "))),
        ),
    ];
    let forms = forms.into_iter().filter(|(_, made)| made != text);
    forms
        .map(|(name, text)| Mutant {
            kind: "right",
            name: name.to_owned(),
            path: path.to_owned(),
            text,
        })
        .collect()
}
