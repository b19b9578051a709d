//! A collection that comes in pages.
use super::reply::Reply;
use serde_json::Value;

/// Takes the elements of a page and where the next one is; `None` where this is no collection.
pub(super) fn page(reply: &mut Reply) -> Option<(Vec<Value>, Option<String>)> {
    if reply.status != 200 {
        return None;
    }
    let body = reply.body.as_mut()?.as_object_mut()?;
    let elements = body.get_mut("value")?.as_array_mut()?;
    let elements = std::mem::take(elements);
    let next = body.remove("nextLink");
    let next = next.and_then(|next| Some(next.as_str()?.to_owned()));
    Some((elements, next.filter(|next| !next.is_empty())))
}

/// Puts the elements of all pages into the last one.
pub(super) fn put_together(reply: &mut Reply, all: Vec<Value>) {
    if let Some(body) = reply.body.as_mut().and_then(Value::as_object_mut) {
        body.insert("value".to_owned(), Value::Array(all));
    }
}
