//! Pages of the area `live`.

use crate::routes::Routes;

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new()
}
