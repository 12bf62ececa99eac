//! How does arbitrary text travel inside an address? Percent-encoded, every byte outside the
//! unreserved set of RFC 3986, so that no id or value can change where a request goes.
//!
//! Not form encoding: a space is `%20`, which every server reads as a space, and never `+`.

/// `text` as one path segment or one part of a query.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// The query string, without its question mark.
pub(crate) fn query(pairs: &[(String, String)]) -> String {
    let pairs = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// Fills the `{placeholders}` of a path template with ids, in order. The error says what is wrong
/// with an id and never shows it.
pub(crate) fn fill(template: &str, ids: &[&str]) -> Result<String, &'static str> {
    let mut ids = ids.iter();
    let mut segments = Vec::new();
    for segment in template.split('/') {
        if !segment.starts_with('{') {
            segments.push(segment.to_owned());
            continue;
        }
        match ids.next() {
            None | Some(&"") => return Err("an id is empty"),
            // Address parsers resolve dot segments even when they are percent-encoded.
            Some(&("." | "..")) => return Err("an id is not an id"),
            Some(id) => segments.push(encode(id)),
        }
    }
    Ok(segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_cannot_leave_their_segment() {
        let filled = |id| fill("/contacts/{contactId}/tags", &[id]);
        assert_eq!(filled("a/b?c#d"), Ok("/contacts/a%2Fb%3Fc%23d/tags".into()));
        assert_eq!(filled("é %"), Ok("/contacts/%C3%A9%20%25/tags".into()));
        for refused in ["", ".", ".."] {
            assert!(filled(refused).is_err());
        }
        assert!(fill("/contacts/{contactId}", &[]).is_err());
        assert_eq!(fill("/contacts/", &[]), Ok("/contacts/".into()));
    }

    #[test]
    fn queries_keep_plus_and_at() {
        let pairs = [("email".to_owned(), "a+b@x.com".to_owned()), ("q".into(), "1 2&3".into())];
        assert_eq!(query(&pairs), "email=a%2Bb%40x.com&q=1%202%263");
    }
}
