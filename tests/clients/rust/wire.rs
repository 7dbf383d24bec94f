//! Attribute values on the lines and as the client has them.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::{engine::general_purpose::STANDARD, Engine};
use serde_json::{json, Map, Value};

pub type Item = HashMap<String, AttributeValue>;

/// A line's item as the client's.
pub fn read_item(given: &Value) -> Item {
    let members = given.as_object().expect("an item is an object");
    members.iter().map(|(name, value)| (name.clone(), read(value))).collect()
}

/// The opposite of `read_item`.
pub fn write_item(item: &Item) -> Value {
    let members = item.iter().map(|(name, value)| (name.clone(), write(value)));
    Value::Object(members.collect::<Map<_, _>>())
}

/// The key of artist and song.
pub fn key(given: &Value) -> Item {
    let names = ["artist", "song"];
    names.map(|name| (name.to_string(), AttributeValue::S(text(&given[name])))).into()
}

/// A text that must be there.
pub fn text(given: &Value) -> String {
    given.as_str().expect("a text").to_string()
}

/// An attribute value of a line as the client's.
pub fn read(given: &Value) -> AttributeValue {
    let (kind, held) = given.as_object().and_then(|members| members.iter().next()).expect("one kind");
    let texts = || held.as_array().expect("a set").iter().map(text);
    match kind.as_str() {
        "S" => AttributeValue::S(text(held)),
        "N" => AttributeValue::N(text(held)),
        "B" => AttributeValue::B(bytes(&text(held))),
        "BOOL" => AttributeValue::Bool(held == true),
        "NULL" => AttributeValue::Null(true),
        "SS" => AttributeValue::Ss(texts().collect()),
        "NS" => AttributeValue::Ns(texts().collect()),
        "BS" => AttributeValue::Bs(texts().map(|each| bytes(&each)).collect()),
        "L" => AttributeValue::L(held.as_array().expect("a list").iter().map(read).collect()),
        "M" => AttributeValue::M(read_item(held)),
        other => panic!("no kind of value: {other}"),
    }
}

fn bytes(given: &str) -> Blob {
    Blob::new(STANDARD.decode(given).expect("base64"))
}

fn write(value: &AttributeValue) -> Value {
    let encoded = |held: &Blob| STANDARD.encode(held.as_ref());
    match value {
        AttributeValue::S(held) => json!({"S": held}),
        AttributeValue::N(held) => json!({"N": held}),
        AttributeValue::B(held) => json!({"B": encoded(held)}),
        AttributeValue::Bool(held) => json!({"BOOL": held}),
        AttributeValue::Null(held) => json!({"NULL": held}),
        AttributeValue::Ss(held) => json!({"SS": held}),
        AttributeValue::Ns(held) => json!({"NS": held}),
        AttributeValue::Bs(held) => json!({"BS": held.iter().map(encoded).collect::<Vec<_>>()}),
        AttributeValue::L(held) => json!({"L": held.iter().map(write).collect::<Vec<_>>()}),
        AttributeValue::M(held) => json!({"M": write_item(held)}),
        other => panic!("no kind of value: {other:?}"),
    }
}
