//! Session tokens: what a page shows to go on with its session, here or at any server with the key.
//!
//! A token is the session's id and an authentication tag over it: the AEAD's tag of an empty message
//! whose nonce holds the id. So nothing has to be remembered for a token to be checked.

use chacha20poly1305::XNonce;
use chacha20poly1305::aead::{Aead, Payload};
use holm_wire::up::TOKEN;

use super::{Keyring, NONCE};

const ASSOCIATED: &[u8] = b"holm token 1";
/// Fills the nonce after the id. A seal's nonce is 24 random bytes, and its associated data differs.
const FILLING: [u8; NONCE - 8] = *b"holm session id.";

impl Keyring {
    /// The token of a session.
    pub(crate) fn token(&self, session: u64) -> [u8; TOKEN] {
        let mut token = [0; TOKEN];
        token[..8].copy_from_slice(&session.to_le_bytes());
        let payload = Payload { msg: b"", aad: ASSOCIATED };
        // The first cipher is there, and an empty message is never too long; a token of zeros opens nothing.
        if let Some(cipher) = self.ciphers.first()
            && let Ok(tag) = cipher.encrypt(&nonce(session), payload)
            && tag.len() == TOKEN - 8
        {
            token[8..].copy_from_slice(&tag);
        }
        token
    }

    /// The session whose token this is, if it was made with one of the keys.
    pub(crate) fn session_of(&self, token: &[u8]) -> Option<u64> {
        let (id, tag) = token.split_first_chunk::<8>()?;
        let session = u64::from_le_bytes(*id);
        let payload = || Payload { msg: tag, aad: ASSOCIATED };
        let genuine = self
            .ciphers
            .iter()
            .any(|cipher| cipher.decrypt(&nonce(session), payload()).is_ok_and(|message| message.is_empty()));
        genuine.then_some(session)
    }
}

fn nonce(session: u64) -> XNonce {
    let mut nonce = [0; NONCE];
    nonce[..8].copy_from_slice(&session.to_le_bytes());
    nonce[8..].copy_from_slice(&FILLING);
    XNonce::from(nonce)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_session_under_this_key_and_an_older_one() {
        let (old, new) = (Keyring::new(&[[1; 32]]), Keyring::new(&[[2; 32], [1; 32]]));
        for session in [0, 7, u64::MAX] {
            assert_eq!(new.session_of(&new.token(session)), Some(session));
            assert_eq!(new.session_of(&old.token(session)), Some(session));
            assert_eq!(old.session_of(&new.token(session)), None);
        }
    }

    #[test]
    fn a_token_changed_in_any_byte_names_none() {
        let keys = Keyring::new(&[[3; 32]]);
        let token = keys.token(9);
        for at in 0..token.len() {
            let mut forged = token;
            forged[at] ^= 1;
            assert_eq!(keys.session_of(&forged), None, "byte {at}");
        }
        assert_eq!(keys.session_of(&token[..23]), None);
        assert_eq!(keys.session_of(b""), None);
    }
}
