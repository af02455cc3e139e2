//! What conditions mean, whichever language said so: the one tree that all front ends lower to.
//!
//! A test says for itself how it compares ([`Case`]), and negative operators are negations of positive ones. Hence two
//! languages that agree on a condition lower it to equal trees, and where they differ the trees show it.

use crate::syntax::{At, Literal, Operator};

/// A predicate over rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Every part holds; without parts, always.
    All(Vec<Expr>),
    /// Some part holds; without parts, never.
    Any(Vec<Expr>),
    /// The part does not hold.
    Not(Box<Expr>),
    /// A test of one attribute.
    Test(Test),
    /// One and the same related entity of a kind satisfies the part, in which every path is one of that entity.
    Related {
        /// The kind, for instance `group`.
        entity: String,
        /// What the entity must satisfy.
        that: Box<Expr>,
    },
}

/// A test of one attribute. Of several values, one that passes is enough.
#[derive(Clone, Debug)]
pub struct Test {
    /// The attribute: before checking as written, afterwards the name of its column.
    pub path: String,
    /// How the attribute relates to the value.
    pub relation: Relation,
    /// The value; [`Literal::Null`] for relations without one.
    pub value: Literal,
    /// Whether letters match regardless of case.
    pub case: Case,
    /// Where the test comes from, for faults.
    pub origin: Origin,
}

/// Where a test comes from. Not part of what the test means.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The operator as written.
    pub operator: Operator,
    /// Place of the path.
    pub path: At,
    /// Place of the operator.
    pub at: At,
    /// Place of the value.
    pub value: At,
}

impl PartialEq for Test {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
            && self.relation == other.relation
            && self.value == other.value
            && self.case == other.case
    }
}

/// How an attribute relates to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// It has no value.
    Null,
    /// It has a value, and that is not empty.
    Present,
    /// It is the value.
    Equal,
    /// It has the value within it.
    Contains,
    /// It begins with the value.
    StartsWith,
    /// It ends with the value.
    EndsWith,
    /// It is above the value.
    Greater,
    /// It is the value or above.
    GreaterEqual,
    /// It is below the value.
    Less,
    /// It is the value or below.
    LessEqual,
}

/// Whether case matters in comparing text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Case {
    /// `A` and `a` differ.
    Sensitive,
    /// `A` and `a` are the same. Also of every test whose value is not text.
    Ignored,
}

impl Expr {
    /// Always.
    #[must_use]
    pub fn always() -> Self {
        Self::All(Vec::new())
    }

    /// Never.
    #[must_use]
    pub fn never() -> Self {
        Self::Any(Vec::new())
    }

    /// Every part holds. Parts that are conjunctions themselves are taken apart; a single part stands alone.
    #[must_use]
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.pop().unwrap_or(Self::All(flat)) } else { Self::All(flat) }
    }

    /// Some part holds. Parts that are disjunctions themselves are taken apart; a single part stands alone.
    #[must_use]
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::Any(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.pop().unwrap_or(Self::Any(flat)) } else { Self::Any(flat) }
    }

    /// Where it holds whatever the values would be that rows lack: what holds only because there is no value, as `!=` does,
    /// does not count. Asking for the lack itself (`IS NULL`) does.
    #[must_use]
    pub fn certainly(&self) -> Self {
        match self {
            Self::Test(test) => Self::Test(test.clone()),
            Self::All(parts) => Self::All(parts.iter().map(Self::certainly).collect()),
            Self::Any(parts) => Self::Any(parts.iter().map(Self::certainly).collect()),
            Self::Not(part) => part.certainly_not(),
            Self::Related { entity, that } => {
                Self::Related { entity: entity.clone(), that: Box::new(that.certainly()) }
            }
        }
    }

    fn certainly_not(&self) -> Self {
        match self {
            Self::Test(_) => Self::certainly_none(std::slice::from_ref(self)),
            Self::All(parts) => Self::Any(parts.iter().map(Self::certainly_not).collect()),
            Self::Any(parts) => Self::All(parts.chunk_by(Self::asks_the_same).map(Self::certainly_none).collect()),
            Self::Not(part) => part.certainly(),
            Self::Related { .. } => Self::not(self.clone()),
        }
    }

    /// Whether both are what checking made of one test: an attribute may stand in several columns.
    fn asks_the_same(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Test(one), Self::Test(other)) if one.origin.path == other.origin.path)
    }

    /// None of the parts holds, which ask the same: the attribute has a value in some column.
    fn certainly_none(parts: &[Self]) -> Self {
        let lack = |part: &Self| match part {
            Self::Test(Test { relation: Relation::Null | Relation::Present, .. }) => None,
            Self::Test(test) => {
                Some(Self::Test(Test { relation: Relation::Null, value: Literal::Null, ..test.clone() }))
            }
            _ => None,
        };
        match parts {
            [part @ (Self::All(_) | Self::Any(_) | Self::Not(_) | Self::Related { .. })] => part.certainly_not(),
            tests => {
                let lacks: Vec<Self> = tests.iter().filter_map(lack).collect();
                let none = tests.iter().cloned().map(Self::not);
                Self::all(none.chain((!lacks.is_empty()).then(|| Self::not(Self::All(lacks)))))
            }
        }
    }

    /// The part does not hold. Two negations are none.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "a constructor beside `all` and `any`")]
    pub fn not(part: Self) -> Self {
        match part {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }
}
