//! Pages of the area `systems`.

use crate::routes::Routes;

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new()
}
