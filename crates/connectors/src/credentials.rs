//! With what does a client open its side? A key that stays as it is, or one that is renewed.

use async_trait::async_trait;
use concordat_remote::Failure;
use secrecy::{ExposeSecret, SecretString};

/// Opens a side.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// What opens it now.
    ///
    /// # Errors
    /// If nothing does.
    async fn current(&self) -> Result<SecretString, Failure>;

    /// What opens it after it said that `refused` has expired; nothing: there is nothing else.
    ///
    /// # Errors
    /// If there should be something else, and it cannot be had.
    async fn instead_of(&self, refused: &SecretString) -> Result<Option<SecretString>, Failure>;
}

/// A key, or the token of a private integration: there is no other.
#[async_trait]
impl Credentials for SecretString {
    async fn current(&self) -> Result<SecretString, Failure> {
        Ok(self.clone())
    }

    async fn instead_of(&self, _refused: &SecretString) -> Result<Option<SecretString>, Failure> {
        Ok(None)
    }
}

/// Whether both are the same.
pub fn is_same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}
