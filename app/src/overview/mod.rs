//! Pages of the area `overview`.

use crate::routes::Routes;

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new()
}
