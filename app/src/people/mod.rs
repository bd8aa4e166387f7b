//! Pages of the area `people`.

use crate::routes::Routes;

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new()
}
