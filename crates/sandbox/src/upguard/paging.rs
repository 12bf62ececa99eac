//! Where does the next page start? Opaque tokens that look like the vendor's own: base64 of
//! `{"v","e","h"}` (UpGuard sheet §1). They expire, and are good only for the listing they came
//! from. A position, not a key: rows may shift between pages, as nobody promises otherwise.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A token for the rows from `position` on of the listing called `listing`.
pub(crate) fn token(position: usize, expires: DateTime<Utc>, listing: &str) -> String {
    let inside = json!({ "v": position, "e": expires.timestamp(), "h": digest(listing) });
    base64(inside.to_string().as_bytes())
}

/// The position in a token; `None` for garbage, another listing's token or an expired one.
pub(crate) fn position(token: &str, now: DateTime<Utc>, listing: &str) -> Option<usize> {
    let inside: Value = serde_json::from_slice(&unbase64(token)?).ok()?;
    let alive = now.timestamp() < inside["e"].as_i64()?;
    let ours = inside["h"].as_str()? == digest(listing);
    let position = usize::try_from(inside["v"].as_u64()?).ok()?;
    (alive && ours).then_some(position)
}

/// FNV-1a, enough to tell listings apart.
fn digest(text: &str) -> String {
    let sum = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{sum:016x}")
}

fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let held = [0, 1, 2].map(|at| u32::from(chunk.get(at).copied().unwrap_or(0)));
        let word = held[0] << 16 | held[1] << 8 | held[2];
        for place in 0..4_usize {
            let symbol = ALPHABET[(word >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= chunk.len() { char::from(symbol) } else { '=' });
        }
    }
    text
}

fn unbase64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut word, mut bits) = (0_u32, 0);
    for symbol in text.trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|known| *known == symbol)?;
        word = word << 6 | u32::try_from(value).ok()?;
        bits += 6;
        if 8 <= bits {
            bits -= 8;
            bytes.push((word >> bits & 255) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_round_trips() {
        for text in ["", "a", "ab", "abc", "{\"v\":100}"] {
            assert_eq!(unbase64(&base64(text.as_bytes())).as_deref(), Some(text.as_bytes()));
        }
        assert_eq!(base64(b"Ma"), "TWE=");
        assert_eq!(unbase64("not base64!"), None);
    }

    #[test]
    fn tokens_expire_and_belong_to_a_listing() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap_or_default();
        let token = token(50, now + chrono::TimeDelta::seconds(300), "vendors");
        assert_eq!(position(&token, now, "vendors"), Some(50));
        assert_eq!(position(&token, now, "contacts"), None);
        assert_eq!(position(&token, now + chrono::TimeDelta::seconds(300), "vendors"), None);
        assert_eq!(position("garbage", now, "vendors"), None);
    }
}
