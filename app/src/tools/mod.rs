//! Pages of the area `tools`.

use crate::routes::Routes;

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new()
}
