//! Action expressions: which actions a call of an endpoint needs.
//!
//! Terms are joined by ` + ` and every term that applies must be granted:
//! `indices:data/write/bulk + item{index=>indices:data/write/index:op_type/index} + missing{indices:admin/auto_create}`.

use std::fmt;

/// The parsed action expression of one endpoint. No terms at all means that no action is known: superusers only,
/// unless the endpoint has nothing to check.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Rule {
    /// The terms, in the order of the row.
    pub terms: Vec<Term>,
}

/// One term of an action expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// Always required.
    Action(&'static str),
    /// One for each item of the body, by the operation of the item.
    Item(Vec<(Operation, &'static str)>),
    /// Only when the condition holds.
    If(Condition, Box<Term>),
    /// On each write target that does not exist yet.
    Missing(Box<Term>),
    /// On each alias name that the body makes.
    Aliases(Box<Term>),
    /// On the names read.
    Source(Box<Term>),
    /// On the names written.
    Dest(Box<Term>),
    /// When the call asks for a refresh.
    Refresh(Box<Term>),
    /// What the call leads to as further requests of the same caller.
    Inner(Box<Term>),
}

/// The operation of an item in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Any.
    Any,
    /// `index`
    Index,
    /// `create`
    Create,
    /// `update`
    Update,
    /// `delete`
    Delete,
}

/// When a conditional term applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// The complement of the condition before.
    Otherwise,
    /// `op_type=create`, or there is no id.
    CreateOrNoId,
    /// The id of the scroll is `_all`.
    ScrollIdAll,
    /// `context_setup.index` stands in the body.
    ContextIndexGiven,
    /// An index is given.
    IndexGiven,
    /// `grant_type` is `refresh_token`.
    RefreshTokenGrant,
    /// The body has a `remove_index` action.
    RemoveIndex,
    /// The SQL statement reads the catalogue.
    CatalogStatement,
    /// `dest.op_type` is `create`.
    DestCreate,
    /// A script can turn the operation into a delete.
    ScriptDeletes,
    /// A document that is missing is to be created.
    UpsertOfMissing,
}

/// What is wrong with an action expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleError {
    /// A term of no known form.
    UnknownTerm(String),
    /// A condition of no known form.
    UnknownCondition(String),
    /// An operation of no known form.
    UnknownOperation(String),
    /// Something that is no action name stands where one belongs.
    NotAnAction(String),
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownTerm(text) => write!(f, "unknown term [{text}]"),
            Self::UnknownCondition(text) => write!(f, "unknown condition [{text}]"),
            Self::UnknownOperation(text) => write!(f, "unknown item operation [{text}]"),
            Self::NotAnAction(text) => write!(f, "not an action name [{text}]"),
        }
    }
}

impl std::error::Error for RuleError {}

impl Rule {
    /// Reads the expression of a row; `-` is the rule without terms.
    pub fn parse(text: &'static str) -> Result<Self, RuleError> {
        if text == "-" {
            return Ok(Self::default());
        }
        let terms = text.split(" + ").map(Term::parse).collect::<Result<_, _>>()?;
        Ok(Self { terms })
    }

    /// Whether no action is known.
    pub fn is_unknown(&self) -> bool {
        self.terms.is_empty()
    }

    /// Every action name of the rule, whatever its condition.
    pub fn every_action(&self) -> Vec<&'static str> {
        let mut actions = Vec::new();
        for term in &self.terms {
            term.collect(&mut actions);
        }
        actions
    }

    /// The first action that is always required: what a call is named after.
    pub fn main_action(&self) -> Option<&'static str> {
        self.terms.iter().find_map(|term| match term {
            Term::Action(name) => Some(*name),
            _ => None,
        })
    }
}

impl Term {
    fn parse(text: &'static str) -> Result<Self, RuleError> {
        let text = text.trim();
        let Some(inside) = text.strip_suffix('}') else { return action(text).map(Self::Action) };
        let Some((word, inside)) = inside.split_once('{') else { return Err(RuleError::UnknownTerm(text.to_owned())) };
        match word {
            "item" => inside.split(';').map(item).collect::<Result<_, _>>().map(Self::Item),
            "if" => {
                let (condition, term) =
                    inside.split_once(": ").ok_or_else(|| RuleError::UnknownTerm(text.to_owned()))?;
                Ok(Self::If(Condition::parse(condition)?, Box::new(Self::parse(term)?)))
            }
            "missing" => Self::parse(inside).map(Box::new).map(Self::Missing),
            "aliases" => Self::parse(inside).map(Box::new).map(Self::Aliases),
            "source" => Self::parse(inside).map(Box::new).map(Self::Source),
            "dest" => Self::parse(inside).map(Box::new).map(Self::Dest),
            "refresh" => Self::parse(inside).map(Box::new).map(Self::Refresh),
            "inner" => Self::parse(inside).map(Box::new).map(Self::Inner),
            _ => Err(RuleError::UnknownTerm(text.to_owned())),
        }
    }

    fn collect(&self, actions: &mut Vec<&'static str>) {
        match self {
            Self::Action(name) => actions.push(name),
            Self::Item(items) => actions.extend(items.iter().map(|(_, name)| *name)),
            Self::If(_, term)
            | Self::Missing(term)
            | Self::Aliases(term)
            | Self::Source(term)
            | Self::Dest(term)
            | Self::Refresh(term)
            | Self::Inner(term) => term.collect(actions),
        }
    }
}

impl Condition {
    fn parse(text: &str) -> Result<Self, RuleError> {
        Ok(match text {
            "otherwise" => Self::Otherwise,
            "op_type=create or no id" => Self::CreateOrNoId,
            "scroll_id=_all" => Self::ScrollIdAll,
            "context_setup.index given" => Self::ContextIndexGiven,
            "index given" => Self::IndexGiven,
            "grant_type=refresh_token" => Self::RefreshTokenGrant,
            "remove_index" => Self::RemoveIndex,
            "catalog statement" => Self::CatalogStatement,
            "dest.op_type=create" => Self::DestCreate,
            "script sets op=delete" => Self::ScriptDeletes,
            "upsert of a missing document" => Self::UpsertOfMissing,
            _ => return Err(RuleError::UnknownCondition(text.to_owned())),
        })
    }
}

fn action(text: &'static str) -> Result<&'static str, RuleError> {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/_-[]*".contains(&byte));
    if plain && (text.starts_with("cluster:") || text.starts_with("indices:")) {
        Ok(text)
    } else {
        Err(RuleError::NotAnAction(text.to_owned()))
    }
}

fn item(text: &'static str) -> Result<(Operation, &'static str), RuleError> {
    let (operation, name) = text.split_once("=>").ok_or_else(|| RuleError::UnknownTerm(text.to_owned()))?;
    let operation = match operation {
        "*" => Operation::Any,
        "index" => Operation::Index,
        "create" => Operation::Create,
        "update" => Operation::Update,
        "delete" => Operation::Delete,
        _ => return Err(RuleError::UnknownOperation(operation.to_owned())),
    };
    Ok((operation, action(name)?))
}
