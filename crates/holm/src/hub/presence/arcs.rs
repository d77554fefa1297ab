//! Shared values as serde writes and reads them: as themselves.

/// `Arc<str>` as text.
pub(super) mod text {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
        String::deserialize(deserializer).map(Arc::from)
    }
}

/// `Vec<Arc<M>>` as a sequence.
pub(super) mod many {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer, M: Serialize>(
        metas: &[Arc<M>],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(metas.iter().map(|meta| &**meta))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, M: Deserialize<'de>>(
        deserializer: D,
    ) -> Result<Vec<Arc<M>>, D::Error> {
        Ok(Vec::deserialize(deserializer)?.into_iter().map(Arc::new).collect())
    }
}
