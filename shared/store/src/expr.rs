//! Condition and update expressions, with their names and values.
//!
//! Every attribute is written as `#name`: many plain words are reserved by the table, and a `#` always works. The
//! names are gathered from the text, so an expression cannot name an attribute that it does not declare.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// The names and values of one or two expressions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expr {
    /// What is to be changed, in the table's update language; empty for a mere condition.
    pub update: String,
    /// What must hold; empty for no condition.
    pub condition: String,
    values: HashMap<String, AttributeValue>,
}

impl Expr {
    /// A condition.
    pub fn condition(text: impl Into<String>) -> Self {
        Self { condition: text.into(), ..Self::default() }
    }

    /// An update.
    pub fn update(text: impl Into<String>) -> Self {
        Self { update: text.into(), ..Self::default() }
    }

    /// That the item does not exist yet.
    pub fn absent() -> Self {
        Self::condition("attribute_not_exists(#pk)")
    }

    /// Adds a condition to an update.
    #[must_use]
    pub fn when(mut self, condition: impl Into<String>) -> Self {
        self.condition = condition.into();
        self
    }

    /// Gives a value its name, which begins with `:`.
    #[must_use]
    pub fn value(mut self, name: &str, value: AttributeValue) -> Self {
        self.values.insert(name.to_owned(), value);
        self
    }

    /// The names that occur, as the table wants them.
    pub fn names(&self) -> Option<HashMap<String, String>> {
        let mut names = HashMap::new();
        for text in [&self.update, &self.condition] {
            for part in text.split('#').skip(1) {
                let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                names.insert(format!("#{name}"), name);
            }
        }
        (!names.is_empty()).then_some(names)
    }

    /// The values that were given.
    pub fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }

    /// The condition, if there is one.
    pub fn condition_text(&self) -> Option<String> {
        (!self.condition.is_empty()).then(|| self.condition.clone())
    }
}
