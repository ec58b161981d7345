//! What `harness.toml` of a patch tells of functions, its patterns compiled: the shape of a function, and the role of a name. Looks at no
//! tree.

use regex::Regex;

use super::harness::{Manifest, Shape};
use crate::syntax::c::Function;
use crate::text::Source;

/// The rules of a patch's functions.
#[derive(Debug)]
pub struct Rules {
    /// The manifest's text, for problems that show its places.
    pub source: Source,
    /// What the author wrote.
    pub manifest: Manifest,
    /// Told by its body: a function that reads the cache.
    pub reads_cache: Regex,
    /// Told by its text: where an entry of the cache is named; the group is its name.
    pub entries: Regex,
    roles: Vec<(String, Regex)>,
    shapes: Vec<ShapeRule>,
}

#[derive(Debug)]
struct ShapeRule {
    name: Option<Regex>,
    body: Option<Regex>,
    result: Option<Regex>,
}

impl Rules {
    /// Compiles what a manifest says.
    ///
    /// # Errors
    /// A pattern that is no regular expression.
    pub fn new(source: Source, manifest: Manifest) -> Result<Self, regex::Error> {
        let roles = manifest.roles.iter();
        let roles = roles
            .map(|(role, pattern)| Ok((role.clone(), Regex::new(pattern)?)))
            .collect::<Result<_, _>>()?;
        let compiled = |pattern: &Option<String>| pattern.as_deref().map(Regex::new).transpose();
        let rule = |shape: &Shape| {
            Ok(ShapeRule {
                name: compiled(&shape.name)?,
                body: compiled(&shape.body)?,
                result: compiled(&shape.result)?,
            })
        };
        Ok(Rules {
            source,
            reads_cache: Regex::new(&manifest.harness.reads_cache)?,
            entries: Regex::new(&manifest.harness.entries)?,
            roles,
            shapes: manifest.shapes.iter().map(rule).collect::<Result<_, _>>()?,
            manifest,
        })
    }

    /// Returns the role that a field, a parameter or a variable of this name has.
    pub fn role(&self, name: &str) -> Option<&str> {
        let role = self
            .roles
            .iter()
            .find(|(_, pattern)| pattern.is_match(name));
        role.map(|(role, _)| role.as_str())
    }

    /// Returns the first shape that fits a function with this body.
    pub fn shape(&self, function: &Function, body: &str, calls_reader: bool) -> Option<&Shape> {
        let matches =
            |rule: &Option<Regex>, text: &str| rule.as_ref().is_none_or(|re| re.is_match(text));
        let fits = |rule: &ShapeRule, shape: &Shape| {
            matches(&rule.name, &function.name)
                && matches(&rule.body, body)
                && matches(&rule.result, &function.returns)
                && (!shape.calls_reader || calls_reader)
        };
        let mut pairs = self.shapes.iter().zip(&self.manifest.shapes);
        pairs
            .find(|(rule, shape)| fits(rule, shape))
            .map(|(_, shape)| shape)
    }
}
