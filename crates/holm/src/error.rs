//! What a handler gives back, and what becomes of it.

use std::fmt;

/// The result of a handler and of everything else in this crate that can fail.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// An error with two faces: a sentence for the page, and a cause for the log.
///
/// Any standard error turns into one with `?`. Its text then goes to the log alone, and the page
/// reads a general sentence, since causes tend to name tables, paths and hosts. A sentence that is
/// meant for people is made with [`Error::public`].
///
/// ```
/// fn seats(wanted: u32) -> holm::Result<u32> {
///     if wanted > 8 {
///         return Err(holm::Error::public("A table seats eight at most."));
///     }
///     let spare: u32 = "3".parse()?;
///     Ok(wanted + spare)
/// }
/// assert_eq!(seats(9).unwrap_err().sentence(), "A table seats eight at most.");
/// ```
pub struct Error {
    sentence: Option<String>,
    cause: Option<Cause>,
}

impl Error {
    /// An error that the page shows in these words.
    pub fn public(sentence: impl Into<String>) -> Self {
        Self { sentence: Some(sentence.into()), cause: None }
    }

    /// An error that only the log tells.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self { sentence: None, cause: Some(cause.into()) }
    }

    /// Adds words for the page to an error that has a cause.
    #[must_use]
    pub fn say(mut self, sentence: impl Into<String>) -> Self {
        self.sentence = Some(sentence.into());
        self
    }

    /// What the page reads.
    pub fn sentence(&self) -> &str {
        self.sentence.as_deref().unwrap_or("Something went wrong on the server. Nothing was changed.")
    }

    /// The words it was given for the page, if any.
    pub(crate) fn words(&self) -> Option<&str> {
        self.sentence.as_deref()
    }

    /// What the log tells, if there is more than the sentence.
    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync)> {
        self.cause.as_deref()
    }
}

impl Error {
    /// Tells the log of a handler's error: a cause is the app's trouble, words alone are the visitor's.
    pub(crate) fn log(&self, island: &str) {
        if let Some(cause) = self.cause() {
            tracing::warn!(island, cause = tracing::field::display(cause), "{}", self.sentence());
        } else {
            tracing::debug!(island, "{}", self.sentence());
        }
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Error {
    fn from(cause: E) -> Self {
        Self { sentence: None, cause: Some(Box::new(cause)) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.sentence, &self.cause) {
            (Some(sentence), Some(cause)) => write!(f, "{sentence} ({cause})"),
            (None, Some(cause)) => write!(f, "{cause}"),
            (_, None) => f.write_str(self.sentence()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
