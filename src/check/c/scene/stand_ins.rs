//! What stands in for what functions use and nobody defines: constants, types, functions, values, the function that reads the cache.

use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};

use crate::check::c::Kit;
use crate::check::c::token::{self, Token, tokens};
use crate::series::harness::Shape;
use crate::syntax::c::{Function, Parameter, words};

use super::pieces::called;
use super::types::{Use, first_type, stem};
use super::{Assignment, Reader, Scanned, Struct, Stub, Type, verbatim};

pub(super) struct Deriver<'d> {
    pub(super) kit: &'d Kit,
    pub(super) scanned: &'d Scanned,
    pub(super) base: &'d Scanned,
    pub(super) bodies: &'d [&'d str],
    pub(super) structs: &'d [Struct],
}

impl Deriver<'_> {
    /// Returns whether the base gives `word` a use as code.
    fn in_base(&self, word: &str) -> bool {
        self.base.file.mentions(word)
    }

    fn called_in_base(&self, name: &str) -> bool {
        let code = &self.base.file.code;
        words(code, name).any(|at| code[at + name.len()..].trim_start().starts_with('('))
    }

    pub(super) fn constants(&self, own: &BTreeSet<&str>) -> Vec<String> {
        let mut found = BTreeSet::new();
        for body in self.bodies {
            let tokens = tokens(body);
            for (at, token) in tokens.iter().enumerate() {
                let Some(word) = token.word() else { continue };
                let called = tokens.get(at + 1) == Some(&Token::Sign(b'('));
                if token::is_constant(word)
                    && !called
                    && !own.contains(word)
                    && !self.kit.knows(word)
                    && self.in_base(word)
                {
                    found.insert(word.to_owned());
                }
            }
        }
        found.into_iter().collect()
    }

    pub(super) fn types(&self, uses: &BTreeMap<String, Use>, own: &BTreeSet<&str>) -> Vec<Type> {
        let from_file = |name: &str| {
            self.structs
                .iter()
                .any(|s| s.name == stem(name) || s.tag == name)
        };
        let mut found = Vec::new();
        for (name, used) in uses {
            if self.kit.knows(name)
                || own.contains(name.as_str())
                || from_file(name)
                || !self.in_base(name)
            {
                continue;
            }
            let of = match used {
                _ if name.ends_with("Ptr") => "void *".to_owned(),
                Use::Pointer => format!("struct {name} "),
                Use::Value => "int ".to_owned(),
            };
            found.push(Type {
                name: name.clone(),
                of,
            });
        }
        found
    }

    pub(super) fn stubs(&self, own: &BTreeSet<&str>) -> Vec<Stub> {
        let mut names = BTreeSet::new();
        for body in self.bodies {
            names.extend(called(body));
        }
        names
            .into_iter()
            .filter(|name| {
                !own.contains(name) && !self.kit.knows(name) && self.called_in_base(name)
            })
            .map(|name| self.stub(name))
            .collect()
    }

    fn stub(&self, name: &str) -> Stub {
        let (returns, value) = if self.gives_pointer(name) {
            ("void *", "world_blob")
        } else if self.kit.gives_text.is_match(name) {
            ("char *", "world_text")
        } else {
            ("int ", "(int) world.otherwise")
        };
        Stub {
            name: name.to_owned(),
            returns,
            value,
        }
    }

    /// Tells by the function's own definition, else by what its value is assigned to.
    fn gives_pointer(&self, name: &str) -> bool {
        if let Some(function) = self.scanned.function(name) {
            return function.returns.contains('*') || function.returns.ends_with("Ptr");
        }
        self.bodies.iter().any(|body| {
            words(body, name).any(|at| {
                let before = body[..at].trim_end();
                let Some(left) = before.strip_suffix('=') else {
                    return false;
                };
                if left.ends_with(['=', '!', '<', '>']) {
                    return false;
                }
                token::words(left)
                    .last()
                    .is_some_and(|place| self.is_pointer(left, place, body))
            })
        })
    }

    fn is_pointer(&self, left: &str, place: &str, body: &str) -> bool {
        if left
            .trim_end()
            .strip_suffix(place)
            .is_some_and(|owner| owner.ends_with("->"))
        {
            let members = self.structs.iter().flat_map(|s| &s.members);
            return members
                .filter(|member| member.names.iter().any(|name| name == place))
                .any(|member| member.text.contains('*') || member.text.contains("Ptr "));
        }
        let declaration = format!(r"(?:\*\s*|Ptr\s+|g_auto\w*\s*\([^()]*\)\s*){place}\b");
        Regex::new(&declaration).is_ok_and(|re| re.is_match(body))
    }

    pub(super) fn setup(&self, shape: &Shape) -> Vec<Assignment> {
        let mut found = Vec::new();
        for s in self.structs {
            for name in s.members.iter().flat_map(|member| &member.names) {
                if let Some(value) = self
                    .kit
                    .rules
                    .role(name)
                    .and_then(|role| shape.given.get(role))
                {
                    found.push(Assignment {
                        place: format!("the_{}.{name}", s.name),
                        value: value.clone(),
                    });
                }
            }
        }
        found
    }

    pub(super) fn argument(&self, param: &Parameter, function: &Function, shape: &Shape) -> String {
        let Some(type_word) = first_type(&param.text) else {
            return "0".to_owned();
        };
        let is_pointer = param.text.contains('*') || type_word.ends_with("Ptr");
        if let Some(s) = self.struct_named(type_word) {
            return format!("&the_{}", s.name);
        }
        if type_word == "void" && is_pointer {
            let stood_for = self.stood_for(param, self.scanned.code(function.body));
            return stood_for
                .map_or_else(|| "world_blob".to_owned(), |s| format!("&the_{}", s.name));
        }
        let given = self
            .kit
            .rules
            .role(&param.name)
            .and_then(|role| shape.given.get(role));
        match given {
            Some(value) if !is_pointer => value.clone(),
            _ if type_word == "char" && is_pointer => "world_file".to_owned(),
            _ if is_pointer => "(void *) world_blob".to_owned(),
            _ => "0".to_owned(),
        }
    }

    /// Returns the structure that a `void *` parameter stands for: the one whose pointer it initialises.
    fn stood_for(&self, param: &Parameter, body: &str) -> Option<&Struct> {
        let declaration = format!(
            r"(\w+)\s*\*?\s*\w+\s*=\s*(?:\([^()]*\)\s*)?{}\s*;",
            param.name
        );
        let found = Regex::new(&declaration).ok()?;
        let type_word = found.captures(body)?.get(1)?.as_str();
        self.struct_named(type_word)
    }

    fn struct_named(&self, type_word: &str) -> Option<&Struct> {
        self.structs
            .iter()
            .find(|s| s.name == stem(type_word) || s.tag == type_word)
    }

    pub(super) fn reader(&self, reader: &Function, filled: &[String], shape: &Shape) -> Reader {
        let mut assignments = Vec::new();
        let read = |name: &str| {
            self.kit
                .rules
                .role(name)
                .and_then(|role| shape.read.get(role))
        };
        for param in &reader.params {
            if let Some(value) = read(&param.name).filter(|_| param.text.contains('*')) {
                assignments.push(Assignment {
                    place: format!("*{}", param.name),
                    value: value.clone(),
                });
            }
        }
        for (param, field) in reader
            .params
            .iter()
            .flat_map(|p| filled.iter().map(move |f| (p, f)))
        {
            let holder = first_type(&param.text).and_then(|word| self.struct_named(word));
            let holds = holder.is_some_and(|s| s.members.iter().any(|m| m.names.contains(field)));
            if let Some(value) = read(field).filter(|_| holds) {
                assignments.push(Assignment {
                    place: format!("{}->{field}", param.name),
                    value: value.clone(),
                });
            }
        }
        let truth = reader.returns.split(' ').any(|word| word == "bool");
        Reader {
            head: verbatim(&self.scanned.file, reader).head,
            failed: if truth { "false" } else { "-1" },
            succeeded: if truth { "true" } else { "0" },
            assignments,
        }
    }
}

/// Returns the fields with a role that the reader fills.
pub(super) fn filled_fields(
    kit: &Kit,
    scanned: &Scanned,
    reader: &Function,
    shape: &Shape,
) -> Vec<String> {
    let body = scanned.code(reader.body);
    let names: BTreeSet<&str> = kit
        .assigned
        .captures_iter(body)
        .filter_map(|c| Some(c.get(1)?.as_str()))
        .collect();
    let read = |name: &&str| {
        kit.rules
            .role(name)
            .is_some_and(|role| shape.read.contains_key(role))
    };
    names.into_iter().filter(read).map(str::to_owned).collect()
}

/// Returns the entries of the cache that the functions name, with what they hold; those without a role are left out.
pub(super) fn entries(kit: &Kit, texts: &[&str], shape: &Shape) -> Vec<Assignment> {
    let names = texts.iter().flat_map(|text| {
        kit.rules
            .entries
            .captures_iter(text)
            .filter_map(|c| Some(c.get(1)?.as_str()))
    });
    let names: BTreeSet<&str> = names.collect();
    let held = names.into_iter().filter_map(|name| {
        Some(Assignment {
            place: name.to_owned(),
            value: shape.read.get(kit.rules.role(name)?)?.clone(),
        })
    });
    held.collect()
}
