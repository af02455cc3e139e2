//! Random rows and predicates over few names and values, so that they meet.

use columns::Value;
use predicate::{At, Condition, Literal, Number, Operator, Syntax, catalogue, query};
use proptest::prelude::*;

use crate::plain::Row;

const TEXTS: [&str; 22] = [
    "",
    "a",
    "A",
    "Ann",
    "ann lee",
    "true",
    "FALSE",
    "5",
    "5.0",
    "-3",
    "10",
    "2026-01-01",
    "2026-01-01T00:00:00Z",
    "2026-01-01T01:00:00+01:00",
    "É",
    "é",
    "ẞ",
    "with \"quotes\" and \\",
    "x and y",
    "it's",
    "İ",
    "a\u{1}b",
];
const INSTANT: i64 = 1_767_225_600_000;

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![9 => prop::sample::select(&TEXTS[..]).prop_map(str::to_owned), 1 => "[a-c]{0,3}"]
}

fn any_number() -> impl Strategy<Value = Number> {
    prop_oneof![
        (-4_i64..12).prop_map(Number::Int),
        prop::sample::select(vec![i64::MIN, i64::MAX, 1 << 53, (1 << 53) + 1]).prop_map(Number::Int),
        prop::sample::select(vec![5.0, 0.5, -3.25, 1e300, 9_007_199_254_740_993.0]).prop_map(Number::Float),
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any_number().prop_map(|number| match number {
            Number::Int(number) => Value::Int(number),
            Number::Float(number) => Value::Float(number),
        }),
        (-2_i64..3).prop_map(|days| Value::Time(INSTANT + days * 86_400_000)),
        any_text().prop_map(Value::Text),
        prop::collection::vec(any_text(), 0..4).prop_map(Value::List),
    ]
}

/// A row: columns of one type, of several, lists, and groups in parallel lists.
pub fn any_row() -> impl Strategy<Value = Row> {
    let some = |value: BoxedStrategy<Value>| prop::option::weighted(0.8, value);
    let groups = prop::collection::vec((any_text(), any_text(), any::<bool>()), 0..4);
    (
        some(any_text().prop_map(Value::Text).boxed()),
        some(any::<bool>().prop_map(Value::Bool).boxed()),
        some((-4_i64..12).prop_map(Value::Int).boxed()),
        some((-2_i64..3).prop_map(|days| Value::Time(INSTANT + days * 86_400_000)).boxed()),
        some(prop::collection::vec(any_text(), 0..4).prop_map(Value::List).boxed()),
        some(any_value().boxed()),
        prop::option::weighted(0.9, groups),
        prop::option::weighted(0.1, prop::collection::vec(any_text(), 0..3)),
    )
        .prop_map(|(name, flag, number, time, tags, any, groups, roles)| {
            let mut row = Row::new();
            let mut put = |name: &str, value: Option<Value>| value.and_then(|value| row.insert(name.to_owned(), value));
            put("source.name", name);
            put("source.privileged", flag);
            put("risk.score", number);
            put("source.last_login_at", time);
            put("source.tags", tags);
            put("owner.title", any);
            if let Some(groups) = groups {
                let of = |get: fn(&(String, String, bool)) -> String| Value::List(groups.iter().map(get).collect());
                put("group.id", Some(of(|group| format!("g-{}", group.0))));
                put("group.name", Some(of(|group| group.0.clone())));
                put("group.datasource_name", Some(of(|group| group.1.clone())));
                put("group.is_high_privilege", Some(of(|group| group.2.to_string())));
            }
            put("role.name", roles.map(Value::List));
            row
        })
}

fn any_literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        1 => Just(Literal::Null),
        2 => any::<bool>().prop_map(Literal::Bool),
        3 => any_number().prop_map(Literal::Number),
        6 => any_text().prop_map(Literal::Text),
    ]
}

fn condition(path: &str, operator: Operator, values: Vec<Literal>, is_list: bool) -> Syntax {
    let (path, at) = (path.to_owned(), At::default());
    Syntax::Condition(Condition {
        path,
        path_at: at.clone(),
        operator,
        operator_at: at.clone(),
        values,
        values_at: at,
        is_list,
    })
}

fn nested(leaf: impl Strategy<Value = Syntax> + 'static) -> impl Strategy<Value = Syntax> {
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Syntax::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Syntax::Any),
            inner.prop_map(|part| Syntax::Not(Box::new(part))),
        ]
    })
}

/// A SCIM filter.
pub fn any_scim() -> impl Strategy<Value = Syntax> {
    // Any column of a row, also those that hold lists or several types, and one that none has.
    let paths = [
        "source.name",
        "source.name",
        "source.privileged",
        "source.last_login_at",
        "source.tags",
        "owner.title",
        "risk.score",
        "group.name",
        "source.none",
    ];
    let binary = [
        Operator::Equals,
        Operator::NotEquals,
        Operator::Contains,
        Operator::StartsWith,
        Operator::EndsWith,
        Operator::Greater,
        Operator::GreaterEqual,
        Operator::Less,
        Operator::LessEqual,
    ];
    let path = move || prop::sample::select(paths.to_vec());
    nested(prop_oneof![
        1 => path().prop_map(|path| condition(path, Operator::Present, vec![], false)),
        9 => (path(), prop::sample::select(binary.to_vec()), any_literal())
            .prop_map(|(path, operator, value)| condition(path, operator, vec![value], false)),
    ])
}

/// A rule; its values need not fit its fields.
pub fn any_rule() -> impl Strategy<Value = Syntax> {
    let texts = ["account.account_name", "owner.title", "group.name", "group.data_source_name", "role.name"];
    let texts = move || prop::sample::select(texts.to_vec());
    let orders = vec![
        Operator::Equals,
        Operator::NotEquals,
        Operator::Greater,
        Operator::GreaterEqual,
        Operator::Less,
        Operator::LessEqual,
    ];
    let parts = vec![Operator::Contains, Operator::StartsWith, Operator::EndsWith];
    let nulls = vec![Operator::IsNull, Operator::IsNotNull];
    let all = prop::sample::select(
        ["account.risk_score", "account.privileged", "group.name", "group.is_high_privilege"].to_vec(),
    );
    let leaf =
        prop_oneof![
            (texts(), prop::sample::select(orders.clone()), any_text().prop_map(Literal::Text))
                .prop_map(|(path, operator, value)| condition(path, operator, vec![value], false)),
            (texts(), prop::sample::select(parts), any_text().prop_map(Literal::Text))
                .prop_map(|(path, operator, value)| condition(path, operator, vec![value], false)),
            (texts(), prop::collection::vec(any_text().prop_map(Literal::Text), 1..4))
                .prop_map(|(path, values)| condition(path, Operator::Equals, values, true)),
            (all, prop::sample::select(nulls)).prop_map(|(path, operator)| condition(path, operator, vec![], false)),
            (prop::sample::select(orders), any_number().prop_map(Literal::Number))
                .prop_map(|(operator, value)| condition("account.risk_score", operator, vec![value], false)),
            (prop::sample::select(vec!["account.privileged", "group.is_high_privilege"]), any::<bool>())
                .prop_map(|(path, value)| condition(path, Operator::Equals, vec![Literal::Bool(value)], false)),
        ];
    nested(leaf)
}

/// A query of the query builder whose values fit its fields.
pub fn any_query() -> impl Strategy<Value = serde_json::Value> {
    let filters = || prop::collection::vec(any_filter(), 0..4);
    (filters(), filters()).prop_map(
        |(included, excluded)| serde_json::json!({ "inclusion_filters": included, "exclusion_filters": excluded }),
    )
}

fn any_filter() -> impl Strategy<Value = serde_json::Value> {
    let field = prop_oneof![
        prop::sample::select(catalogue::FIELDS.to_vec()),
        prop::sample::select(catalogue::of_entity("group").copied().collect::<Vec<_>>()),
    ];
    field.prop_flat_map(|field| {
        let value = match field.kind {
            catalogue::Kind::String => any_text().prop_map(serde_json::Value::from).boxed(),
            catalogue::Kind::Boolean => any::<bool>().prop_map(serde_json::Value::from).boxed(),
            catalogue::Kind::Number => (-4_i64..12).prop_map(serde_json::Value::from).boxed(),
            catalogue::Kind::Date => Just(serde_json::Value::from("2026-01-01")).boxed(),
        };
        (prop::sample::select(field.operators.to_vec()), value).prop_map(move |(operator, value)| {
            serde_json::json!({ "entity": field.entity, "field": field.field,
                "operator": query::word(operator), "value": value })
        })
    })
}
