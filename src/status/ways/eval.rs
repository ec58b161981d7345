//! What an expression gives on each way through it. Does not know which steps come next.

use std::rc::Rc;

use super::value::Value;
use super::walk::{CALL, DEEPEST, Frame, Lost, State, Values, Walk, fitted, place};
use crate::syntax::body::{Body, Expr, Width};

impl Walk<'_> {
    pub(super) fn eval(&mut self, frame: &Frame, expr: &Expr, state: State) -> Values {
        let one = |state: State, value: Value| Ok(vec![(state, value)]);
        match expr {
            Expr::Number(number) => one(state, Value::plain(*number)),
            Expr::Text => one(state, Value::Pointer("text".into())),
            Expr::Other(text) => {
                let is_sound = !text.contains(['(', '=', '{']) && !text.contains("++");
                match is_sound || text.starts_with("sizeof") {
                    true => one(state, Value::term(text.as_str(), false)),
                    false => Err(Lost::Unknown(text.clone())),
                }
            }
            Expr::Global(name) => {
                let unknown = || Value::term(name.as_str(), false);
                let given = self.world.given(name, false);
                one(state, given.unwrap_or_else(unknown))
            }
            Expr::Local(_) | Expr::Member(..) | Expr::Pointed(_) => {
                let places = self.place(frame, expr, state)?.into_iter();
                let valued = places.map(|(state, place)| {
                    let value = self.value_of(&state, &place);
                    (state, value)
                });
                Ok(valued.collect())
            }
            Expr::Address(of) => {
                let places = self.place(frame, of, state)?;
                let pointer = |(state, place)| (state, Value::Pointer(place));
                Ok(places.into_iter().map(pointer).collect())
            }
            Expr::Call(name, args, text) => self.call(frame, name.as_deref(), args, text, state),
            Expr::Not(of) => {
                let values = self.eval(frame, of, state)?;
                let not = |(state, value): (State, Value)| (state, value.negated());
                Ok(values.into_iter().map(not).collect())
            }
            Expr::Minus(of, is_bitwise) => {
                let (operator, left) = if *is_bitwise { ("^", -1) } else { ("-", 0) };
                let values = self.eval(frame, of, state)?.into_iter();
                let made = |(state, value)| {
                    let made = Value::joined(operator, &Value::plain(left), &value);
                    (state, made)
                };
                Ok(values.map(made).collect())
            }
            Expr::Binary(operator, left, right) if operator == "&&" || operator == "||" => {
                self.either(frame, operator == "&&", left, right, state)
            }
            Expr::Binary(operator, left, right) => {
                let mut values = Vec::new();
                for (state, left) in self.eval(frame, left, state)? {
                    for (state, right) in self.eval(frame, right, state)? {
                        values.push((state, Value::joined(operator, &left, &right)));
                    }
                }
                Ok(values)
            }
            _ => self.compound(frame, expr, state),
        }
    }

    /// What assigns, counts, chooses or casts.
    fn compound(&mut self, frame: &Frame, expr: &Expr, state: State) -> Values {
        match expr {
            Expr::Choice(three) => {
                let mut values = Vec::new();
                for (state, condition) in self.eval(frame, &three.0, state)? {
                    for (state, truth) in self.sides(state, &condition, None)? {
                        let taken = if truth { &three.1 } else { &three.2 };
                        values.extend(self.eval(frame, taken, state)?);
                    }
                }
                Ok(values)
            }
            Expr::Assign(to, before, value) => {
                let value = match before {
                    Some(operator) => &Expr::Binary(operator.clone(), to.clone(), value.clone()),
                    None => &**value,
                };
                let mut values = Vec::new();
                for (state, value) in self.eval(frame, value, state)? {
                    values.extend(self.set(frame, to, value, state)?);
                }
                Ok(values)
            }
            Expr::Count(of, by, is_before) => {
                let mut values = Vec::new();
                for (state, value) in self.eval(frame, of, state)? {
                    let after = Value::joined("+", &value, &Value::plain(*by));
                    for (state, after) in self.set(frame, of, after, state)? {
                        values.push((state, if *is_before { value.clone() } else { after }));
                    }
                }
                Ok(values)
            }
            Expr::Cast(width, of) => {
                let values = self.eval(frame, of, state)?.into_iter();
                Ok(values
                    .map(|(state, value)| (state, fitted(Some(width), value)))
                    .collect())
            }
            Expr::Comma(first, then) => {
                let mut values = Vec::new();
                for (state, _) in self.eval(frame, first, state)? {
                    values.extend(self.eval(frame, then, state)?);
                }
                Ok(values)
            }
            _ => Err(Lost::Unknown(format!("{expr:?}"))),
        }
    }

    fn either(
        &mut self,
        frame: &Frame,
        is_and: bool,
        left: &Expr,
        right: &Expr,
        state: State,
    ) -> Values {
        let mut values = Vec::new();
        for (state, left) in self.eval(frame, left, state)? {
            for (state, truth) in self.sides(state, &left, None)? {
                if truth != is_and {
                    values.push((state, Value::Number(i128::from(truth), left.has_input())));
                    continue;
                }
                for (state, right) in self.eval(frame, right, state)? {
                    let has_input = left.has_input() || right.has_input();
                    for (state, truth) in self.sides(state, &right, None)? {
                        values.push((state, Value::Number(i128::from(truth), has_input)));
                    }
                }
            }
        }
        Ok(values)
    }

    fn set(&mut self, frame: &Frame, to: &Expr, value: Value, state: State) -> Values {
        let width = match to {
            Expr::Local(slot) => frame.body.widths.get(slot),
            _ => None,
        };
        let value = fitted(width, value);
        // What is put into an element of an array is not followed.
        if matches!(to, Expr::Other(_)) {
            return match value.has_input() {
                true => Err(Lost::Depends(value.text())),
                false => Ok(vec![(state, value)]),
            };
        }
        let places = self.place(frame, to, state)?;
        let put = |(mut state, place): (State, Rc<str>)| {
            state.values.insert(place, value.clone());
            (state, value.clone())
        };
        Ok(places.into_iter().map(put).collect())
    }

    /// The place that an expression names.
    fn place(
        &mut self,
        frame: &Frame,
        expr: &Expr,
        state: State,
    ) -> Result<Vec<(State, Rc<str>)>, Lost> {
        let (of, field) = match expr {
            Expr::Local(slot) => return Ok(vec![(state, place(frame.number, slot))]),
            Expr::Global(name) => return Ok(vec![(state, name.as_str().into())]),
            Expr::Member(of, field) => (of, Some(field)),
            Expr::Pointed(of) => (of, None),
            _ => return Err(Lost::Unknown(format!("{expr:?}"))),
        };
        let mut places = Vec::new();
        for (state, value) in self.eval(frame, of, state)? {
            let base: Rc<str> = match &value {
                Value::Pointer(place) => place.clone(),
                Value::Term(text, _) => text.clone(),
                Value::Number(..) => return Err(Lost::Unknown(format!("{expr:?}"))),
            };
            let place = match field {
                Some(field) => format!("{base}->{field}").into(),
                None => base,
            };
            places.push((state, place));
        }
        Ok(places)
    }

    fn value_of(&self, state: &State, place: &Rc<str>) -> Value {
        if let Some(value) = state.values.get(place) {
            return value.clone();
        }
        let field = place.rsplit_once("->").map(|(_, field)| field);
        let held = field.and_then(|field| self.world.held(field));
        held.unwrap_or_else(|| Value::term(place.clone(), false))
    }

    fn call(
        &mut self,
        frame: &Frame,
        name: Option<&str>,
        args: &[Expr],
        text: &str,
        state: State,
    ) -> Values {
        let given = name.filter(|_| args.is_empty());
        if let Some(value) = given.and_then(|name| self.world.given(name, true)) {
            return Ok(vec![(state, value)]);
        }
        let mut open = vec![(state, Vec::new())];
        for arg in args {
            let mut next = Vec::new();
            for (state, values) in open {
                for (state, value) in self.eval(frame, arg, state)? {
                    let mut values: Vec<Value> = values.clone();
                    values.push(value);
                    next.push((state, values));
                }
            }
            open = next;
        }
        let mut after = Vec::new();
        for (state, values) in open {
            after.extend(self.called(frame, name, &values, text, state)?);
        }
        Ok(after)
    }

    fn called(
        &mut self,
        frame: &Frame,
        name: Option<&str>,
        values: &[Value],
        text: &str,
        mut state: State,
    ) -> Values {
        let has_input = values.iter().any(Value::has_input);
        let Some(name) = name else {
            return match has_input {
                true => Err(Lost::Depends(text.to_owned())),
                false => self.opaque("", values, text, state),
            };
        };
        if let Some(effect) = self.world.effect(name) {
            state.effects.insert(effect.to_owned());
            return Ok(vec![(state, Value::plain(0))]);
        }
        let pointed = |value: &Value| match value {
            Value::Pointer(place) => self.value_of(&state, place),
            value => value.clone(),
        };
        let behind: Vec<Value> = values.iter().map(pointed).collect();
        if let Some(value) = known(name, values).or_else(|| compared(name, &behind)) {
            return Ok(vec![(state, value)]);
        }
        let is_reached = behind.iter().any(Value::has_input);
        let is_followed = is_reached || self.world.is_followed(name);
        let body = self.world.body(name).filter(|_| is_followed);
        match body {
            Some(body) if frame.depth < DEEPEST && body.params.len() == values.len() => {
                self.inside(frame, name, &body, values, state)
            }
            _ => self.opaque(name, values, text, state),
        }
    }

    fn inside(
        &mut self,
        frame: &Frame,
        name: &str,
        body: &Body,
        values: &[Value],
        mut state: State,
    ) -> Values {
        self.followed.insert(name.to_owned());
        self.frames += 1;
        let number = self.frames;
        for (slot, value) in body.params.iter().zip(values) {
            let value = fitted(body.widths.get(slot), value.clone());
            state.values.insert(place(number, slot), value);
        }
        let ends = self.run(body, state, frame.depth + 1)?;
        let nothing = || Value::term(format!("{name}()"), false);
        let own = format!("{number}.");
        let left = ends.into_iter().map(|(mut state, value)| {
            state.values.retain(|place, _| !place.starts_with(&own));
            (state, value.unwrap_or_else(nothing))
        });
        Ok(left.collect())
    }

    /// A call of which nothing is known: it gives anything, and what it was given the address of holds what is read into it.
    fn opaque(&self, name: &str, values: &[Value], text: &str, mut state: State) -> Values {
        state.calls += 1;
        let entry = self.world.entry(text);
        // What it was given the address of, it may have looked at.
        let has_input = values.iter().any(|value| match value {
            Value::Pointer(place) => self.value_of(&state, place).has_input(),
            value => value.has_input(),
        });
        for (at, value) in values.iter().enumerate() {
            let Value::Pointer(place) = value else {
                continue;
            };
            let own = place.rsplit(['#', '>']).next().unwrap_or(place);
            let parameter = self.world.parameter(name, at);
            let called = entry.as_deref().or(parameter.as_deref()).unwrap_or(own);
            let read = self.world.read(called);
            let read =
                read.unwrap_or_else(|| Value::term(format!("{own}{CALL}{}", state.calls), false));
            state.values.insert(place.clone(), read);
        }
        let value = Value::term(format!("{text}{CALL}{}", state.calls), has_input);
        Ok(vec![(state, value)])
    }
}

/// What comparing whole values in memory gives.
fn compared(name: &str, behind: &[Value]) -> Option<Value> {
    match (name, behind) {
        ("memcmp", [Value::Number(..), Value::Number(..), Value::Term(size, _)]) => {
            let is_whole = size.starts_with("sizeof");
            is_whole.then(|| Value::joined("-", &behind[0], &behind[1]))
        }
        _ => None,
    }
}

/// What C's library makes of numbers.
fn known(name: &str, values: &[Value]) -> Option<Value> {
    match (name, values) {
        ("labs" | "llabs", [Value::Number(number, input)]) => {
            Some(Value::Number(number.abs(), *input))
        }
        ("abs", [Value::Number(number, input)]) => {
            let number = Width::Bits(32, true).fit(*number).abs();
            Some(Value::Number(number, *input))
        }
        ("difftime", [a, b]) => Some(Value::joined("-", a, b)),
        _ => None,
    }
}
