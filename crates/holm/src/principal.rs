//! Who is at the other end.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// The person or program a connection acts for, as the app's `authorize` hook tells.
///
/// ```
/// use holm::Principal;
/// let ada = Principal::new("user-7").with(vec!["admin"]);
/// assert_eq!(ada.id(), Some("user-7"));
/// assert_eq!(ada.data::<Vec<&str>>().unwrap()[0], "admin");
/// assert!(Principal::anonymous().id().is_none());
/// ```
#[derive(Clone, Default)]
pub struct Principal {
    id: Option<Arc<str>>,
    data: Option<Arc<dyn Any + Send + Sync>>,
}

impl Principal {
    /// Somebody the app knows by this id.
    pub fn new(id: impl AsRef<str>) -> Self {
        Self { id: Some(Arc::from(id.as_ref())), data: None }
    }

    /// Nobody in particular.
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// Attaches something of the app's: roles, a tenant, a session record.
    #[must_use]
    pub fn with<T: Send + Sync + 'static>(mut self, data: T) -> Self {
        self.data = Some(Arc::new(data));
        self
    }

    /// The app's id, or `None` for an anonymous visitor.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// What was attached with [`Principal::with`], if it is of this type.
    pub fn data<T: 'static>(&self) -> Option<&T> {
        self.data.as_deref()?.downcast_ref()
    }
}

impl PartialEq for Principal {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Principal {}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id() {
            Some(id) => write!(f, "Principal({id})"),
            None => f.write_str("Principal(anonymous)"),
        }
    }
}
