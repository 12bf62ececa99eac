//! Where do ids and seeded choices come from? A splitmix64 stream: same seed, same stream. It
//! knows no entropy source of the machine.

const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const HEX: &[u8; 16] = b"0123456789abcdef";

/// A splitmix64 stream.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`; 0 when `limit` is 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        if limit == 0 { 0 } else { (self.draw() % limit as u64) as usize }
    }

    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below((most - least + 1).max(1) as usize) as i64
    }

    pub(crate) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }

    /// A contact-like id: 20 case-sensitive alphanumerics (HighLevel sheet §1).
    pub(crate) fn alphanumeric_id(&mut self) -> String {
        self.text(ALPHANUMERIC, 20)
    }

    /// A business-like id: 24 hexadecimal digits (HighLevel sheet §1).
    pub(crate) fn hex_id(&mut self) -> String {
        self.text(HEX, 24)
    }

    /// A UUID as threats have it (UpGuard sheet §4.4).
    pub(crate) fn uuid(&mut self) -> String {
        let hex = self.text(HEX, 32);
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }

    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_ids() {
        let (mut one, mut two) = (Random::new(7), Random::new(7));
        assert_eq!(one.alphanumeric_id(), two.alphanumeric_id());
        assert_eq!(one.hex_id().len(), 24);
        assert_eq!(one.alphanumeric_id().len(), 20);
    }
}
